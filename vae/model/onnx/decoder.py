"""The layers of a decoder of any build that the browser can run by itself, read from its ONNX graph.

The graph must be one way from the code to the image. What it gives between is asked of onnxruntime, and what
was read is used only where it gives the same images. Symbols: B codes, D latent_dim.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from vae.images.spec import Floats, ImageSpec
from vae.model.numpy_layers import ACTIVATIONS, SLOPED, linear, sigmoid, transpose
from vae.model.onnx import graph
from vae.model.onnx.chain import NONE, Chain, UnknownError
from vae.model.onnx.convention import Convention
from vae.model.onnx.layers import FAR, order
from vae.model.onnx.network import Network
from vae.model.protocol import Layer, Networks, Setting

if TYPE_CHECKING:
    import onnx

PASSING = ("Flatten", "Identity", "Reshape", "Dropout", "Squeeze", "Unsqueeze")  # keep all numbers in order
NAMES = {
    "Relu": ("relu", 0.0), "Tanh": ("tanh", 0.0), "Softplus": ("softplus", 0.0), "Sigmoid": ("sigmoid", 0.0),
    "LeakyRelu": ("leaky", 0.01), "Elu": ("elu", 1.0),
}  # fmt: skip
"""Activations here, with the slope that they have where the graph says none."""
OF_TWO = ("Add", "Sub", "Mul", "Div")
SAME = 1e-4  # of 1 + its size: beyond this a number is another one
MOST_PRODUCTS = 200_000_000  # for an image: about what a browser computes within a frame
Constants = Mapping[str, NDArray[Any]]
Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class _Operator:
    """One of a graph, all constants of that, and the shape of what the operator gives for one code."""

    node: "onnx.NodeProto"
    constants: Constants
    shape: tuple[int, ...]


def known(content: bytes, used_to: Convention, spec: ImageSpec, z: Floats, means: Floats) -> Networks | None:
    """The layers as the browser takes them, None where they are unknown or do not give these means.

    Arguments:
        content: Of the decoder's ONNX file.
        used_to: What it is used to.
        spec: The shape of its images.
        z: Some codes, (B, D).
        means: What it gives for them, (B, H, W, C).
    """
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # of weights that float16 has not
            return _known(content, used_to, spec, z, means.reshape(len(z), -1))
    except (UnknownError, ValueError, IndexError, KeyError):
        return None


def _known(content: bytes, used_to: Convention, spec: ImageSpec, z: Floats, rows: Floats) -> Networks:
    chain = _read(content, z)
    mean = _end(chain, used_to, spec)
    exact = [(weight, bias) for weight, bias, _ in chain.layers]
    stored: list[Layer] = [(weight.astype(np.float16), bias.astype(np.float16)) for weight, bias in exact]
    settings = [setting for _, _, setting in chain.layers]
    for layers, far in ((exact, SAME), (stored, FAR)):
        found = outputs(layers, settings, z)
        given = sigmoid(found) if mean == "sigmoid" else found
        if given.shape != rows.shape or not (np.abs(given - rows) <= far * (1 + np.abs(rows))).all():
            raise UnknownError
    return Networks([], stored, "", "", mean, 1, 1, None, settings)


def outputs(layers: Sequence[tuple[Any, Any]], settings: Sequence[Setting], z: Floats) -> Any:
    """What layers with settings give for codes (B, D), (B, H W C): logits, or means that are linear."""
    values: Any = z
    for (weight, bias), said in zip(layers, settings, strict=True):
        values = _activated(values, said)
        if weight.ndim == 4:
            assert said.size is not None
            kernel = weight.astype(z.dtype)
            values = transpose(values, kernel, bias.astype(z.dtype), said.stride, said.padding, said.size)
            continue
        values = linear(values, weight.astype(z.dtype), bias.astype(z.dtype))
        if said.size is not None:
            values = values.reshape(len(values), -1, *said.size).swapaxes(0, 1)  # (C, B, H, W)
    return values if values.ndim == 2 else np.moveaxis(values, 0, 3).reshape(len(z), -1)


def _activated(values: Any, said: Setting) -> Any:
    if said.activation in SLOPED:
        return SLOPED[said.activation](values, said.slope)
    return ACTIVATIONS[said.activation](values)


def _read(content: bytes, z: Floats) -> Chain:
    """The layers of the graph, and what comes after the last of them."""
    import onnx

    model = onnx.ModelProto.FromString(content)
    constants = graph.constants(model.graph)
    way = _way(model.graph, constants)
    shapes = _shapes(model, [node.output[0] for _, node in way], z)
    chain = Chain(z.shape[1:])
    for kind, node in way:
        if kind not in READERS:
            raise UnknownError
        READERS[kind](chain, _Operator(node, constants, shapes[node.output[0]]))
    if chain.products > MOST_PRODUCTS:
        raise UnknownError
    return chain


def _way(network: "onnx.GraphProto", constants: Constants) -> list[tuple[str, "onnx.NodeProto"]]:
    """The operators from the input to the first output, with their names; x sigmoid(x) is one, `Silu`."""
    made_by = {name: node for node in network.node for name in node.output}
    name, way = network.output[0].name, []
    while name in made_by:
        node = made_by[name]
        kind, entering = node.op_type, list(node.input[:1])
        if kind in OF_TWO:
            entering = [each for each in node.input if each not in constants]
        if kind == "Mul" and len(entering) == 2:
            kind, entering = "Silu", [_gated(entering, made_by)]
        elif kind == "Where":  # PyTorch's softplus, which above a threshold is x
            kind, made = "Identity", [each for each in node.input if each in made_by]
            entering = [each for each in made if made_by[each].op_type == "Softplus"]
        if len(entering) != 1:
            raise UnknownError
        way.append((kind, node))
        name = entering[0]
    return way[::-1]


def _gated(pair: Sequence[str], made_by: Mapping[str, "onnx.NodeProto"]) -> str:
    """The x of x sigmoid(x)."""
    for one, other in (pair, pair[::-1]):
        gate = made_by.get(other)
        if gate is not None and gate.op_type == "Sigmoid" and gate.input[0] == one:
            return one
    raise UnknownError


def _shapes(model: "onnx.ModelProto", names: Sequence[str], z: Floats) -> Shapes:
    """Of the values of these names for one code, as onnxruntime computes them."""
    import onnx

    given = [value.name for value in model.graph.output]
    for name in names:
        if name not in given:
            model.graph.output.append(onnx.ValueInfoProto(name=name))
    network = Network(model.SerializeToString())
    return {name: values.shape[1:] for name, values in zip(network.outputs, network.run(z[:1]), strict=True)}


def _pass(chain: Chain, at: _Operator) -> None:
    chain.reshape(at.shape)


def _activate(chain: Chain, at: _Operator) -> None:
    name, slope = NAMES[at.node.op_type]
    chain.activate(name, next((each.f for each in at.node.attribute if each.name == "alpha"), slope))


def _silu(chain: Chain, at: _Operator) -> None:
    chain.activate("silu")


def _gemm(chain: Chain, at: _Operator) -> None:
    chain.dense(*graph.gemm(at.node, at.constants))


def _matmul(chain: Chain, at: _Operator) -> None:
    weight = at.constants[at.node.input[1]].T.astype(np.float64)
    chain.dense(weight, np.zeros(len(weight)))


def _scale(chain: Chain, at: _Operator) -> None:
    """What adds, subtracts, multiplies or divides by a constant."""
    is_first = at.node.input[0] in at.constants
    value = at.constants[at.node.input[0] if is_first else at.node.input[1]].astype(np.float64)
    one, none = np.ones(()), np.zeros(())
    ways = {
        "Add": (one, value),
        "Sub": (-one, value) if is_first else (one, -value),
        "Mul": (value, none),
        "Div": (none, none) if is_first else (1 / value, none),
    }
    chain.scale_by(*ways[at.node.op_type])


def _normalise(chain: Chain, at: _Operator) -> None:
    """BatchNormalization, by the mean and variance that it has learnt."""
    epsilon = next((each.f for each in at.node.attribute if each.name == "epsilon"), 1e-5)
    gain, shift, mean, variance = (at.constants[name].astype(np.float64) for name in at.node.input[1:5])
    times = gain / np.sqrt(variance + epsilon)
    axes = (-1, *(1 for _ in at.shape[1:]))
    chain.scale_by(times.reshape(axes), (shift - mean * times).reshape(axes))


def _convolve(chain: Chain, at: _Operator) -> None:
    """A convolution of stride 1, or a transposed one."""
    weight = at.constants[at.node.input[1]].astype(np.float64)
    said = {each.name: list(each.ints) for each in at.node.attribute}
    stride, padding = said.get("strides", [1])[0], said.get("pads", [0])[0]
    if at.node.op_type == "Conv":
        if stride != 1:
            raise UnknownError
        weight, padding = weight.swapaxes(0, 1)[:, :, ::-1, ::-1], weight.shape[2] - 1 - padding
    channels, height, width = at.shape
    if weight.shape[1] != channels:  # convolutions in groups
        raise UnknownError
    bias = at.constants[at.node.input[2]].astype(np.float64) if len(at.node.input) > 2 else np.zeros(channels)
    chain.transpose(weight, bias, stride, padding, (height, width))


def _enlarge(chain: Chain, at: _Operator) -> None:
    chain.enlarge(at.shape[1] // (chain.shape[1] * chain.factor))


def _crop(chain: Chain, at: _Operator) -> None:
    _, height, width = at.shape
    chain.crop((height, width))


READERS: Mapping[str, Callable[[Chain, _Operator], None]] = {
    **dict.fromkeys(PASSING, _pass),
    **dict.fromkeys(NAMES, _activate),
    **dict.fromkeys(OF_TWO, _scale),
    **dict.fromkeys(("Conv", "ConvTranspose"), _convolve),
    **dict.fromkeys(("Resize", "Upsample"), _enlarge),
    "Silu": _silu,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "BatchNormalization": _normalise,
    "Slice": _crop,
}
"""How each operator is read, given the layers before it and the shape of what it gives. What one says that is
not looked at here would be seen in the images."""


def _end(chain: Chain, used_to: Convention, spec: ImageSpec) -> Literal["sigmoid", "linear"]:
    """Have the last layer give the means (H, W, C), or their logits; returns what the means are of it."""
    name, (times, plus) = chain.after[0], _last_scale(chain, used_to)
    if name == "tanh" and (times, plus) == (0.5, 0.5):  # (tanh a + 1) / 2 is the sigmoid of 2 a
        name, times, plus = "sigmoid", 2.0, 0.0
    elif name == "sigmoid" and (times, plus) != (1, 0):
        raise UnknownError
    chain.after, chain.scale = NONE, None
    chain.scale_by(np.array(times), np.array(plus))
    weight, bias, setting = chain.layers[-1]
    if weight.ndim == 2:
        places = order(used_to, spec)
        chain.layers[-1] = weight[places], bias[places], setting
    if name not in ("sigmoid", "identity"):
        raise UnknownError
    return "sigmoid" if name == "sigmoid" or used_to.output == "logits" else "linear"


def _last_scale(chain: Chain, used_to: Convention) -> tuple[float, float]:
    """By what the means are scaled and shifted behind the last activation, all alike."""
    times, plus = chain.scale or (np.ones(1), np.zeros(1))
    if np.ptp(times) > 0 or np.ptp(plus) > 0:
        raise UnknownError
    half = 0.5 if used_to.output == "signed" else 1.0
    return half * float(times.flat[0]), half * float(plus.flat[0]) + (1 - half)
