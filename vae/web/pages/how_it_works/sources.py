"""The last step: the figures of the source articles, and where each is shown."""

import streamlit as st

from vae.analysis.sources.figures import SOURCES, Figure
from vae.explorer import Explorer
from vae.web.kit import address, navigation

SOURCE_HELP = (
    "The article or the notes whose figures are listed; figures that are only spoken of; corrected errors."
)
WORDS = (
    "This explorer began with five texts. What each of them shows is listed here and opens in its place; "
    "where something is not shown, the reason stands below it. Their numbers stand beside ours in the "
    "ledger, on the page Results."
)


def show(explorer: Explorer) -> None:
    """The figures of one source, as links."""
    keys = tuple(SOURCES)
    source = address.choice("work", keys, keys[0])
    st.segmented_control(
        "Source",
        keys,
        format_func=lambda key: SOURCES[key][0],
        required=True,
        label_visibility="collapsed",
        help=SOURCE_HELP,
        **source.widget(),
    )
    st.markdown(WORDS)
    with st.container(key="source-links"):
        for figure in SOURCES[source.value][1]:
            with st.container(gap=None):
                _entry(figure)


def _entry(figure: Figure) -> None:
    """A link to the place of a figure, or the reason why there is none."""
    if figure.page is None:
        st.markdown(figure.what)
        st.caption(figure.reason)
        return
    page = navigation.page(figure.page)
    address.link(
        page.file,
        f"{figure.what} · **{page.title}**",
        figure.query,
        help=f"Opens {_place(figure)}.",
    )


def _place(figure: Figure) -> str:
    """The address of a figure, less the server's."""
    query = "&".join(f"{name}={value}" for name, value in figure.query.items())
    return f"`/{figure.page}{'?' * bool(query)}{query}`"
