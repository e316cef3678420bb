"""Charts of single chapters of "How it works", a module for each chapter."""
