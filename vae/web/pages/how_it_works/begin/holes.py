"""Where an autoencoder puts its codes, beside where a VAE does; what lies between them, under the pointer."""

import numpy as np
import streamlit as st

from vae import figures
from vae.explorer import Explorer
from vae.figures import Drawing
from vae.figures.layout import set_view
from vae.latent import neighbours, prior
from vae.model.catalogue import Record
from vae.web import live
from vae.web.kit import html, loaders
from vae.web.pages.how_it_works import layout
from vae.web.selection import code_map

HEIGHT, POINTS, DRAWS = 330, 2500, 2000  # CSS pixels of a map; codes on it; places drawn from the prior
NEAR, REACH = 0.1, 3.2  # prior standard deviations; the latter that both maps show
HOLE = np.array([-1.5, -0.4])  # of mnist-ae-2d, where mnist-vae-2d has a plain 5
HELP = (
    f"Share of {DRAWS:,} places drawn from N(0, I), the prior, which lie farther than {NEAR} from every test "
    "image's code."
)
MARGIN = {"l": 26, "r": 4, "t": 4, "b": 22}
WORDS = r"""
Now go the other way: pick a place on the map and let the decoder make an image of it. That would be a **new**
image. But which place?

- A plain **autoencoder** is asked for nothing but to give images back. It puts codes wherever it likes: here
  in rays, crowded in the middle, with **holes** between. No image had its code in a hole, so nobody knows
  what comes out of one.
- A **variational autoencoder**, VAE, gives an image no point but a small **cloud**: any code of the cloud has
  to do. And it pays for each cloud that strays from the **prior**, one round heap around 0. So the clouds
  close up, and a place drawn from the prior lies among codes.

**Look at the ring:** it marks the same place on both maps, a hole on the left. **Move over one map**, and
both decoders make an image of that place.
"""


def show(explorer: Explorer) -> None:
    """Both maps, and the words; nothing where there is no such pair of models."""
    pair = _pair(explorer)
    if pair is None:
        return
    st.subheader("Why a plain autoencoder is not enough", anchor=False)
    figure, words = layout.columns("holes")
    with words:
        layout.words(WORDS)
    with figure:
        live.weights(*pair)
        for column, model, name in zip(st.columns(2), pair, ("Autoencoder", "VAE"), strict=True):
            with column:
                _show(model, name)


def _pair(explorer: Explorer) -> tuple[Explorer, Explorer] | None:
    """An autoencoder with hidden layers and a VAE with planes of codes; of the explorer's data set first."""
    records = sorted(
        (record for record in loaders.described().values() if record.latent_dim == 2 and record.config),
        key=lambda record: record.dataset.name != explorer.dataset.name,
    )
    for point in (record for record in records if record.form == "point" and _is_deep(record)):
        beside = [
            record
            for record in records
            if record.form == "gaussian" and record.dataset.name == point.dataset.name
        ]
        opened = [loaders.open_model(record.name) for record in (point, *beside[:1])]
        models = [model for model in opened if isinstance(model, Explorer)]
        if len(models) == 2:
            return models[0], models[1]
    return None


def _is_deep(record: Record) -> bool:
    return record.config is not None and bool(record.config.hidden)


def _show(explorer: Explorer, name: str) -> None:
    """A map, what lies under the pointer, and how much of the prior is empty."""
    key = f"theory-{name}"
    st.markdown(f"**{name}**")
    st.plotly_chart(_figure(explorer.fingerprint, explorer), key=key, config=figures.CONFIG)
    live.plane(explorer, key, f"{key}.live", z=HOLE, together="holes")
    share = _empty(explorer.fingerprint, explorer)
    html.facts(html.Fact("Empty places", f"{100 * share:.0f}", "%", HELP))


@st.cache_resource(show_spinner=False, max_entries=4)
def _figure(fingerprint: str, _explorer: Explorer) -> Drawing:
    mu = _explorer.codes("test").mu[:POINTS]
    fig = code_map.scatter(
        _explorer, mu, is_plane=True, index=np.arange(len(mu)), height=HEIGHT, uirevision=fingerprint
    )
    fig.update_traces(marker={"size": 4}, selector={"mode": "markers"})
    fig.update_traces(marker={"size": 15}, textfont={"size": 10}, selector={"mode": "markers+text"})
    fig.update_xaxes(title={"text": ""}).update_yaxes(title={"text": ""})
    return set_view(fig.update_layout(showlegend=False, margin=MARGIN), (-REACH, -REACH), (REACH, REACH))


@st.cache_data(show_spinner=False, max_entries=4)
def _empty(fingerprint: str, _explorer: Explorer) -> float:
    """Share of the draws from the prior that no code of a test image is near to."""
    codes = _explorer.codes("test").mu
    draws = prior.samples(DRAWS, 2, seed=0)
    nearest = codes[neighbours.closest(codes, draws)]
    return float((np.linalg.norm(draws - nearest, axis=1) > NEAR).mean())
