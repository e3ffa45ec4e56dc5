"""Dropping a file on the Explain page: looked at in a child process, then kept in the store.

What was refused is said beside the step until another file is tried.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from shapviz import uploads
from shapviz.errors import ShapvizError
from shapviz.settings import Settings
from shapviz.ui import markup, read
from shapviz.ui import explain_fields as fields

__all__ = ["allowed", "drop_model", "drop_table", "refused"]

OFF = "Uploads are switched off on this server: choose from what is registered here."

CHOICE = {"model": "model", "table": "data"}
"""Kind of file → what it is chosen as."""

_TURN, _REFUSED = "explain upload turn", "explain upload refused"


def allowed() -> bool:
    """Whether this server takes files from the browser."""
    return Settings().uploads


def drop_model() -> None:
    """Draw the place to drop a model; one that passes is chosen."""
    _drop("model", "Or drop a file", "Keras, skops, ONNX, XGBoost, LightGBM, CatBoost", _model)


def drop_table() -> None:
    """Draw the place to drop data; what passes is chosen."""
    _drop("table", "Or drop a file", "CSV, Parquet, .npy, text, images in a zip", _table)


def refused(kind: str) -> None:
    """Say why the last file of a kind was refused."""
    said = st.session_state.get(f"{_REFUSED} {kind}")
    if said is not None:
        with st.container(horizontal=True, vertical_alignment="top", gap="xsmall"):
            st.markdown(":gray[:material/block:]", width="content")
            markup.message(said)


def _drop(kind: str, label: str, formats: str, admit: Callable[[Path, str], str]) -> None:
    if not allowed():
        return
    # Another turn is another widget: the file that was dealt with is gone from it.
    turn = st.session_state.setdefault(f"{_TURN} {kind}", 0)
    file = st.file_uploader(
        f"{label}: {formats}", key=f"explain {kind} file {turn}", label_visibility="collapsed"
    )
    markup.footnote(f"{label}: {formats}.")
    if file is None:
        return
    try:
        with st.status(f"Looking at {markup.plain_markdown(file.name)} …"):
            chosen = {CHOICE[kind]: _kept(file, admit)}
    except ShapvizError as error:
        st.session_state[f"{_REFUSED} {kind}"] = str(error)
    else:
        st.session_state[f"{_REFUSED} {kind}"] = None
        fields.change(**chosen)
    st.session_state[f"{_TURN} {kind}"] = turn + 1
    st.rerun()


def _kept(file: Any, admit: Callable[[Path, str], str]) -> str:
    """What was dropped, as a choice of the draft."""
    with tempfile.TemporaryDirectory(prefix="shapviz-upload-") as folder:
        # Named by us: whatever the visitor called it, it is a file in this folder.
        path = Path(folder) / "upload"
        path.write_bytes(file.getbuffer())
        return admit(path, str(file.name))


def _model(path: Path, name: str) -> str:
    found = uploads.admit_model(path, read.store().materials, name=name)
    return f"model:{found.record.digest}"


def _table(path: Path, name: str) -> str:
    found = uploads.admit_table(path, read.store().materials, name=name)
    return f"table:{found.record.digest}"
