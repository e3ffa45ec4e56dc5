"""What a file is, told by its content: first bytes and structure, never its name's ending.

Nothing is opened by the library that wrote it: a look at the head, the tail and, of a zip, the
directory. A file that could be two things counts as the more dangerous of them.
"""

from __future__ import annotations

import pickletools
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shapviz.uploads.onnx_wire import is_onnx
from shapviz.uploads.zips import member_names

__all__ = ["KINDS", "Kind", "recognise"]

HEAD = 2**16
TAIL = 2**10


@dataclass(frozen=True)
class Look:
    """What was read of a file to tell what it is."""

    path: Path
    size: int
    head: bytes
    tail: bytes
    members: tuple[str, ...]

    @property
    def is_zip(self) -> bool:
        return self.head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


@dataclass(frozen=True)
class Kind:
    """What a file can be.

    Attributes
    ----------
    name : str
        For people.
    ending : str
        What its library calls such a file, without the dot; never looked for in a name.
    is_it : callable
        The look at a file to whether it is of this kind.
    """

    name: str
    ending: str
    is_it: Callable[[Look], bool]


def _starts(*heads: bytes) -> Callable[[Look], bool]:
    return lambda look: look.head.startswith(heads)


def _holds(*names: str) -> Callable[[Look], bool]:
    """A zip with these members at its top."""
    return lambda look: look.is_zip and set(names) <= set(look.members)


def _holds_ending(*endings: str) -> Callable[[Look], bool]:
    return lambda look: look.is_zip and any(name.endswith(endings) for name in look.members)


def _saved_model(look: Look) -> bool:
    return look.path.is_dir() or _holds_ending("saved_model.pb")(look)


def _pickle(look: Look) -> bool:
    """A pickle of any protocol; the old ones are text and are followed to their end."""
    if re.match(rb"\x80[\x02-\x08]", look.head):
        return True
    if look.size > HEAD or not look.tail.endswith(b"."):
        return False
    end = -1
    try:
        for _opcode, _argument, position in pickletools.genops(look.head):
            end = position or 0
    except (ValueError, IndexError, KeyError, OverflowError):
        return False
    return end == look.size - 1 > 0


def _hdf5(look: Look) -> bool:
    """The signature may stand at 0, 512, 1024, 2048 …: a block of the user's may come first."""
    places = [0, *(512 * 2**i for i in range(7))]
    return any(look.head[at:].startswith(b"\x89HDF\r\n\x1a\n") for at in places)


def _lightgbm(look: Look) -> bool:
    return re.match(rb"tree\r?\nversion=", look.head) is not None


def _xgboost_json(look: Look) -> bool:
    return re.match(rb'\s*\{\s*"(learner|version)"\s*:', look.head) is not None


def _xgboost_ubj(look: Look) -> bool:
    return re.match(rb"\{L\0{7}.(learner|version)[\[{]", look.head, re.DOTALL) is not None


def _parquet(look: Look) -> bool:
    return look.head.startswith(b"PAR1") and look.tail.endswith(b"PAR1")


def _images(look: Look) -> bool:
    names = [name for name in look.members if not name.endswith("/")]
    endings = (".png", ".jpg", ".jpeg")
    return look.is_zip and any(name.lower().endswith(endings) for name in names)


def _text(look: Look) -> bool:
    """Text in some encoding: `texts` says which, and refuses what it cannot tell."""
    if look.head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    odd = sum(byte < 32 and byte not in b"\t\n\r\f\x1a\x1b" for byte in look.head)
    return look.size > 0 and odd <= len(look.head) // 50


KINDS: tuple[Kind, ...] = (
    Kind("a SavedModel", "saved_model", _saved_model),
    Kind("a PyTorch file", "pt", _holds_ending("/data.pkl", "/constants.pkl", "/version")),
    Kind("a pickle", "pkl", _pickle),
    Kind("a zip holding pickles", "zip", _holds_ending(".pkl", ".pickle", ".joblib")),
    Kind("a Keras model", "keras", _holds("config.json")),
    Kind("a skops model", "skops", _holds("schema.json")),
    Kind("a NumPy .npz archive", "npz", _holds_ending(".npy")),
    Kind("an Excel workbook or another Office file", "xlsx", _holds("[Content_Types].xml")),
    Kind("a zip of images", "zip", _images),
    Kind("a zip", "zip", lambda look: look.is_zip),
    Kind("an HDF5 file", "h5", _hdf5),
    Kind("a CatBoost model", "cbm", _starts(b"CBM1")),
    Kind("an XGBoost model", "ubj", _xgboost_ubj),
    Kind("an XGBoost model", "json", _xgboost_json),
    Kind("a LightGBM model", "txt", _lightgbm),
    Kind("a Parquet table", "parquet", _parquet),
    Kind("a broken Parquet table", "parquet", _starts(b"PAR1")),
    Kind("a NumPy array", "npy", _starts(b"\x93NUMPY")),
    Kind("an Arrow or Feather file", "arrow", _starts(b"ARROW1", b"FEA1")),
    Kind(
        "a compressed file, as joblib makes them too",
        "gz",
        _starts(
            b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"]\0\0", b"\x04\x22\x4d\x18", b"ZF", b"\x78\x9c"
        ),
    ),
    Kind("an archive", "tar", _starts(b"7z\xbc\xaf", b"Rar!")),
    Kind("a program", "exe", _starts(b"\x7fELF", b"MZ", b"#!")),
    Kind("an image", "png", _starts(b"\x89PNG", b"\xff\xd8\xff", b"GIF8")),
    Kind("a web page", "html", _starts(b"<!DOCTYPE", b"<!doctype", b"<html")),
    Kind("an ONNX model", "onnx", lambda look: is_onnx(look.path)),
    Kind("a text file", "csv", _text),
)
"""In the order they are tried: the dangerous ones first."""

UNKNOWN = Kind("a file of no known kind", "bin", lambda look: True)


def recognise(path: Path) -> Kind:
    """Return what a file is by its content; `UNKNOWN` for what is in no table.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "model.keras"
    ...     _ = file.write_bytes(b"\\x80\\x04K*.")
    ...     recognise(file).name
    'a pickle'
    """
    look = _look(path)
    return next((kind for kind in KINDS if kind.is_it(look)), UNKNOWN)


def _look(path: Path) -> Look:
    if path.is_dir():
        return Look(path, 0, b"", b"", ())
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(HEAD)
        stream.seek(max(0, size - TAIL))
        tail = stream.read(TAIL)
    zipped = head.startswith((b"PK\x03\x04", b"PK\x05\x06"))
    return Look(path, size, head, tail, tuple(member_names(path)) if zipped else ())
