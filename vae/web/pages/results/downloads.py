"""What can be taken along of the chosen model: its networks, the codes of its test images, its card."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from vae.explorer import Explorer
from vae.model import catalogue
from vae.model.onnx import export, pair
from vae.model.outside import table
from vae.web.kit import html

PAIR_HELP = (
    "A ZIP with encoder.onnx (images to mu and log_var) and decoder.onnx (z to the mean), float32, which "
    "onnxruntime and its like run anywhere. Compared with our own numbers before you get it."
)
CODES_HELP = (
    "A row for each of the {count:,} test images: {what} mu and sd of q(z|x), which are kept in float16, to "
    "about three digits, and the nats where they are known."
)
ALL_CODES_HELP = " Of all images, those it was trained on too: `python -m vae.encode {name} --shard 0/1`."
CARD_HELP = "How it was made, measured and what its limits are: Markdown."


def show(explorer: Explorer) -> None:
    """A row of buttons; each file is made when it is asked for."""
    name, codes = explorer.name, explorer.codes("test")
    what = "its file," if codes.names is not None else ""
    what = f"{what} its class,".strip() if codes.labels is not None else what
    about = CODES_HELP.format(count=len(codes), what=what).replace(":  ", ": ")
    if explorer.config is not None:
        about += ALL_CODES_HELP.format(name=name)
    with st.container(horizontal=True, key="take-along"):
        if name in catalogue.model_names():
            _button(
                "ONNX pair", partial(_pair, explorer), f"{name}{pair.SUFFIX}", "application/zip", PAIR_HELP
            )
        made = partial(table.csv_bytes, codes, explorer.dataset)
        _button("codes as CSV", made, f"{name}.codes.csv", "text/csv", about)
        made = partial(table.parquet_bytes, codes, explorer.dataset)
        _button("codes as Parquet", made, f"{name}.codes.parquet", "application/octet-stream", about)
        if explorer.record.card:
            _button("model card", explorer.record.card.encode, f"{name}.md", "text/markdown", CARD_HELP)


def _button(what: str, make: Callable[[], bytes], file: str, mime: str, help: str) -> None:
    html.download(f"Download {what}", make, file, mime, help=help)


def _pair(explorer: Explorer) -> bytes:
    return export.exported(catalogue.model_path(explorer.name), explorer.model, explorer.codes("test").mu)[0]
