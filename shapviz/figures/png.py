"""A small PNG writer, so that pictures need no imaging library."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np

from shapviz.types import Array

__all__ = ["data_uri", "png"]


def png(pixels: Array) -> bytes:
    """Return (h, w, 3) or (h, w, 4) uint8 pixels as a PNG file."""
    height, width, channels = pixels.shape
    rows = np.ascontiguousarray(pixels, dtype=np.uint8).reshape(height, width * channels)
    # Every scanline begins with its filter: 0, none.
    raw = np.concatenate([np.zeros((height, 1), dtype=np.uint8), rows], axis=1).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, {3: 2, 4: 6}[channels], 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(raw, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def data_uri(pixels: Array) -> str:
    """Return pixels as a ``data:`` address."""
    return "data:image/png;base64," + base64.b64encode(png(pixels)).decode("ascii")
