"""The template every explainer follows: check, choose outputs, estimate, label.

A method overrides `_estimate` and states its name, its estimand and which mean it starts from. It
must not check input, name features or build an Explanation itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import prod
from time import perf_counter
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from shapviz.background import Background, as_background
from shapviz.entry_names import for_entries
from shapviz.errors import InputError, Words, complaint
from shapviz.explainers import checks
from shapviz.explainers.asking import checked_budget, checked_call
from shapviz.explainers.call import Call, Estimate, as_cancel, as_progress, take
from shapviz.explainers.kinds import by_kind, for_samples
from shapviz.explainers.labelling import labelled
from shapviz.explainers.options import COMMON, Options, check_constructor, make_options
from shapviz.explainers.ranking import by_ranking, top
from shapviz.explanation import Explanation
from shapviz.games import Game
from shapviz.input_parts import joined as joined_inputs
from shapviz.links import Link, as_link
from shapviz.maskers import Masker, OwnPlayers, as_masker, is_masker
from shapviz.models import as_predictor
from shapviz.types import Cancel, Progress

__all__ = ["BaseExplainer", "Call", "Estimate", "take"]

SCHEMA = 3
"""Raised whenever the same question would be answered with other numbers than before."""


class BaseExplainer(ABC):
    """Turns a model and a background into a callable that explains rows.

    Parameters
    ----------
    model : keras.Model, scikit-learn estimator or callable
        Anything `shapviz.models.as_predictor` accepts.
    background : array, DataFrame, Background or masker
        The rows that stand in for absence. For a Keras model with several inputs a mapping of
        input names to arrays, a list of them, or a DataFrame with a column an input; a Background
        or a masker holds all inputs' entries side by side, shape (b, p).
    link : "identity", "logit" or Link, default "identity"
        The scale the values add up on.
    feature_names, feature_units, output_names : sequences of str, optional
        Override what the background and the model say of themselves. Of windows (time, feature)
        a name and a unit for each signal will do.
    units : str, optional
        Unit of the values; default "log-odds" under the logit link, else the model's own.
    model_id : str, optional
        Stands in for the model's digest where it has none (plain functions).

    Raises
    ------
    InputError
        The background is empty or not of the model's width, a name list has the wrong length, or
        an argument belongs to the call.
    ModelError
        The model is of no known kind.
    """

    name: ClassVar[str]
    """Registry name, e.g. "kernel"."""
    estimand: ClassVar[str] = "shapley"
    """What the values converge to."""
    base: ClassVar[str] = "link_of_mean"
    """Which mean the values add up from: "link_of_mean" or "mean_of_link"."""
    takes_budget: ClassVar[bool] = True
    """False for methods whose cost is fixed by other parameters."""
    most_budget: ClassVar[int | None] = None
    """Largest budget, for methods that hold something of each evaluation."""
    options: ClassVar[type[Options]] = Options
    """The table of what only this method's call takes."""
    by_tree: ClassVar[bool] = False
    """Whether samples with another tree over their players are explained apart."""
    why: str | None = None
    """A sentence saying why this method was picked; set only by `Explainer`."""
    remark: str = ""
    """A sentence on what the values are where that is not what a reader would expect."""

    def __init__(
        self,
        model: Any,
        background: Any,
        *,
        link: str | Link = "identity",
        feature_names: Sequence[str] | None = None,
        feature_units: Any = None,
        output_names: Sequence[str] | None = None,
        units: str | None = None,
        model_id: str | None = None,
        **unknown: Any,
    ) -> None:
        check_constructor(unknown, type(self))
        self.predictor = as_predictor(model, output_names=output_names, model_id=model_id)
        if not (is_masker(background) or isinstance(background, Background)):
            self.predictor = self.predictor.taking(background)
            background = self.predictor.packed(background, "background")
        if feature_names is None and not is_masker(background):
            background = as_background(background)
            feature_names = self._names_from_model(background)
        inputs = self.predictor.inputs
        self.masker: Masker = as_masker(
            background, feature_names=feature_names, packed=inputs is not None
        )
        if isinstance(self.masker, OwnPlayers):
            by_name = None if inputs is None else inputs.by_name
            masker = self.masker.for_model(self.predictor.feature_shape, by_name)
            self.masker = masker.cut_by(self.predictor.tokenizer)
        if inputs is not None and self.masker.feature_shape != (inputs.width,):
            raise InputError(
                complaint(
                    "background",
                    f"hold the {inputs.width} entries of the model's inputs side by side",
                    Words(f"rows of shape {self.masker.feature_shape}"),
                    "Pass a mapping of input names to arrays.",
                )
            )
        if not isinstance(self.masker, OwnPlayers):
            self.predictor.check_width(self.masker.background.rows, "background")
        self.link = as_link(link)
        self.feature_names = (
            self.masker.feature_names
            if feature_names is None
            else for_entries([str(name) for name in feature_names], self.masker.feature_shape)
        )
        self.feature_units = feature_units
        self._units = units

    # What a method says ---------------------------------------------------------------------

    @abstractmethod
    def _estimate(self, X: Any, call: Call) -> Estimate:
        """The method itself: checked rows and a checked call in, an Estimate out."""

    def _parameters(self) -> dict[str, Any]:
        """The method's own settings, JSON-able; they identify the question."""
        return {}

    def _check_call(self, X: Any, call: Call) -> None:  # noqa: B027 (a hook, not a duty)
        """A hook for checks of the method's own, such as the smallest budget."""

    def _expected(self) -> NDArray[np.float64]:
        """Base values (K,) of all outputs over the background alone; overridden where the base
        is a mean of links."""
        return self._game().base()

    def _expected_in(self, game: Game) -> NDArray[np.float64]:
        """The same for the checks of a call; a method that goes on with what they have learnt
        asks in their game."""
        return self._expected()

    def _names_from_model(self, background: Background) -> tuple[str, ...] | None:
        """The columns the model was trained on, where the background has no names and they fit."""
        names = self.predictor.feature_names
        unnamed = background.feature_names is None
        fits = names is not None and len(names) == prod(background.feature_shape)
        return names if unnamed and fits else None

    # What is shared -------------------------------------------------------------------------

    def packed(self, X: Any, name: str = "X") -> Any:
        """Samples of a model with several inputs as one array (n, p); others as they are.

        What a call does first; whoever cuts samples into parts does it before.
        """
        return self.predictor.packed(X, name)

    def packed_display(self, shown: Any) -> Any:
        """Display data given by input as one array (n, p); others as they are."""
        inputs = self.predictor.inputs
        return shown if inputs is None else joined_inputs("display_data", shown, inputs.by_name)

    def for_samples(self, X: Any) -> Self:
        """The explainer with a place for every player of all these samples.

        Whoever cuts samples into parts takes it, so that the parts fit together; where players are
        the same in all samples it is the explainer itself.
        """
        if not isinstance(self.masker, OwnPlayers):
            return self
        return for_samples(self, self.masker.check(self.packed(X)))

    @property
    def units(self) -> str:
        """Unit of the values: as given, else the link's ("log-odds"), else the model's own."""
        if self._units is not None:
            return self._units
        return self.link.units or str(self.predictor.units)

    @property
    def expected_value(self) -> Any:
        """The base value over the background, link units: float, or float64 (K,).

        Asked of the model each time, because a model may be trained further in between.
        """
        expected = np.asarray(self._expected(), dtype=np.float64)
        return float(expected[0]) if self.predictor.single_output else expected

    def _game(self, call: Call | None = None) -> Game:
        """A fresh game of this model, masker and link, wired to the call's meter and cancel."""
        if call is None:
            return Game(self.predictor, self.masker, self.link)
        return Game(self.predictor, self.masker, self.link, progress=call.meter, cancel=call.cancel)

    def question(
        self, *, seed: int = 0, outputs: Any = None, budget: int | None = None, **call: Any
    ) -> dict[str, Any]:
        """What identifies the question, JSON-able, without a model call, budget or rows.

        Parameters are those of a call; the ones that change no number (progress, names, truth …)
        are ignored. The method's own options that differ from their defaults are among the
        question's parameters. The model's digest is None for a plain function without `model_id`.

        Raises
        ------
        InputError
            The method takes no budget, or not so much, or not such an option.
        """
        checked_budget(self, budget)
        own = {name: value for name, value in call.items() if name not in COMMON}
        options = make_options(self.options, own, self.name, self.why)
        known = self.predictor.output_names
        chosen: list[int | str] | None = None
        if top(outputs) is not None:
            chosen = [str(outputs)]
        elif outputs is not None and known is not None:
            chosen = list(checks.resolve_outputs(outputs, len(known), known))
        elif outputs is not None:
            chosen = checks.as_output_list(outputs)
        return {
            "schema": SCHEMA,
            "explainer": self.name,
            "model": self.predictor.digest,
            "background": self.masker.digest,
            "link": self.link.name,
            "parameters": {**self._parameters(), **options.asked()},
            "seed": int(seed),
            "outputs": chosen,
        }

    def __call__(
        self,
        X: Any,
        *,
        budget: int | None = None,
        seed: int = 0,
        truth: Any = None,
        metadata: Any = None,
        display_data: Any = None,
        sample_names: Any = None,
        outputs: Any = None,
        progress: Progress | bool | None = None,
        cancel: Cancel | None = None,
        **options: Any,
    ) -> Explanation:
        """Explain rows.

        Parameters
        ----------
        X : array (n, *features) or DataFrame
            The samples; for several inputs given as the background is.
        budget : int, optional
            Evaluations allowed per sample; each method documents its default.
        seed : int, default 0
            The same seed gives the same numbers, whichever other rows are explained.
        truth, metadata, display_data, sample_names : optional
            Kept beside the values, one entry a sample.
        outputs : str, int or list of them, optional
            Which model outputs to explain; default all. "top2" is each sample's two highest ones,
            highest first: values have two outputs, named for each sample.
        progress : callable (done, total) or bool, optional
            Told the model rows done and planned; True writes a line to standard error.
        cancel : object with ``is_set()``, optional
            Looked at between batches.
        **options
            What only some methods take, as each documents.

        Returns
        -------
        Explanation
            Values (n, *features) for a model with one output, else (n, *features, outputs); by
            input for several inputs.

        Raises
        ------
        InputError
            Wrong rows, budget, seed, options or output names; nothing has been computed.
        ModelError
            The model answers with the wrong shape, NaN, or differently when asked again.
        JobCancelled
            `cancel` was set.
        """
        if sample_names is None and hasattr(X, "iloc"):
            sample_names = [str(label) for label in X.index]
        own = make_options(self.options, options, self.name, self.why)
        X = self.masker.check(self.packed(X))
        labels = {
            "truth": truth,
            "metadata": metadata,
            "display_data": self.packed_display(display_data),
            "sample_names": sample_names,
        }
        told, stop = as_progress(progress), as_cancel(cancel)
        bound = for_samples(self, X)
        call = checked_call(bound, X, budget, seed, outputs, told, stop, own)
        return bound._explained(X, call, labels)

    def _explained(self, X: Any, call: Call, labels: dict[str, Any]) -> Explanation:
        """The explanation of checked samples, with what stands beside them."""
        for name, value in labels.items():
            checks.aligned(name, value, len(X))
        self._check_call(X, call)
        started = perf_counter()
        estimate = by_ranking(self, X, call) if call.ranking is not None else self._answer(X, call)
        checks.finite_values(estimate.values, X, lambda: self.masker.base_rows)
        call.meter.finish()
        return labelled(self, X, call, estimate, labels, perf_counter() - started)

    def _answer(self, X: Any, call: Call) -> Estimate:
        """The estimate for rows that are explained alike; a hook for methods that group them."""
        return by_kind(self, X, call)
