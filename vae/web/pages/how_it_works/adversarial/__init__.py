"""Adversarial Variational Bayes: its story, and what it does where the truth is known.

story       the parts of the first of these chapters:
encoders    three encoders, and the clouds that they can draw
critic      a classifier that stands for the KL
contrast    what adaptive contrast changes
measured    likelihood and classes, beside VAEs

four_points     clouds that tile the prior
eight_schools   a posterior with two modes
"""
