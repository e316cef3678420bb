"""A button that plays the frames of a chart, and a slider over them, for the keyboard too."""

from collections.abc import Sequence

from vae.web.kit.component import component, script


def show(
    chart: str, label: str, names: Sequence[str], prefix: str, *, at: int = 0, frame_ms: int = 70
) -> None:
    """Play the frames of these names on the chart with that key, which has `vae.figures.playing.handle`.

    Args:
        chart: The chart's key.
        label: What the button says.
        names: The frames, in their order.
        prefix: What is said before the name of the frame that is shown.
        at: The frame that the chart shows at first, counted from 0.
        frame_ms: How long each frame is shown, milliseconds.
    """
    data = {"chart": chart, "label": label, "names": list(names), "prefix": prefix, "at": at}
    component("vae_play", script("play.js"))(key=f"play-{chart}", data=data | {"frame_ms": frame_ms})
