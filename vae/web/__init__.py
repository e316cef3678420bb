"""Everything that draws with Streamlit: page frame, shared state, loaders, small parts, the live decoder.

A page begins with `frame.begin(title, sentence)`, keeps its choices in `state` values (so that the address is
a permalink), draws figures of `vae.figures` and shows images and numbers with `parts`.
"""

import os

# One thread for each product of matrices: those of many sessions, small as they are, would wait for each
# other's threads. OpenBLAS reads this when NumPy is loaded, which no page does before it has come here.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
