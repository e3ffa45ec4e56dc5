"""How much a file may hold and how much a child process may use: numbers, no code."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["ChildLimits", "DataLimits"]

MEGABYTE = 2**20
GIGABYTE = 2**30


@dataclass(frozen=True)
class DataLimits:
    """What a table, an array, a text file or a zip of images may hold.

    Attributes
    ----------
    bytes : int
        Of the file.
    rows, columns, cells : int
        Of what is in it; an array's cells are its numbers.
    name_length : int
        Characters of a column's name.
    pixels : int
        Of one image.
    """

    bytes: int = 500 * MEGABYTE
    rows: int = 10_000_000
    columns: int = 10_000
    cells: int = 200_000_000
    name_length: int = 500
    pixels: int = 50_000_000

    def to_json(self) -> dict[str, Any]:
        """The limits as a JSON object."""
        return asdict(self)


@dataclass(frozen=True)
class ChildLimits:
    """What a child process may use.

    Attributes
    ----------
    memory : int
        Bytes of private memory (heap, stacks, anonymous maps). The whole address space may be
        twice as large and half a gigabyte more: libraries reserve more than they use.
    cpu : int or None
        Processor seconds over the child's whole life; None for no limit.
    file : int
        Bytes of one file.
    folder : int
        Bytes of all files in its folder.
    files : int
        Open at once.
    processes : int
        Processes and threads together, where the child has a process list of its own.
    threads : int
        What numerical libraries are told to use.
    timeout : float
        Seconds one call may take unless it says otherwise.
    answer : int
        Bytes of one answer.
    """

    memory: int = 4 * GIGABYTE
    cpu: int | None = 300
    file: int = 4 * GIGABYTE
    folder: int = 8 * GIGABYTE
    files: int = 256
    processes: int = 512
    threads: int = 1
    timeout: float = 120.0
    answer: int = 16 * MEGABYTE

    def to_json(self) -> dict[str, Any]:
        """The limits as a JSON object."""
        return asdict(self)
