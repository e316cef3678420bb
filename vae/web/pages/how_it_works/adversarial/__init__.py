"""Adversarial Variational Bayes: its story, and what it does where the truth is known."""
