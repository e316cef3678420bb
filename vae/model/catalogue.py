"""The models, shipped and the user's own: their names, their records, how the file of each kind is read.

`OPENERS` is the one place that a new kind of model is entered.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from vae import home
from vae.assets import ASSETS
from vae.images.dataset import Dataset
from vae.model import checkpoint
from vae.model.checkpoint import Description
from vae.model.config import LikelihoodName, ModelConfig
from vae.model.numpy_vae import NumpyImplicit, NumpyModel
from vae.model.onnx import pair
from vae.model.posterior import FORMS, Form
from vae.model.protocol import Model
from vae.model.tensor_file import CheckpointError, unreadable

MODELS = ASSETS / "models"
CATALOGUE = "catalogue.json"
CODES = ".codes.safetensors"
PICKLES = (".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".bin")  # of PyTorch
NO_PICKLE = (
    "{name} may be a pickle, which can run any program when it is read, so it is not. If it is yours, save "
    'its weights as safetensors, `safetensors.torch.save_file(weights, "mine.safetensors")`, where\n'
    "`weights = torch.load(FILE, weights_only=True)` of a state_dict,\n"
    '`weights = torch.load(FILE, weights_only=True)["state_dict"]` of a checkpoint of Lightning,\n'
    "`weights = torch.load(FILE, weights_only=False).state_dict()` of a whole module, its code beside it;\n"
    "then bring them with that code: `python -m vae.bring my_vae.py:build mine.safetensors --images NAME "
    "--name mine`."
)
"""What is said of such a file."""

Role = Literal["first", "compared", "beside", "article", "same-plane"]
"""What a shipped model is shown as where nobody has chosen one.

first       in the choice of a model; the very first is open when the app starts
compared    on Compare
beside      on Generate, beside another one
article     our run of the article's recipe
same-plane  PCA, and the linear autoencoder that was trained to the same plane
"""


@dataclass(frozen=True)
class Record:
    """What is known of a model beside what it computes.

    Arguments:
        name: Its name in addresses and commands.
        dataset: What it was trained on.
        latent_dim: Number of dimensions D of z.
        form: What q(z|x) is: `gaussian`, `implicit` or `point`.
        likelihood: p(x|z), None where the model has none.
        command: The command that trained it.
        metrics: Test metrics as `vae.training.evaluation` prints them, and the training history.
        card: The model card, Markdown.
        config: What its networks are, None where nobody knows them.
        title: Its name for people; where nobody gave it one, `name`.
        sentence: What it is, for people; may be empty.
    """

    name: str
    dataset: Dataset
    latent_dim: int
    form: Form
    likelihood: LikelihoodName | None
    command: str = ""
    metrics: dict[str, Any] = field(default_factory=dict)
    card: str = ""
    config: ModelConfig | None = None
    title: str = ""
    sentence: str = ""

    def __post_init__(self) -> None:
        """A model without a title is called by its name."""
        if not self.title:
            object.__setattr__(self, "title", self.name)


@dataclass(frozen=True)
class Opener:
    """How the files of one kind of model are read; both functions raise CheckpointError."""

    describe: Callable[[Path], Record]  # from the header
    read: Callable[[Path], tuple[Model, Record]]


def describe(path: Path) -> Record:
    """What a model's file says about itself; its weights are not looked at, which takes 100 times as long.

    Raises:
        CheckpointError: if the file cannot be used.
    """
    return OPENERS[suffix(path)].describe(path)


def read(path: Path) -> tuple[Model, Record]:
    """The model in a file, and what the file says about it.

    Raises:
        CheckpointError: if the file cannot be used.
    """
    return OPENERS[suffix(path)].read(path)


def suffix(path: Path) -> str:
    """The suffix by which a model's file is read.

    Raises:
        CheckpointError: for a file that is no model's by its name.
    """
    for known in OPENERS:
        if path.name.endswith(known) and not path.name.endswith(CODES):
            return known
    refuse_pickle(path)
    raise CheckpointError(f"{path.name[:60]} is no model; their files end in {', '.join(OPENERS)}.")


def refuse_pickle(path: Path) -> None:
    """Say how to convert a file that PyTorch would read as a pickle.

    Raises:
        CheckpointError: if its name is that of one.
    """
    if path.suffix.lower() in PICKLES:
        raise CheckpointError(NO_PICKLE.format(name=path.name[:60]))


def pickles() -> tuple[Path, ...]:
    """Files among the user's models that are not read, see `refuse_pickle`."""
    files = home.folder("models").glob("*")
    return tuple(sorted(path for path in files if path.suffix.lower() in PICKLES))


def stem(path: Path) -> str:
    """The name of the model in a file."""
    return path.name.removesuffix(suffix(path))


def model_names(*folders: Path) -> tuple[str, ...]:
    """Names of the models in these folders, sorted; in none named, of those that ship and the user's own."""
    return tuple(sorted(_files(*folders)))


def released_names(*folders: Path) -> tuple[str, ...]:
    """As `model_names`, of the models whose codes are there too."""
    return tuple(sorted(name for name, path in _files(*folders).items() if codes_path(path).is_file()))


def model_path(name_or_path: str | Path) -> Path:
    """The file of a model's name, or the path itself when it ends as a model's file does.

    Raises:
        CheckpointError: if there is no model of that name.
    """
    if str(name_or_path).endswith((*OPENERS, *PICKLES)):
        return Path(name_or_path)
    found = _files()
    try:
        return found[str(name_or_path)]
    except KeyError as error:
        known, said = ", ".join(sorted(found)) or "none yet", str(name_or_path)[:60]
        raise CheckpointError(f"There is no model called {said!r}; the models here: {known}.") from error


def favoured(role: Role, folder: Path = MODELS) -> tuple[str, ...]:
    """Names of the models that the folder's `catalogue.json` has in a role, in its order."""
    return tuple(_catalogue(folder).get("roles", {}).get(role, ()))


def titled(folder: Path = MODELS) -> dict[str, dict[str, str]]:
    """`title` and `sentence` of the models that the folder's `catalogue.json` names, in its order."""
    return dict(_catalogue(folder).get("models", {}))


def codes_path(path: Path) -> Path:
    """Where the codes of a model's test images lie."""
    return path.with_name(stem(path) + CODES)


def card(path: Path) -> str:
    """The model card of a model's file, Markdown; empty where none lies beside it."""
    try:
        return path.with_name(f"{stem(path)}.md").read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def changed_ns(path: Path) -> tuple[int, ...]:
    """Times of the last changes of a model's file and, if they are there, of its codes.

    Raises:
        CheckpointError: if there is no file.
    """
    try:
        own = path.stat().st_mtime_ns
    except OSError as error:
        raise unreadable(path, error, checkpoint.WAY_OUT) from error
    try:
        return own, codes_path(path).stat().st_mtime_ns
    except OSError:
        return (own,)


def is_own(name: str) -> bool:
    """Whether there is a model of that name that the user trained or brought."""
    path = _files().get(name)
    return path is not None and path.parent == home.folder("models")


def remove(name: str) -> None:
    """Take a model of the user's own from the disk, with its codes, its card and its examination.

    Raises:
        CheckpointError: for a model that ships, one that is not there, and one that cannot be removed.
    """
    path = model_path(name)
    if not is_own(name):
        raise CheckpointError(f"{name} is no model of your own: it stays.")
    beside = codes_path(path), path.with_name(f"{name}.md"), home.folder("examined") / f"{name}.npz"
    try:
        for each in (path, *beside):  # the model first: without it, the others are nothing
            each.unlink(missing_ok=True)
    except OSError as error:
        raise CheckpointError(f"{name} cannot be removed ({error.strerror or error}).") from error


def _catalogue(folder: Path) -> dict[str, Any]:
    """What the folder's `catalogue.json` says; nothing where there is none."""
    try:
        return dict(json.loads((folder / CATALOGUE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}


def _files(*folders: Path) -> dict[str, Path]:
    """The models' files in the folders by name; a model that ships goes before one of the same name."""
    places = folders or (home.folder("models"), MODELS)
    files = (path for place in places for known in OPENERS for path in place.glob(f"*{known}"))
    return {stem(path): path for path in files if not path.name.endswith(CODES)}


def _describe_checkpoint(path: Path) -> Record:
    return _record(path, checkpoint.describe(path))


def _read_checkpoint(path: Path) -> tuple[Model, Record]:
    found = checkpoint.load(path)
    kind = NumpyImplicit if found.description.config.kind == "avb" else NumpyModel
    model = kind(found.description.config, found.weights, found.fingerprint)
    return model, _record(path, found.description)


def _describe_pair(path: Path) -> Record:
    return _record_of_pair(path, pair.describe(path))


def _read_pair(path: Path) -> tuple[Model, Record]:
    model, said = pair.load(path)
    return model, _record_of_pair(path, said)


def _record_of_pair(path: Path, said: pair.Description) -> Record:
    return Record(
        *(stem(path), said.dataset, said.latent_dim, said.form),
        None if said.likelihood is None else said.likelihood.name,
        said.command,
        said.metrics,
        card(path),
    )


def _record(path: Path, said: Description) -> Record:
    config, name = said.config, stem(path)
    return Record(
        name,
        said.dataset,
        config.latent_dim,
        FORMS[config.kind],
        config.likelihood,
        said.command,
        said.metrics,
        card(path),
        config,
        **titled(path.parent).get(name, {}),
    )


OPENERS = {
    ".safetensors": Opener(_describe_checkpoint, _read_checkpoint),
    pair.SUFFIX: Opener(_describe_pair, _read_pair),
}
