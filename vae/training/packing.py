"""Make a trained checkpoint ready to ship: float16 weights, test metrics, codes, t-SNE and a model card.

All figures are measured on the float16 weights that ship, on the test images of the model's own data set.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from vae.images import sets
from vae.images.dataset import Dataset, ImageSet
from vae.latent import embedding, neighbours
from vae.model import checkpoint, codes
from vae.model.catalogue import MODELS, codes_path
from vae.model.checkpoint import Description
from vae.model.config import ModelConfig
from vae.model.numpy_vae import DRAWS
from vae.model.posterior import FORMS, Form
from vae.model.stages import in_words, is_mirrored
from vae.model.tensor_file import Tensors, write_atomically
from vae.training.adversarial.without_critic import kl_without_critic
from vae.training.evaluation import Evaluation, evaluate, summary
from vae.training.run import TrainingError
from vae.training.standardise import standardise
from vae.training.vae import Trainable, build

SAMPLES, SEED = 10, 0
LEAST, FEW = 20, 1_000  # codes of which there is a t-SNE; whose t-SNE takes seconds
PERPLEXITY = 30.0
SMALL = 10_000  # training images below which the card states their loss, too: a model learns some by heart
CARD = """# {name}

{kind} with {latent_dim} latent dimensions, trained on the {train_images:,} training images \
of {dataset} ({spec}).{codes_are}

| | |
|---|---|
{rows}

Trained and packed by

```
{command} --out runs/{name}.safetensors
python -m vae.release runs/{name}.safetensors --name {name}{flags}
```

and measured again by `python -m vae.evaluate {name} --split test --samples {samples} --seed {seed}`.

**Limits.** It knows {spec} images like those of {dataset} and nothing else: other images are \
reconstructed as the nearest thing it knows.{by_heart}{comparable}
"""
KINDS: dict[Form, str] = {
    "gaussian": "A variational autoencoder",
    "point": "An autoencoder, not a variational one,",
    "implicit": "A model with an implicit posterior, of Adversarial Variational Bayes,",
}
CODES_ARE: dict[Form, str] = {
    "gaussian": "",
    "point": " The codes are scaled to mean 0 and variance 1 on these images.",
    "implicit": f" A code is the mean of {DRAWS} draws from the posterior.",
}
GREY = (
    " Under a Bernoulli likelihood the −ELBO of grey images bounds from above what the same images cost with "
    "pixels binarised at random; it says nothing of images binarised once and for all."
)


class TooLarge(TrainingError):  # noqa: N818  # named by what it is
    """The numbers of a trained model are finite, but no file holds them."""

    code = 3


def release(
    source: Path, name: str, folder: Path = MODELS, chosen_on: str = "", thorough: bool = True
) -> Path:
    """Write `<name>.safetensors`, its codes and its card into the folder; returns the checkpoint's path.

    Arguments:
        source: A checkpoint of `vae.training.run`.
        name: Of the model.
        folder: Where it is written.
        chosen_on: The images on which its recipe was chosen, in words, for the card.
        thorough: Whether what takes minutes is done, too: the scores of many training images, the t-SNE of
            many codes.

    All is computed before the first file is written, and the checkpoint is written last: who sees it finds
    its codes and its card beside it.

    Raises:
        TooLarge: if a weight is too large for float16, or what the model says is for a file of codes.
    """
    trained = checkpoint.load(source)
    config, dataset = trained.description.config, trained.description.dataset
    train, test = (sets.load(dataset.name, split) for split in ("train", "test"))
    weights = _stored(config, trained.weights, train)
    model = build(config, weights)  # measure what ships
    terms = _evaluate(model, test)
    _check(terms)
    scores = summary(terms, dataset.name, "test", SAMPLES, SEED)
    scores |= kl_without_critic(model, _rows(test), SEED)
    if thorough or len(train) < SMALL:
        scores |= _beside_training(model, train, test, terms)
    if chosen_on:
        scores["chosen_on"] = chosen_on
    description = replace(trained.description, metrics={**trained.description.metrics, **scores})
    target = folder / f"{name}.safetensors"
    packed = checkpoint.packed(weights, description, np.float16)
    card, test_codes = model_card(name, description, len(packed)), _codes(terms, test, thorough)
    write_atomically(target.with_suffix(".md"), card.encode())
    codes.save(codes_path(target), test_codes, checkpoint.fingerprint(weights, description))
    write_atomically(target, packed)
    return target


def model_card(name: str, description: Description, size: int) -> str:
    """The model card, Markdown, from what the checkpoint says about itself; `size` of it in bytes."""
    config, dataset, metrics = description.config, description.dataset, description.metrics
    form = FORMS[config.kind]
    rows = _scores(metrics, dataset, form) | _facts(config, metrics, dataset, size)
    return CARD.format(
        name=name,
        kind=KINDS[form],
        dataset=dataset.name,
        spec=dataset.image_spec.words,
        codes_are=CODES_ARE[form],
        rows="\n".join(f"| {figure} | {value} |" for figure, value in rows.items()),
        flags=f' --chosen-on "{metrics["chosen_on"]}"' if "chosen_on" in metrics else "",
        by_heart=_by_heart(metrics),
        comparable=GREY if config.likelihood == "bernoulli" and form == "gaussian" else "",
        command=description.command,
        **{key: metrics[key] for key in ("latent_dim", "train_images", "samples", "seed")},
    )


def _stored(config: ModelConfig, weights: Tensors, train: ImageSet) -> dict[str, Any]:
    """The weights in float16; an autoencoder's codes get the prior's scale before."""
    if config.kind == "autoencoder":
        weights = standardise(config, weights, train.floats())
    with np.errstate(over="ignore"):
        stored = {name: weight.astype(np.float16) for name, weight in weights.items()}
    if odd := [name for name, weight in stored.items() if not np.isfinite(weight).all()]:
        raise _too_large(f"{odd[0]} has weights beyond {np.finfo(np.float16).max:,.0f}")
    return stored


def _check(terms: Evaluation) -> None:
    try:
        codes.check(codes.Codes(terms.mu.numpy(), _sd(terms), None, terms.nll.numpy(), terms.known_kl))
    except ValueError as error:
        raise _too_large(str(error)) from error


def _too_large(reason: str) -> TooLarge:
    return TooLarge(f"The trained model came to numbers that no page can show: {reason}. Try a lower --lr.")


def _sd(terms: Evaluation) -> NDArray[np.float32]:
    return np.exp(0.5 * terms.log_var.numpy())


def _evaluate(model: Trainable, items: ImageSet) -> Evaluation:
    return evaluate(model, _rows(items), SAMPLES, SEED)


def _rows(items: ImageSet) -> torch.Tensor:
    """Images in bytes, (N, H W C)."""
    return torch.from_numpy(items.pixels).flatten(1)


def _beside_training(
    model: Trainable, train: ImageSet, test: ImageSet, terms: Evaluation
) -> dict[str, float]:
    """What the training images say of the model: k-NN accuracy with labels, their loss where they are few."""
    if train.labels is None and len(train) >= SMALL:
        return {}
    own, found = _evaluate(model, train), {}
    if len(train) < SMALL and own.form != "implicit":
        found = {"train_nll": own.nll.double().mean().item(), "train_kl": own.kl.double().mean().item()}
    if train.labels is not None and test.labels is not None:
        codes_of_train, codes_of_test = own.mu.numpy(), terms.mu.numpy()
        found["knn_accuracy"] = neighbours.knn_accuracy(
            codes_of_train, train.labels, codes_of_test, test.labels
        )
    return found


def _scores(metrics: dict[str, Any], dataset: Dataset, form: Form) -> dict[str, str]:
    """The measurements, in words."""
    if form == "gaussian":
        loss, kl = f"**{-metrics['elbo']:.2f}** nats per image", f"{metrics['kl']:.2f} nats per image"
    elif form == "point":
        loss, kl = "none: it has no posterior", "none"
    else:
        loss, kl = "unknown: q(z\\|x) has no density", _estimate(metrics)
    rows = {"−ELBO": loss, "nll (reconstruction)": f"{metrics['nll']:.2f} nats per image"}
    rows["KL(q(z\\|x), p(z))"] = kl
    if "kl_least" in metrics:
        of = f"of {metrics['kl_looked_at']} images"
        rows[f"the same at least, by q's mean and covariance, {of}"] = (
            f"{metrics['kl_least']:.2f} nats per image"
        )
        if "kl_neighbours" in metrics:
            near = f"{metrics['kl_neighbours']:.2f} nats per image, an estimate"
            rows[f"the same from neighbours among draws, {of}"] = near
    if "train_nll" in metrics:
        nll, kl = metrics["train_nll"], metrics["train_kl"]
        rows["nll + KL of the training images"] = f"{nll + kl:.2f} = {nll:.2f} + {kl:.2f} nats per image"
    rows["mse of the mean decoded from mu"] = f"{metrics['mse']:.5f} per pixel"
    rows["active units"] = f"{metrics['active_units']} of {metrics['latent_dim']}"
    if "knn_accuracy" in metrics:
        rows[f"test accuracy of the 10 nearest training codes, {len(dataset.class_names or ())} classes"] = (
            f"{metrics['knn_accuracy']:.1%}"
        )
    rows["measured on"] = (
        f"{metrics['data']}, {metrics['images']:,} images, {metrics['samples']} samples of z each, "
        f"seed {metrics['seed']}"
    )
    return rows


def _estimate(metrics: dict[str, Any]) -> str:
    """Of an implicit model's KL, as its critic had it at the end of the training."""
    if "kl_estimate" not in metrics:
        return "unknown"
    return (
        f"{metrics['kl_estimate']:.2f} nats per image, an estimate by the critic, no bound "
        f"({metrics['kl_estimate_on']})"
    )


def _facts(config: ModelConfig, metrics: dict[str, Any], dataset: Dataset, size: int) -> dict[str, str]:
    """What the model is and where it comes from."""
    seconds = metrics.get("seconds")
    return {
        "likelihood": _likelihood(config),
        **_networks(config),
        **({"recipe chosen on": metrics["chosen_on"]} if "chosen_on" in metrics else {}),
        "size": f"{size / 1e6:.2f} MB, float16",
        "trained in": f"{seconds / 60:.0f} min on {metrics['device']}" if seconds else "closed form",
        "data": dataset.licence,
    }


def _by_heart(metrics: dict[str, Any]) -> str:
    """That a model of few images has learnt them by heart in part, as the two losses show."""
    if "train_nll" not in metrics:
        return ""
    apart = metrics["nll"] + metrics["kl"] - metrics["train_nll"] - metrics["train_kl"]
    if apart <= 0:
        return ""
    return (
        f" It has learnt its {metrics['train_images']:,} training images by heart in part: "
        f"test images cost {apart:.1f} nats more."
    )


def _likelihood(config: ModelConfig) -> str:
    if config.likelihood == "bernoulli":
        return "bernoulli"
    variance = "one learnt for all pixels" if config.learns_pixel_variance else f"{config.pixel_variance:g}"
    return f"gaussian, variance of a pixel: {variance}"


def _networks(config: ModelConfig) -> dict[str, str]:
    """The layers of the decoder and, unless it is its mirror image, of the encoder."""
    encoder, decoder = in_words(config, "encoder"), in_words(config, "decoder")
    if is_mirrored(config):
        return {"decoder": f"{decoder}; the encoder mirrors it"}
    if config.kind == "avb":
        encoder += f", with {config.noise_bases} functions of {config.noise_dim} random numbers each"
    return {"encoder": encoder, "decoder": decoder}


def _codes(terms: Evaluation, test: ImageSet, thorough: bool) -> codes.Codes:
    mu = terms.mu.numpy()
    is_embedded = len(mu) >= LEAST and (thorough or len(mu) < FEW)
    fewer = [dims for dims in (2, 3) if dims < mu.shape[1] and is_embedded]
    perplexity = min(PERPLEXITY, embedding.largest_perplexity(len(mu)))
    embeddings = {dims: embedding.tsne(mu, dims, perplexity=perplexity, seed=SEED) for dims in fewer}
    return codes.Codes(mu, _sd(terms), test.labels, terms.nll.numpy(), terms.known_kl, embeddings, test.names)
