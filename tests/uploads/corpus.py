"""The hostile corpus: files that attack whoever opens them, made when a test asks for them.

Nothing here does harm by itself: what code there is would write the file MARK into the working
folder's parent, and a test looks whether it is there.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import stat
import struct
import zipfile
from pathlib import Path

import numpy as np

MARK = "hostile-code-ran-here"


class _Bomb:
    """Unpickling it would leave the mark."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return (open, (str(self.mark), "w"))


def pickled(mark: Path, protocol: int = 4) -> bytes:
    return pickle.dumps(_Bomb(mark), protocol=protocol)


# Zips -------------------------------------------------------------------------------------------


def zipped(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return path


def zip_bomb(path: Path) -> Path:
    """64 MB of zeros in 64 KB, as a model's weights."""
    members = {"config.json": b"{}", "model.weights.h5": bytes(2**26)}
    return zipped(path, members, zipfile.ZIP_DEFLATED)


def overlapping_zip(path: Path) -> Path:
    """Two members that are the same bytes of the file."""
    zipped(path, {"config.json": b"{}", "model.weights.h5": b"{}"})
    whole = bytearray(path.read_bytes())
    at = whole.rfind(b"PK\x01\x02")
    whole[at + 42 : at + 46] = struct.pack("<I", 0)
    path.write_bytes(whole)
    return path


def many_members(path: Path) -> Path:
    """A directory that promises four thousand million files."""
    zipped(path, {"config.json": b"{}", "schema.json": b"{}"})
    whole = bytearray(path.read_bytes())
    at = whole.rfind(b"PK\x05\x06")
    whole[at + 8 : at + 16] = struct.pack("<HHI", 65535, 65535, 2**31)
    path.write_bytes(whole)
    return path


def nested_zip(path: Path) -> Path:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(2**20))
    return zipped(path, {"config.json": b"{}", "model.weights.h5": inner.getvalue()})


def nested_bomb(path: Path) -> Path:
    """A skops file whose sparse array is a bomb."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.npy", bytes(2**25))
    return zipped(path, {"schema.json": b"{}", "1.npz": inner.getvalue()})


def traversing_zip(path: Path, name: str) -> Path:
    return zipped(path, {"config.json": b"{}", "model.weights.h5": b"", name: b"x"})


def linked_zip(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
        link = zipfile.ZipInfo("model.weights.h5")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return path


def twice_zip(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("Config.json", "[]")
    return path


# Keras ------------------------------------------------------------------------------------------


def layer(kind: str, module: str | None = "keras.layers", **config) -> dict:
    named = {"name": kind.lower(), **config}
    return {"module": module, "class_name": kind, "config": named, "registered_name": None}


def sequential(*layers: dict) -> dict:
    config = {"name": "sequential", "layers": list(layers)}
    return layer("Sequential", "keras", **config)


def small_weights() -> bytes:
    import h5py

    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file["layers/dense/vars/0"] = np.zeros((3, 2), np.float32)
        file["layers/dense/vars/1"] = np.zeros(2, np.float32)
    return stream.getvalue()


def keras_file(path: Path, config: object, weights: bytes | None = None) -> Path:
    text = config if isinstance(config, bytes) else json.dumps(config).encode()
    members = {
        "metadata.json": b'{"keras_version": "3.15.1"}',
        "config.json": text,
        "model.weights.h5": small_weights() if weights is None else weights,
    }
    return zipped(path, members)


INPUT = layer("InputLayer", batch_shape=[None, 3], dtype="float32")
HOSTILE_CONFIGS: dict[str, tuple[object, str]] = {
    "Lambda": (
        sequential(INPUT, layer("Lambda", function={"class_name": "__lambda__", "config": "eJ"})),
        "Lambda, which runs code kept in the file",
    ),
    "os.system": (
        sequential(INPUT, layer("system", "os", command=f"touch {MARK}")),
        "'os.system'",
    ),
    "builtins.eval": (sequential(INPUT, layer("eval", "builtins")), "'builtins.eval'"),
    "a function by a path": (
        sequential(INPUT, {"module": "builtins", "class_name": "function", "config": "os.system"}),
        "'os.system'",
    ),
    "keras.utils.get_file": (
        sequential(INPUT, layer("get_file", "keras.utils", origin="https://example.org/x")),
        "'keras.utils.get_file'",
    ),
    "unsafe deserialisation": (
        sequential(INPUT, layer("enable_unsafe_deserialization", "keras.config")),
        "'keras.config.enable_unsafe_deserialization'",
    ),
    "a module that only begins like Keras": (
        sequential(INPUT, layer("Dense", "kerasx.layers")),
        "'kerasx.layers.Dense'",
    ),
    "an import through Keras": (
        sequential(INPUT, layer("os", "keras.src.utils.io_utils")),
        "'keras.src.utils.io_utils.os'",
    ),
    "a class registered elsewhere": (
        sequential(INPUT, {**layer("Dense"), "registered_name": "evil>Dense"}),
        "registered elsewhere",
    ),
    "TFSMLayer": (sequential(INPUT, layer("TFSMLayer", filepath="/tmp/x")), "TensorFlow program"),
    "a vocabulary read from a file": (
        sequential(INPUT, layer("StringLookup", vocabulary="/etc/passwd")),
        "vocabulary='/etc/passwd'",
    ),
    "a Dense of a trillion": (
        sequential(INPUT, layer("Dense", units=10**12)),
        r"a Dense of units = 1,000,000,000,000",
    ),
    "a huge embedding": (
        sequential(INPUT, layer("Embedding", input_dim=10**6, output_dim=10**6)),
        "a Embedding of input_dim",
    ),
    "a huge kernel": (
        sequential(INPUT, layer("Conv2D", filters=8, kernel_size=[99999, 99999])),
        "kernel_size",
    ),
    "a huge input": (
        sequential(layer("InputLayer", batch_shape=[None, 10**6, 10**6])),
        "an input of shape",
    ),
    "a hidden compile in a nested model": (
        sequential(INPUT, {**sequential(), "compile_config": {"loss": layer("x", "os")}}),
        "'os.x'",
    ),
    "a deep nest": (b'{"a":' * 400 + b"{}" + b"}" * 400, "more than 200 levels"),
    "brackets without end": (b"[" * 10**6, "cannot be read"),
    "no object": (b"[]", "no JSON object"),
}
"""What is in the configuration → and what the refusal says of it."""


def shape_bomb() -> bytes:
    """Weights of a terabyte that were never written."""
    import h5py

    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file.create_dataset("layers/dense/vars/0", (2**19, 2**19), np.float32, chunks=(64, 64))
    return stream.getvalue()


def outside_weights() -> bytes:
    """Weights that are another file of the machine."""
    import h5py

    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        outside = [("/etc/passwd", 0, 8)]
        file.create_dataset("layers/dense/vars/0", (8,), np.uint8, external=outside)
    return stream.getvalue()


def linked_weights() -> bytes:
    import h5py

    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file["layers"] = h5py.ExternalLink("/etc/passwd", "/")
    return stream.getvalue()


# ONNX, as bytes of its fields ---------------------------------------------------------------------


def _varint(value: int) -> bytes:
    out = b""
    while True:
        out += bytes([value & 0x7F | (0x80 if value > 0x7F else 0)])
        value >>= 7
        if not value:
            return out


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def onnx_file(path: Path, tensor: bytes) -> Path:
    graph = _bytes(2, b"g") + _bytes(5, tensor)
    path.write_bytes(
        _number(1, 8) + _bytes(2, b"test") + _bytes(7, graph) + _bytes(8, _number(2, 17))
    )
    return path


def tensor(*dims: int, raw: bytes = b"", outside: str = "") -> bytes:
    found = b"".join(_number(1, dim) for dim in dims) + _number(2, 1) + _bytes(8, b"W")
    if outside:
        return (
            found
            + _bytes(13, _bytes(1, b"location") + _bytes(2, outside.encode()))
            + _number(14, 1)
        )
    return found + _bytes(9, raw)


# Tables -------------------------------------------------------------------------------------------


def sparse_file(path: Path, size: int) -> Path:
    """A file of that size which takes no room on the disk."""
    with path.open("wb") as stream:
        stream.write(b"a,b\n1,2\n")
        os.truncate(stream.fileno(), size)
    return path


def npy(path: Path, descr: str, shape: str, body: bytes = b"") -> Path:
    head = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    head = head.ljust(117) + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + body)
    return path


def huge_png(width: int, height: int) -> bytes:
    """A picture that promises more pixels than it holds."""
    import zlib

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


HOSTILE_NAMES = (
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "‮txt.exe",
    "two\nlines",
    "{{7*7}} ${7*7}",
    "[link](https://example.org)",
    "javascript:alert(1)",
)
HOSTILE_CELLS = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", '=HYPERLINK("https://example.org")')
