"""Words from outside in every place where Markdown is read: a button that is a picture, its help, a text."""

import numpy as np
import streamlit as st

from vae.web.kit import html

NASTY = "a](https://elsewhere.example/x.png) **b** <i>_c_</i> `d` $e$ :red[f] ![g](h) \\ ~~i~~ # - 1. j"

if __name__ == "__main__":
    st.button(html.picture_label(np.zeros((28, 28)), NASTY))
    with st.container(key="text"):
        st.markdown(html.plain_markdown(NASTY))
