"""The four points of Adversarial Variational Bayes: a VAE beside an encoder without a density."""
