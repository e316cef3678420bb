"""Home: what the explorer is, what its pages show, and the models that ship with it.

`streamlit run app.py` imports this file once, for the server, and runs it as a script for each visit.
"""

import streamlit as st

if __name__ == "__main__":
    from vae.web import frame, home

    frame.header(
        "Every point is an image",
        "Explore the latent space of variational autoencoders: where images lie, and what lies between them.",
    )
    models = home.models()
    flat = home.flat_model(models)
    if flat:
        home.show_plane(flat)
    home.show_cards(flat)
    if models:
        home.show_models(models)
        home.show_ledger()
    home.show_training()
else:
    from starlette.middleware import Middleware

    from vae.web import document, originals, serving

    app = st.App(
        __file__,
        lifespan=serving.lifespan,
        routes=[originals.ROUTE],
        middleware=[Middleware(document.WithStyles)],
    )
