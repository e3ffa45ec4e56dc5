"""Where a store's catalogue is: beside its arrays, in a named SQLite file, or in PostgreSQL."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from shapviz.errors import MissingExtraError, StoreError, Words, complaint
from shapviz.settings import Settings
from shapviz.store.files import Files
from shapviz.store.listing import CATALOGUE

__all__ = ["CatalogueAddress", "cache_folder", "catalogue_address"]

SQLITE, POSTGRESQL = "sqlite", "postgresql"


@dataclass(frozen=True)
class CatalogueAddress:
    """Where a catalogue is.

    Attributes
    ----------
    url : str
        For SQLAlchemy.
    folder : Path
        Local folder for files that belong to the store: locks, demo models.
    """

    url: str
    folder: Path

    @property
    def is_shared(self) -> bool:
        """Whether it is a server, which takes writers from several machines."""
        return not self.url.startswith(SQLITE)


def catalogue_address(url: str, files: Files, given: str | None) -> CatalogueAddress:
    """Return where the catalogue of a store is.

    Parameters
    ----------
    url : str
        Of the store.
    files : Files
        Its root.
    given : str, optional
        SQLAlchemy URL. Default: ``SHAPVIZ_CATALOGUE`` where this is the store of the settings,
        else an SQLite file in the store's folder.

    Raises
    ------
    StoreError
        It is neither SQLite nor PostgreSQL, or nothing was given for a store that is not local.
    MissingExtraError
        PostgreSQL's driver is not installed.
    """
    given = given or _from_settings(url)
    if given is None and files.is_local:
        folder = Path(files.path)
        return CatalogueAddress(f"{SQLITE}:///{folder / CATALOGUE}", folder)
    kind = "" if given is None else given.partition(":")[0].partition("+")[0]
    if given is None or kind not in (SQLITE, POSTGRESQL, "postgres"):
        raise StoreError(
            complaint(
                "catalogue",
                "be the SQLAlchemy URL of an SQLite file or a PostgreSQL database when the store "
                "is not a local folder",
                None if given is None else Words(f"{kind}:…"),
                "Pass catalogue='postgresql://user@host/database' or "
                "'sqlite:////path/to/catalogue.sqlite'.",
            )
        )
    if kind == SQLITE:
        folder = Path(given.partition(":///")[2]).resolve().parent
        folder.mkdir(parents=True, exist_ok=True)
        return CatalogueAddress(given, folder)
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(
            complaint(
                "psycopg",
                "be installed for a catalogue in PostgreSQL",
                Words("no such package"),
                "Install it: pip install 'shapviz[postgresql]'.",
            )
        ) from error
    full = sa.make_url(given).set(drivername="postgresql+psycopg")
    name = hashlib.sha256(full.render_as_string(hide_password=True).encode()).hexdigest()[:12]
    folder = cache_folder() / "stores" / name
    folder.mkdir(parents=True, exist_ok=True)
    return CatalogueAddress(full.render_as_string(hide_password=False), folder)


def _from_settings(url: str) -> str | None:
    settings = Settings()
    return settings.catalogue if settings.catalogue and _same(url, settings.store) else None


def _same(one: str, other: str) -> bool:
    places = [
        place.rstrip("/") if "://" in place else str(Path(place).expanduser().absolute())
        for place in (one, other)
    ]
    return places[0] == places[1]


def cache_folder() -> Path:
    """Return where a machine keeps what belongs to stores elsewhere."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "shapviz"
