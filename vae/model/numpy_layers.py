"""Layers of neural networks in NumPy, float32: linear, convolutions, activations.

Feature maps are (C, B, H, W) with the channels first, so that a convolution is one product of matrices.
"""

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from vae.model.config import KERNEL, SMALL_KERNEL

Floats = NDArray[np.float32]
Activation = Callable[[Floats], Floats]


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow."""
    return 0.5 * (np.tanh(0.5 * x) + 1)


def softplus(x: Floats) -> Floats:
    """log(1 + exp(x)), without overflow; ten times as fast as `np.logaddexp`."""
    return np.maximum(x, np.float32(0)) + np.log1p(np.exp(-np.abs(x)))


ACTIVATIONS: dict[str, Activation] = {
    "silu": lambda x: x * sigmoid(x),
    "softplus": softplus,
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, np.float32(0)),
}

SLOPED: dict[str, Callable[[Floats, float], Floats]] = {  # of decoders that were not built here
    "leaky": lambda x, slope: np.where(x > 0, x, np.float32(slope) * x),
    "elu": lambda x, slope: np.where(x > 0, x, np.float32(slope) * np.expm1(np.minimum(x, 0))),
    "sigmoid": lambda x, _: sigmoid(x),
    "identity": lambda x, _: x,
}

SLOPES: dict[str, Activation] = {  # derivatives of the activations
    "silu": lambda x: sigmoid(x) * (1 + x * sigmoid(-x)),
    "softplus": sigmoid,
    "tanh": lambda x: 1 - np.square(np.tanh(x)),
    "relu": lambda x: (x > 0).astype(np.float32),
}


def linear(x: Floats, weight: Floats, bias: Floats) -> Floats:
    """A fully connected layer: (B, I) -> (B, O), weight (O, I)."""
    return x @ weight.T + bias


def halve(x: Floats, weight: Floats, bias: Floats) -> Floats:
    """Convolution with stride 2 and padding 1: (C, B, H, W) -> (O, B, H/2, W/2), weight (O, C, 4, 4)."""
    return _convolve(x, weight, bias, KERNEL, stride=2)


def keep(x: Floats, weight: Floats, bias: Floats) -> Floats:
    """Convolution with stride 1 and padding 1: (C, B, H, W) -> (O, B, H, W), weight (O, C, 3, 3)."""
    return _convolve(x, weight, bias, SMALL_KERNEL, stride=1)


def _convolve(x: Floats, weight: Floats, bias: Floats, kernel: int, stride: int) -> Floats:
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    seen = sliding_window_view(padded, (kernel, kernel), axis=(2, 3))[:, :, ::stride, ::stride]
    columns = seen.transpose(0, 4, 5, 1, 2, 3)  # (C, kernel, kernel, B, H / stride, W / stride)
    out = weight.reshape(len(weight), -1) @ columns.reshape(weight[0].size, -1)
    return (out + bias[:, None]).reshape(len(weight), *columns.shape[3:])


def double(x: Floats, weight: Floats, bias: Floats) -> Floats:
    """Transposed convolution, stride 2, padding 1: (C, B, H, W) -> (O, B, 2H, 2W), weight (C, O, 4, 4).

    A tap of the kernel reaches every second row and column of the output. Taps 1 and 3 meet in the even rows,
    3 coming from the input's row above; 2 and 0 in the odd ones, 0 coming from the row below.
    """
    channels, count, height, width = x.shape
    outputs = weight.shape[1]
    taps = weight.reshape(channels, -1).T @ x.reshape(channels, -1)
    taps = taps.reshape(outputs, KERNEL, KERNEL, count, height, width)
    taps[:, 1, :, :, 1:] += taps[:, 3, :, :, :-1]
    taps[:, 2, :, :, :-1] += taps[:, 0, :, :, 1:]
    rows = taps[:, 1:3]
    rows[:, :, 1, :, :, 1:] += rows[:, :, 3, :, :, :-1]
    rows[:, :, 2, :, :, :-1] += rows[:, :, 0, :, :, 1:]
    phases = rows[:, :, 1:3].transpose(0, 3, 4, 1, 5, 2)  # (O, B, H, 2, W, 2)
    return phases.reshape(outputs, count, 2 * height, 2 * width) + bias[:, None, None, None]


def transpose(
    x: Floats, weight: Floats, bias: Floats, stride: int, padding: int, size: tuple[int, int]
) -> Floats:
    """Transposed convolution of any stride: (C, B, H, W) -> (O, B, *size), weight (C, O, k, k).

    Each place of the input adds the kernel, times its number, to a canvas `stride` further on; of the canvas
    that is given which lies `padding` rows and columns from its top left.
    """
    channels, count, height, width = x.shape
    outputs, side = weight.shape[1], weight.shape[2]
    ends = [max(size[k] + padding, stride * x.shape[2 + k] + side) for k in range(2)]
    canvas = np.zeros((outputs, count, *ends), x.dtype)
    for i, j in np.ndindex(side, side):
        down, across = slice(i, i + stride * height, stride), slice(j, j + stride * width, stride)
        tap = weight[:, :, i, j].T @ x.reshape(channels, -1)
        canvas[:, :, down, across] += tap.reshape(outputs, count, height, width)
    top, left = (slice(padding, padding + length) for length in size)
    return canvas[:, :, top, left] + bias[:, None, None, None]


def doubled_from(gradient: Floats, weight: Floats) -> Floats:
    """The adjoint of `double`, which is `halve`: the gradient in its input, given that in its output."""
    return halve(gradient, weight, np.zeros(len(weight), np.float32))


def kept_from(gradient: Floats, weight: Floats) -> Floats:
    """The adjoint of `keep`, which is `keep` with the kernel turned by 180 degrees."""
    turned = weight.swapaxes(0, 1)[:, :, ::-1, ::-1]
    return keep(gradient, turned, np.zeros(len(turned), np.float32))
