"""Comparing what is stored with its checksums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from shapviz.errors import StoreError
from shapviz.store.stored_arrays import StoredArrays
from shapviz.types import Progress

__all__ = ["verify"]


def verify(
    stored: Sequence[StoredArrays], progress: Progress | None = None
) -> Iterator[tuple[str, str | None]]:
    """Compare every array of some explanations with its checksums.

    Parameters
    ----------
    stored : sequence of StoredArrays
        One an explanation.
    progress : callable (done, total), optional
        Told bytes.

    Yields
    ------
    key, problem : str, str or None
        One pair an explanation, as soon as it is known; the problem names the first damaged array.
    """
    total = sum(_bytes_of(entry) for each in stored for entry in each.manifest.values())
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        if progress is not None:
            progress(done, total)

    for arrays in stored:
        problem: str | None = None
        for name in arrays.manifest:
            try:
                arrays.check(name, tell)
            except StoreError as error:
                problem = str(error)
                break
        yield arrays.key, problem


def _bytes_of(entry: Mapping[str, Any]) -> int:
    return int(np.prod(entry["shape"])) * np.dtype(entry["dtype"]).itemsize
