"""Make a trained checkpoint ready to ship: float16 weights, test metrics, codes, t-SNE and a model card.

All figures are measured on the float16 weights that ship, on the test images of the model's own data set.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from vae.analysis.few_labels import knn_accuracy
from vae.images import sets
from vae.latent import embedding
from vae.model import catalogue, checkpoint, codes
from vae.model.catalogue import MODELS
from vae.model.checkpoint import Description
from vae.model.config import PIXELS, ModelConfig
from vae.model.numpy_vae import Floats, NumpyModel
from vae.training.evaluation import Evaluation, evaluate, summary
from vae.training.standardise import standardise
from vae.training.vae import build

SAMPLES, SEED = 10, 0
CARD = """# {name}

{kind} with {latent_dim} latent dimensions, trained on the {train_images:,} training images \
of {dataset}.{codes_are}

| | |
|---|---|
| −ELBO | {loss} |
| nll (reconstruction) | {nll:.2f} nats per image |
| KL(q(z\\|x), p(z)) | {kl} |
| mse of the mean decoded from mu | {mse:.5f} per pixel |
| active units | {active_units} of {latent_dim} |
| 10 nearest training codes name the digit | {knn_accuracy:.1%} of the test images |
| measured on | {data}, {images:,} images, {samples} samples of z each, seed {seed} |
| likelihood | {likelihood} |
| decoder | {sizes}; the encoder mirrors it |
| size | {megabytes:.2f} MB, float16 |
| trained in | {minutes} |
| data | {licence} |

Trained and packed by

```
{command} --out runs/{name}.safetensors
python -m vae.release runs/{name}.safetensors --name {name}
```

and measured again by `python -m vae.evaluate {name} --split test --samples {samples} --seed {seed}`.

**Limits.** It knows 28 × 28 grey images like those of {dataset} and nothing else: other images are \
reconstructed as the nearest thing it knows. Numbers on grey images are not comparable with numbers \
on binarised ones.
"""


def release(source: Path, name: str, folder: Path = MODELS) -> Path:
    """Write `<name>.safetensors`, its codes and its card into the folder; returns the checkpoint's path.

    All is computed before the first file is written, and the checkpoint is written last: who sees it finds
    its codes and its card beside it.
    """
    trained = checkpoint.load(source)
    config, dataset, scaled = trained.description.config, trained.description.dataset, trained.weights
    train, test = (sets.load(dataset, split) for split in ("train", "test"))
    if config.kind == "autoencoder":
        scaled = standardise(config, scaled, train.images.reshape(-1, PIXELS))
    weights = {name: weight.astype(np.float16) for name, weight in scaled.items()}
    model = build(config, weights)  # measure what ships
    terms = evaluate(model, torch.from_numpy(test.images), SAMPLES, SEED)
    scores = summary(terms, dataset, "test", SAMPLES, SEED)
    scores["knn_accuracy"] = neighbour_accuracy(config, weights, train, terms.mu.numpy(), test)
    description = replace(trained.description, metrics={**trained.description.metrics, **scores})
    target = folder / f"{name}.safetensors"
    packed = checkpoint.packed(weights, description, np.float16)
    card, test_codes = model_card(name, description, len(packed)), _codes(terms, test)
    checkpoint.write_atomically(target.with_suffix(".md"), card.encode())
    codes.save(catalogue.codes_path(target), test_codes, checkpoint.fingerprint(weights, description))
    checkpoint.write_atomically(target, packed)
    return target


def neighbour_accuracy(
    config: ModelConfig,
    weights: checkpoint.Weights,
    train: sets.ImageSet,
    mu: Floats,
    test: sets.ImageSet,
) -> float:
    """Share of test images, with codes mu (N, D), for whose label the 10 nearest training codes vote."""
    codes_of_train = NumpyModel(config, weights).encode(train.images.reshape(-1, PIXELS))[0]
    return knn_accuracy(codes_of_train, train.labels, mu, test.labels)


def model_card(name: str, description: Description, size: int) -> str:
    """The model card, Markdown, from what the checkpoint says about itself."""
    config, metrics = description.config, description.metrics
    seconds, has_posterior = metrics.get("seconds"), config.kind == "vae"
    codes_are = "" if has_posterior else " The codes are scaled to mean 0 and variance 1 on these images."
    return CARD.format(
        name=name,
        kind="A variational autoencoder" if has_posterior else "An autoencoder, not a variational one,",
        dataset=description.dataset,
        codes_are=codes_are,
        likelihood=_likelihood(config),
        **{key: metrics[key] for key in ("nll", "mse", "active_units", "latent_dim", "data", "images")},
        **{key: metrics[key] for key in ("samples", "seed", "train_images", "knn_accuracy")},
        loss=f"**{-metrics['elbo']:.2f}** nats per image" if has_posterior else "none: it has no posterior",
        kl=f"{metrics['kl']:.2f} nats per image" if has_posterior else "none",
        sizes=_sizes(config),
        megabytes=size / 1e6,
        minutes=f"{seconds / 60:.0f} min on {metrics['device']}" if seconds else "closed form",
        licence=sets.dataset(description.dataset).licence,
        command=description.command,
    )


def _likelihood(config: ModelConfig) -> str:
    if config.likelihood == "bernoulli":
        return "bernoulli"
    variance = "one learnt for all pixels" if config.learns_pixel_variance else f"{config.pixel_variance:g}"
    return f"gaussian, variance of a pixel: {variance}"


def _sizes(config: ModelConfig) -> str:
    if not config.hidden:
        return f"{config.latent_dim} → {PIXELS}, linear"
    if config.network == "conv":
        deep, wide = config.hidden
        return f"{config.latent_dim} → {deep} × 7 × 7 → {wide} × 14 × 14 → 28 × 28, {config.activation}"
    return " → ".join(map(str, (config.latent_dim, *config.hidden, PIXELS))) + f", {config.activation}"


def _codes(terms: Evaluation, test: sets.ImageSet) -> codes.Codes:
    mu = terms.mu.numpy()
    embeddings = {dims: embedding.tsne(mu, dims, seed=SEED) for dims in (2, 3)} if mu.shape[1] > 2 else {}
    return codes.Codes(
        mu, terms.log_var.numpy(), test.labels, terms.nll.numpy(), terms.kl.numpy(), embeddings
    )
