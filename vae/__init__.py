"""Explore what a variational autoencoder has learnt.

Symbols, the same in every module:

    x        images, grey or RGB levels in [0, 1], (B, H, W, C) or flattened in that order
    z        latent codes, (B, D)
    mu       mean of the posterior q(z|x), (B, D)
    sd       standard deviation of the posterior q(z|x), (B, D); log_var = 2 log sd
    logits   decoder output before the sigmoid, of the shape of x
    nll      -log p(x|z), the reconstruction term, (B,) nats per image
    kl       KL(q(z|x) || p(z)), (B,) nats per image
    elbo     -(nll + kl), a lower bound of log p(x): higher is better; it never contains beta
    loss     nll + beta * kl, what training minimises

Shapes: B batch, D latent_dim, K Monte-Carlo samples, N images of a data set, H and W their height and
width, C their channels (1 or 3).
The prior p(z) is N(0, I), so one unit of z is one prior standard deviation.
"""
