"""What the second output of an encoder is, log_var, a standard deviation or a variance; all made log_var."""

from typing import Literal

import onnx
from onnx import helper
from torch import Tensor

Spread = Literal["log_var", "sd", "variance"]


def log_var_of(values: Tensor, spread: Spread) -> Tensor:
    """log_var (B, D) from what an encoder gave."""
    if spread == "log_var":
        return values
    return 2 * values.log() if spread == "sd" else values.log()


def with_log_var(encoder: bytes, spread: Spread) -> bytes:
    """An encoder in ONNX whose second output, where it has one, is made log_var."""
    model = onnx.load_model_from_string(encoder)
    if spread == "log_var" or len(model.graph.output) != 2:
        return encoder
    given = model.graph.output[1]
    logarithm, log_var = (f"{given.name}_{end}" for end in ("log", "log_var"))
    model.graph.node.append(helper.make_node("Log", [given.name], [logarithm]))
    if spread == "sd":
        model.graph.node.append(helper.make_node("Add", [logarithm, logarithm], [log_var]))
    given.name = log_var if spread == "sd" else logarithm
    return bytes(model.SerializeToString())
