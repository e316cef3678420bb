"""Everything that draws with Streamlit: page frame, values of the address, loaders, pages, the live decoder.

A page begins with `frame.begin(stem, sentence)`, keeps its choices in values of `address` (so that each view
is a permalink), draws figures of `vae.figures` and shows images and numbers with `html`.
"""

import os

# One thread for each product of matrices: those of many sessions, small as they are, would wait for each
# other's threads. OpenBLAS reads this when NumPy is loaded, which no page does before it has come here.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
