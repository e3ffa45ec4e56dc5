"""SHAP values of trees: from the boosters' own libraries, or from the shap package."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from shapviz.background import Background
from shapviz.errors import EstimationError, InputError, ShapvizError, Words, complaint
from shapviz.explainers.base import BaseExplainer, Call, Estimate, take
from shapviz.explainers.interactions import (
    PairOptions,
    check_axes,
    wants_pairs,
    with_main_effects,
)
from shapviz.explainers.options import Options
from shapviz.explainers.scale import own_scale
from shapviz.explainers.trees import Trees, trees_of
from shapviz.games.pace import Pace, cut_rows
from shapviz.links import Link

__all__ = ["TreeExplainer"]

Floats = NDArray[np.float64]

MOST_ROWS = 4096
"""Rows given to a library at a time."""

SUMS = 1e-4
"""Largest gap between a sum and the model's margin, relative to the largest of the values and
margins: above the rounding of float32 sums over thousands of trees, below any misreading."""

INSTEAD = "Use PermutationExplainer or KernelExplainer, which only ask the model."

PAIR_NUMBERS = 2**23
"""Interaction values that a library gives at a time: 64 MB."""

SCALES = {"log-odds": "Log-odds are", "margin": "Margins are", "log": "The answer's log is"}
"""Unit of the sums of leaves → how a remark speaks of them."""


class TreeExplainer(BaseExplainer):
    """SHAP values of tree ensembles, as their libraries compute them from the trees themselves.

    XGBoost (`pred_contribs`), LightGBM (`pred_contrib`) and CatBoost (ShapValues) compute
    *path-dependent* values: an absent feature is replaced by going down both branches in
    proportion to the training rows that went down each. That is close to conditioning on the
    features that are present, and differs from the values of the background game, which all other
    explainers here estimate; ``provenance["estimand"]`` says "tree_path_dependent", and the
    background only names the features.

    Trees, forests and boosting of scikit-learn go through the shap package (extra ``shap``), which
    computes the *interventional* values, those of the background game (estimand "shapley").

    Parameters
    ----------
    model : tree ensemble
        Of XGBoost, LightGBM or CatBoost, boosters or their wrappers; or a decision tree, forest or
        gradient boosting of scikit-learn.
    background : array, DataFrame, Background or masker
        The rows that stand in for absence, for scikit-learn's trees.
    link : "identity" or "logit", default "identity"
        Boosters are explained in margins, the sums of their leaves: log-odds for two classes, one
        margin a class for more, never probabilities. Forests and trees are explained in what
        `predict_proba` or `predict` answers. "logit" is taken where that is log-odds already.
    feature_names, feature_units, output_names, units, model_id
        As for every explainer, see `BaseExplainer`.

    Raises
    ------
    InputError
        The model is no tree ensemble, or of a kind that neither source explains.
    MissingExtraError
        scikit-learn's trees without the shap package.
    EstimationError
        When called: the library's values do not add up to the model's own answer.

    Notes
    -----
    A call takes ``interactions=True`` for XGBoost (`pred_interactions`) and CatBoost
    (ShapInteractionValues): the explanation then has `interactions` too, of the same
    path-dependent game. The rounding of the library's sums goes to the main effects. Other trees
    are refused: Exact and Kernel find interactions of any model.

    The path-dependent base value is the library's own, the mean over its training rows. Sums are
    exact up to the rounding of the library's arithmetic (XGBoost: float32). Costs one model row a
    sample, and the walk through all trees; standard errors are zero.

    References
    ----------
    Lundberg et al. (2020), From local explanations to global understanding with explainable AI for
    trees, Nature Machine Intelligence 2.
    """

    name: ClassVar[str] = "tree"
    base: ClassVar[str] = "mean_of_link"
    takes_budget: ClassVar[bool] = False
    options: ClassVar[type[Options]] = PairOptions

    def __init__(
        self,
        model: Any,
        background: Any,
        *,
        link: str | Link = "identity",
        output_names: Sequence[str] | None = None,
        model_id: str | None = None,
        **options: Any,
    ) -> None:
        self.trees: Trees = trees_of(model, output_names, model_id)
        link = own_scale(link, self.trees.predictor.units, self.name)
        super().__init__(self.trees.predictor, background, link=link, **options)

    @property
    def remark(self) -> str:  # type: ignore[override]
        """Which values these are, and on which scale, where that needs saying."""
        said = []
        if self.trees.estimand != "shapley":
            said.append("Its values are path-dependent: training rows stand in for absence.")
        scale = SCALES.get(self.trees.predictor.units)
        if scale is not None:
            said.append(f"{scale} explained; algorithm='kernel' explains its answers.")
        return " ".join(said)

    @property
    def background(self) -> Background:
        """The weighted rows that stand in for absence."""
        return self.masker.background

    def _expected(self) -> Floats:
        first = take(self.background.rows, slice(0, 1))
        if self.predictor.single_output is None:
            self.predictor(first)
        with self._failing(first):
            return self.trees.sharing(self.background)(first)[1][0]

    @contextmanager
    def _failing(self, rows: Any) -> Iterator[None]:
        """EstimationError where the library fails."""
        try:
            yield
        except ShapvizError:
            raise
        except Exception as error:
            raise EstimationError(
                complaint(
                    "model",
                    f"be read by {self.trees.source}",
                    Words(f"{type(error).__name__} for {len(rows)} rows"),
                    f"It said: {_first_line(error)}. {INSTEAD}",
                )
            ) from error

    def _check_call(self, X: Any, call: Call) -> None:
        if not wants_pairs(call.options):
            return
        check_axes(self.masker.player_shape)
        if self.trees.pairing is None:
            raise InputError(
                complaint(
                    "interactions",
                    "be False for trees other than XGBoost's and CatBoost's",
                    Words(f"True for a {type(self.predictor.model).__name__}"),
                    "Use ExactExplainer or KernelExplainer, which find them by asking the model.",
                )
            )

    def _estimate(self, X: Any, call: Call) -> Estimate:
        pairing = self.trees.pairing if wants_pairs(call.options) else None
        d, K = self.masker.n_players, max(self.predictor.n_outputs or 1, 1)
        most = MOST_ROWS if pairing is None else max(1, PAIR_NUMBERS // ((d + 1) ** 2 * K))
        game, pace = self._game(), Pace(min(most, MOST_ROWS))
        call.meter.plan(len(X))
        parts = []
        paired = []
        with self._failing(X):
            share = self.trees.sharing(self.background)
        for rows, count in cut_rows(len(X), pace):
            call.stop_if_cancelled()
            call.meter.begin(count)
            started = perf_counter()
            with self._failing(X):
                parts.append(share(take(X, rows)))
                if pairing is not None:
                    paired.append(pairing(take(X, rows))[..., list(call.outputs)])
            pace.observe(count, perf_counter() - started)
        values, base = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        predictions = game.predict(X)
        self._adding_up(values, base, predictions)
        chosen = list(call.outputs)
        interactions = None
        if pairing is not None:
            interactions = self._summing(np.concatenate(paired), values[..., chosen])
        return Estimate(
            values[..., chosen],
            base[:, chosen],
            predictions[:, chosen],
            standard_errors=np.zeros_like(values[..., chosen]),
            interactions=interactions,
            provenance={
                "model_rows": int(game.model_rows),
                "estimand": self.trees.estimand,
                "source": self.trees.source,
            },
        )

    def _adding_up(self, values: Floats, base: Floats, predictions: Floats) -> None:
        """EstimationError where the library's sums are not the model's answers."""
        gap = np.abs(base + values.sum(axis=1) - predictions)
        scale = max(float(np.abs(array).max()) for array in (values, base, predictions))
        if not (gap <= SUMS * scale).all():
            raise self._missing("values that add up", "model's answers", gap)

    def _summing(self, interactions: Floats, values: Floats) -> Floats:
        """Interactions whose rows sum to the values; EstimationError where they are far off."""
        gap = np.abs(interactions.sum(axis=2) - values)
        if not (gap <= SUMS * max(np.abs(interactions).max(), np.abs(values).max())).all():
            raise self._missing("interactions that add up", "SHAP values", gap)
        return with_main_effects(2.0 * interactions, values)

    def _missing(self, what: str, target: str, gap: Floats) -> EstimationError:
        return EstimationError(
            complaint(
                "model",
                f"be explained by {self.trees.source} with {what}",
                Words(f"sums that miss the {target} by up to {gap.max():.3g}"),
                INSTEAD,
            )
        )


def _first_line(error: Exception) -> str:
    """What an error says, without the stack that some libraries add."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else "nothing"
