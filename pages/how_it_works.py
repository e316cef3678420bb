"""How it works: the derivation of the VAE in eight steps, each beside a figure that moves."""

from vae.web import frame, theory

page = frame.begin(
    "How it works",
    "From the likelihood to the two terms of the loss, in eight steps. Each has something to drag or change.",
)
theory.show(page.explorer)
