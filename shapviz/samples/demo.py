"""What a demo is: a model trained in seconds on data that scikit-learn ships, explained twice."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shapviz.digests import digest_of_json
from shapviz.types import Array

__all__ = ["Demo", "DemoJob", "Loaded", "rungs"]


@dataclass(frozen=True)
class DemoJob:
    """One explanation of a demo's model.

    Attributes
    ----------
    explainer : str
        Registry name.
    name : str
        What people read, e.g. "Diabetes, Deep".
    rank : int
        Place in the order of work over all demos: lower opens sooner.
    call : mapping
        Budget and the like.
    """

    explainer: str
    name: str
    rank: int
    call: Mapping[str, Any] = field(default_factory=dict)


def rungs(name: str, rank: int, *steps: tuple[int, int]) -> tuple[DemoJob, ...]:
    """Return jobs that ask Deep the same question again in more segments, for the dashboard's dial.

    Parameters
    ----------
    name : str
        Of the demo, as in its jobs' names.
    rank : int
        Of the first; behind every job that opens a demo.
    *steps : (int, int)
        Segments and orders of each.
    """
    return tuple(
        DemoJob(
            "deep",
            f"{name}, Deep, {segments} segments",
            rank + i,
            {"segments": segments, "orders": orders},
        )
        for i, (segments, orders) in enumerate(steps)
    )


@dataclass(frozen=True, eq=False)
class Loaded:
    """A trained model with all rows of its data.

    Attributes
    ----------
    model : keras.Model or estimator
    X : array of shape (n, *features), or {input name: such an array}
        What the model sees.
    display_data : like `X`, or None
        The same in raw units; None where the model sees these, or where players are regions.
    truth : array of shape (n,)
        Values, or class names.
    train : bool array of shape (n,)
        Rows the model was fitted on.
    background : Background, {input name: array} or masker
        Drawn from the training rows.
    score : float
        R² or accuracy on the rows that were held out.
    options : mapping
        Further arguments of the explainers: names, units, link.
    others : mapping
        Explainer → the same samples as that explainer is asked about them: texts where the others
        take token ids, a masker for a background.
    """

    model: Any
    X: Any
    display_data: Any
    truth: Array
    train: Array
    background: Any
    score: float
    options: Mapping[str, Any]
    others: Mapping[str, Loaded] = field(default_factory=dict)

    def for_explainer(self, name: str) -> Loaded:
        """Return what an explainer is given."""
        return self.others.get(name, self)

    @property
    def metadata(self) -> pd.DataFrame:
        """Whether each row was trained on."""
        kinds = pd.CategoricalDtype(["train", "test"])
        return pd.DataFrame(
            {"split": pd.Series(np.where(self.train, "train", "test"), dtype=kinds)}
        )


@dataclass(frozen=True)
class Demo:
    """A demo: words for its card, and how to make it.

    Attributes
    ----------
    name : str
        Identifier, e.g. "breast_cancer".
    title, subtitle : str
        For its card.
    sample_noun, model_name, data_name : str
        Words kept in the provenance.
    samples : int
        Rows, known before anything is loaded.
    jobs : sequence of DemoJob
    modality : str, default "table"
        "image", "text", "sequence" or "mixed": which page shows it.
    load : callable
        Takes a folder for trained models, returns `Loaded`; trains only what is not there.
    """

    name: str
    title: str
    subtitle: str
    sample_noun: str
    model_name: str
    data_name: str
    samples: int
    jobs: Sequence[DemoJob]
    load: Callable[[Path], Loaded]
    modality: str = "table"

    @property
    def about(self) -> dict[str, str]:
        """The words for the provenance."""
        return {
            "sample_noun": self.sample_noun,
            "model_name": self.model_name,
            "data_name": self.data_name,
        }

    def recipe(self, job: DemoJob) -> str:
        """Return a digest of how an explanation of this demo is made, without making it.

        It covers the source of the demo and of what it shares with the others, and the job; so a
        changed demo is made anew and an unchanged one is recognised without loading its model.
        """
        return digest_of_json([sources(self.load.__module__), job.explainer, dict(job.call)])


def sources(*modules: str) -> list[str]:
    """Return the text of modules, of what their ``MADE_WITH`` names, and of what all share."""
    named = [each for name in modules for each in getattr(sys.modules[name], "MADE_WITH", ())]
    names = (
        *modules,
        *named,
        "shapviz.samples.demo",
        "shapviz.samples.training",
        "shapviz.samples.build",
    )
    files = [sys.modules[name].__file__ for name in names]
    return [Path(file).read_text(encoding="utf-8") for file in files if file]
