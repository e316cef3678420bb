"""What every page stands on: navigation, frame, address, models, components, words and tables."""
