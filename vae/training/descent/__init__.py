"""Gradient descent: a step on the weights of one network, its rate, and its gradients as a CUDA graph."""
