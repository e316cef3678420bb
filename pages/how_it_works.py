"""How it works: what a VAE is and its derivation, step by step, each beside a figure that moves."""

from vae.web.kit import frame
from vae.web.pages import how_it_works
from vae.web.selection import your_image

page = frame.begin(
    "how_it_works",
    "What a VAE is, how it learns and why that works, step by step. Each has something to drag or change.",
    beside=your_image.show,
)
how_it_works.show(page.explorer)
