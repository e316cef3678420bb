"""A model that somebody else made becomes one of the explorer's: a PyTorch module, or two ONNX networks.

Only `module` runs code of the user's, in the command `python -m vae.bring` alone.
"""
