"""A page for each live view, chosen by `?view=`, over a model with random weights."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from tests.browser.apps.random_model import RandomModel
from vae.figures.palette import CLASS_COLOURS
from vae.web import live

query = st.query_params
view = query.get("view", "plane")
st.set_page_config(layout="wide")

with st.container(horizontal=True, vertical_alignment="bottom"):
    st.button("rerun")
    st.checkbox("new figure", key="new_figure")
    seed = int(st.checkbox("other model"))
st.session_state.runs = st.session_state.get("runs", 0) + 1
st.text(f"run {st.session_state.runs}")

model = RandomModel(
    seed=seed, latent_dim=int(query.get("dim", 2)), activation=query.get("activation", "silu")
)
mu, labels = model.points(int(query.get("points", 10_000)))
live.weights(model.explorer, encoder=view == "draw")


def chart(places: np.ndarray) -> None:
    """A map of points, large, with equal axes."""
    points = go.Scattergl(
        x=places[:, 0],
        y=places[:, 1],
        mode="markers",
        customdata=np.arange(len(places)),
        marker={"size": 4, "opacity": 0.55, "color": np.array(CLASS_COLOURS)[labels]},
    )
    title = "another figure" if st.session_state.new_figure else "a figure"
    layout = {"height": 560, "title": title, "yaxis": {"scaleanchor": "x"}, "dragmode": "pan"}
    figure = go.Figure(points, layout)
    st.plotly_chart(figure, key="map", config={"scrollZoom": True})


left, right = st.columns([3, 1])
if view == "plane":
    with left:
        chart(mu)
    with right:
        pick = live.plane(model.explorer, "map", key="pointer", base=np.full(model.latent_dim, 0.1))
    st.text(f"pick {list(pick.place) if pick and pick.place else None}")
elif view == "nearest":
    with left:
        chart(10 * mu[:, 1::-1])
    with right:
        name = live.places(model.explorer, "tsne", 10 * mu[:, 1::-1])
        pick = live.plane(model.explorer, "map", key="pointer", places=name)
    st.text(f"pick {pick.index if pick else None}")
elif view == "path":
    means = model.class_means()
    taken = live.path_of("path", model.explorer)
    if model.latent_dim == 2:
        with left:
            chart(mu)
    choice = live.path_slider(
        model.explorer,
        taken.a if taken else means[0],
        taken.b if taken else means[7],
        key="path",
        plot_key="map" if model.latent_dim == 2 else None,
        path="spherical" if query.get("path") == "spherical" else "linear",
        labels=("0", "7"),
    )
    st.text(f"path {[choice.a.tolist(), choice.b.tolist(), choice.t] if choice else None}")
elif view == "sliders":
    z = live.sliders(model.explorer, key="sliders", start=mu[0], start_label="test image 0")
    st.text(f"code {None if z is None else z.tolist()}")
elif view == "pairs":
    live.pairs(model.explorer, model.class_means(), key="pairs", labels=[str(digit) for digit in range(10)])
elif view == "draw":
    live.draw(model.explorer, key="pad", plot_key="map" if model.latent_dim == 2 else None)
    drawing = live.drawing_of("pad", model.explorer)
    if model.latent_dim == 2:
        chart(mu)
    st.text(f"drawing {None if drawing is None else [list(drawing.shape), round(float(drawing.sum()), 1)]}")
