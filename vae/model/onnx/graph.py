"""What an ONNX network that a page runs may be: bounded in size, of known operators, in one file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import onnx

MOST_BYTES = 400_000_000  # of a network: 100 million weights in float32
MOST_NODES = 10_000
DOMAINS = ("", "ai.onnx")  # of ONNX's own operators
# fmt: off
OPERATORS = frozenset((
    "Abs", "Add", "And", "ArgMax", "AveragePool", "BatchNormalization", "Cast", "CastLike", "Ceil", "Celu",
    "Clip", "Concat", "Constant", "ConstantOfShape", "Conv", "ConvTranspose", "CumSum", "DepthToSpace",
    "Div", "Dropout", "Einsum", "Elu", "Equal", "Erf", "Exp", "Expand", "Flatten", "Floor", "Gather",
    "GatherElements", "GatherND", "Gelu", "Gemm", "GlobalAveragePool", "GlobalMaxPool", "Greater",
    "GreaterOrEqual", "GroupNormalization", "HardSigmoid", "HardSwish", "Identity",
    "InstanceNormalization", "LayerNormalization", "LeakyRelu", "Less", "LessOrEqual", "Log", "LogSoftmax",
    "LpNormalization", "MatMul", "Max", "MaxPool", "Mean", "Min", "Mish", "Mod", "Mul", "Neg", "Not", "Or",
    "PRelu", "Pad", "Pow", "Range", "Reciprocal", "ReduceL2", "ReduceLogSumExp", "ReduceMax", "ReduceMean",
    "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare", "Relu", "Reshape", "Resize", "Round",
    "ScatterND", "Selu", "Shape", "Sigmoid", "Sign", "Sin", "Cos", "Size", "Slice", "Softmax", "Softplus",
    "Softsign", "SpaceToDepth", "Split", "Sqrt", "Squeeze", "Sub", "Sum", "Tanh", "ThresholdedRelu",
    "Tile", "TopK", "Transpose", "Unsqueeze", "Where", "Xor",
))
# fmt: on
"""Of networks that compute: none that loops, branches, draws noise or reads anything."""


@dataclass(frozen=True)
class Port:
    """An input or an output: its name, and its sizes, None for one that is not fixed."""

    name: str
    shape: tuple[int | None, ...]


@dataclass(frozen=True)
class Ports:
    """What goes into a network, and what comes out of it."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]


def check(content: bytes) -> Ports:
    """The inputs and outputs of an ONNX network that may be run.

    Raises:
        ValueError: naming what it is or has that is not read; the reason goes on after its name.
    """
    import onnx
    from google.protobuf.message import DecodeError

    if len(content) > MOST_BYTES:
        raise ValueError(f"has {len(content):,} bytes, at most {MOST_BYTES:,} are read")
    try:
        model = onnx.ModelProto.FromString(content)
    except DecodeError as error:
        raise ValueError("is no ONNX network, or was cut short") from error
    graph = model.graph
    if not graph.node or not graph.output:
        raise ValueError("is no ONNX network: it computes nothing")
    _check_nodes(model)
    if any(_is_elsewhere(tensor) for tensor in _tensors(graph)):
        raise ValueError("keeps weights in another file; save it with all of them inside")
    weights = {tensor.name for tensor in graph.initializer}
    return Ports(
        tuple(_port(value) for value in graph.input if value.name not in weights),
        tuple(_port(value) for value in graph.output),
    )


def constants(network: "onnx.GraphProto") -> dict[str, NDArray[Any]]:
    """The weights and constants of a network by name, and what is one of them transposed."""
    from onnx.numpy_helper import to_array

    found = {tensor.name: to_array(tensor) for tensor in network.initializer}
    for node in network.node:
        said = {each.name: each for each in node.attribute}
        if node.op_type == "Constant" and "value" in said:
            found[node.output[0]] = to_array(said["value"].t)
        elif node.op_type == "Identity" and node.input[0] in found:
            found[node.output[0]] = found[node.input[0]]
        elif node.op_type == "Transpose" and node.input[0] in found:
            axes = tuple(said["perm"].ints) if "perm" in said else None
            found[node.output[0]] = found[node.input[0]].transpose(axes)
    return found


def gemm(
    node: "onnx.NodeProto", known: Mapping[str, NDArray[Any]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weight (out, in) and bias (out,) of a dense layer.

    Raises:
        KeyError: where they are no constants.
        ValueError: for more than a dense layer.
    """
    said = {"alpha": 1.0, "beta": 1.0, "transA": 0, "transB": 0}
    said |= {each.name: each.f if each.name in ("alpha", "beta") else each.i for each in node.attribute}
    if (said["alpha"], said["beta"], said["transA"]) != (1, 1, 0):
        raise ValueError("scales or turns what enters it")
    weight = known[node.input[1]].astype(np.float64)
    weight = weight if said["transB"] else weight.T
    bias = known[node.input[2]].astype(np.float64) if len(node.input) > 2 else np.zeros(len(weight))
    return weight, np.broadcast_to(bias, len(weight))


def _check_nodes(model: "onnx.ModelProto") -> None:
    nodes = model.graph.node
    if len(nodes) > MOST_NODES:
        raise ValueError(f"has {len(nodes):,} operators, at most {MOST_NODES:,} are run")
    odd = {f"{node.domain}:{node.op_type}" for node in nodes if node.domain not in DOMAINS}
    odd |= {node.op_type for node in nodes if node.domain in DOMAINS and node.op_type not in OPERATORS}
    if odd:
        raise ValueError(f"uses operators that are not run here ({', '.join(sorted(odd))[:200]})")
    if model.functions:
        raise ValueError("defines functions of its own; export it with them written out")


def _tensors(graph: "onnx.GraphProto") -> Iterator["onnx.TensorProto"]:
    """The weights and constants; a graph whose operators are known has no others."""
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        for attribute in node.attribute:
            yield attribute.t
            yield from attribute.tensors
            for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
                yield from (sparse.values, sparse.indices)


def _is_elsewhere(tensor: "onnx.TensorProto") -> bool:
    return bool(tensor.external_data) or tensor.data_location != 0


def _port(value: "onnx.ValueInfoProto") -> Port:
    sizes = value.type.tensor_type.shape.dim
    return Port(value.name, tuple(size.dim_value or None for size in sizes))
