"""The classes of a map as chips, of which one shows its class alone; the address keeps it."""

import numpy as np
import streamlit as st

from vae.explorer import Explorer
from vae.figures import class_colours
from vae.figures.layout import class_sign
from vae.figures.scatter.points import MOST_TRACES
from vae.web.kit import address
from vae.web.kit.component import component, script
from vae.web.pages.latent_map.maps import CHART, Map

KEY = "classes"


def chips(explorer: Explorer, shown: Map) -> None:
    """A chip for each class on the map, where these are few enough to have traces of their own."""
    names = explorer.class_names
    labels = shown.training.labels if shown.training is not None else None
    if labels is None and explorer.can("labels"):
        labels = explorer.codes("test").known_labels[shown.index]
    if names is None or labels is None or len(names) > MOST_TRACES:
        return
    alone, colours = address.choice("class", ("", *names), ""), class_colours(len(names))
    classes = [
        {"name": names[label], "words": _words(names[label], label), "colour": colours[label]}
        for label in np.unique(labels).tolist()
    ]

    def chosen() -> None:
        answer = st.session_state.get(KEY)
        name = answer.get("alone") if answer is not None else None
        if isinstance(name, str):
            alone.set(name)

    data = {"chart": CHART, "classes": classes, "alone": alone.value}
    component("vae_classes", script("classes.js"))(key=KEY, data=data, on_alone_change=chosen)


def _words(name: str, label: int) -> str:
    """The name, after its sign on the map where that is another."""
    sign = class_sign(name, label)
    return name if sign == name else f"{sign} {name}"
