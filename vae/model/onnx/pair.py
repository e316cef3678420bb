"""A model as an ONNX pair: `<name>.onnx.zip` with encoder.onnx, decoder.onnx and record.json, nothing else.

The encoder takes images and gives mu, and log_var of a VAE, (B, D) each; or draws (B, S, D) from an implicit
q(z|x). The decoder takes z (B, D) and gives the means. The record says the rest. No pickle is ever read.
"""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, get_args

import numpy as np

from vae.errors import Unusable
from vae.images.dataset import Dataset
from vae.images.spec import Floats, ImageSpec
from vae.model import checkpoint
from vae.model.config import MOST_DIMS
from vae.model.onnx import convention, decoder, layers
from vae.model.onnx.convention import USUAL, Convention
from vae.model.onnx.graph import MOST_BYTES
from vae.model.onnx.network import Network
from vae.model.outside import functions
from vae.model.outside.functions import Functions
from vae.model.posterior import Draws, Form, Posterior
from vae.model.protocol import Likelihood
from vae.model.tensor_file import CheckpointError, unreadable

SUFFIX = ".onnx.zip"
ENCODER, DECODER, RECORD = "encoder.onnx", "decoder.onnx", "record.json"
MOST = {ENCODER: MOST_BYTES, DECODER: MOST_BYTES, RECORD: 1_000_000}  # bytes
DIRECTORY = 1000  # bytes that a ZIP's directory of three files may have
END, END_BYTES = b"PK\5\6", 22  # how the end of a ZIP without a comment begins, and its length
TRIED = 4  # images and codes, on which its networks are looked at
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
DATE = (1980, 1, 1, 0, 0, 0)  # of all files in a pair: the same models give the same bytes
FORMAT, VERSION = "vae-explorer-onnx", 1
WAY_OUT = "Make it again with `python -m vae.bring`, or `python -m vae.export` of one of our models."


@dataclass(frozen=True)
class Description:
    """What a pair says about itself.

    Arguments:
        dataset: Of what images it is a model.
        latent_dim: Number of dimensions D of z.
        form: What q(z|x) is: `gaussian`, `point` or `implicit`.
        likelihood: p(x|z) around the means, None where it is unknown.
        convention: What its networks are used to.
        command: The command that made it.
        metrics: As `vae.training.evaluation` has them.
    """

    dataset: Dataset
    latent_dim: int
    form: Form
    likelihood: Likelihood | None = None
    convention: Convention = USUAL
    command: str = ""
    metrics: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Pair:
    """The two networks as the bytes of ONNX files, and what they say about themselves."""

    encoder: bytes
    decoder: bytes
    description: Description

    def packed(self) -> bytes:
        """The content of a file."""
        file = BytesIO()
        record = json.dumps(_said(self.description), indent=1, ensure_ascii=False).encode()
        contents = {ENCODER: self.encoder, DECODER: self.decoder, RECORD: record}
        with zipfile.ZipFile(file, "w") as made:
            for name, content in contents.items():
                made.writestr(zipfile.ZipInfo(name, DATE), content, zipfile.ZIP_DEFLATED)
        return file.getvalue()

    def model(self) -> Functions:
        """The model, a `vae.model.protocol.Model`.

        Raises:
            ValueError: naming what is wrong with one of the networks.
        """
        said, networks = self.description, {}
        for name, content in ((ENCODER, self.encoder), (DECODER, self.decoder)):
            try:
                networks[name] = Network(content)
            except ValueError as error:
                raise ValueError(f"{name} {error}") from error
        found = functions.made(
            partial(_encode, networks[ENCODER], said.convention),
            partial(_decode, networks[DECODER], said),
            said.dataset.image_spec,
            self.fingerprint,
            said.likelihood,
        )
        noise = np.random.default_rng(0)
        images = noise.random((TRIED, *found.image_spec.shape), np.float32)
        q, z = found.encode(images), noise.standard_normal((TRIED, found.latent_dim), np.float32)
        if (q.form, found.latent_dim) != (said.form, said.latent_dim):
            raise ValueError(
                f"its encoder gives {found.latent_dim} dimensions, {q.form}, the record says others"
            )
        means = found.decode(z)
        known = layers.known(self.encoder, self.decoder, said.convention, found.image_spec)
        if known is None or not layers.agrees(known, images, q.mu, z, means):
            known = decoder.known(self.decoder, said.convention, found.image_spec, z, means)
        return found if known is None else functions.with_layers(found, known)

    @property
    def fingerprint(self) -> str:
        """sha256 over all that decides what the model does."""
        said = self.description
        decides = (
            *(said.dataset.name, asdict(said.dataset.image_spec), said.convention.said()),
            None if said.likelihood is None else asdict(said.likelihood),
            *(hashlib.sha256(content).hexdigest() for content in (self.encoder, self.decoder)),
        )
        return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


def describe(path: Path) -> Description:
    """What a pair says about itself; its networks are not read.

    Raises:
        CheckpointError: naming the file and what is wrong with it.
    """
    return _described(path, _contents(path, RECORD)[RECORD])


def read(path: Path) -> Pair:
    """The pair in a file; its networks are not looked at.

    Raises:
        CheckpointError: naming the file and what is wrong with it.
    """
    contents = _contents(path, *MOST)
    return Pair(contents[ENCODER], contents[DECODER], _described(path, contents[RECORD]))


def load(path: Path) -> tuple[Functions, Description]:
    """The model in a file, and what the file says about it.

    Raises:
        CheckpointError: naming the file and what is wrong with it.
    """
    found = read(path)
    try:
        return found.model(), found.description
    except ValueError as error:
        raise refusal(path, f"cannot be used: {str(error)[:300]}") from error
    except ImportError as error:
        raise CheckpointError(
            f"{path.name} needs the package {error.name}; install it with `pip install -r requirements.txt`."
        ) from error


def refusal(path: Path, reason: str) -> CheckpointError:
    """What to raise where a file cannot be used; the reason goes on after the file's name."""
    return CheckpointError(f"{path.name} {reason.rstrip('.')}. {WAY_OUT}")


def _encode(network: Network, used_to: Convention, images: Floats) -> Posterior:
    outputs = network.run(used_to.entering(images, network.is_flat))
    if outputs[0].ndim == 3:
        return Draws(outputs[0].swapaxes(0, 1))
    return functions.posterior(outputs[0] if len(outputs) == 1 else (outputs[0], outputs[1]))


def _decode(network: Network, said: Description, z: Floats) -> Floats:
    means, spec = network.run(z)[0], said.dataset.image_spec
    if means.size != len(z) * spec.size:
        raise ValueError(f"the decoder gives {means.shape} for {len(z)} codes, not images {spec.words}")
    return said.convention.means(means, spec)


def _contents(path: Path, *names: str) -> dict[str, bytes]:
    """The files of these names in a pair, none of them larger than it may be, whatever the ZIP says."""
    try:
        with path.open("rb") as file:
            _check_end(path, file)
            with zipfile.ZipFile(file) as pair:
                inside = sorted(pair.namelist())
                if inside != sorted(MOST):
                    raise refusal(path, f"must hold {', '.join(MOST)} and nothing else")
                return {name: _bounded(path, pair, name) for name in names}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise refusal(path, f"is a damaged ZIP, or one of an odd kind ({str(error)[:100]})") from error
    except (OSError, ValueError) as error:
        raise unreadable(path, error, WAY_OUT) from error


def _check_end(path: Path, file: BinaryIO) -> None:
    """That the directory of the ZIP is small, before it is read."""
    size = file.seek(0, 2)
    file.seek(max(0, size - END_BYTES))
    end = file.read()
    if size > sum(MOST.values()):
        raise refusal(path, f"has {size:,} bytes, at most {sum(MOST.values()):,} are read")
    if not (end.startswith(END) and int.from_bytes(end[10:12], "little") == len(MOST)):
        raise refusal(path, f"is no ZIP of {', '.join(MOST)}, or was cut short")
    if int.from_bytes(end[12:16], "little") > DIRECTORY:
        raise refusal(path, "is a ZIP with an odd directory")
    file.seek(0)


def _bounded(path: Path, pair: zipfile.ZipFile, name: str) -> bytes:
    if pair.getinfo(name).compress_type not in METHODS:  # others may ask for any amount of memory
        raise refusal(path, f"has a {name} that is neither stored nor deflated")
    with pair.open(name) as file:
        content = file.read(MOST[name] + 1)
    if len(content) > MOST[name]:
        raise refusal(path, f"has a {name} of more than {MOST[name]:,} bytes")
    return content


def _said(said: Description) -> dict[str, Any]:
    """A description as the record has it."""
    dataset = {name: value for name, value in asdict(said.dataset).items() if name != "image_spec"}
    return {
        "format": FORMAT,
        "version": VERSION,
        "dataset": dataset,
        "image_spec": asdict(said.dataset.image_spec),
        "latent_dim": said.latent_dim,
        "form": said.form,
        "likelihood": None if said.likelihood is None else asdict(said.likelihood),
        "convention": said.convention.said(),
        "command": said.command,
        "metrics": said.metrics,
    }


def _described(path: Path, content: bytes) -> Description:
    try:
        said = json.loads(content)
        if said["format"] != FORMAT or said["version"] != VERSION:
            raise ValueError(f"its format must be {FORMAT} {VERSION}")
        return _read_description(said)
    except KeyError as error:
        raise refusal(path, f"has a {RECORD} that cannot be used: missing {error}") from error
    except (TypeError, ValueError, RecursionError) as error:
        raise refusal(path, f"has a {RECORD} that cannot be used: {str(error)[:200]}") from error
    except Unusable as error:
        raise refusal(path, f"was trained on a data set that is unknown here: {error}") from error


def _read_description(said: Mapping[str, Any]) -> Description:
    sides = [said["image_spec"][name] for name in ("height", "width", "channels")]
    if not all(map(checkpoint.is_whole, [*sides, said["latent_dim"]])):
        raise TypeError("height, width, channels and latent_dim must be whole numbers")
    if not 1 <= said["latent_dim"] <= MOST_DIMS:
        raise ValueError(f"latent_dim must be 1 to {MOST_DIMS}")
    if said["form"] not in get_args(Form):
        raise ValueError(f"form must be one of {', '.join(get_args(Form))}")
    return Description(
        checkpoint.read_dataset(said["dataset"], ImageSpec(*sides)),
        said["latent_dim"],
        said["form"],
        _read_likelihood(said["likelihood"]),
        convention.read(said["convention"]),
        checkpoint.read_text(said["command"], "command", checkpoint.LONGEST_TEXT),
        checkpoint.read_metrics(said["metrics"]),
    )


def _read_likelihood(said: Any) -> Likelihood | None:
    if said is None:
        return None
    name, sd = said["name"], said["pixel_sd"]
    if name == "bernoulli" and sd is None:
        return Likelihood("bernoulli")
    if name == "gaussian" and isinstance(sd, int | float) and 1e-3 <= sd <= 1e3:
        return Likelihood("gaussian", float(sd))
    raise ValueError("likelihood must be null, bernoulli, or gaussian with a pixel_sd from 0.001 to 1000")
