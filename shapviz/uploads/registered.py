"""Models that an administrator laid into a folder of the machine: the one way in for pickles.

Nothing here is reached with a path from a browser: only names of files that lie in the folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shapviz.errors import UploadError, Words, complaint
from shapviz.settings import Settings
from shapviz.uploads.admit import Admitted, admit_model
from shapviz.uploads.limits import ChildLimits, DataLimits
from shapviz.uploads.policy import RISKY, check_model

__all__ = ["admit_registered", "child_limits", "registered_models", "upload_limits"]

NO_LIMIT = 2**62


def registered_models(settings: Settings) -> list[str]:
    """Names of what lies in the folder of ``SHAPVIZ_MODELS``; none where it is not set.

    Raises
    ------
    UploadError
        The folder does not exist.
    """
    if not settings.models:
        return []
    folder = Path(settings.models)
    if not folder.is_dir():
        fix = "Change or unset it."
        raise UploadError(complaint("SHAPVIZ_MODELS", "be a folder", settings.models, fix))
    return sorted(each.name for each in folder.iterdir() if not each.name.startswith("."))


def admit_registered(name: str, store: Any, settings: Settings) -> Admitted:
    """Take a model of the registered folder into the store.

    With ``SHAPVIZ_TRUST_MODELS=1`` it is trusted, whatever its kind, and runs in the worker
    itself; otherwise it is treated like an upload.

    Parameters
    ----------
    name : str
        Of a file or SavedModel folder right in the registered folder.
    store : Store
    settings : Settings

    Raises
    ------
    UploadError
        There is no such model, or it is of a kind that needs the setting.
    """
    if name not in registered_models(settings):
        fix = "Choose one of the listed names."
        rule = "be in the registered folder"
        raise UploadError(complaint("model", rule, name[:80], fix))
    path = Path(settings.models) / name
    # What the administrator links to from there is meant.
    path = path.resolve()
    if not settings.trust_models:
        limits = child_limits(settings)
        return admit_model(path, name, store, limit=NO_LIMIT, child_limits=limits)
    kind = check_model(path, name, limit=NO_LIMIT, allow=RISKY)
    record = store.materials.add_model(path, name=name, format=kind.ending, trusted=True)
    return Admitted(record, kind.name, (f"Trusted: it lies in {settings.models}.",))


def upload_limits(settings: Settings) -> DataLimits:
    """Limits with the settings' size; UploadError where uploads are switched off.

    Raises
    ------
    UploadError
        ``SHAPVIZ_UPLOADS`` is off.
    """
    if not settings.uploads:
        fix = "An administrator can set SHAPVIZ_UPLOADS=1; the command line works regardless."
        raise UploadError(complaint("uploads", "be switched on", Words("SHAPVIZ_UPLOADS=0"), fix))
    return DataLimits(bytes=settings.upload_mb * 2**20)


def child_limits(settings: Settings) -> ChildLimits:
    """Limits of a child process with the settings' memory."""
    return ChildLimits(memory=settings.child_mb * 2**20)
