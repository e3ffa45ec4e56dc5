"""What commands share: the store they are given, errors as messages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from shapviz.errors import InputError, ShapvizError, Words, complaint

if TYPE_CHECKING:
    from shapviz.explanation import Explanation
    from shapviz.settings import Settings
    from shapviz.store import Store
    from shapviz.store.catalogue import Catalogue

__all__ = [
    "StoreOption",
    "address",
    "catalogue_of",
    "check_store",
    "full_key",
    "made_store",
    "open_store",
    "position",
    "told",
]

POSITION = re.compile(r"[+-]?[0-9]{1,18}")
NAMES_COMPARED = 10_000
"""Samples whose names are compared with a wrong one, which takes a second."""

LOCAL = ("file://", "local://")

StoreOption = Annotated[
    str | None,
    typer.Option("--store", help="Folder or fsspec URL; default $SHAPVIZ_STORE or .store."),
]


@contextmanager
def told() -> Iterator[None]:
    """Turn an error of ours into its message and exit status 1."""
    try:
        yield
    except ShapvizError as error:
        # Messages hold paths and names, which are no markup.
        Console(stderr=True, soft_wrap=True).print(Text(str(error)))
        raise typer.Exit(1) from error


def address(url: str | None) -> str:
    """Return the address of a store that is there; one that is no folder is not looked at."""
    from shapviz.settings import Settings
    from shapviz.store.listing import existing

    settings = Settings()
    url = url or settings.store
    is_elsewhere = "://" in url and not url.startswith(LOCAL)
    return url if is_elsewhere or _is_shared(url, settings) else str(existing(url))


def _is_shared(url: str, settings: Settings) -> bool:
    """Whether a store's catalogue is elsewhere: what is said of the settings' own store."""
    return bool(settings.catalogue) and url == settings.store


def catalogue_of(url: str | None) -> Catalogue:
    """Return the catalogue of a store that is there; in a folder nothing else is loaded."""
    from shapviz.settings import Settings
    from shapviz.store.catalogue import Catalogue
    from shapviz.store.listing import CATALOGUE

    where, settings = address(url), Settings()
    if "://" in where or _is_shared(url or settings.store, settings):
        return open_store(url).catalogue
    return Catalogue(f"sqlite:///{where}/{CATALOGUE}")


def open_store(url: str | None) -> Store:
    """Return a store that is there, opened."""
    where = address(url)
    # Zarr and pandas only once there is something to read.
    from shapviz.store import Store

    return Store(where)


def made_store(url: str | None) -> Store:
    """Return a store, made if it is not there."""
    from shapviz.settings import Settings
    from shapviz.store import Store

    url = url or Settings().store
    # Workers may stand in other folders.
    return Store(url if "://" in url else Path(url).expanduser().absolute())


def full_key(store: Store, key: str) -> str:
    """Return a key from its beginning, as `shapviz list` may have been read; else as it is."""
    found = [record.key for record in store.list() if record.key.startswith(key)]
    return found[0] if len(found) == 1 else key


def position(explanation: Explanation, sample: str) -> int:
    """Return the position of a sample from 0, as --sample says it; −1 is the last.

    Parameters
    ----------
    explanation : Explanation
    sample : str
        A position, or else a sample's name.

    Raises
    ------
    InputError
        There is no such sample, or several of that name.
    """
    from shapviz.selection import nearest

    total, names = len(explanation), explanation.sample_names
    at = int(sample) if POSITION.fullmatch(sample) else None
    if at is not None and -total <= at < total:
        return at % total
    called = [i for i, name in enumerate(names) if name == sample]
    if len(called) == 1:
        return called[0]
    if called:
        listed = ", ".join(map(str, called[:5])) + (", …" if len(called) > 5 else "")
        got, fix = Words(f"one of {len(called)} samples"), f"Name one by its position: {listed}."
        raise InputError(complaint("--sample", "be the name of one sample", got, fix))
    if at is not None:
        fix = "Choose a position in that range."
        raise InputError(complaint("--sample", f"be from 0 to {total - 1}", at, fix))
    rule = f"be a position from 0 to {total - 1}, or a sample's name"
    raise InputError(complaint("--sample", rule, sample, nearest(sample, names[:NAMES_COMPARED])))


def check_store(console: Console, store: Store, key: str | None = None) -> bool:
    """Compare stored arrays with their checksums, tell what differs; return whether all is well."""
    damaged = checked = 0
    for each, problem in store.verify(key):
        checked += 1
        if problem is not None:
            damaged += 1
            console.print(Text(f"{each}: {problem}"))
    console.print(f"{checked} checked, {damaged} damaged.")
    return not damaged
