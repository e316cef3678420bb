"""The codes of some training images that ship with a model, to see beside those of new images.

`python -m vae.encode MODEL` writes them, of the first images of the training set, with the ELBO's terms.
"""

from pathlib import Path

from vae.assets import ASSETS
from vae.explorer import Explorer
from vae.model import codes, tensor_file
from vae.model.codes import Codes, Expected

FOLDER = ASSETS / "training"
COUNT, SAMPLES, SEED = 5000, 10, 0  # images, draws of z per image in the ELBO's terms


def path_of(name: str) -> Path:
    """Where the codes of a model's training images lie."""
    return FOLDER / f"{name}.safetensors"


def shipped(model: Explorer) -> Codes | None:
    """The codes of training images that ship with a model; None if none do or the model has changed since.

    Raises:
        CheckpointError: if the file is damaged.
    """
    path = path_of(model.name)
    if not path.is_file():
        return None
    with tensor_file.opened(path, f"Recreate it with `python -m vae.encode {model.name}`.") as file:
        is_of_model = file.metadata.get("model") == model.fingerprint
    if not is_of_model:
        return None
    classes, terms = len(model.class_names or ()), {"nll", "kl"}
    if model.record.form == "implicit":
        terms.remove("kl")
    return codes.load(path, Expected(model.fingerprint, model.latent_dim, classes, frozenset(terms)))
