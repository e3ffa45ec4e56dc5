"""Files that `shapviz explain` is given: tables and arrays read, models looked at, never opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from shapviz.errors import InputError, Words, complaint

__all__ = ["Background", "background_of", "read_rows"]


def _csv(path: Path) -> Any:
    import pandas as pd

    return pd.read_csv(path)


def _tsv(path: Path) -> Any:
    import pandas as pd

    return pd.read_csv(path, sep="\t")


def _parquet(path: Path) -> Any:
    import pandas as pd

    return pd.read_parquet(path)


def _npy(path: Path) -> Any:
    import numpy as np

    return np.load(path, allow_pickle=False)


READERS: dict[str, Callable[[Path], Any]] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".parquet": _parquet,
    ".npy": _npy,
}

HOW = ("sample", "kmeans")
"""Ways to draw a background from rows, each with how many."""

DEFAULT = "sample:100"

Background = Mapping[str, Any]


def read_rows(option: str, path: Path) -> Any:
    """Return the table (DataFrame) or array in a file.

    Raises
    ------
    InputError
        No such file, an unknown ending, or it does not hold what its ending says.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        endings = ", ".join(READERS)
        raise InputError(
            complaint(option, f"be a file ending in {endings}", str(path), "Save it as one.")
        )
    try:
        return reader(path)
    except FileNotFoundError as error:
        raise InputError(
            complaint(option, "be a file that exists", str(path), "Check the path.")
        ) from error
    except (ValueError, OSError) as error:
        # pandas, pyarrow and numpy say in one of these what they did not like.
        said = " ".join(str(error).split())[:300]
        raise InputError(
            complaint(
                option,
                f"hold what {path.suffix} files hold",
                Words(f"{str(path)!r} ({said})"),
                "Open it in the program that wrote it, and save it again.",
            )
        ) from error


def background_of(asked: str | None) -> tuple[Background, Path | None]:
    """Return a background as a job's spec has it, and the file it is in if it has one.

    Parameters
    ----------
    asked : str or None
        A file, or ``all``, ``sample:100``, ``kmeans:20`` of the rows that are explained.

    Raises
    ------
    InputError
        It is neither.

    Examples
    --------
    >>> background_of("kmeans:20")
    ({'how': 'kmeans', 'size': 20, 'seed': 0}, None)
    """
    asked = asked or DEFAULT
    if asked == "all":
        return {"how": "all"}, None
    how, _, size = asked.partition(":")
    if how in HOW and size.isdecimal() and int(size) > 0:
        return {"how": how, "size": int(size), "seed": 0}, None
    path = Path(asked)
    if path.suffix.lower() in READERS:
        return {"how": "all"}, path
    raise InputError(
        complaint(
            "--background",
            f"be a file ending in {', '.join(READERS)}, or all, sample:N, kmeans:N",
            asked,
            f"Leave it out for {DEFAULT} of the data.",
        )
    )
