"""What sets models with an implicit posterior apart from VAEs, measured."""
