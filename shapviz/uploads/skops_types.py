"""The types in a skops file: those of the fixed list or none. Read in a child process only."""

from __future__ import annotations

from pathlib import Path

from shapviz.errors import UploadError, Words, complaint
from shapviz.models.skops_files import DATA_ALONE

__all__ = ["check_skops"]

SHOWN = 5


def check_skops(path: str, name: str) -> None:
    """UploadError for a file that holds a type which could run code.

    Parameters
    ----------
    path : str
    name : str
        What to call it in the message.
    """
    import skops.io

    beyond = sorted(set(skops.io.get_untrusted_types(file=Path(path))) - set(DATA_ALONE))
    if beyond:
        more = f" and {len(beyond) - SHOWN} more" if len(beyond) > SHOWN else ""
        raise UploadError(
            complaint(
                name,
                "hold types of scikit-learn and NumPy that are data alone",
                Words(", ".join(each[:80] for each in beyond[:SHOWN]) + more),
                "Functions and classes of one's own could run code here. Build the model from "
                "scikit-learn's classes, or explain it with the library: shapviz.load_model.",
            )
        )
