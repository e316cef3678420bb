"""The layers of a decoder of any build, put together one after the other.

All of them become dense layers and transposed convolutions. What scales or shifts numbers goes into the layer
before, where no activation stands between; a convolution of stride 1 is the transposed one with its kernel
turned, and maps that are enlarged before it make it one of a larger stride. Symbols: D latent_dim; shapes are
those for one code, (n,) of a row of numbers, (C, H, W) of feature maps.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vae.model.protocol import Setting

Reals = NDArray[np.float64]
Shape = tuple[int, ...]
Activation = tuple[str, float]  # name and slope, as of `Setting`
NONE: Activation = ("identity", 0.0)
WIDEST = 2048  # rows of numbers that are scaled behind an activation by a layer of their own


class UnknownError(Exception):
    """A network that the browser's layers cannot be made of."""


class Chain:
    """Layers, first layer first, and what comes after the last of them.

    Arguments:
        shape: Of what goes into the first.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape  # of what the last layer gives, before it is enlarged
        self.layers: list[tuple[Reals, Reals, Setting]] = []  # weight, bias
        self.after = NONE
        self.scale: tuple[Reals, Reals] | None = None  # times and plus, behind the activation
        self.factor = 1  # by which the maps have been enlarged

    def activate(self, name: str, slope: float = 0.0) -> None:
        """Put an activation behind all that there is."""
        self._settle()
        if self.after != NONE or not self.layers:
            raise UnknownError
        self.after = name, slope

    def scale_by(self, times: Reals, plus: Reals) -> None:
        """Scale and shift what there is, by numbers of its shape, or such as are spread to it."""
        times, plus = self._spread(times), self._spread(plus)
        if not self.layers:
            raise UnknownError
        if self.after != NONE:
            before, shift = self.scale or (np.ones(self.shape), np.zeros(self.shape))
            self.scale = before * times, shift * times + plus
            return
        weight, bias, setting = self.layers[-1]
        times, plus = self._by_output(times, weight), self._by_output(plus, weight)
        axes = (-1, 1) if weight.ndim == 2 else (-1, 1, 1)
        self.layers[-1] = weight * times.reshape(axes), bias * times + plus, setting

    def reshape(self, shape: Shape) -> None:
        """Have the same numbers in another shape."""
        if shape == self.shape:
            return
        if self.factor > 1:
            raise UnknownError
        if self.scale is not None:
            self.scale = self.scale[0].reshape(shape), self.scale[1].reshape(shape)
        self.shape = shape

    def enlarge(self, factor: int) -> None:
        """Repeat each place of the maps so often, down and across."""
        self.factor *= factor

    def crop(self, size: tuple[int, int]) -> None:
        """Keep the top left of the maps."""
        weight, bias, setting = self.layers[-1]
        if weight.ndim != 4 or self.factor > 1 or self.scale is not None:
            raise UnknownError
        self.layers[-1] = weight, bias, replace(setting, size=size)
        self.shape = len(bias), *size

    def dense(self, weight: Reals, bias: Reals) -> None:
        """A dense layer, weight (out, in), bias (out,), of a row of numbers."""
        if self.shape != weight.shape[1:] or self.factor > 1 or (self.layers and self._is_of_maps()):
            raise UnknownError
        self._settle()
        self._append(weight, bias, Setting(), (len(bias),))

    def transpose(self, weight: Reals, bias: Reals, stride: int, padding: int, size: tuple[int, int]) -> None:
        """A transposed convolution, weight (in, out, k, k), that gives maps of this size."""
        if len(self.shape) != 3 or padding < 0 or weight.shape[2] != weight.shape[3]:
            raise UnknownError
        weight, stride = _of_enlarged(weight, stride, self.factor), stride * self.factor
        if self.shape[0] != len(weight) or weight.shape[2] < stride:
            raise UnknownError
        self.factor = 1
        shape = weight.shape[1], *size
        if not self.layers:
            self._append(*_of_one_place(weight, bias, padding, self.shape, size), Setting(), shape)
            return
        self._end_in_maps()
        self._settle()
        self._append(weight, bias, Setting(size=size, stride=stride, padding=padding), shape)

    @property
    def products(self) -> int:
        """How many numbers are multiplied for an image."""
        count, places = 0, 1
        for weight, _, setting in self.layers:
            count += weight.size * (places if weight.ndim == 4 else 1)
            places = int(np.prod(setting.size or (1, 1)))
        return count

    def _append(self, weight: Reals, bias: Reals, setting: Setting, shape: Shape) -> None:
        name, slope = self.after
        self.layers.append((weight, bias, replace(setting, activation=name, slope=slope)))
        self.after, self.shape = NONE, shape

    def _settle(self) -> None:
        """Make a layer of its own of what scales numbers behind an activation."""
        if self.scale is None:
            return
        (times, plus), self.scale = self.scale, None
        if len(self.shape) == 1 and self.shape[0] <= WIDEST and not self._is_of_maps():
            self._append(np.diag(times), plus, Setting(), self.shape)
            return
        self._end_in_maps()
        channels, *size = self.shape
        weight = np.diag(_by_channel(times, channels)).reshape(channels, channels, 1, 1)
        setting = Setting(size=(size[0], size[1]))
        self._append(weight, _by_channel(plus, channels), setting, self.shape)

    def _is_of_maps(self) -> bool:
        return self.layers[-1][0].ndim == 4

    def _end_in_maps(self) -> None:
        """Have the last layer give feature maps of the shape that there is."""
        weight, bias, setting = self.layers[-1]
        if len(self.shape) != 3:
            raise UnknownError
        channels, height, width = self.shape
        if weight.ndim == 2:
            self.layers[-1] = weight, bias, replace(setting, size=(height, width))
        elif (channels, (height, width)) != (len(bias), setting.size):
            raise UnknownError

    def _spread(self, values: Reals) -> Reals:
        """Numbers of the shape that there is; a first axis of one code is left out."""
        array = np.asarray(values, np.float64)
        array = array[0] if array.ndim == len(self.shape) + 1 else array
        return np.broadcast_to(array, self.shape)

    def _by_output(self, values: Reals, weight: Reals) -> Reals:
        """Numbers of the shape that there is, one for each output of the last layer."""
        return values.reshape(-1) if weight.ndim == 2 else _by_channel(values, weight.shape[1])


def _by_channel(values: Reals, channels: int) -> Reals:
    """One number for each channel (channels,), where all of its places have the same."""
    rows = values.reshape(channels, -1)
    if (rows != rows[:, :1]).any():
        raise UnknownError
    return rows[:, 0]


def _of_enlarged(weight: Reals, stride: int, factor: int) -> Reals:
    """The kernel for maps before they are enlarged: the sum of those of all places that a place becomes."""
    side = weight.shape[2]
    whole = side + stride * (factor - 1)
    summed = np.zeros((*weight.shape[:2], whole, whole))
    for i, j in np.ndindex(factor, factor):
        summed[:, :, stride * i : stride * i + side, stride * j : stride * j + side] += weight
    return summed


def _of_one_place(
    weight: Reals, bias: Reals, padding: int, shape: Shape, size: tuple[int, int]
) -> tuple[Reals, Reals]:
    """The dense layer that a transposed convolution of a single place is, (out H W, in)."""
    if shape[1:] != (1, 1):
        raise UnknownError
    kept = weight[:, :, padding : padding + size[0], padding : padding + size[1]]
    if kept.shape[2:] != size:
        raise UnknownError
    return kept.reshape(len(kept), -1).T, np.repeat(bias, size[0] * size[1])
