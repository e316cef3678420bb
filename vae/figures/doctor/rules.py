"""A small figure for each rule: `drawn(rule, arrays)`."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from vae.analysis.doctor.finding import Rule
from vae.figures.doctor.parts import bars, lines, mark, shares, small
from vae.figures.drawing import Drawing
from vae.figures.theme import FOLLOWED, KL_COLOUR, NEUTRAL

Arrays = Mapping[str, NDArray[np.floating]]

MOST_BARS = 24  # dimensions that get a number below their bar
BLUES = ((0.0, "rgba(91,120,199,0.06)"), (1.0, "#5b78c7"))


def drawn(rule: Rule, arrays: Arrays) -> Drawing | None:
    """The figure of a rule, None of one that came without arrays."""
    return FIGURES[rule](arrays) if arrays else None


def loss(arrays: Arrays) -> Drawing:
    """The weight that was read, with two standard errors, on a log axis with 1 in its middle."""
    beta, error = (float(each) for each in arrays["found"])
    reach = max(2.0, abs(np.log10(beta)) + 0.5)
    fig = small("β (log scale), 1 is a VAE's", "")
    fig.add_scatter(
        x=[beta],
        y=[0.5],
        error_x={"array": [2 * error], "thickness": 2, "width": 6},
        mode="markers",
        marker={"size": 13, "color": FOLLOWED},
        hovertemplate="β = %{x:.3~g}<extra></extra>",
    )
    fig.update_xaxes(type="log", range=[-reach, reach], dtick=1)
    fig.update_yaxes(range=[0, 1], showticklabels=False, showgrid=False)
    for place, words in dict.fromkeys([(1.0, "β = 1"), (float(arrays["meant"][1]), "as trained")]):
        if words == "β = 1" or place != 1:
            line = {"color": NEUTRAL, "width": 2, "dash": "dot"}
            fig.add_shape(type="line", x0=place, x1=place, y0=0, y1=1, yref="paper", line=line)
            fig.add_annotation(
                text=words,
                x=float(np.log10(place)) if place > 0 else -reach,
                y=1,
                yref="paper",
                yanchor="bottom",
                showarrow=False,
                font={"size": 12},
            )
    return fig.update_layout(showlegend=False)


def collapse(arrays: Arrays) -> Drawing:
    """What each dimension says, the most first."""
    kl = np.asarray(arrays["kl"])
    order = np.argsort(-kl)
    labels = [str(k + 1) for k in order]
    fig = bars(kl[order], labels, "dimension", "nats, mean", "dimension %{customdata}: %{y:.2f}")
    return _numbered(fig, labels)


def bound(arrays: Arrays) -> Drawing:
    """How the log_var lie between the limits."""
    edges, counts = np.asarray(arrays["edges"]), np.asarray(arrays["counts"])
    fig = small("log_var of q(z|x)", "codes").add_bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges),
        marker={"color": KL_COLOUR, "line": {"width": 0}},
        hovertemplate="%{y:,} log_var near %{x:.1f}<extra></extra>",
    )
    fig.update_layout(showlegend=False, bargap=0)
    for limit, words in zip(np.asarray(arrays["limits"]), ("least", "greatest"), strict=True):
        if np.isfinite(limit) and edges[0] - 3 < limit < edges[-1] + 3:
            mark(fig, float(limit), words)
    return fig


def units(arrays: Arrays) -> Drawing:
    """The correlation of all pairs of dimensions in use."""
    both, places = np.asarray(arrays["correlation"]), np.asarray(arrays["places"]).astype(int)
    names = [str(k) for k in places]
    fig = small("dimension", "dimension").add_trace(
        {
            "type": "heatmap",
            "z": both,
            "zmin": 0,
            "zmax": 1,
            "colorscale": BLUES,
            "showscale": False,
            "customdata": [[f"{a} and {b}" for b in names] for a in names],
            "hovertemplate": "dimensions %{customdata}: |correlation| %{z:.2f}<extra></extra>",
        }
    )
    every = max(1, len(names) // 8)
    ticks = {"tickvals": list(range(0, len(names), every)), "ticktext": names[::every], "showgrid": False}
    fig.update_xaxes(**ticks)
    return fig.update_yaxes(autorange="reversed", **ticks)


def hidden(arrays: Arrays) -> Drawing:
    """Of each layer the share of units that are still, and that are another's double."""
    still, double = (100 * np.asarray(arrays[name]) for name in ("still", "double"))
    labels = [f"{int(size)}" for size in arrays["sizes"]]
    fig = small("units of each layer, from x to z to x", "share (%)")
    for name, values, colour in (("still", still, FOLLOWED), ("doubles", double, NEUTRAL)):
        fig.add_bar(
            x=np.arange(len(values)),
            y=values,
            name=name,
            marker={"color": colour, "line": {"width": 0}},
            hovertemplate=f"{name}: %{{y:.1f}} % of the units<extra></extra>",
        )
    fig.update_yaxes(range=[0, 100])
    return _numbered(fig.update_layout(showlegend=True, barmode="group"), labels)


def rate(arrays: Arrays) -> Drawing:
    """Rate and distortion of the siblings by their beta, and of this model."""
    fig = lines(
        {"this model": ([], []), "siblings": (arrays["rates"], arrays["distortions"])},
        "rate: KL (nats)",
        "distortion: nll (nats)",
        "rate %{x:.1f}, distortion %{y:.1f} nats",
    )
    fig.add_scatter(
        x=arrays["rates"],
        y=arrays["distortions"],
        customdata=arrays["betas"],
        mode="markers",
        showlegend=False,
        marker={"size": 7, "color": NEUTRAL},
        hovertemplate="β = %{customdata:.3~g}: rate %{x:.1f}, distortion %{y:.1f} nats<extra></extra>",
    )
    x, y = (float(each) for each in arrays["own"])
    return fig.add_scatter(
        x=[x],
        y=[y],
        mode="markers",
        showlegend=False,
        marker={"size": 12, "color": FOLLOWED},
        hovertemplate="this model: rate %{x:.1f}, distortion %{y:.1f} nats<extra></extra>",
    )


def moments(arrays: Arrays) -> Drawing:
    """Of each dimension the middle 90 % of all codes and the middle half, beside the prior's as bands."""
    quantiles, prior = np.asarray(arrays["quantiles"]), np.asarray(arrays["prior"])
    places, labels = np.arange(len(quantiles)), [str(k + 1) for k in range(len(quantiles))]
    fig = small("dimension", "z (prior sd)")
    for low, high, opacity in ((1, -2, 0.12), (2, -3, 0.2)):
        fig.add_shape(
            type="rect",
            xref="paper",
            x0=0,
            x1=1,
            y0=float(prior[low]),
            y1=float(prior[high]),
            fillcolor=NEUTRAL,
            opacity=opacity,
            line={"width": 0},
            layer="below",
        )
    for low, high, width in ((1, -2, 0.22), (2, -3, 0.6)):
        fig.add_bar(
            x=places,
            base=quantiles[:, low],
            y=quantiles[:, high] - quantiles[:, low],
            width=width,
            marker={"color": FOLLOWED, "opacity": 0.6, "line": {"width": 0}},
            customdata=np.stack([places + 1, quantiles[:, low], quantiles[:, high]], axis=1),
            hovertemplate="dimension %{customdata[0]}: %{customdata[1]:.2f} to %{customdata[2]:.2f}"
            "<extra></extra>",
        )
    return _numbered(fig.update_layout(showlegend=False, barmode="overlay"), labels)


def mmd(arrays: Arrays) -> Drawing:
    """How far codes and draws of the prior lie from the origin."""
    return shares({"codes": arrays["radii"], "prior": arrays["prior"]}, "distance from 0 (prior sd)", "sd")


def holes(arrays: Arrays) -> Drawing:
    """How far the prior's draws lie from codes, and from other draws of the prior."""
    values = {"to codes": arrays["codes"], "to other draws": arrays["prior"]}
    return shares(values, "from the prior's draws (prior sd)", "sd")


def range_of(arrays: Arrays) -> Drawing:
    """How often each level is there: in the images, and in what is decoded."""
    low, high = (float(each) for each in arrays["limits"])
    counts = {"decoded": np.asarray(arrays["means"]), "images": np.asarray(arrays["originals"])}
    edges = np.linspace(low, high, len(counts["images"]) + 1)
    curves = {
        name: ((edges[:-1] + edges[1:]) / 2, 100 * each / max(each.sum(), 1)) for name, each in counts.items()
    }
    return lines(curves, "level of a pixel", "pixels (%)", "%{y:.1f} % of the pixels near %{x:.2f}")


def noise(arrays: Arrays) -> Drawing:
    """The error of each pixel, root mean square over the images."""
    fig = small("", "").add_trace(
        {
            "type": "heatmap",
            "z": np.asarray(arrays["errors"]),
            "zmin": 0,
            "colorscale": BLUES,
            "colorbar": {
                "thickness": 10,
                "len": 1,
                "outlinewidth": 0,
                "title": {"text": "error", "side": "right"},
            },
            "hovertemplate": "column %{x}, row %{y}: %{z:.2f} off<extra></extra>",
        }
    )
    hidden = {"showticklabels": False, "showgrid": False}
    fig.update_xaxes(scaleanchor="y", constrain="domain", **hidden)
    fig.update_yaxes(autorange="reversed", constrain="domain", **hidden)
    return fig.update_layout(margin={"l": 10, "r": 80, "t": 10, "b": 10})


def blur(arrays: Arrays) -> Drawing:
    """What is kept of the power at each frequency, and what is missing."""
    at = arrays["frequencies"]
    curves = {"kept": (at, 100 * arrays["kept"]), "error": (at, 100 * arrays["missing"])}
    fig = lines(curves, "cycles a pixel", "of the power (%)", "%{y:.0f} % at %{x:.2f}")
    return fig.update_yaxes(range=[0, 130])


def generalisation(arrays: Arrays) -> Drawing:
    """The losses of new images and of those trained on."""
    return shares({"new": arrays["test"], "trained on": arrays["train"]}, "loss (nats per image)", "nats")


def amortisation(arrays: Arrays) -> Drawing:
    """What each image gains by a search."""
    return shares({"gain": arrays["gains"]}, "gain by a search (nats)", "nats")


def history(arrays: Arrays) -> Drawing:
    """The loss of each epoch."""
    losses = np.asarray(arrays["losses"])
    return lines({"loss": (np.arange(1, len(losses) + 1), losses)}, "epoch", "loss (nats)", "%{y:.1f} nats")


FIGURES: dict[Rule, Callable[[Arrays], Drawing]] = {
    "loss": loss,
    "collapse": collapse,
    "bound": bound,
    "units": units,
    "hidden": hidden,
    "rate": rate,
    "moments": moments,
    "mmd": mmd,
    "holes": holes,
    "range": range_of,
    "noise": noise,
    "blur": blur,
    "generalisation": generalisation,
    "amortisation": amortisation,
    "history": history,
}


def _numbered(fig: Drawing, labels: list[str]) -> Drawing:
    """Numbers of dimensions below their bars, not all where there are many."""
    every = -(-len(labels) // MOST_BARS)
    return fig.update_xaxes(
        tickvals=list(range(0, len(labels), every)), ticktext=labels[::every], tickangle=0, nticks=0
    )
