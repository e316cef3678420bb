"""Eight schools: the posterior of a small hierarchical model, by Monte Carlo and by variational Bayes.

model          the data, the prior and the likelihood
exact          the posterior on a grid, and independent draws from it
hmc            Hamiltonian Monte Carlo, by NumPyro, which only this command needs: requirements.txt
gaussian       mean-field and full-rank variational Bayes
adversarial    Adversarial Variational Bayes, without and with adaptive contrast
study          all of them, and how far each is from Monte Carlo
"""
