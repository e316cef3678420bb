"""Names of images, a million of them at little cost: UTF-8 in one array of bytes, a NUL after each.

Symbols: N names, B bytes of all of them.
"""

from collections.abc import Iterable, Sequence
from typing import overload
from unicodedata import bidirectional

import numpy as np

from vae.images.dataset import Bytes

END = b"\0"
RIGHT_TO_LEFT = {"R", "AL"}  # Unicode's classes of letters
APART, TOGETHER = "\u2068", "\u2069"  # first strong isolate, pop directional isolate


class Names(Sequence[str]):
    """Names as they lie in an array of bytes, which may be a memory-mapped file; read only when asked for."""

    def __init__(self, packed: Bytes) -> None:
        """Names in an array (B,) that `pack` made."""
        self.packed = packed
        self._ends = np.flatnonzero(packed == 0)

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...

    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        if isinstance(index, slice):
            return tuple(self[at] for at in range(*index.indices(len(self))))
        at = range(len(self))[index]
        start = int(self._ends[at - 1]) + 1 if at else 0
        return self.packed[start : self._ends[at]].tobytes().decode(errors="replace")


def pack(names: Iterable[str]) -> Bytes:
    """The names as one array (B,)."""
    return np.frombuffer(b"".join(plain(name).encode() + END for name in names), np.uint8).copy()


def plain(name: str) -> str:
    """A name that can be shown and written anywhere: what cannot be printed in it becomes a mark."""
    return "".join(each if each.isprintable() else "\ufffd" for each in name)


def apart(name: str) -> str:
    """A name within a sentence: one that is written from right to left moves no number beside it.

    See https://www.unicode.org/reports/tr9/#Explicit_Directional_Isolates.
    """
    is_apart = any(bidirectional(each) in RIGHT_TO_LEFT for each in name)
    return f"{APART}{name}{TOGETHER}" if is_apart else name
