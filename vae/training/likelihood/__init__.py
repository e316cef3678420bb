"""log p(x) of a decoder by annealed importance sampling: the sampler, and what it says of a model."""
