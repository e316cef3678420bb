"""From images on a curved sheet to the bound that a VAE is trained on, and to the encoder."""
