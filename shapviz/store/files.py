"""Files below one root: a local folder or any fsspec URL. Bytes in, bytes out, whole or not at all.

Knows nothing of arrays, explanations or states.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from pathlib import Path

import fsspec

__all__ = ["Files"]

NEAR = 2**16
"""Ranges of a file closer than this are fetched as one from elsewhere: a request costs more."""


class Files:
    """Files and folders below a root.

    Parameters
    ----------
    root : str
        Folder or fsspec URL; made when missing.
    """

    def __init__(self, root: str) -> None:
        self.fs, self.path = fsspec.core.url_to_fs(root)
        self.root = root
        self.is_local = "file" in (
            self.fs.protocol if isinstance(self.fs.protocol, tuple) else (self.fs.protocol,)
        )
        self.fs.makedirs(self.path, exist_ok=True)

    # Bytes

    def put_bytes(self, location: str, *content: bytes | memoryview, durable: bool = False) -> None:
        """Write a file of these pieces, in place of what is there; whole or not at all.

        With `durable` it is on the disk when this returns, not in the system's memory alone.
        """
        if not self.is_local:
            self.fs.pipe_file(f"{self.path}/{location}", b"".join(content))
            return
        target = Path(self.path) / location
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}-{uuid.uuid4().hex[:8]}.partial")
        with partial.open("wb") as stream:
            for piece in content:
                stream.write(piece)
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        partial.replace(target)

    def get_bytes(self, location: str) -> bytes:
        """Return a whole file; FileNotFoundError when it is not there."""
        if self.is_local:
            return (Path(self.path) / location).read_bytes()
        content: bytes = self.fs.cat_file(f"{self.path}/{location}")
        return content

    def get_ranges(self, location: str, ranges: Sequence[tuple[int, int]]) -> list[memoryview]:
        """Return parts of a file, each from its first byte to before its last.

        Neighbouring ranges, given in order, are read together.
        """
        runs: list[list[int]] = []
        near = 0 if self.is_local else NEAR
        for start, stop in ranges:
            if runs and runs[-1][0] <= start <= runs[-1][1] + near:
                runs[-1][1] = max(runs[-1][1], stop)
            else:
                runs.append([start, stop])
        contents = self._runs(location, runs)
        found, i = [], 0
        for start, stop in ranges:
            if not runs[i][0] <= start <= stop <= runs[i][1]:
                i += 1
            found.append(contents[i][start - runs[i][0] : stop - runs[i][0]])
        return found

    def _runs(self, location: str, runs: list[list[int]]) -> list[memoryview]:
        if not self.is_local:
            path = f"{self.path}/{location}"
            starts, stops = ([run[i] for run in runs] for i in (0, 1))
            found = self.fs.cat_ranges([path] * len(runs), starts, stops, on_error="raise")
            return [memoryview(each) for each in found]
        read = []
        with (Path(self.path) / location).open("rb") as stream:
            for start, stop in runs:
                stream.seek(start)
                read.append(memoryview(stream.read(stop - start)))
        return read

    def size(self, location: str) -> int:
        """Return a file's length; FileNotFoundError when it is not there."""
        return int(self.fs.size(f"{self.path}/{location}"))

    # Files and folders

    def _look_again(self) -> None:
        # Object stores' listings are remembered here, while other machines write there.
        self.fs.invalidate_cache()

    def exists(self, location: str) -> bool:
        """Return whether there is a file or a folder below the root."""
        self._look_again()
        return bool(self.fs.exists(f"{self.path}/{location}"))

    def remove(self, location: str) -> None:
        """Remove a file, or a folder and all below it; nothing happens when it is not there."""
        path = f"{self.path}/{location}"
        self._look_again()
        if self.fs.exists(path):
            self.fs.rm(path, recursive=True)

    def children(self, location: str) -> list[str]:
        """Names right below a location, sorted; empty when it is not there."""
        path = f"{self.path}/{location}"
        self._look_again()
        if not self.fs.exists(path):
            return []
        found = self.fs.ls(path, detail=False)
        return sorted(str(name).rstrip("/").rsplit("/", 1)[-1] for name in found)

    def local_folder(self, location: str) -> Path | None:
        """Return a folder below a local root, made when missing; None for a root elsewhere."""
        if not self.is_local:
            return None
        folder = Path(self.path) / location
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def move_in(self, path: Path, location: str) -> None:
        """Put a local file or folder below the root; a file whole or not at all.

        On a local root it is renamed, so `path` must be on the same file system: see
        `local_folder`.
        """
        if not self.is_local:
            self.fs.put(str(path), f"{self.path}/{location}", recursive=path.is_dir())
            return
        target = Path(self.path) / location
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.replace(target)
        except OSError:
            # A folder does not replace a folder: another process brought the same one.
            if not target.is_dir():
                raise

    def fetch(self, location: str, path: Path) -> None:
        """Copy a file or folder below the root to a local path."""
        place = f"{self.path}/{location}"
        self.fs.get(place, str(path), recursive=bool(self.fs.isdir(place)))
