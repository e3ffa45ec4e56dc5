"""Explaining in a child process, ours or a peer's: times are of a fresh process, and a peer that
leaves TensorFlow changed does so to itself alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["Answer", "in_child"]


@dataclass(frozen=True)
class Answer:
    """What one method made of the samples.

    Attributes
    ----------
    values : array (n, *features, K) or None
        None where the method failed.
    failure : str or None
        The error's name and first line.
    first, warm, busy : float
        Seconds until the first answer, explainer included, and of an answer after that: by the
        clock, and of processor time, which other work on the machine does not stretch.
    """

    values: np.ndarray | None
    failure: str | None
    first: float
    warm: float
    busy: float


def in_child(
    net: Any,
    background: np.ndarray,
    samples: np.ndarray,
    methods: Sequence[tuple[str, Mapping[str, Any]]],
    *,
    repeats: int = 0,
) -> list[Answer]:
    """Answers of these methods, one after the other in one fresh process.

    Parameters
    ----------
    net : keras.Model
    background, samples : arrays (b, *features), (n, *features)
    methods : sequence of (name, options)
        Names as in `benchmarks.peers.child`. One that may fail goes last.
    repeats : int, default 0
        Further answers, to be timed.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        net.save(place / "net.keras")
        np.savez(place / "rows.npz", background=background, samples=samples)
        asked = {"methods": [[name, dict(options)] for name, options in methods]}
        (place / "asked.json").write_text(json.dumps({**asked, "repeats": repeats}))
        quiet = ["-W", "ignore"]  # shap and Keras warn of each other.
        command = [sys.executable, *quiet, "-m", "benchmarks.peers.child", folder]
        subprocess.run(command, check=True)
        told = json.loads((place / "told.json").read_text())
        found = dict(np.load(place / "values.npz"))
        return [Answer(found.get(str(i)), **each) for i, each in enumerate(told)]
