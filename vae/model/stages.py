"""What flows through a model's networks: the shapes from layer to layer, and the same in words."""

import math
from dataclasses import dataclass, replace

from vae.model.config import Coder, Layer, LayerKind, ModelConfig, layers


@dataclass(frozen=True)
class Stage:
    """Numbers between two layers of an encoder or decoder.

    Arguments:
        shape: (count,) of a row, (C, H, W) of feature maps.
        by: What kind of layer gives them, None of the network's inputs.
        blocks: Residual blocks that they pass.
        weights: Numbers that the layer and the blocks learn.
    """

    shape: tuple[int, ...]
    by: LayerKind | None = None
    blocks: int = 0
    weights: int = 0


def stages(config: ModelConfig, coder: Coder) -> list[Stage]:
    """The stages in their order, inputs and outputs among them."""
    found = [Stage(_inputs(config, coder))]
    for layer in layers(config, coder):
        count = math.prod(layer.shape) + layer.outputs
        if layer.kind in ("opening", "closing"):
            last = found.pop()
            blocks = last.blocks + (layer.kind == "closing")
            found.append(replace(last, blocks=blocks, weights=last.weights + count))
        else:
            found.append(Stage(_outputs(layer), layer.kind, weights=count))
    return found


def in_words(config: ModelConfig, coder: Coder) -> str:
    """The stages from the inputs to the outputs, and the activation between them, on one line.

    A Gaussian's `D + D` are mu and raw, of which log_var is made; avb's are the centre of the draws and the
    weights of its functions of noise.
    """
    shown = [_words(stage) for stage in stages(config, coder)]
    image, code = (0, -1) if coder == "encoder" else (-1, 0)
    if config.network != "mlp":
        shown[image] = config.image_spec.words
    if coder == "encoder" and config.kind != "autoencoder":
        shown[code] = f"{config.latent_dim} + {config.code_outputs - config.latent_dim}"
    between = config.activation_of(coder) if len(shown) > 2 else "linear"
    return f"{' → '.join(shown)}, {between}"


def is_mirrored(config: ModelConfig) -> bool:
    """Whether the encoder has the layers of the decoder, in reverse, and nothing else."""
    return config.kind != "avb" and not (config.encoder_hidden or config.encoder_activation)


def _inputs(config: ModelConfig, coder: Coder) -> tuple[int, ...]:
    if coder == "decoder":
        return (config.latent_dim,)
    return (
        (config.image_spec.size,) if config.network == "mlp" else (config.image_spec.channels, *config.canvas)
    )


def _outputs(layer: Layer) -> tuple[int, ...]:
    if layer.size is None:
        return (layer.outputs,)
    channels = layer.outputs // math.prod(layer.size) if layer.kind == "dense" else layer.outputs
    return channels, *layer.size


def _words(stage: Stage) -> str:
    """`64 × 7 × 7 (2 residual blocks)`."""
    size = " × ".join(map(str, stage.shape))
    if not stage.blocks:
        return size
    return f"{size} ({stage.blocks} residual block{'s' * (stage.blocks > 1)})"
