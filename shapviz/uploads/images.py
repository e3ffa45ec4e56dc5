"""Images in a zip read: in the child alone, where Pillow meets hostile bytes."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from shapviz.errors import UploadError, Words, complaint
from shapviz.labels import count, several
from shapviz.uploads.limits import DataLimits
from shapviz.uploads.texts import clean_column
from shapviz.uploads.zips import IMAGES_ZIP, checked_zip

__all__ = ["read_images"]


CHANNELS = {1: "L", 3: "RGB"}
"""Channels asked for → Pillow's word for pixels of so many."""

MODES = {
    **dict.fromkeys(("1", "L", "LA"), "L"),
    **dict.fromkeys(("P", "RGB", "RGBA", "CMYK", "YCbCr"), "RGB"),
}
"""Pillow's word for kinds of pixel → what they are read as."""


def read_images(
    path: str,
    name: str,
    folder: str,
    limits: dict[str, Any],
    size: list[int] | None = None,
    channels: int | None = None,
) -> dict[str, Any]:
    """Read a zip of images into one array (n, height, width, channels), bytes of 0 to 255.

    Parameters
    ----------
    path, name, folder, limits
        As `tables.read_table`.
    size : [height, width], optional
        What to make of all; None where they are of one size already.
    channels : 1 or 3, optional
        Grey or colour, to make of all; None where they are of one kind already.

    Returns
    -------
    dict
        ``names`` of the images in the array's order, ``notes``.

    Raises
    ------
    UploadError
        An image is broken, too large, or of another size than the first; or channels are asked
        for that are neither grey nor colour.
    """
    from PIL import Image

    bounds = DataLimits(**limits)
    Image.MAX_IMAGE_PIXELS = bounds.pixels
    pictures: list[Any] = []
    names: list[str] = []
    transparent = resized = reshaped = recoloured = 0
    if channels is not None and channels not in CHANNELS:
        fix = "Save the pictures as a .npy array."
        raise _refused(name, "be read as grey or colour, 1 or 3 channels", str(channels), fix)
    mode = None if channels is None else CHANNELS[channels]
    with checked_zip(Path(path), IMAGES_ZIP, name) as archive:
        wanted = sorted(n for n in archive.namelist() if _is_picture(n))
        if not wanted:
            fix = "Put the PNG and JPEG files themselves into the zip."
            raise _refused(name, "hold images", "none but what macOS adds", fix)
        for member in wanted:
            picture, was = _picture(archive, member, name, bounds, size, mode)
            transparent += was.clear
            resized += was.of_another_size
            reshaped += was.of_other_proportions
            recoloured += was.of_another_kind
            if pictures and picture.shape != pictures[0].shape:
                got = f"{member[:80]!r} of {picture.shape} after {pictures[0].shape}"
                fix = (
                    "Choose the model first, to whose size all are then scaled, or scale them to "
                    "one size and one kind (grey or colour)."
                )
                raise _refused(name, "hold images of one size", got, fix)
            if (len(pictures) + 1) * prod(picture.shape) > bounds.cells:
                rule = f"hold at most {bounds.cells:,} pixels' numbers"
                raise _refused(name, rule, "more", "Use fewer or smaller images.")
            pictures.append(picture)
            names.append(clean_column(member)[: bounds.name_length])
        others = sum(not n.endswith("/") for n in archive.namelist()) - len(wanted)
    np.save(Path(folder) / "images.npy", np.stack(pictures), allow_pickle=False)
    notes = []
    if others:
        which = "is no image was" if others == 1 else "are no images were"
        notes.append(f"{several(others, 'file')} that {which} left out.")
    if resized and size is not None:
        # Never cropped: what was at the edge may be what the model looks for.
        shapes = f", so {_whose(reshaped)} proportions change" if reshaped else ""
        found = _some(resized, len(names))
        notes.append(f"{found} scaled to {size[0]} × {size[1]} pixels; nothing is cut off{shapes}.")
    if recoloured:
        kind = "grey" if channels == 1 else "colour"
        notes.append(f"{_some(recoloured, len(names))} read as {kind}.")
    if transparent:
        found = _some(transparent, len(names))
        notes.append(f"{found} partly transparent; {_whose(transparent)} colours alone are read.")
    return {"names": names, "notes": notes}


@dataclass(frozen=True)
class _Was:
    """What an image was before it was read as asked."""

    clear: bool
    of_another_size: bool
    of_other_proportions: bool
    of_another_kind: bool


def _some(n: int, all_of: int) -> str:
    if n == all_of:
        whole = {1: "The image is", 2: "Both images are"}
        return whole.get(n, f"All {several(n, 'image')} are")
    return "One image is" if n == 1 else f"{count(n)} of {several(all_of, 'image')} are"


def _whose(n: int) -> str:
    return "its" if n == 1 else "their"


def _is_picture(member: str) -> bool:
    return member.lower().endswith((".png", ".jpg", ".jpeg")) and "__MACOSX/" not in member


def _picture(
    archive: Any,
    member: str,
    name: str,
    limits: DataLimits,
    size: list[int] | None,
    mode: str | None,
) -> tuple[Any, _Was]:
    """An image as an array, and what it was before: transparency is left out."""
    import warnings

    from PIL import Image

    try:
        with warnings.catch_warnings():
            # Pillow warns at its limit and raises only at twice that.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with archive.open(member) as stream, Image.open(stream, formats=("PNG", "JPEG")) as one:
                if one.mode not in MODES:
                    raise ValueError(f"pixels of kind {one.mode}, which are not of 8 bits")
                own = MODES[one.mode]
                shown = one.convert(mode or own)
                sides = one.size if size is None else (int(size[1]), int(size[0]))
                was = _Was(
                    one.has_transparency_data,
                    one.size != sides,
                    one.width * sides[1] != one.height * sides[0],
                    own != (mode or own),
                )
                if was.of_another_size:
                    shown = shown.resize(sides)
                array = np.asarray(shown, dtype=np.uint8)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        rule = f"hold images of at most {limits.pixels:,} pixels"
        fix = "Make it smaller."
        raise _refused(name, rule, f"{member[:80]!r}, which has more", fix) from error
    except (OSError, ValueError, SyntaxError) as error:
        said = " ".join(str(error).split())[:120]
        got = f"{member[:80]!r}: {said}"
        raise _refused(name, "hold whole PNG and JPEG images", got, "Save it anew.") from error
    return (array[:, :, None] if array.ndim == 2 else array), was


def _refused(name: str, rule: str, got: str, fix: str) -> UploadError:
    return UploadError(complaint(name, rule, Words(got), fix))
