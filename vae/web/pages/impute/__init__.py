"""The page Impute."""
