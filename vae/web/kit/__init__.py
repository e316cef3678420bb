"""What every page stands on: frame, address, models, words and tables."""
