"""Adversarial Variational Bayes: an encoder without a density, and the critic that stands for it."""
