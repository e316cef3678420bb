"""An animated figure's handle, by which the page plays its frames: plotly's own controls know no keyboard."""

from vae.figures.drawing import Drawing


def handle(fig: Drawing) -> Drawing:
    """What controls of the page's own need to play the frames: a button of plotly's, which the page hides."""
    button = {"label": "", "method": "animate", "args": [None]}
    place = {"x": 0, "xanchor": "left", "y": 1, "yanchor": "top"}
    return fig.update_layout(updatemenus=[{"type": "buttons", "buttons": [button], **place}])
