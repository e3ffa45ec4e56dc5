"""Numbers that are none in an array: how many, and where the first is, told before a job meets it.

Reads an array once, a range of rows at a time; an array mapped from the disk stays there.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from shapviz.labels import count
from shapviz.types import Array

__all__ = ["Gaps", "gaps_of"]

BLOCK = 2**22
"""Numbers that are looked at together."""


@dataclass(frozen=True)
class Gaps:
    """What of an array is NaN or infinite.

    Attributes
    ----------
    missing : int
        How many numbers are NaN.
    infinite : int
    cells : int
        Numbers in all.
    first : tuple of int
        Where the first one is: its sample, then its place in it.
    """

    missing: int
    infinite: int
    cells: int
    first: tuple[int, ...]

    def __str__(self) -> str:
        """How many, of how many, and the first place.

        Examples
        --------
        >>> print(Gaps(3, 1, 800, (7, 2, 5)))
        3 of 800 numbers are missing (NaN) and 1 is infinite, the first in sample 7, at (2, 5)
        """
        whole = f"of {count(self.cells)} numbers"
        parts = [
            f"{count(n)}{{}} {'is' if n == 1 else 'are'} {word}"
            for n, word in ((self.missing, "missing (NaN)"), (self.infinite, "infinite"))
            if n
        ]
        sample, *at = self.first
        place = f", at ({', '.join(map(str, at))})" if at else ""
        told = " and ".join(parts).format(f" {whole}", "")
        return f"{told}, the first in sample {sample}{place}"


def gaps_of(array: Array) -> Gaps | None:
    """Return what of an array is no number; None where nothing is, or it holds no fractions.

    Examples
    --------
    >>> gaps_of(np.array([[1.0, 2.0], [np.nan, np.inf]]))
    Gaps(missing=1, infinite=1, cells=4, first=(1, 0))
    >>> gaps_of(np.zeros((2, 3))) is gaps_of(np.array([["a text"]])) is None
    True
    """
    if array.dtype.kind != "f":
        return None
    missing = infinite = 0
    first: tuple[int, ...] = ()
    step = max(1, BLOCK // max(1, prod(array.shape[1:])))
    for start in range(0, len(array), step):
        some = array[start : start + step]
        # The sum is finite for nearly all and needs no array of flags.
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(some.sum()):
                continue
        nan, inf = np.isnan(some), np.isinf(some)
        missing, infinite = missing + int(nan.sum()), infinite + int(inf.sum())
        if not first and (missing or infinite):
            at = np.unravel_index(int(np.argmax(nan | inf)), some.shape)
            first = (start + int(at[0]), *map(int, at[1:]))
    return Gaps(missing, infinite, array.size, first) if first else None
