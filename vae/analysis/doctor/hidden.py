"""Hidden units of a multilayer perceptron that say nothing, or what another one says.

Symbols: N images; an activation is what a unit gives on to the next layer, (N, units) of a layer.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae.analysis.doctor.finding import Finding, graded
from vae.model.numpy_layers import ACTIVATIONS
from vae.model.protocol import Layer, Networks

Floats = NDArray[np.floating]

STILL = 1e-3  # of the standard deviation of its layer's liveliest tenth: such a unit is a part of the bias
SAME = 0.999  # correlation
MANY, MOST = 0.25, 0.9  # of a layer
TINY = 1e-12


class Activations(NamedTuple):
    """What the units of a layer, such as `decoder 2`, give for N images; `first`: on z itself."""

    name: str
    values: Floats  # (N, units)
    first: bool = False


def activations(networks: Networks, x: Floats, z: Floats) -> list[Activations] | None:
    """Of all hidden layers for images x (N, H, W, C) and codes z (N, D); None where layers are not dense."""
    if any(weight.ndim != 2 for weight, _ in (*networks.encoder, *networks.decoder)):
        return None
    encoder = _through(networks.encoder, networks.encoder_activation, x.reshape(len(x), -1))
    decoder = _through(networks.decoder, networks.decoder_activation, z)
    return [
        *(Activations(f"encoder {k}", each) for k, each in enumerate(encoder, 1)),
        *(Activations(f"decoder {k}", each, k == 1) for k, each in enumerate(decoder, 1)),
    ]


def hidden(layers: Sequence[Activations]) -> Finding:
    """The largest share of a layer's units that are STILL for all images, or correlate beyond SAME.

    A still unit gets next to no gradient and stays so: the usual end of ReLU at too large a rate (Lu et al.,
    Dying ReLU and Initialization, 2020). Healthy models have up to 16 % still units and 6 % doubles; the
    source's recipe in a plane leaves 79 % of a softplus layer still, and paints as well as others. Of the
    decoder's first layer in a plane nearly all are doubles, as functions of two numbers are, and are not
    counted. MANY is a note: the layer could be narrower; MOST serious.
    """
    still = np.array([_still(layer.values).mean() for layer in layers])
    double = np.array([0.0 if layer.first else _doubles(layer.values) for layer in layers])
    worst = int(np.maximum(still, double).argmax())
    share, name = float(max(still[worst], double[worst])), layers[worst].name
    gravity = graded(share, MANY, MOST)
    kind = "give the same for every image" if still[worst] >= double[worst] else "say what another one says"
    words = f"So many units of layer {name} {kind}; in no other is it more, of those compared."
    if not share:
        words = "No unit gives the same for every image, or says what another one says."
    change = ""
    if gravity != "well":
        change = "A narrower layer; or a lower learning rate, and silu instead of relu, if the units died."
    arrays = {"still": still, "double": double, "sizes": np.array([len(each.values[0]) for each in layers])}
    return Finding("hidden", gravity, f"{share:.0%}", "of a layer's units", words, change, share, arrays)


def _through(layers: Sequence[Layer], activation: str, rows: Floats) -> list[Floats]:
    found, act = [], ACTIVATIONS[activation]
    for weight, bias in layers[:-1]:
        rows = act(rows @ weight.T.astype(np.float32) + bias.astype(np.float32))
        found.append(rows)
    return found


def _still(values: Floats) -> NDArray[np.bool_]:
    """Whether each unit gives the same for all images, (units,)."""
    spread = values.std(axis=0, dtype=np.float64)
    return np.asarray(spread <= max(STILL * float(np.quantile(spread, 0.9)), TINY))


def _doubles(values: Floats) -> float:
    """The share of units that correlate with one before them, of those that are not still."""
    moving = values[:, ~_still(values)].astype(np.float64)
    if moving.shape[1] < 2:
        return 0.0
    return float((np.triu(np.abs(np.corrcoef(moving, rowvar=False)), 1).max(axis=0) > SAME).mean())
