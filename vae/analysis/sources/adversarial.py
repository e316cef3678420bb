"""The part of the ledger on Adversarial Variational Bayes on MNIST: the paper's table 2 and its claims.

Source: Mescheder, Nowozin and Geiger, Adversarial Variational Bayes, 2017. All is read from what ships: only
a training measures it anew. Rows: −log p(x), lower is better; sights: more is better.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from vae.analysis.adversarial import comparison
from vae.analysis.adversarial.comparison import Comparison, Group, Published, Spread
from vae.analysis.sources.row import Line, Row, Sight

CLAIMS = (
    ("log p(x) of binarised MNIST, nats", "AVB+AC higher", "log_p", None, 1),
    ("10-NN accuracy of the mean codes", "AVB+AC higher", "knn", 0, 3),
    ("silhouette of the classes, mean codes", "AVB+AC higher", "silhouette", 0, 3),
)
"""What the paper says or shows, the figure and its place in a pair, and decimals."""
FARTHEST = 0.2  # relative, that a row may miss the paper's, which took hundreds of times our steps


def likelihood(measure: bool) -> Iterator[Line]:
    """Table 2."""
    found = comparison.shipped()
    if found is None:
        return
    for published in comparison.TABLE_2:
        group = found.group(published.method, published.latent_dim)
        if group is not None:
            yield _reached(published, group, found.command)


def claims(measure: bool) -> Iterator[Line]:
    """Whether AVB's likelihood is higher, and classes are further apart, than of VAEs of the same size."""
    found = comparison.shipped()
    if found is None:
        return
    for avb, vae in _pairs(found):
        for words, theirs, figure, place, decimals in CLAIMS:
            about = f"{avb.latent_dim}-D, {words}, AVB+AC beside VAE"
            yield Sight(
                about,
                theirs,
                _beside(avb.over(figure, place), vae.over(figure, place), decimals),
                f"`{found.command}`",
            )


def _reached(published: Published, group: Group, command: str) -> Row:
    """A row of table 2, within the paper's own error; one that does not hold says what it was trained for."""
    figure = (
        f"{published.latent_dim}-D, {published.method}, −log p(x) of binarised MNIST by AIS, "
        f"gap {group.over('gap').mean:.2f}, {seeds(len(group.models))}"
    )
    theirs, ours = -published.log_p, -group.over("log_p").mean
    row = Row(figure, theirs, ours, round(published.log_p_error / theirs, 3), f"`{command}`", "beat")
    known = f"{group.budget}, the paper's {comparison.BUDGET}"
    return row if row.holds else replace(row, known=known, farthest=FARTHEST)


def _pairs(found: Comparison) -> Iterator[tuple[Group, Group]]:
    """AVB+AC and VAE of the same size."""
    for group in found.groups:
        vae = found.group("VAE", group.latent_dim)
        if group.method == "AVB+AC" and vae is not None:
            yield group, vae


def _beside(ours: Spread, theirs: Spread, decimals: int) -> str:
    """Both means with their spread over the seeds, and what they say; more is better."""
    texts = f"{ours.text(decimals)} against {theirs.text(decimals)}"
    if abs(ours.mean - theirs.mean) <= np.hypot(*np.nan_to_num([ours.sd, theirs.sd])):
        return f"{texts}: no difference beyond the spread"
    seen = "so" if ours.mean > theirs.mean else "not so"
    return f"{texts}: {seen}" + ", by one seed" * (ours.seeds == 1)


def seeds(count: int) -> str:
    """How many seeds a figure is over."""
    return f"mean of {count} seeds" if count > 1 else "one seed"
