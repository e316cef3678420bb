"""The page Inference."""
