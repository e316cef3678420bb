"""Results: every number, and where it comes from."""
