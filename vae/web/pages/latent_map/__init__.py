"""The page Latent map."""
