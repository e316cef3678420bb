"""Everything that draws with Streamlit: page frame, shared state, loaders, small parts, the live decoder.

A page begins with `frame.begin(title, sentence)`, keeps its choices in `state` values (so that the address is
a permalink), draws figures of `vae.figures` and shows images and numbers with `parts`.
"""
