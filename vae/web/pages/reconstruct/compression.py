"""What the followed image takes as pixels, as files and as the model's code."""

import streamlit as st

from vae.analysis.coding import compression
from vae.explorer import Explorer
from vae.images.spec import Floats
from vae.web.kit import html

HEADER = (
    html.Fact("Kept as"),
    html.Fact("Size", unit="bytes", help="What is sent for this image alone."),
    html.Fact("Error", unit="MSE per pixel", help="Squared error of what comes back, levels in [0, 1]."),
)
FILES = (
    "The receiver needs the decoder as well, once for all images, as a JPEG needs its own. Of so small a "
    "JPEG much is its tables."
)
KL_WORDS = (
    " A code drawn from q(z|x) costs the KL: {nats:.1f} nats are {bits:.1f} bits, however many numbers z "
    "has. float16 spends more, on decimals finer than q(z|x) is wide."
)


def show(explorer: Explorer, image: Floats, kl: float | None) -> None:
    """The table; `kl` of the image in nats, None where there is none."""
    st.header("The code as compression", anchor=False)
    rows = [
        [each.name, f"{each.bytes:,.1f}" if each.bytes % 1 else f"{each.bytes:,.0f}", _error(each.error)]
        for each in compression.sizes(explorer, image)
    ]
    html.table(HEADER, rows)
    said = (
        KL_WORDS.format(nats=kl, bits=compression.nats_to_bits(kl)) if kl and explorer.can("gaussian") else ""
    )
    st.caption(FILES + said)


def _error(error: float) -> str:
    return f"{error:.4f}" if error else "none"
