"""What a trained model is: configuration, networks in NumPy, checkpoint and codes. NumPy only."""
