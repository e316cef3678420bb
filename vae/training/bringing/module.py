"""A PyTorch module of the user's: its code is run, its weights are read, its networks become ONNX.

The module has `encode(images)`, which gives mu and log_var, or mu alone of an autoencoder, or a Normal; and
`decode(z)`, which gives the means or their logits. In the place of log_var may be a standard deviation or a
variance, as `spread` says. Symbols: B images, D latent_dim.
"""

import importlib.util
import logging
import re
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.distributions import Distribution, Normal

from vae.images.spec import Floats
from vae.model.catalogue import refuse_pickle
from vae.training.bringing.raw import BringError, Raw
from vae.training.bringing.spread import Spread, log_var_of

COLOURS = re.compile(r"\x1b\[[0-9;]*m")  # in messages of PyTorch's exporter
WRAPPERS = ("module.", "_orig_mod.", "model.")  # of DataParallel, torch.compile, Lightning
TRIED = 2  # rows with which a network is exported; any number of them enters it then


class Encoding(nn.Module):
    """Images to mu (B, D) and, of a VAE, log_var."""

    def __init__(self, module: nn.Module, spread: Spread) -> None:
        super().__init__()
        self.module, self.spread = module, spread

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """What the module's encoder says, as rows."""
        said = _said(_method(self.module, "encode")(images), self.spread)
        return tuple(each.flatten(1) for each in said)


class Decoding(nn.Module):
    """Codes z (B, D) to numbers for each pixel."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, z: Tensor) -> Tensor:
        """What the module's decoder gives; of several outputs the first."""
        found = _method(self.module, "decode")(z)
        return found[0] if isinstance(found, tuple | list) else found


def load(builder: str, weights: Path) -> nn.Module:
    """The module that `FILE.py:FUNCTION` builds, with weights from a safetensors file, ready to be looked at.

    Raises:
        BringError: naming what is wrong with the code or with the weights.
    """
    file, _, function = builder.partition(":")
    refuse_pickle(weights)
    with _own_code(Path(file)):
        build = getattr(_run(Path(file)), function or "build", None)
        if not callable(build):
            raise BringError(f"{file} has no function {function or 'build'}.")
        module = build()
    if not isinstance(module, nn.Module):
        raise BringError(f"{builder} gives {type(module).__name__}, not a torch.nn.Module.")
    _fill(module, weights)
    return module.eval().requires_grad_(False)


def raw(module: nn.Module, file: str, spread: Spread = "log_var") -> Raw:
    """The module's encoder and decoder, NumPy in and NumPy out; `file` is its code's."""
    encoder, decoder = Encoding(module, spread), Decoding(module)

    def encode(rows: Floats) -> list[Floats]:
        with _own_code(Path(file)):
            return [each.numpy() for each in encoder(torch.from_numpy(rows))]

    def decode(z: Floats) -> Floats:
        with _own_code(Path(file)):
            return np.asarray(decoder(torch.from_numpy(z)).numpy())

    return Raw(_as_values(encode), _as_values(decode))


def exported(module: nn.Module, example: Floats, latent_dim: int, spread: Spread) -> tuple[bytes, bytes]:
    """ONNX files of the encoder, for inputs like the example, and of the decoder.

    Raises:
        BringError: where PyTorch cannot export them.
    """
    encoding = Encoding(module, spread)
    outputs = ["mu", "log_var"][: len(encoding(torch.from_numpy(example[:1])))]
    rows = torch.from_numpy(example[:1]).expand(TRIED, *example.shape[1:]).contiguous()
    encoder = _onnx(encoding, rows, "images", outputs)
    return encoder, _onnx(Decoding(module), torch.zeros(TRIED, latent_dim), "z", ["outputs"])


def _onnx(network: nn.Module, example: Tensor, name: str, outputs: list[str]) -> bytes:
    Distribution.set_default_validate_args(False)  # whose checks have no counterpart in ONNX
    try:
        with _silence():
            program = torch.onnx.export(
                network.eval(),
                (example,),
                input_names=[name],
                output_names=outputs,
                dynamic_shapes=({0: torch.export.Dim("B")},),
                dynamo=True,
                external_data=False,
                verbose=False,
            )
    except Exception as error:  # whatever the exporter meets in a module that it does not know
        raise BringError(
            f"PyTorch cannot export the module's {'encoder' if name == 'images' else 'decoder'} to ONNX: "
            f"{_why(_root(error))}"
        ) from error
    finally:
        Distribution.set_default_validate_args(__debug__)  # as it is of itself
    assert program is not None
    return bytes(program.model_proto.SerializeToString())


@contextmanager
def _silence() -> Iterator[None]:
    """Within it nothing is printed of what the exporter reports of its steps, and warns of its own parts."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _said(outputs: Any, spread: Spread) -> tuple[Tensor, ...]:
    """mu, and log_var of a VAE, from what an encoder gave."""
    if isinstance(outputs, Normal):
        return outputs.loc, 2 * outputs.scale.log()
    found = outputs if isinstance(outputs, tuple | list) else (outputs,)
    if not (1 <= len(found) <= 2 and all(isinstance(each, Tensor) for each in found)):
        kinds = ", ".join(type(each).__name__ for each in found)[:100]
        raise TypeError(f"encode must give mu and log_var, or mu alone, not ({kinds})")
    return tuple(found[:1]) + tuple(log_var_of(each, spread) for each in found[1:])


def _method(module: nn.Module, name: str) -> Callable[..., Any]:
    """`encode` or `decode`, else the part called `encoder` or `decoder`."""
    for known in (name, f"{name}r"):
        if callable(found := getattr(module, known, None)):
            return found
    raise TypeError(f"{type(module).__name__} has no method {name}")


def _fill(module: nn.Module, path: Path) -> None:
    try:
        state = load_file(path)
    except (OSError, SafetensorError) as error:
        raise BringError(f"{path} cannot be read as safetensors: {_first_line(error)}") from error
    theirs = module.state_dict()
    for wrapper in WRAPPERS:  # in whose files every name begins with theirs
        if state and all(name.startswith(wrapper) for name in state) and state.keys() != theirs.keys():
            state = {name.removeprefix(wrapper): tensor for name, tensor in state.items()}
    odd = sorted(state.keys() ^ theirs.keys())
    odd += [name for name in state.keys() & theirs.keys() if state[name].shape != theirs[name].shape]
    if odd:
        raise BringError(
            f"{path.name} does not fit the module: {', '.join(odd[:4])} "
            f"{'and others ' * (len(odd) > 4)}are missing, unknown or of another shape."
        )
    module.load_state_dict(state)


def _run(path: Path) -> Any:
    """The module of Python in a file, which may import what lies beside it."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise BringError(f"{path} is no Python file; name it and its function as my_vae.py:build.")
    sys.path.insert(0, str(path.resolve().parent))
    found = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = found
    spec.loader.exec_module(found)
    return found


@contextmanager
def _own_code(path: Path) -> Iterator[None]:
    """Within it the user's own code runs: what it raises is said in one sentence, with the line."""
    try:
        yield
    except BringError:
        raise
    except Exception as error:
        lines = [
            each.lineno for each in traceback.extract_tb(error.__traceback__) if each.filename == str(path)
        ]
        where = f"{path.name}, line {lines[-1]}" if lines else path.name
        raise BringError(f"{where}: {type(error).__name__}: {_first_line(error)}") from error


def _as_values(run: Callable[[Floats], Any]) -> Callable[[Floats], Any]:
    """What the user's code cannot take is a ValueError, as of all networks."""

    def checked(rows: Floats) -> Any:
        try:
            return run(rows)
        except BringError as error:
            raise ValueError(str(error)) from error

    return checked


def _root(error: BaseException) -> BaseException:
    """What an error comes from in the end."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _why(error: BaseException) -> str:
    if "data-dependent" in str(error):
        return (
            "its code decides by numbers that it computes, as `if y.mean() > 0` does; torch.where may serve"
        )
    return _first_line(error)


def _first_line(error: BaseException) -> str:
    text = COLOURS.sub("", str(error)).strip()
    return (text.splitlines() or [type(error).__name__])[0][:300]
