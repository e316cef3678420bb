"""Estimates of what has no closed form, from draws."""
