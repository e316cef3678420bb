"""Questions asked of a model, one a module."""
