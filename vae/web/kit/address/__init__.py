"""Values that live in the address, so that every view is a permalink and all pages agree on what they show.

    start = address.integer("start", 0, low=0, high=9)
    st.selectbox("Start digit", range(10), **start.widget())
    figure = draw(start.value)

    bar      what the browser's address says, and what is written there
    shared   a value of it, in this session and in its widget
    kinds    choices, numbers, points: how each is written

Defaults stay out of the address.
"""

from vae.web.kit.address.bar import link, said, write
from vae.web.kit.address.kinds import choice, choose, flag, integer, number, vector
from vae.web.kit.address.shared import (
    KEPT,
    KEPT_FOR_MODEL,
    Shared,
    forget,
    forget_model_bound,
    hear,
    is_kept,
    leave_model_bound,
    then_forget,
)

__all__ = [
    "KEPT",
    "KEPT_FOR_MODEL",
    "Shared",
    "choice",
    "choose",
    "flag",
    "forget",
    "forget_model_bound",
    "hear",
    "integer",
    "is_kept",
    "leave_model_bound",
    "link",
    "number",
    "said",
    "then_forget",
    "vector",
    "write",
]
