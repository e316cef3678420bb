"""Bring a model: find out what it is used to, make and check its pair, encode the images, write all of it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from vae import explorer, home
from vae.analysis.active import is_active, varying
from vae.explorer import SAMPLES, Explorer
from vae.images import sets
from vae.images.dataset import Dataset, ImageSet
from vae.images.spec import Floats
from vae.latent import embedding, neighbours
from vae.model import catalogue, codes
from vae.model.codes import Codes
from vae.model.onnx import pair
from vae.model.onnx.pair import Description, Pair
from vae.model.outside.functions import Functions
from vae.model.protocol import Likelihood
from vae.model.tensor_file import write_atomically
from vae.training.bringing import module
from vae.training.bringing.detecting import Detected, check_numbers, detect
from vae.training.bringing.raw import BringError, NotFinite, Raw, contents, networks
from vae.training.bringing.spread import Spread, with_log_var

LOOKED_AT, CHECKED = 200, 100  # images: to find out what the model is used to, to check the pair
FAR = 1e-3  # of 1 + its size: beyond this a number of the pair is not the module's, rounded otherwise
BATCH, PERPLEXITY = 500, 30.0  # images at a time; of the t-SNE
PROGRESS_SECONDS = 10.0  # between two words on how far the t-SNE is
KINDS = {"gaussian": "A variational autoencoder", "point": "An autoencoder, not a variational one,"}
NO_LIKELIHOOD = (
    "Without --likelihood, bernoulli or the sd of a pixel, no nats can be shown, neither nll nor ELBO, and "
    "no pixels drawn"
)
CARD = """# {name}

{kind} with {latent_dim} latent dimensions, brought as an ONNX pair and looked at with the {images:,} test \
images of {dataset} ({spec}).

| | |
|---|---|
{rows}

Brought by

```
{command}
```
{notices}
**Limits.** Who made it knows what it was trained on; the explorer knows what it answers.
"""


@dataclass(frozen=True)
class Wish:
    """What a user asks for.

    Arguments:
        source: `FILE.py:FUNCTION`, an encoder's ONNX file, or a pair.
        weights: Safetensors for the module, or the decoder's ONNX file; None for a pair.
        images: The name of the data set.
        name: What the model will be called.
        asked: What the networks are used to, by the fields of `Convention`, where the user says it.
        likelihood: p(x|z), None where the user says none.
        spread: What the encoder's second output is, None where the user says nothing: log_var, but not where
            it is positive throughout.
        command: The command line, for the card.
    """

    source: str
    weights: Path | None
    images: str
    name: str
    asked: Mapping[str, str]
    likelihood: Likelihood | None
    spread: Spread | None
    command: str


def bring(wish: Wish, tell: Callable[[str], object]) -> Path:
    """Write the pair, its codes and its card into the user's models; returns the pair's path.

    All is computed before the first file is written, and the pair is written last. `tell` is told each step
    in a sentence.

    Raises:
        BringError, Unusable: in one sentence, what cannot be brought and why.
    """
    target = free_path(wish.name)
    dataset, test = sets.dataset(wish.images), sets.load(wish.images, "test")
    tell(f"{len(test):,} test images of {dataset.name}, {dataset.image_spec.words}")
    found, detected = _pair(wish, dataset, test.floats(slice(0, LOOKED_AT)), tell)
    opened = explorer.explore(_model(found), wish.name, dataset)
    tell("Pages decode it in the browser" if opened.can("browser") else "Pages have it decoded by the server")
    tell(f"Encoding {len(test):,} images")
    seen = _checked(opened.codes("test"))
    metrics = _metrics(opened, test) | _beside_training(opened, test, tell)
    made = replace(found, description=replace(found.description, metrics=metrics))
    content, embedded = made.packed(), _embedded(seen, tell)
    write_atomically(target.with_name(f"{wish.name}.md"), _card(wish, made, detected, len(content)).encode())
    codes.save(catalogue.codes_path(target), embedded, opened.fingerprint)
    write_atomically(target, content)
    return target


def free_path(name: str) -> Path:
    """Where the model of that name is to be.

    Raises:
        BringError: for a name that cannot be one, or is taken.
    """
    if not home.NAME.fullmatch(name):
        raise BringError(f"{name[:60]!r} cannot be a model's name, which has {home.RULE}.")
    if name in catalogue.model_names():
        raise BringError(f"There is a model {name} already, {catalogue.model_path(name)}; take another name.")
    return home.folder("models") / f"{name}{pair.SUFFIX}"


def _pair(
    wish: Wish, dataset: Dataset, images: Floats, tell: Callable[[str], object]
) -> tuple[Pair, Detected]:
    """The networks with what they are used to, as a pair that has been checked against them."""
    if wish.source.endswith((".onnx", pair.SUFFIX)):
        encoder, decoder, known = _given(wish)
        raw = networks(encoder, decoder)
        if known.spread is not None:
            encoder = with_log_var(encoder, known.spread)
            raw = networks(encoder, decoder)
        detected = _detected(raw, images, dataset, known, tell)
        return _described(raw, detected, encoder, decoder, dataset, known, images), detected
    if wish.weights is None:
        raise BringError("Name the file of the weights after the code, in safetensors.")
    loaded = module.load(wish.source, wish.weights)
    spread = wish.spread or "log_var"
    raw = module.raw(loaded, wish.source.partition(":")[0], spread)
    detected = _detected(raw, images, dataset, wish, tell)
    tell("Exporting encoder and decoder to ONNX")
    example = detected.convention.entering(images[:2], detected.takes_rows)
    encoder, decoder = module.exported(loaded, example, raw.encode(example)[0].shape[1], spread)
    made = _described(raw, detected, encoder, decoder, dataset, wish, images)
    apart = _apart(_model(made), raw, detected, images[:CHECKED])
    if not apart <= FAR:
        raise BringError(
            f"The pair and the module differ by {apart:.2g}; at most {FAR:g} is taken for rounding."
        )
    tell(f"The pair gives what the module gives: the largest difference is {apart:.1e}")
    return made, detected


def _given(wish: Wish) -> tuple[bytes, bytes, Wish]:
    """Encoder and decoder in ONNX, and the wish with what a pair says about itself."""
    if wish.source.endswith(pair.SUFFIX):
        found = pair.read(Path(wish.source))
        asked = {**found.description.convention.said(), **wish.asked}
        known = replace(
            wish,
            asked=asked,
            likelihood=wish.likelihood or found.description.likelihood,
            spread=wish.spread or ("log_var" if found.description.form == "gaussian" else None),
        )
        return found.encoder, found.decoder, known
    if wish.weights is None:
        raise BringError("Name the file of the decoder after that of the encoder.")
    encoder, decoder = contents(Path(wish.source), wish.weights)
    return encoder, decoder, wish


def _detected(
    raw: Raw, images: Floats, dataset: Dataset, wish: Wish, tell: Callable[[str], object]
) -> Detected:
    found = detect(raw, images, dataset.image_spec, wish.asked)
    outputs = raw.encode(found.convention.entering(images, found.takes_rows))
    check_numbers(raw, outputs, wish.spread)
    off = f"a reconstruction is off by {found.error:.4f} per pixel, squared"
    tell(f"Found out: {found.convention.words}; {off}")
    if len(outputs) == 1:
        tell("The encoder gives mu alone: it is brought as an autoencoder, without a KL and draws of z")
    if wish.likelihood is None:
        tell(NO_LIKELIHOOD)
    for notice in found.notices:
        tell(notice)
    return found


def _described(
    raw: Raw, detected: Detected, encoder: bytes, decoder: bytes, dataset: Dataset, wish: Wish, images: Floats
) -> Pair:
    outputs = raw.encode(detected.convention.entering(images[:1], detected.takes_rows))
    description = Description(
        dataset,
        outputs[0].shape[1],
        "gaussian" if len(outputs) > 1 else "point",
        wish.likelihood,
        detected.convention,
        wish.command,
    )
    return Pair(encoder, decoder, description)


def _model(made: Pair) -> Functions:
    try:
        return made.model()
    except ValueError as error:
        raise BringError(f"The networks cannot be used: {error}.") from error


def _apart(model: Functions, raw: Raw, detected: Detected, images: Floats) -> float:
    """How far the pair is from the module, of numbers relative to 1 + their size: mu and means."""
    used_to, spec = detected.convention, model.image_spec
    mu = raw.encode(used_to.entering(images, detected.takes_rows))[0]
    z = np.concatenate([mu, np.random.default_rng(0).standard_normal(mu.shape, np.float32)])
    twice = ((mu, model.encode(images).mu), (used_to.means(raw.decode(z), spec), model.decode(z)))
    return float(np.max([(np.abs(one - other) / (1 + np.abs(one))).max(initial=0) for one, other in twice]))


def _checked(seen: Codes) -> Codes:
    """The codes of all images, which a file can hold."""
    try:
        codes.check(seen)
    except ValueError as error:
        raise NotFinite(f"Of the test images' codes {error}.") from error
    return seen


def _metrics(opened: Explorer, test: ImageSet) -> dict[str, Any]:
    """As `vae.training.evaluation.summary` has them, what is unknown left out."""
    seen, parts = opened.codes("test"), (slice(k, k + BATCH) for k in range(0, len(test), BATCH))
    errors = [
        np.square(opened.decode(seen.mu[part]) - test.floats(part)).mean(axis=(1, 2, 3)) for part in parts
    ]
    mse = float(np.concatenate(errors).mean())
    if not np.isfinite(mse):
        raise NotFinite("The decoder gives NaN or infinite numbers for the codes of some test images.")
    said: dict[str, Any] = {
        "unit": "nats per image, mean over images",
        "data": f"{opened.dataset.name} test, levels in [0, 1]",
        "images": len(test),
        "samples": SAMPLES,
        "seed": 0,
        "mse": mse,
        "latent_dim": opened.latent_dim,
        "varying_units": varying(seen.mu),
    }
    if opened.can("gaussian"):
        kl_per_dim = opened.kl_per_dim
        said["kl"], said["kl_per_dim"] = float(kl_per_dim.sum()), kl_per_dim.tolist()
        said["active_units"] = int(is_active(kl_per_dim).sum())
    if seen.nll is not None:
        said["nll"] = float(seen.nll.mean())
        said |= {"elbo": -said["nll"] - said["kl"]} if "kl" in said else {}
    return said


def _beside_training(opened: Explorer, test: ImageSet, tell: Callable[[str], object]) -> dict[str, float]:
    """The share of test images whose 10 nearest codes of training images vote for their class."""
    name = opened.dataset.name
    train = sets.load(name, "train") if sets.available(name, "train") else None
    if train is None or train.labels is None or test.labels is None:
        return {}
    tell(f"Encoding {len(train):,} training images")
    parts = (slice(k, k + BATCH) for k in range(0, len(train), BATCH))
    mu = np.concatenate([opened.encode(train.floats(part)).mu for part in parts])
    own = opened.codes("test").mu
    return {"knn_accuracy": neighbours.knn_accuracy(mu, train.labels, own, test.labels)}


def _embedded(seen: Codes, tell: Callable[[str], object]) -> Codes:
    """The codes with t-SNE coordinates in fewer dimensions than they have."""
    perplexity = min(PERPLEXITY, embedding.largest_perplexity(len(seen)))  # of a few images a smaller one
    dims = [each for each in (2, 3) if each < seen.mu.shape[1] and perplexity >= 1]
    if not dims:
        return seen
    tell(
        f"Embedding the codes by t-SNE, in {' and '.join(f'{each}-D' for each in dims)}; Ctrl-C leaves it out"
    )
    found: dict[int, Floats] = {}
    try:
        for each in dims:
            found[each] = embedding.tsne(seen.mu, each, perplexity, on_progress=_slowly(tell, f"{each}-D"))
    except KeyboardInterrupt:
        tell("The t-SNE was interrupted: the model is written without it" + " in 3-D" * bool(found))
    return replace(seen, embeddings=found)


def _slowly(tell: Callable[[str], object], what: str) -> Callable[[float, Floats], None]:
    """Tells now and then how much of it is done."""
    last = time.monotonic()

    def on_progress(share: float, _: Floats) -> None:
        nonlocal last
        if time.monotonic() - last >= PROGRESS_SECONDS:
            last = time.monotonic()
            tell(f"{what}: {share:.0%}")

    return on_progress


def _card(wish: Wish, made: Pair, detected: Detected, size: int) -> str:
    said, metrics = made.description, made.description.metrics
    nats = {"elbo": "ELBO", "nll": "nll (reconstruction)", "kl": "KL(q(z\\|x), p(z))"}
    rows = {words: f"{metrics[name]:.2f} nats per image" for name, words in nats.items() if name in metrics}
    rows["mse of the mean decoded from mu"] = f"{metrics['mse']:.5f} per pixel"
    if "knn_accuracy" in metrics:
        classes = f"{len(said.dataset.class_names or ())} classes"
        rows[f"test accuracy of the 10 nearest training codes, {classes}"] = f"{metrics['knn_accuracy']:.1%}"
    rows["networks"] = said.convention.words
    rows["likelihood"] = _likelihood(said.likelihood)
    rows["size"] = f"{size / 1e6:.2f} MB, ONNX"
    rows["data"] = said.dataset.licence or "unknown"
    return CARD.format(
        name=wish.name,
        kind=KINDS[said.form],
        latent_dim=said.latent_dim,
        images=metrics["images"],
        dataset=said.dataset.name,
        spec=said.dataset.image_spec.words,
        rows="\n".join(f"| {figure} | {value} |" for figure, value in rows.items()),
        command=wish.command,
        notices="".join(f"\n**Look at this.** {notice}\n" for notice in detected.notices),
    )


def _likelihood(known: Likelihood | None) -> str:
    if known is None:
        return "unknown: neither nll nor ELBO"
    return known.name if known.pixel_sd is None else f"gaussian, sd of a pixel {known.pixel_sd:g}"
