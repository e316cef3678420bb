"""Live views: the model's networks run in the browser, and images change under the hand without a request.

A page calls `weights` once, then any of the views, with the keys of its plotly charts:

    live.weights(page.explorer)
    st.plotly_chart(figure, key="map")
    pick = live.plane(page.explorer, "map", key="pointer")   # a live.Pick, None until the first click

    payloads what is sent once: the program, networks, the test images' codes and maps
    views    what is seen: plane, path_slider, sliders, pairs, draw, tour
    answers  what comes back from the browser, checked

The scripts are in `assets/live`. Streamlit sends an instance of a component again whenever its data changes.
So the large things travel by instances of their own that show nothing and never change, and the views are
instances with a short script and small data: in the browser they find program and networks under the model's
fingerprint.

Symbols: D latent_dim, N test images, K ends of paths.
"""

from vae.web.live.answers import PathChoice, Pick, Window
from vae.web.live.payloads import bring_encoder, places, weights
from vae.web.live.views import (
    PathKind,
    code_of,
    draw,
    drawing_of,
    ends_of,
    own_picture,
    pair_of,
    pairs,
    path_of,
    path_slider,
    pick_of,
    plane,
    sliders,
    tour,
    window_of,
)

__all__ = [
    "PathChoice",
    "PathKind",
    "Pick",
    "Window",
    "bring_encoder",
    "code_of",
    "draw",
    "drawing_of",
    "ends_of",
    "own_picture",
    "pair_of",
    "pairs",
    "path_of",
    "path_slider",
    "pick_of",
    "places",
    "plane",
    "sliders",
    "tour",
    "weights",
    "window_of",
]
