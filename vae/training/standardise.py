"""The free scale of an autoencoder's codes, settled: mean 0 and variance 1 in each dimension.

Nothing in an autoencoder's loss says where its codes lie and how far they reach: an affine map of the codes
that the decoder undoes changes no reconstruction. Codes of mean 0 and variance 1, as the prior of a VAE has
them, can be looked at on the same axes.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae.model.config import ModelConfig, layers
from vae.model.numpy_vae import Floats, NumpyModel


def standardise(
    config: ModelConfig, weights: Mapping[str, NDArray[Any]], images: Floats
) -> dict[str, NDArray[np.float32]]:
    """Weights of the same autoencoder whose codes of images (N, H, W, C) have mean 0 and variance 1.

    Raises:
        ValueError: for a VAE, whose prior fixes the scale, or a dimension in which all codes are the same.
    """
    if config.kind != "autoencoder":
        raise ValueError("the codes of a VAE have the scale of its prior")
    model = NumpyModel(config, weights)
    codes = model.encode(images).mu.astype(np.float64)
    mean, sd = codes.mean(axis=0), codes.std(axis=0)
    if not sd.all():
        raise ValueError("a dimension of the codes is the same for all images, so it has no scale")
    out = {name: np.asarray(weight, np.float64) for name, weight in weights.items()}
    last, first = layers(config, "encoder")[-1].name, layers(config, "decoder")[0].name
    out[f"{last}.weight"] = out[f"{last}.weight"] / sd[:, None]
    out[f"{last}.bias"] = (out[f"{last}.bias"] - mean) / sd
    out[f"{first}.bias"] = out[f"{first}.bias"] + out[f"{first}.weight"] @ mean
    out[f"{first}.weight"] = out[f"{first}.weight"] * sd
    return {name: weight.astype(np.float32) for name, weight in out.items()}
