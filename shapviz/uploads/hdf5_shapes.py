"""The weights in an HDF5 file: what they promise against the bytes that are there.

HDF5 is read by a library in C, so this runs in a child process only.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from math import prod
from typing import Any

from shapviz.errors import UploadError, Words, complaint
from shapviz.uploads.zips import check_whole

__all__ = ["check_hdf5", "check_keras_weights"]

MOST_DATASETS = 1_000_000
DEEPEST = 200


def check_keras_weights(path: str, name: str) -> int:
    """Return the number of parameters in a ``.keras`` file.

    Raises
    ------
    UploadError
        As `check_hdf5`, or a member of the zip is not what its checksum says.
    """
    with zipfile.ZipFile(path) as archive:
        check_whole(archive, name)
        size = archive.getinfo("model.weights.h5").file_size
        with archive.open("model.weights.h5") as stream:
            return check_hdf5(stream, size, name)


def check_hdf5(stream: Any, size: int, name: str) -> int:
    """Return the number of parameters in a file of weights.

    Parameters
    ----------
    stream : file
    size : int
        Bytes of it.
    name : str
        What to call it in messages.

    Raises
    ------
    UploadError
        It is damaged, links to other files, or promises more than its bytes hold.
    """
    import h5py

    parameters, needed = 0, 0
    try:
        with h5py.File(stream, "r") as file:
            for place, dataset in _datasets(file, name):
                if dataset.external or dataset.is_virtual:
                    raise _refused(name, "hold all its weights itself", f"{place} in other files")
                if dataset.dtype.kind not in "fiubSO":
                    raise _refused(name, "hold numbers and text", f"{place}, {dataset.dtype}")
                promised = prod(dataset.shape or ()) * dataset.dtype.itemsize
                needed += promised
                if promised > max(dataset.id.get_storage_size(), 4096) or needed > size + 2**20:
                    raise _refused(
                        name,
                        "hold all the weights it promises",
                        f"{place} of shape {dataset.shape} in {size:,} bytes",
                    )
                parameters += prod(dataset.shape or ())
    except UploadError:
        raise
    except Exception as error:
        said = " ".join(str(error).split())[:200]
        raise _refused(name, "hold readable weights", f"{type(error).__name__}: {said}") from error
    return parameters


def _refused(name: str, rule: str, got: str) -> UploadError:
    return UploadError(
        complaint(name, rule, Words(got), "Save the model anew: model.save('model.keras').")
    )


def _datasets(file: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Place and dataset of all, through plain links only, no group twice."""
    import h5py

    waiting: list[tuple[str, Any, int]] = [("", file, 0)]
    seen, count = set(), 0
    while waiting:
        place, group, depth = waiting.pop()
        if group.id.__hash__() in seen or depth > DEEPEST:
            raise _refused(name, "be a plain tree of weights", f"a circle at {place or '/'}")
        seen.add(group.id.__hash__())
        for step in group:
            count += 1
            where = f"{place}/{step}"
            if count > MOST_DATASETS:
                raise _refused(name, f"hold at most {MOST_DATASETS:,} arrays", f"{count:,}")
            if not isinstance(group.get(step, getlink=True), h5py.HardLink):
                raise _refused(name, "hold all its weights itself", f"a link at {where[:80]}")
            found = group[step]
            if isinstance(found, h5py.Group):
                waiting.append((where, found, depth + 1))
            elif isinstance(found, h5py.Dataset):
                yield where[:80], found
            else:
                raise _refused(name, "hold arrays alone", f"{where[:80]}")
