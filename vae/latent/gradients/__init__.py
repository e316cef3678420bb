"""Estimators of a gradient from draws of z, one estimate for each draw, and how far they spread.

gaussian    of the ELBO in the mean of a Gaussian q(z|x)
coin        of an expected loss in the probability of a coin, which has no slope to follow
"""
