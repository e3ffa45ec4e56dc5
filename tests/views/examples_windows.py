"""Explanations of windows and of several inputs that views and figures are tested on."""

from __future__ import annotations

from typing import Any

import numpy as np

from shapviz import Explanation
from tests.views.examples import HOSTILE

STEPS = 12


def windows(n: int = 5, features: int = 3, outputs: int = 3, **fields: Any) -> Explanation:
    """Windows whose second signal pushes the first class at steps 4 to 6."""
    rng = np.random.default_rng(7)
    values = rng.normal(scale=0.002, size=(n, STEPS, features, outputs))
    values[:, 4:7, min(1, features - 1), 0] += 0.1
    given: dict[str, Any] = {
        "values": values,
        "base_values": np.full(outputs, 1 / outputs),
        "data": rng.normal(size=(n, STEPS, features)) * 3,
        "feature_names": [f"Signal {chr(65 + j)}" for j in range(features)],
        "feature_units": ["bar", *[""] * (features - 1)],
        "output_names": [f"class {k}" for k in range(outputs)],
        "units": "probability",
    }
    return Explanation(**{**given, **fields})


def blocks(n: int = 5, every: int = 5, **fields: Any) -> Explanation:
    """Blocks of steps as players, each of all signals."""
    rng = np.random.default_rng(8)
    players = -(-STEPS // every)
    values = rng.normal(scale=0.1, size=(n, players))
    values[:, 1] = 1.0
    given: dict[str, Any] = {
        "values": values,
        "base_values": 0.5,
        "regions": np.tile(np.arange(STEPS) // every, (n, 1)),
        "wholes": rng.normal(size=(n, STEPS, 2)),
        "provenance": {"modality": "sequence", "signals": ["speed", "heat"]},
    }
    return Explanation(**{**given, **fields})


def signals(n: int = 5, features: int = 3) -> Explanation:
    """Signals as players, each over all time."""
    rng = np.random.default_rng(9)
    return Explanation(
        values=rng.normal(size=(n, features)),
        base_values=0.0,
        regions=np.tile(np.arange(features), (n, STEPS, 1)),
        wholes=rng.normal(size=(n, STEPS, features)),
        provenance={"modality": "sequence"},
    )


def mixed(n: int = 4, outputs: int = 2, **fields: Any) -> Explanation:
    """A picture, a row of a table and a window; the table pulls the first class down by 0.3."""
    rng = np.random.default_rng(10)
    shapes = {"scan": (6, 6, 1), "record": (11,), "pulse": (STEPS, 2)}
    values = {k: rng.normal(scale=0.001, size=(n, *s, outputs)) for k, s in shapes.items()}
    values["record"][:, 2, 0] = -0.3
    values["scan"][:, 1, 1, 0, 0] = 0.4
    given: dict[str, Any] = {
        "values": values,
        "base_values": np.full(outputs, 0.5),
        "data": {k: rng.random((n, *s)) for k, s in shapes.items()},
        "output_names": ["ill", "well"][:outputs],
        "units": "probability",
    }
    return Explanation(**{**given, **fields})


def window_cases() -> dict[str, Explanation]:
    """Every awkward sequence by name."""
    plain = windows()
    rng = np.random.default_rng(11)
    words = rng.choice(["on", "off"], size=(5, STEPS, 3)).astype(object)
    gaps = np.where(rng.random((5, STEPS, 3)) < 0.5, np.nan, plain.data)
    gaps[:, :, 0] = np.nan
    return {
        "plain": plain,
        "one sample": windows(n=1),
        "one signal": windows(features=1),
        "one output": windows(outputs=1),
        "many signals": windows(features=30),
        "all zero": plain.replace(values=np.zeros_like(plain.values), predictions=None),
        "words": plain.replace(display_data=words),
        "gaps": plain.replace(data=gaps),
        "blocks": blocks(),
        "single steps": blocks(every=1),
        "signals": signals(),
        "hostile": windows(
            features=4,
            feature_names=list(HOSTILE),
            feature_units=list(HOSTILE),
            units=HOSTILE[0],
            output_names=HOSTILE[:3],
            sample_names=[f"{HOSTILE[1]} {i}" for i in range(5)],
            provenance={"sample_noun": HOSTILE[2]},
        ),
    }


def mixed_cases() -> dict[str, Explanation]:
    """Every awkward explanation of several inputs by name."""
    plain = mixed()
    values = plain.values
    two = {"record": values["record"], HOSTILE[1]: values["pulse"]}
    return {
        "plain": plain,
        "one sample": mixed(n=1),
        "one output": mixed(outputs=1),
        "no data": plain.replace(data=None),
        "all zero": mixed(values={k: np.zeros_like(v) for k, v in values.items()}),
        "hostile": mixed(
            values=two,
            data={name: np.ones(part.shape[:-1]) for name, part in two.items()},
            units=HOSTILE[0],
            output_names=HOSTILE[:2],
        ),
    }
