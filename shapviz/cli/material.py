"""Files of rows that `shapviz explain` is given: tables, arrays, pictures in a zip."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapviz.errors import InputError, Words, complaint

if TYPE_CHECKING:
    from shapviz.jobs.model_facts import ModelFacts
    from shapviz.types import Cancel

__all__ = [
    "Background",
    "Rows",
    "background_of",
    "check_some",
    "check_there",
    "is_zip",
    "read_pictures",
    "read_rows",
]


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

ZIP = ".zip"
"""Of pictures, which are read in a child process."""

NO_LIMIT = 2**62
"""Bytes of a file on this machine, whose owner gave it."""

ENDINGS = (*READERS, ZIP)

HOW = ("sample", "kmeans")
"""Ways to draw a background from rows, each with how many."""

DEFAULT = "sample:100"

Background = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Rows:
    """What is in a file.

    Attributes
    ----------
    content : DataFrame or array
    names : tuple of str or None
        Of the samples, where the file has some and no column holds them.
    notes : tuple of str
        What people should know of how it was read.
    """

    content: Any
    names: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()


def is_zip(path: Path | None) -> bool:
    """Whether a file is to hold pictures."""
    return path is not None and path.suffix.lower() == ZIP


def check_there(option: str, path: Path) -> None:
    """InputError for a file that does not exist."""
    if not path.is_file():
        raise InputError(complaint(option, "be a file that exists", str(path), "Check the path."))


def check_some(option: str, content: Any) -> None:
    """InputError for a table or an array without rows or columns."""
    if 0 in content.shape or not content.shape:
        got = Words(f"a table of shape {tuple(content.shape)}")
        raise InputError(complaint(option, "have at least one row", got, "Look into the file."))


def read_pictures(option: str, path: Path, facts: ModelFacts, cancel: Cancel | None) -> Rows:
    """Return the pictures in a zip, brought to the size that a model takes.

    Parameters
    ----------
    option : str
        That named the file.
    path : Path
    facts : ModelFacts
    cancel : Cancel or None

    Raises
    ------
    InputError
        No such file, or the model takes no pictures.
    UploadError
        As the Explain page refuses it.
    JobCancelled
        `cancel` was set.
    """
    from shapviz import uploads
    from shapviz.settings import Settings

    check_there(option, path)
    if facts.width is not None or (facts.shape is not None and len(facts.shape) != 3):
        fix = "Give it a table or an array."
        rule = f"be what the model takes ({facts.line.rstrip('.')})"
        raise InputError(complaint(option, rule, Words("pictures in a zip"), fix))
    size, channels = (
        (None, None) if facts.picture is None else (facts.picture[:2], facts.picture[2])
    )
    found = uploads.read_pictures(
        path.resolve(),
        path.name,
        size=size,
        channels=channels,
        limits=replace(uploads.DataLimits(), bytes=NO_LIMIT),
        child_limits=uploads.child_limits(Settings()),
        cancel=cancel,
    )
    return Rows(found.array, found.names, found.notes)


def read_rows(option: str, path: Path) -> Rows:
    """Return the table (DataFrame) or array in a file that is no zip.

    Raises
    ------
    InputError
        No such file, an unknown ending, or it does not hold what its ending says.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        endings = ", ".join(ENDINGS)
        raise InputError(
            complaint(option, f"be a file ending in {endings}", str(path), "Save it as one.")
        )
    try:
        return Rows(reader(path))
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
    if path.suffix.lower() in ENDINGS:
        return {"how": "all"}, path
    raise InputError(
        complaint(
            "--background",
            f"be a file ending in {', '.join(ENDINGS)}, or all, sample:N, kmeans:N",
            asked,
            f"Leave it out for {DEFAULT} of the data.",
        )
    )
