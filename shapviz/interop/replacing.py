"""Files that take their place when all of them is written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from shapviz.errors import InputError, Words, complaint

__all__ = ["replacing"]


@contextmanager
def replacing(path: str | os.PathLike[str], *, binary: bool = False) -> Iterator[IO[Any]]:
    """Give a file to write, which takes the place of `path` afterwards; none if writing fails.

    Raises
    ------
    InputError
        There is no such folder, or no right or room to write in it.
    """
    target = Path(path)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        # Lines end as they are written: a table's writer knows how.
        with partial.open("wb") if binary else partial.open("w", encoding="utf-8", newline="") as f:
            yield f
        partial.replace(target)
    except OSError as error:
        raise InputError(
            complaint(
                "file",
                "be one that can be written",
                Words(f"{error.strerror or error}: {str(target)!r}"),
                "Name a file in a folder that is there and where you may write.",
            )
        ) from error
    finally:
        partial.unlink(missing_ok=True)
