"""Files of models and tables: whole or not at all, fetched once a machine and then compared."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shapviz.errors import StoreError, Words, complaint
from shapviz.store.arrays import ArrayFiles

__all__ = ["MaterialFiles", "damaged", "file_digest"]

BLOCK = 2**22


class MaterialFiles:
    """The files below ``materials/`` of one store.

    Parameters
    ----------
    files : ArrayFiles
    cache : Path
        Local folder for what is fetched from a store that is not local.
    """

    def __init__(self, files: ArrayFiles, cache: Path) -> None:
        self._files = files
        self._cache = cache

    def exists(self, place: str) -> bool:
        """Whether there is such a file or folder."""
        return self._files.exists(place)

    def move_in(self, path: Path, place: str) -> None:
        """Give a file of the workshop its place."""
        self._files.move_in(path, place)

    def get_bytes(self, place: str) -> bytes:
        """Return a small file whole."""
        return self._files.get_bytes(place)

    def remove(self, place: str) -> None:
        """Remove a file or folder."""
        self._files.remove(place)

    @contextmanager
    def workshop(self) -> Iterator[Path]:
        """A folder from which a rename into the store is one step, where the store is local."""
        place = self._files.local_folder("materials")
        with tempfile.TemporaryDirectory(dir=place, prefix=".incoming-") as folder:
            yield Path(folder)

    def local(self, place: str, checksum: str) -> Path:
        """Return a file of the store as one of this machine, fetched and compared if need be.

        Raises
        ------
        StoreError
            There is none, or what was fetched has another checksum.
        """
        if self._files.is_local:
            path = Path(self._files.path) / place
            if not path.exists():
                raise damaged(place, "no such file")
            return path
        path = self._cache / place
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            fetched = path.with_name(f".{uuid.uuid4().hex}.partial")
            self._files.fetch(place, fetched)
            found, _ = file_digest(fetched)
            if found != checksum:
                (shutil.rmtree if fetched.is_dir() else os.unlink)(fetched)
                raise damaged(place, f"checksum {found[:12]}…")
            if not path.exists():
                fetched.replace(path)
        return path


def file_digest(path: Path) -> tuple[str, int]:
    """Return SHA-256 and size of a file, or of a folder's files with their places in it."""
    hasher, size = hashlib.sha256(), 0
    files = [path] if path.is_file() else sorted(f for f in path.rglob("*") if f.is_file())
    for file in files:
        if file != path:
            place = file.relative_to(path).as_posix().encode("utf-8", "surrogatepass")
            hasher.update(len(place).to_bytes(8, "big") + place)
            hasher.update(file.stat().st_size.to_bytes(8, "big"))
        with file.open("rb") as stream:
            while block := stream.read(BLOCK):
                hasher.update(block)
                size += len(block)
    return hasher.hexdigest(), size


def damaged(what: str, got: str) -> StoreError:
    """Return the error that a file is not what was added."""
    return StoreError(
        complaint(
            "materials",
            f"hold {what} as it was added",
            Words(got),
            "Add the file again: the same content gets the same address.",
        )
    )
