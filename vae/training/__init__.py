"""All that needs PyTorch: the networks, their training and their measurement."""
