"""Files on the Explain page: looked at in a child process, then kept in the store and chosen.

What was refused is said beside the step until another file is tried, or something else chosen.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from shapviz.errors import ShapvizError
from shapviz.labels import shorten
from shapviz.settings import Settings
from shapviz.ui import explain_fields as fields
from shapviz.ui import markup, messages, read
from shapviz.ui.explain_sources import ModelFacts
from shapviz.uploads import Admitted, admit_model, admit_table
from shapviz.uploads.registered import admit_registered, upload_limits

__all__ = ["OFF", "allowed", "drop_model", "drop_table", "open_registered", "refused"]

OFF = (
    "Uploads are switched off on this server: choose a demo, or what has been registered here "
    "with the command line."
)
MODELS = "Keras, skops, ONNX, XGBoost, LightGBM or CatBoost"
TABLES = "CSV, Parquet, .npy, text, or a zip of images"

LONGEST = 40

_TURN, _REFUSED, _NOTED = "explain upload turn", "explain upload refused", "explain upload noted"
_THEN = "explain upload chosen then"
"""What was chosen when the last file had been looked at."""

Admit = Callable[[], Admitted]


def allowed() -> bool:
    """Whether this server takes files from the browser."""
    return Settings().uploads


def drop_model() -> None:
    """Draw the place to drop a model; one that passes is chosen."""
    _drop("model", MODELS, _model)


def drop_table(facts: ModelFacts) -> None:
    """Draw the place to drop data; what passes is chosen.

    Images in a zip are scaled to the size that the chosen model takes, which `facts` tell.
    """
    _drop("data", TABLES, lambda path, name: _table(path, name, facts.picture))


def open_registered(name: str) -> None:
    """Take a model of the server's folder into the store and choose it instead."""
    _look("model", name, lambda: admit_registered(name, read.store(), Settings()))
    if _said("model") is not None:
        fields.change(model="")
        st.session_state[f"{_THEN} model"] = ""
    st.rerun()


def refused(step: str, used: str | None = None) -> None:
    """Say why the last file of a step was refused, or what to know of how it was read.

    Parameters
    ----------
    step : str
        "model" or "data".
    used : str, optional
        Name of what is chosen, and stays so.
    """
    if st.session_state.get(f"{_THEN} {step}", "") != getattr(fields.draft(), step):
        # Something else was chosen meanwhile: what was said was about the choice before.
        _forget(step)
    said = _said(step)
    if said is not None:
        kept = "" if used is None else f" “{shorten(used, LONGEST)}” is still the one in use."
        messages.beside(f"{said}{kept}", icon="block")
    for note in st.session_state.get(f"{_NOTED} {step}", ()):
        markup.footnote(note)


def _forget(step: str) -> None:
    st.session_state[f"{_REFUSED} {step}"] = None
    st.session_state[f"{_NOTED} {step}"] = ()


def _said(step: str) -> str | None:
    said: str | None = st.session_state.get(f"{_REFUSED} {step}")
    return said


def _drop(step: str, formats: str, admit: Callable[[Path, str], Admitted]) -> None:
    if not allowed():
        return
    # Another turn is another widget: the file that was dealt with is gone from it.
    turn = st.session_state.setdefault(f"{_TURN} {step}", 0)
    file = st.file_uploader(
        f"Upload {formats}",
        key=f"explain {step} file {turn}",
        label_visibility="collapsed",
        max_upload_size=Settings().upload_mb,
    )
    if file is None:
        markup.footnote(f"Or a file: {formats}.")
        return
    _look(step, file.name, lambda: _received(file, admit))
    st.session_state[f"{_TURN} {step}"] = turn + 1
    st.rerun()


def _look(step: str, name: str, admit: Admit) -> None:
    """Have a file looked at; choose it, or remember why not."""
    noted: tuple[str, ...] = ()
    try:
        with st.status(f"Looking at {markup.plain_markdown(name)} …"):
            found = admit()
    except ShapvizError as error:
        st.session_state[f"{_REFUSED} {step}"] = str(error)
    else:
        st.session_state[f"{_REFUSED} {step}"] = None
        noted = found.notes
        if found.facts is not None:
            read.store().materials.describe(found.record.digest, asdict(found.facts))
        kind = "model" if step == "model" else "table"
        fields.change(**{step: f"{kind}:{found.record.digest}"})
    st.session_state[f"{_NOTED} {step}"] = noted
    st.session_state[f"{_THEN} {step}"] = getattr(fields.draft(), step)


def _received(file: Any, admit: Callable[[Path, str], Admitted]) -> Admitted:
    with tempfile.TemporaryDirectory(prefix="shapviz-upload-") as folder:
        # Named by us: whatever the visitor called it, it is a file in this folder.
        path = Path(folder) / "upload"
        path.write_bytes(file.getbuffer())
        return admit(path, str(file.name))


def _model(path: Path, name: str) -> Admitted:
    return admit_model(path, name, read.store(), limit=upload_limits(Settings()).bytes)


def _table(path: Path, name: str, picture: tuple[int, int, int] | None) -> Admitted:
    size, channels = (None, None) if picture is None else (picture[:2], picture[2])
    limits = upload_limits(Settings())
    return admit_table(path, name, read.store(), size=size, channels=channels, limits=limits)
