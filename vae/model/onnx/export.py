"""Our own models as ONNX pairs, layer by layer as `vae.model.config.layers` has them, float32.

The encoder takes images (B, C, H, W) in [0, 1] and gives mu and log_var (B, D); of an autoencoder mu alone;
of an implicit q(z|x) draws (B, S, D) by the noise that `vae.model.numpy_vae` has. The decoder takes z (B, D)
and gives means (B, C, H, W).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vae.model import checkpoint
from vae.model.checkpoint import Checkpoint
from vae.model.config import Coder, Layer, ModelConfig, layers
from vae.model.numpy_vae import basis, fixed_noise
from vae.model.onnx.pair import SUFFIX, Description, Pair
from vae.model.posterior import FORMS
from vae.model.protocol import Likelihood, Model, Scores

if TYPE_CHECKING:
    import onnx

COMPARED = 100  # codes of images, and draws from the prior
OPSET, IR_VERSION = 17, 8  # of 2022: what reads ONNX today reads these
FAR = 1e-4  # of 1 + its size: beyond this a number is not the same one, rounded otherwise
Floats = NDArray[np.float32]


@dataclass
class _Network:
    """The operators and weights of a network so far; names are numbers in their order."""

    nodes: list["onnx.NodeProto"] = field(default_factory=list)
    weights: list["onnx.TensorProto"] = field(default_factory=list)
    _numbers: Any = field(default_factory=count)

    def add(self, operator: str, *inputs: str, to: str = "", **attributes: Any) -> str:
        """An operator; returns the name of what it gives."""
        from onnx import helper

        output = to or f"{operator.lower()}{next(self._numbers)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def add_split(self, values: str, sizes: str, names: tuple[str, ...]) -> None:
        """What is in the columns, in parts of these sizes with these names."""
        from onnx import helper

        self.nodes.append(helper.make_node("Split", [values, sizes], names, axis=1))

    def constant(self, array: Any, kind: type = np.float32) -> str:
        """An array; returns its name."""
        from onnx import numpy_helper

        name = f"w{next(self._numbers)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array, kind), name))
        return name

    def content(self, name: str, given: tuple[str, Sequence[Any]], found: dict[str, Sequence[Any]]) -> bytes:
        """The bytes of its ONNX file, with the input's and the outputs' names and shapes."""
        from onnx import TensorProto, helper

        ports = [
            helper.make_tensor_value_info(each, TensorProto.FLOAT, ["B", *shape])
            for each, shape in (given, *found.items())
        ]
        graph = helper.make_graph(self.nodes, name, ports[:1], ports[1:], self.weights)
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opset, producer_name="vae-explorer")
        model.ir_version = IR_VERSION
        return bytes(model.SerializeToString())


def pair(found: Checkpoint, likelihood: Likelihood | None) -> Pair:
    """A checkpoint as a pair, p(x|z) with it."""
    said = found.description
    weights = {name: np.asarray(weight, np.float32) for name, weight in found.weights.items()}
    description = Description(
        *(said.dataset, said.config.latent_dim, FORMS[said.config.kind], likelihood),
        command=said.command,
        metrics=said.metrics,
    )
    return Pair(_encoder(said.config, weights), _decoder(said.config, weights), description)


def exported(path: Path, model: Model, mu: Floats) -> tuple[bytes, float]:
    """The file of a model as a pair, and how far onnxruntime is from NumPy with it: 0 of one that is a pair.

    Both are given the codes of some images mu (N, D), as many draws from the prior, and their decoded images.

    Raises:
        CheckpointError: if the file cannot be used.
        ValueError: if the two differ.
    """
    if path.name.endswith(SUFFIX):
        return path.read_bytes(), 0.0
    known = mu[:COMPARED]
    z = np.concatenate([known, np.random.default_rng(0).standard_normal(known.shape, np.float32)])
    made, apart = checked(checkpoint.load(path), model, model.decode(z).clip(0, 1), z)
    return made.packed(), apart


def checked(found: Checkpoint, model: Model, images: Floats, z: Floats) -> tuple[Pair, float]:
    """The pair of a checkpoint, and how far onnxruntime is from NumPy with it.

    Arguments:
        found: The checkpoint.
        model: The same in NumPy.
        images: (B, H, W, C) in [0, 1], to be encoded by both.
        z: (K, D), to be decoded by both.

    Raises:
        ValueError: if a number of mu, sd or a mean is further away than `FAR` times its size.
    """
    made = pair(found, model.likelihood if isinstance(model, Scores) else None)
    again = made.model()
    ours, theirs = model.encode(images), again.encode(images)
    twice = ((ours.mu, theirs.mu), (ours.sd, theirs.sd), (model.decode(z), again.decode(z)))
    apart = max(float((np.abs(one - other) / (1 + np.abs(one))).max(initial=0)) for one, other in twice)
    if not apart <= FAR:
        raise ValueError(
            f"onnxruntime and NumPy differ by {apart:.2g}; at most {FAR:g} is taken for rounding"
        )
    return made, apart


def _encoder(config: ModelConfig, weights: Mapping[str, Floats]) -> bytes:
    made, spec, dims = _Network(), config.image_spec, config.latent_dim
    image = "images", (spec.channels, spec.height, spec.width)
    if config.network == "mlp":
        rows = made.add("Transpose", "images", perm=[0, 2, 3, 1])
        values = made.add("Reshape", rows, made.constant([-1, spec.size], np.int64))
    else:
        (height, width), zero = config.canvas, 0
        pads = [*(zero,) * 6, height - spec.height, width - spec.width]
        values = made.add("Pad", "images", made.constant(pads, np.int64))
    values = _layers(made, config, "encoder", weights, values)
    if config.kind == "autoencoder":
        made.add("Identity", values, to="mu")
        return made.content("encoder", image, {"mu": (dims,)})
    sizes = made.constant([dims, config.code_outputs - dims], np.int64)
    made.add_split(values, sizes, ("centre", "raw"))
    if config.kind == "avb":
        _add_draws(made, config, weights)
        return made.content("encoder", image, {"draws": ("S", dims)})
    made.add("Identity", "centre", to="mu")
    bound = made.constant(config.log_var_bound)
    soft = made.add("Mul", made.add("Tanh", made.add("Div", "raw", bound)), bound)
    made.add("Min", soft, made.constant(config.log_var_max), to="log_var")
    return made.content("encoder", image, {"mu": (dims,), "log_var": (dims,)})


def _add_draws(made: "_Network", config: ModelConfig, weights: Mapping[str, Floats]) -> None:
    """centre + the sum over I of softplus(raw - 1) v_i(eps_i), (B, S, D)."""
    functions = basis(config, weights, fixed_noise(config.noise_bases, config.noise_dim))  # (I, S, D)
    scale = made.add("Softplus", made.add("Sub", "raw", made.constant(1.0)))
    each = (config.code_outputs - config.latent_dim) // config.noise_bases  # D, or 1 for all of them
    scales = made.add("Reshape", scale, made.constant([-1, config.noise_bases, 1, each], np.int64))
    weighted = made.add("Mul", scales, made.constant(functions))
    spread = made.add("ReduceSum", weighted, made.constant([1], np.int64), keepdims=0)
    made.add("Add", spread, made.add("Unsqueeze", "centre", made.constant([1], np.int64)), to="draws")


def _decoder(config: ModelConfig, weights: Mapping[str, Floats]) -> bytes:
    made, spec = _Network(), config.image_spec
    values = _layers(made, config, "decoder", weights, "z")
    if config.network == "mlp":
        images = made.add("Reshape", values, made.constant([-1, *spec.shape], np.int64))
        values = made.add("Transpose", images, perm=[0, 3, 1, 2])
    else:
        limits = ([0, 0], [spec.height, spec.width], [2, 3])
        values = made.add("Slice", values, *(made.constant(each, np.int64) for each in limits))
    made.add("Sigmoid" if config.hidden else "Identity", values, to="mean")
    image = (spec.channels, spec.height, spec.width)
    return made.content("decoder", ("z", (config.latent_dim,)), {"mean": image})


def _layers(
    made: "_Network", config: ModelConfig, coder: Coder, weights: Mapping[str, Floats], values: str
) -> str:
    """The layers one after the other, an activation before each but the first; the name of what they give."""
    around = values  # what passes a residual block by
    for k, layer in enumerate(layers(config, coder)):
        around = values if layer.kind == "opening" else around
        entering = _activated(made, config.activation_of(coder), values) if k else values
        tensors = [made.constant(weights[f"{layer.name}.{part}"]) for part in ("weight", "bias")]
        values = _layer(made, layer, entering, *tensors)
        values = made.add("Add", values, around) if layer.kind == "closing" else values
    return values


def _layer(made: "_Network", layer: Layer, values: str, weight: str, bias: str) -> str:
    if layer.kind == "halving":
        return made.add("Conv", values, weight, bias, strides=[2, 2], pads=[1, 1, 1, 1])
    if layer.kind == "doubling":
        return made.add("ConvTranspose", values, weight, bias, strides=[2, 2], pads=[1, 1, 1, 1])
    if layer.kind != "dense":
        return made.add("Conv", values, weight, bias, pads=[1, 1, 1, 1])
    rows = made.add("Flatten", values)
    values = made.add("Gemm", rows, weight, bias, transB=1)
    if layer.size is None:
        return values
    maps = [-1, layer.outputs // math.prod(layer.size), *layer.size]
    return made.add("Reshape", values, made.constant(maps, np.int64))


def _activated(made: "_Network", activation: str, values: str) -> str:
    if activation == "silu":
        return made.add("Mul", values, made.add("Sigmoid", values))
    return made.add(activation.capitalize(), values)
