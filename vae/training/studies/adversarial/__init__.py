"""Studies of Adversarial Variational Bayes, where the truth is known.

critic              a critic's T beside the exact log ratio, without and with adaptive contrast
"""
