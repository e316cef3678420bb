"""An ONNX network that is run by onnxruntime on one thread, within a bound of memory for all of them."""

import re
from functools import cache
from threading import Timer
from typing import TYPE_CHECKING

import numpy as np

from vae.images.spec import Floats
from vae.model.onnx import graph

if TYPE_CHECKING:
    import onnxruntime

MOST_MEMORY = (
    2_000_000_000  # bytes of all networks with what flows through them: a network that asks for more fails
)
PREFIX = re.compile(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ")  # of every message
MOST_SECONDS = 60.0  # of a batch
BATCH = 64  # rows at a time, where a network takes any number
FAILURES = (
    *("Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NotImplemented", "RuntimeException"),
    "EPFail",
)


class Network:
    """A network of one input, read-only, so that threads may share it.

    Arguments:
        content: Of an ONNX file.

    Raises:
        ValueError: naming what cannot be run; the reason goes on after the network's name.
    """

    def __init__(self, content: bytes) -> None:
        ports = graph.check(content)
        if len(ports.inputs) != 1:
            names = ", ".join(port.name for port in ports.inputs)[:100] or "none"
            raise ValueError(f"must have one input, not {len(ports.inputs)} ({names})")
        (self._input,) = ports.inputs
        self.outputs = tuple(port.name for port in ports.outputs)
        self._session = _session(content)

    @property
    def is_flat(self) -> bool:
        """Whether it takes rows rather than images."""
        return len(self._input.shape) == 2

    def run(self, rows: Floats) -> list[Floats]:
        """Its outputs for an array whose first axis counts what is computed one by one.

        Raises:
            ValueError: naming why it cannot be computed.
        """
        count, fixed = len(rows), self._input.shape[0] if self._input.shape else None
        batch, least = fixed or BATCH, fixed or 1
        whole = -(-max(count, 1) // least) * least
        padded = np.concatenate([rows, np.zeros((whole - count, *rows.shape[1:]), np.float32)])
        parts = [self._run(padded[k : k + batch]) for k in range(0, len(padded), batch)]
        return [np.concatenate(each)[:count] for each in zip(*parts, strict=True)]

    def _run(self, rows: Floats) -> list[Floats]:
        import onnxruntime

        options = onnxruntime.RunOptions()
        alarm = Timer(MOST_SECONDS, setattr, (options, "terminate", True))
        alarm.daemon = True
        alarm.start()
        try:
            given = self._session.run(
                None, {self._input.name: np.ascontiguousarray(rows, np.float32)}, options
            )
        except _failures() as error:
            reason = f"it takes more than {MOST_SECONDS:g} s" if options.terminate else _short(error)
            raise ValueError(f"cannot be run: {reason}") from error
        finally:
            alarm.cancel()
        found = [np.asarray(each, np.float32) for each in given]
        if any(each.shape[:1] != rows.shape[:1] for each in found):
            shapes = ", ".join(str(each.shape) for each in found)
            raise ValueError(f"gives {shapes} for {len(rows)} inputs, not a row for each")
        return found


def _session(content: bytes) -> "onnxruntime.InferenceSession":
    import onnxruntime

    _bound_memory()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what fails is said by us
    options.add_session_config_entry("session.use_env_allocators", "1")
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except _failures() as error:
        raise ValueError(f"cannot be run: {_short(error)}") from error


@cache
def _bound_memory() -> None:
    """Have all networks share one arena that does not grow beyond `MOST_MEMORY`."""
    import onnxruntime

    kind = onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR
    info = onnxruntime.OrtMemoryInfo("Cpu", kind, 0, onnxruntime.OrtMemType.DEFAULT)
    usual = -1  # of the bytes of the first chunk, and of what may be left over
    onnxruntime.create_and_register_allocator(info, onnxruntime.OrtArenaCfg(MOST_MEMORY, 1, usual, usual))


@cache
def _failures() -> tuple[type[Exception], ...]:
    """What onnxruntime raises: kinds of Exception without a common one of their own."""
    from onnxruntime.capi import onnxruntime_pybind11_state as kinds

    return tuple(getattr(kinds, name) for name in FAILURES)


def _short(error: Exception) -> str:
    return " ".join(PREFIX.sub("", str(error)).split())[:200]
