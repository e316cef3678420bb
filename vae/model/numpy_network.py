"""An encoder or a decoder in NumPy, layer by layer, and the way of a gradient back through a decoder.

Symbols: B images or codes, C channels. Feature maps are (C, B, H, W); all is float32.
"""

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from vae.model.config import Coder, Layer, LayerKind, ModelConfig, layers
from vae.model.numpy_layers import ACTIVATIONS, SLOPES, double, doubled_from, halve, keep, kept_from, linear

Floats = NDArray[np.float32]

FORWARD: dict[LayerKind, Callable[[Floats, Floats, Floats], Floats]] = {
    "dense": linear,
    "halving": halve,
    "doubling": double,
    "opening": keep,
    "closing": keep,
}
BACKWARD: dict[LayerKind, Callable[[Floats, Floats], Floats]] = {  # of what decoders have
    "dense": np.matmul,
    "doubling": doubled_from,
    "opening": kept_from,
    "closing": kept_from,
}


class NumpyNetwork:
    """The encoder or decoder with these tensors by name. Read-only, so that threads may share it."""

    def __init__(self, config: ModelConfig, coder: Coder, tensors: Mapping[str, Floats]) -> None:
        activation = config.activation_of(coder)
        self._activate, self._slope = ACTIVATIONS[activation], SLOPES[activation]
        self._spec, self._canvas = config.image_spec, config.canvas
        self._layers = layers(config, coder)
        self.weights = [
            (tensors[f"{each.name}.weight"], tensors[f"{each.name}.bias"]) for each in self._layers
        ]

    @property
    def widest(self) -> int:
        """The most numbers that a layer holds for an image: of a convolution what its taps see."""
        return max(_held(layer) for layer in self._layers)

    def outputs(self, inputs: Floats) -> Floats:
        """(B, inputs) -> (B, outputs); images are rows (B, H W C)."""
        (last,) = deque(self._states(inputs), maxlen=1)
        return self._rows(last)

    def gradient(self, z: Floats, in_outputs: Callable[[Floats], Floats]) -> Floats:
        """Of a decoder: the gradient in z, (B, D).

        Arguments:
            z: (B, D).
            in_outputs: The gradient in the outputs, (B, H W C), from the outputs.
        """
        *states, outputs = self._states(z)
        gradient = self._on_canvas(in_outputs(self._rows(outputs)), self._layers[-1])
        around = gradient  # what passes a residual block by
        for k in range(len(states), 0, -1):
            kind = self._layers[k].kind
            around = gradient if kind == "closing" else around
            gradient = self._back_through(k, gradient) * self._slope(states[k - 1])
            gradient = gradient + around if kind == "opening" else gradient
        return self._back_through(0, gradient)

    def _states(self, inputs: Floats) -> Iterator[Floats]:
        """What each layer gives, the second of a residual block with what came into the block added."""
        values = around = self._on_canvas(inputs, self._layers[0])
        for k, (layer, tensors) in enumerate(zip(self._layers, self.weights, strict=True)):
            around = values if layer.kind == "opening" else around
            entering = self._activate(values) if k else values
            values = FORWARD[layer.kind](_flat(entering) if layer.kind == "dense" else entering, *tensors)
            if layer.kind == "dense" and layer.size:
                channels = layer.outputs // math.prod(layer.size)
                values = values.reshape(len(values), channels, *layer.size).swapaxes(0, 1)
            elif layer.kind == "closing":
                values += around
            yield values

    def _back_through(self, k: int, gradient: Floats) -> Floats:
        """From the gradient in what layer k gives to that in what enters it."""
        kind, (weight, _) = self._layers[k].kind, self.weights[k]
        return BACKWARD[kind](_flat(gradient) if kind == "dense" else gradient, weight)

    def _on_canvas(self, rows: Floats, layer: Layer) -> Floats:
        """Rows (B, H W C) as what the outer layer has: of convolutions a canvas, zeros beyond the image."""
        if layer.kind == "dense":
            return rows
        spec = self._spec
        canvas = np.zeros((spec.channels, len(rows), *self._canvas), np.float32)
        canvas[:, :, : spec.height, : spec.width] = np.moveaxis(spec.unflatten(rows), 3, 0)
        return canvas

    def _rows(self, outputs: Floats) -> Floats:
        """What the last layer gives as rows: of a convolution the image on the canvas, (B, H W C)."""
        if outputs.ndim == 2:
            return outputs
        spec = self._spec
        return spec.flatten(np.moveaxis(outputs[:, :, : spec.height, : spec.width], 0, 3))


def _flat(values: Floats) -> Floats:
    """Rows as they are; feature maps (C, B, H, W) as rows (B, C H W)."""
    if values.ndim == 2:
        return values
    channels, count, *size = values.shape
    return values.swapaxes(0, 1).reshape(count, channels * math.prod(size))


def _held(layer: Layer) -> int:
    if layer.kind == "dense" or layer.size is None:
        return max(layer.shape)
    places = layer.size[0] * layer.size[1]
    taps = int(np.prod(layer.shape[1:]))
    return (
        taps * places // 4 if layer.kind == "doubling" else taps * places
    )  # a tap reaches every fourth place
