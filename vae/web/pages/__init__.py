"""A folder or module for each page, which imports no other page."""
