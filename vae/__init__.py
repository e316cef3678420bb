"""Explore what a variational autoencoder has learnt.

Symbols, the same in every module:

    x        images, grey levels in [0, 1], (B, 28, 28) or flattened (B, 784)
    z        latent codes, (B, D)
    mu       mean of the posterior q(z|x), (B, D)
    log_var  log variance of the posterior q(z|x), (B, D)
    logits   decoder output before the sigmoid, (B, 784)
    nll      -log p(x|z), the reconstruction term, (B,) nats per image
    kl       KL(q(z|x) || p(z)), (B,) nats per image
    elbo     -(nll + kl), a lower bound of log p(x): higher is better; it never contains beta
    loss     nll + beta * kl, what training minimises

Shapes: B batch, D latent_dim, K Monte-Carlo samples, N images of a data set, H and W image height and width.
The prior p(z) is N(0, I), so one unit of z is one prior standard deviation.
"""
