"""From a file of unknown source to a record in the store: checked, tried, kept untrusted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shapviz.errors import UploadError, Words, complaint
from shapviz.types import Cancel
from shapviz.uploads.arrays import check_npy, check_shape, read_npy
from shapviz.uploads.endings import OUT_OF_MEMORY
from shapviz.uploads.kinds import Kind
from shapviz.uploads.limits import ChildLimits, DataLimits
from shapviz.uploads.parcels import read_parcel
from shapviz.uploads.policy import check_data, check_model, clean_name
from shapviz.uploads.sandbox import Child
from shapviz.uploads.texts import layout_of

__all__ = [
    "Admitted",
    "ModelFacts",
    "Pictures",
    "admit_model",
    "admit_table",
    "read_pictures",
    "try_model",
]

GAPS = {
    "network": "reaching the network",
    "files": "reading and writing the files of its user",
    "processes": "starting programs",
}
"""What a child may be able to do on a machine that does not hold it off."""


PICTURES = "a zip of images"

LOOKS = {
    "a Keras model": "shapviz.uploads.hdf5_shapes:check_keras_weights",
    "a skops model": "shapviz.uploads.skops_types:check_skops",
}
"""What is looked at in the child before the model is loaded."""


@dataclass(frozen=True)
class ModelFacts:
    """What a model said of itself in its trial: claims of an untrusted file, for showing.

    Attributes
    ----------
    kind : str
        "a Keras model", "an ONNX model" …
    library : str
        As `Predictor.kind`.
    shape : tuple of int or None
        Of one row; a size that is not fixed is 0.
    outputs : int or None
    output_names, feature_names : tuple of str or None
    inputs : tuple of str or None
        Names, of a model with several inputs.
    parameters : int or None
    units : str
    ran : bool
        Whether it answered rows of zeros.
    said : str
        Why it did not.
    seconds : float
        Of loading and asking.
    gaps : tuple of str
        What this machine could not keep it from, in words; empty where all is held off.
    texts : bool
        Whether it answered texts.
    scales : bool
        Whether layers of its own scale what it is given, bytes of pictures for instance.
    method : str
        "linear" or "tree" where its own form gives its values; else empty.
    """

    kind: str
    library: str
    shape: tuple[int, ...] | None
    outputs: int | None
    output_names: tuple[str, ...] | None
    feature_names: tuple[str, ...] | None
    inputs: tuple[str, ...] | None
    parameters: int | None
    units: str
    ran: bool
    said: str
    seconds: float
    gaps: tuple[str, ...]
    texts: bool = False
    scales: bool = False
    method: str = ""


@dataclass(frozen=True)
class Admitted:
    """What was taken into the store.

    Attributes
    ----------
    record : ModelRecord or DataRecord
        The store's.
    kind : str
        What the file was told to be.
    notes : tuple of str
        What people should know of how it was read.
    facts : ModelFacts or None
        Of a model.
    names : tuple of str
        Of the samples, where the file has any: images have.
    """

    record: Any
    kind: str
    notes: tuple[str, ...] = ()
    facts: ModelFacts | None = None
    names: tuple[str, ...] = ()


def admit_model(
    path: str | Path,
    name: str,
    store: Any,
    *,
    limit: int = DataLimits().bytes,
    child_limits: ChildLimits | None = None,
) -> Admitted:
    """Check an uploaded model, try it in a child, and keep it as one that is not trusted.

    Parameters
    ----------
    path : str or Path
        Where the upload lies; its name means nothing.
    name : str
        What it was called by who uploaded it.
    store : Store
    limit : int
        Bytes it may have.
    child_limits : ChildLimits, optional

    Raises
    ------
    UploadError
        It is refused, or ended the child; the message says why and what to do.
    ModelError, InputError, MissingExtraError
        Its library cannot open it.
    """
    path, shown = Path(path), clean_name(name)
    kind = check_model(path, shown, limit=limit)
    facts = try_model(path, kind, shown, child_limits)
    record = store.materials.add_model(path, name=shown, format=kind.ending, trusted=False)
    return Admitted(record, kind.name, _gap_notes(facts.gaps), facts)


def try_model(
    path: Path,
    kind: Kind,
    name: str,
    child_limits: ChildLimits | None = None,
    cancel: Cancel | None = None,
) -> ModelFacts:
    """Return what a model says of itself when it is loaded and asked in a child.

    Raises
    ------
    UploadError, ModelError, InputError, MissingExtraError
        As `admit_model`.
    JobCancelled
        `cancel` was set.
    """
    with Child(child_limits, readable=[path], what=name) as child:
        # Libraries tell formats by the ending; the upload's own says nothing.
        link = child.folder / f"model.{kind.ending}"
        link.symlink_to(path.resolve())
        if kind.name in LOOKS:
            child.call(LOOKS[kind.name], {"path": str(link), "name": name}, cancel=cancel)
        told = {"path": str(link)}
        found = child.call("shapviz.uploads.trial:load_and_run", told, cancel=cancel)
        gaps = _gaps(child)
    try:
        facts = _facts(found, kind.name, gaps)
    except (KeyError, TypeError, ValueError) as error:
        raise UploadError(
            complaint(name, "answer as agreed", Words("something else"), "Do not trust this file.")
        ) from error
    if OUT_OF_MEMORY.search(facts.said):
        raise child.out_of_memory()
    return facts


def _gaps(child: Child) -> tuple[str, ...]:
    return tuple(GAPS[name] for name, held in child.holds.items() if not held)


def _gap_notes(gaps: tuple[str, ...]) -> tuple[str, ...]:
    if not gaps:
        return ()
    return (f"This machine cannot keep an uploaded file from {', '.join(gaps)}.",)


def _facts(found: Any, kind: str, gaps: tuple[str, ...]) -> ModelFacts:
    shape = found["shape"]
    return ModelFacts(
        kind=kind,
        library=str(found["library"])[:40],
        shape=None if shape is None else tuple(int(size or 0) for size in shape),
        outputs=_count(found["outputs"]),
        output_names=_texts(found["output_names"]),
        feature_names=_texts(found["feature_names"]),
        inputs=_texts(found["inputs"]),
        parameters=_count(found["parameters"]),
        units=str(found["units"])[:40],
        ran=found["ran"] is True,
        said=str(found["said"])[:1000],
        seconds=float(found["seconds"]),
        gaps=gaps,
        texts=found["texts"] is True,
        scales=found["scales"] is True,
        method=str(found["method"])[:40],
    )


def _count(value: Any) -> int | None:
    return None if value is None else int(value)


def _texts(values: Any) -> tuple[str, ...] | None:
    return None if values is None else tuple(str(value)[:500] for value in values)


def admit_table(
    path: str | Path,
    name: str,
    store: Any,
    *,
    lines: bool | None = None,
    size: tuple[int, int] | None = None,
    channels: int | None = None,
    limits: DataLimits | None = None,
    child_limits: ChildLimits | None = None,
) -> Admitted:
    """Check an uploaded table, array, text or zip of images, read it in a child, and keep it.

    Parameters
    ----------
    path, name, store
        As `admit_model`.
    lines : bool, optional
        Whether a text file is one text a line; None to tell by its first lines.
    size : (height, width), optional
        To bring images of different sizes to.
    channels : 1 or 3, optional
        To read images as, grey or colour.
    limits : DataLimits, optional
    child_limits : ChildLimits, optional

    Raises
    ------
    UploadError
        It is refused; the message says why and what to do.
    """
    path, shown = Path(path), clean_name(name)
    bounds = DataLimits() if limits is None else limits
    kind = check_data(path, shown, limits=bounds)
    if kind.name == "a NumPy array":
        check_npy(path, shown, bounds)
        # Its header was read in Python and agrees with its length: the rest are numbers.
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        return Admitted(store.materials.add_table(array, name=shown), kind.name)
    if kind.name == PICTURES:
        found = _pictures(path, shown, size, channels, bounds, child_limits, None)
        record = store.materials.add_table(found.array, name=shown, names=found.names)
        return Admitted(record, kind.name, found.notes, names=found.paths)
    # Counted before a child is started: names, columns, lines.
    text = kind.name == "a text file"
    layout = layout_of(path, shown, bounds, lines) if text else None
    with Child(child_limits, readable=[path], what=shown) as child:
        told: dict[str, Any] = {
            "path": str(path.resolve()),
            "name": shown,
            "folder": str(child.folder),
            "limits": bounds.to_json(),
        }
        told["layout"] = None if layout is None else asdict(layout)
        read = child.call("shapviz.uploads.tables:read_table", told)
        columns = read.get("columns") if isinstance(read, dict) else None
        content = read_parcel(columns, child.folder, shown, bounds)
    return Admitted(store.materials.add_table(content, name=shown), kind.name, _notes(read))


@dataclass(frozen=True, eq=False)
class Pictures:
    """Images of a zip, read.

    Attributes
    ----------
    array : uint8 array of shape (n, height, width, channels)
    paths : tuple of str
        Of each image in the zip.
    notes : tuple of str
        What people should know of how they were read.
    """

    array: Any
    paths: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the files without their folders, where they are told apart without them."""
        return _short(self.paths)


def read_pictures(
    path: str | Path,
    name: str,
    *,
    size: tuple[int, int] | None = None,
    channels: int | None = None,
    limits: DataLimits | None = None,
    child_limits: ChildLimits | None = None,
    cancel: Cancel | None = None,
) -> Pictures:
    """Check a zip of images and read it in a child; nothing is kept.

    Parameters
    ----------
    path, name, size, channels, limits, child_limits
        As `admit_table`.
    cancel : Cancel, optional

    Raises
    ------
    UploadError
        It is refused, or no zip of images; the message says why and what to do.
    JobCancelled
        `cancel` was set.
    """
    path, shown = Path(path), clean_name(name)
    bounds = DataLimits() if limits is None else limits
    kind = check_data(path, shown, limits=bounds)
    if kind.name != PICTURES:
        fix = "Give it the ending of what it holds: .csv, .parquet, .npy."
        raise UploadError(complaint(shown, f"be {PICTURES}", Words(kind.name), fix))
    return _pictures(path, shown, size, channels, bounds, child_limits, cancel)


def _pictures(
    path: Path,
    name: str,
    size: tuple[int, int] | None,
    channels: int | None,
    limits: DataLimits,
    child_limits: ChildLimits | None,
    cancel: Cancel | None,
) -> Pictures:
    with Child(child_limits, readable=[path], what=name) as child:
        told = {
            "path": str(path.resolve()),
            "name": name,
            "folder": str(child.folder),
            "limits": limits.to_json(),
            "size": None if size is None else list(size),
            "channels": channels,
        }
        found = child.call("shapviz.uploads.images:read_images", told, cancel=cancel)
        array, paths = _images(found, child.folder, name, limits)
    return Pictures(array, paths, _notes(found))


def _short(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names of files without their folders, where they are told apart without them."""
    last = tuple(name.rsplit("/", 1)[-1] for name in names)
    return last if len(set(last)) == len(names) else names


def _notes(found: Any) -> tuple[str, ...]:
    notes = found.get("notes", []) if isinstance(found, dict) else []
    return tuple(str(note)[:300] for note in notes[:20]) if isinstance(notes, list) else ()


def _images(found: Any, folder: Path, name: str, limits: DataLimits) -> tuple[Any, tuple[str, ...]]:
    array = read_npy(folder / "images.npy", name, limits.cells + 2**16)
    names = _texts(found.get("names")) if isinstance(found, dict) else None
    if array.dtype != np.uint8 or array.ndim != 4 or len(names or ()) != len(array):
        got = Words(f"{array.dtype}, {array.shape}")
        fix = "Do not trust this file."
        raise UploadError(complaint(name, "come back as one array of images", got, fix))
    check_shape(array.shape, name, limits)
    return array, names or ()
