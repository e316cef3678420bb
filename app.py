"""Home: what the explorer is, what its pages show, and the models that ship with it.

`streamlit run app.py` imports this file once, for the server, and runs it as a script for each visit.
"""

import streamlit as st

if __name__ == "__main__":
    from vae.web import live
    from vae.web.kit import frame
    from vae.web.pages.home import overview

    frame.header(
        "Every point is an image",
        "See, touch and understand what a neural network has learnt of images.",
    )
    models = overview.models()
    flat = overview.flat_model(models)
    if flat:
        overview.show_plane(flat)
    overview.show_cards(flat, models)
    if models:
        overview.show_models(models)
    overview.show_training()
    if flat:
        live.weights(flat)  # last, since it takes longest to arrive
else:
    from starlette.middleware import Middleware

    from vae.web.live import trainings
    from vae.web.server import decoding, document, originals, start

    app = st.App(
        __file__,
        lifespan=start.lifespan,
        routes=[originals.ROUTE, decoding.ROUTE, *trainings.ROUTES],
        middleware=[Middleware(document.WithStyles)],
    )
