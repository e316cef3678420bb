"""The layers of a pair whose networks are multi-layer perceptrons: those the browser can run by itself.

A network is read backward from an output: dense layers with one activation between them. What it is used to,
the order of the channels and the ranges of the pixels, is taken into the outer layers. Symbols: D latent_dim.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae.images.spec import Floats, ImageSpec
from vae.model.numpy_layers import ACTIVATIONS, sigmoid
from vae.model.onnx import graph
from vae.model.onnx.convention import Convention
from vae.model.protocol import Layer, Networks

if TYPE_CHECKING:
    import onnx

PASSING = ("Flatten", "Identity", "Reshape", "Dropout")  # what changes no number of a row
NAMES = {"Relu": "relu", "Tanh": "tanh", "Softplus": "softplus", "Sigmoid": "sigmoid"}
UNBOUNDED = 1e4  # a log_var_bound that changes no log_var by more than rounding does
FAR = 2e-2  # of 1 + its size: more than float16 makes of a number is another network
Dense = tuple[NDArray[np.float64], NDArray[np.float64]]  # weight (out, in), bias (out,)


class _UnknownError(Exception):
    """A network that is no multi-layer perceptron."""


@dataclass(frozen=True)
class _Chain:
    """Dense layers and what follows each of them: an activation's name, empty after the last if none does."""

    layers: tuple[Dense, ...] = ()
    after: tuple[str, ...] = ()

    def then(self, layer: Dense) -> "_Chain":
        if self.layers and not self.after[-1]:
            raise _UnknownError
        return _Chain((*self.layers, layer), (*self.after, ""))

    def activated(self, name: str) -> "_Chain":
        if not self.layers or self.after[-1]:
            raise _UnknownError
        return replace(self, after=(*self.after[:-1], name))

    def with_last(self, change: Callable[[Dense], Dense]) -> "_Chain":
        if not self.layers or self.after[-1]:
            raise _UnknownError
        return replace(self, layers=(*self.layers[:-1], change(self.layers[-1])))

    @property
    def between(self) -> str:
        """The one activation between the layers; without any it does not matter."""
        names = set(self.after[:-1]) or {"relu"}
        if len(names) > 1 or not names <= set(ACTIVATIONS):
            raise _UnknownError
        return names.pop()


class _Reader:
    """Reads a network backward, from an output to its input."""

    def __init__(self, content: bytes) -> None:
        import onnx

        network = onnx.ModelProto.FromString(content).graph
        self._made_by = {name: node for node in network.node for name in node.output}
        self._constants = graph.constants(network)
        self._input = next(value.name for value in network.input if value.name not in self._constants)
        self.outputs = [value.name for value in network.output]

    def chain(self, name: str) -> _Chain:
        """What leads to the value of that name."""
        if name == self._input:
            return _Chain()
        if (node := self._made_by.get(name)) is None:
            raise _UnknownError
        if node.op_type in PASSING:
            return self.chain(node.input[0])
        if node.op_type in NAMES:
            return self.chain(node.input[0]).activated(NAMES[node.op_type])
        read = {"Gemm": self._gemm, "MatMul": self._matmul, "Add": self._add, "Mul": self._silu}
        if node.op_type == "Split":
            return self._part(node, list(node.output).index(name))
        if node.op_type not in read:
            raise _UnknownError
        return read[node.op_type](node)

    def _gemm(self, node: "onnx.NodeProto") -> _Chain:
        return self.chain(node.input[0]).then(graph.gemm(node, self._constants))

    def _matmul(self, node: "onnx.NodeProto") -> _Chain:
        weight = self._constant(node.input[1]).T
        return self.chain(node.input[0]).then((weight, np.zeros(len(weight))))

    def _add(self, node: "onnx.NodeProto") -> _Chain:
        bias, other = sorted(node.input, key=lambda name: name not in self._constants)
        added = self._constant(bias)
        return self.chain(other).with_last(lambda last: (last[0], last[1] + added.reshape(-1)))

    def _silu(self, node: "onnx.NodeProto") -> _Chain:
        for one, other in (node.input, reversed(node.input)):
            gate = self._made_by.get(other)
            if gate is not None and gate.op_type == "Sigmoid" and gate.input[0] == one:
                return self.chain(one).activated("silu")
        raise _UnknownError

    def _part(self, node: "onnx.NodeProto", index: int) -> _Chain:
        """One of the parts that a row is split into."""
        if len(node.input) < 2 or not any(
            each.name == "axis" and each.i in (1, -1) for each in node.attribute
        ):
            raise _UnknownError
        ends = [0, *np.cumsum(self._constant(node.input[1]).astype(int))]
        rows = slice(ends[index], ends[index + 1])
        return self.chain(node.input[0]).with_last(lambda last: (last[0][rows], last[1][rows]))

    def _constant(self, name: str) -> NDArray[np.float64]:
        return np.asarray(self._constants[name], np.float64)


def known(encoder: bytes, decoder: bytes, used_to: Convention, spec: ImageSpec) -> Networks | None:
    """The layers of both networks as the browser takes them, None where they are no perceptrons."""
    try:
        first, last = _Reader(encoder), _Reader(decoder)
        into, activation = _encoder([first.chain(name) for name in first.outputs], used_to, spec)
        out, other, mean = _decoder(last.chain(last.outputs[0]), used_to, spec)
    except (_UnknownError, ValueError, IndexError, KeyError):
        return None
    return Networks(into, out, activation, other, mean, UNBOUNDED, UNBOUNDED)


def agrees(found: Networks, images: Floats, mu: Floats, z: Floats, means: Floats) -> bool:
    """Whether the layers give what the networks gave: mu (B, D) of images, means of codes z."""
    rows = _run(found.encoder, found.encoder_activation, images.reshape(len(images), -1))[:, : mu.shape[1]]
    logits = _run(found.decoder, found.decoder_activation, z)
    given = sigmoid(logits) if found.mean == "sigmoid" else logits
    pairs = ((rows, mu), (given, means.reshape(len(z), -1)))
    return all(
        one.shape == other.shape and bool((np.abs(one - other) <= FAR * (1 + np.abs(other))).all())
        for one, other in pairs
    )


def _encoder(chains: list[_Chain], used_to: Convention, spec: ImageSpec) -> tuple[list[Layer], str]:
    """mu and log_var out of one last layer, images (H, W, C) in [0, 1] into the first."""
    if any(chain.after[-1:] != ("",) or not _is_beside(chain, chains[0]) for chain in chains):
        raise _UnknownError
    *hidden, _ = chains[0].layers
    heads = [chain.layers[-1] for chain in chains]
    layers = [*hidden, (np.concatenate([w for w, _ in heads]), np.concatenate([b for _, b in heads]))]
    weight, bias = layers[0]
    if used_to.pixels == "signed":
        weight, bias = 2 * weight, bias - weight.sum(axis=1)
    layers[0] = weight[:, order(used_to, spec)], bias
    return _stored(layers), chains[0].between


def _is_beside(chain: _Chain, other: _Chain) -> bool:
    """Whether two chains are the same but for their last layers."""
    if chain.after != other.after:
        return False
    pairs = zip(chain.layers[:-1], other.layers[:-1], strict=True)
    return all(
        np.array_equal(one, two) for below, above in pairs for one, two in zip(below, above, strict=True)
    )


def _decoder(chain: _Chain, used_to: Convention, spec: ImageSpec) -> tuple[list[Layer], str, Any]:
    """Means (H, W, C) in [0, 1] out of the last layer: by a sigmoid, or as they are."""
    *layers, (weight, bias) = chain.layers
    ways: Mapping[tuple[str, str], tuple[float, float, str]] = {  # times, plus, and what comes then
        ("sigmoid", "unit"): (1, 0, "sigmoid"),
        ("", "logits"): (1, 0, "sigmoid"),
        ("tanh", "signed"): (2, 0, "sigmoid"),  # (tanh a + 1) / 2 is the sigmoid of 2 a
        ("", "unit"): (1, 0, "linear"),
        ("", "signed"): (0.5, 0.5, "linear"),
    }
    if (chain.after[-1], used_to.output) not in ways:
        raise _UnknownError
    times, plus, mean = ways[chain.after[-1], used_to.output]
    at = order(used_to, spec)
    return _stored([*layers, ((times * weight)[at], (times * bias + plus)[at])]), chain.between, mean


def order(used_to: Convention, spec: ImageSpec) -> NDArray[np.int64]:
    """Where each number of a row (H, W, C) stands in the rows that the networks are used to."""
    height, width, channels = spec.shape
    places = np.arange(spec.size)
    if used_to.channels == "last":
        return places
    return places.reshape(channels, height, width).transpose(1, 2, 0).reshape(-1)


def _stored(layers: list[Dense]) -> list[Layer]:
    if any(above[0].shape[1] != below[0].shape[0] for below, above in pairwise(layers)):
        raise _UnknownError
    return [(weight.astype(np.float16), bias.astype(np.float16)) for weight, bias in layers]


def _run(layers: Any, activation: str, rows: Floats) -> Floats:
    values = rows
    for k, (weight, bias) in enumerate(layers):
        values = (ACTIVATIONS[activation](values) if k else values) @ weight.astype(np.float32).T + bias
    return values
