"""A call, checked: what is asked of the model first, and what every explainer refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shapviz.errors import InputError, complaint
from shapviz.explainers import checks
from shapviz.explainers.call import Call, Meter, take
from shapviz.explainers.options import Options
from shapviz.explainers.ranking import ranked, top
from shapviz.models import check_deterministic
from shapviz.types import Cancel, Progress

if TYPE_CHECKING:
    from shapviz.explainers.base import BaseExplainer

__all__ = ["checked_budget", "checked_call"]

PROBE_ROWS = 2
"""Rows asked twice to see whether the model repeats itself."""


def checked_call(
    explainer: BaseExplainer,
    X: Any,
    budget: int | None,
    seed: int,
    outputs: Any,
    progress: Progress | None,
    cancel: Cancel | None,
    options: Options,
) -> Call:
    """The call with every argument checked; the model is asked about each row once, a couple
    of rows twice, and about the background the first time."""
    budget = checked_budget(explainer, budget)
    seed = checks.whole_number("seed", seed, 0, "Pass an int such as 0.")
    probe = explainer.masker.plain(take(X, slice(0, PROBE_ROWS)))
    answers = check_deterministic(explainer.predictor, probe)
    game = explainer._game()
    count = top(outputs)
    asked = outputs if count is None else None
    chosen = checks.resolve_outputs(asked, answers.shape[1], explainer.predictor.output_names)
    call = Call(budget, seed, chosen, Meter(progress), cancel, options)
    call.stop_if_cancelled()
    in_range = "Check these rows for missing values, and that the link suits the model."
    predictions = game.learn(X, answers)
    checks.finite("predictions", predictions, in_range)
    if count is not None:
        call = replace(call, ranking=ranked(predictions, count))
    if explainer.masker.base_rows is not None:
        checks.finite("expected_value", explainer._expected_in(game), in_range)
    return replace(call, known=game.known(2 * len(answers)))


def checked_budget(explainer: BaseExplainer, budget: int | None) -> int | None:
    """The budget as an int, or None; InputError where the method takes none or not so much."""
    if budget is None:
        return None
    if not explainer.takes_budget:
        fix = "Its cost follows from the background and its own parameters: leave it out, or "
        fix += "take another explainer, such as kernel."
        rule = f"be left out for the {explainer.name} explainer"
        raise InputError(complaint("budget", rule, budget, _after_why(explainer, fix)))
    budget = checks.whole_number("budget", budget, 1, "Leave it out for the default.")
    if explainer.most_budget is not None and budget > explainer.most_budget:
        rule = f"be at most {explainer.most_budget:,} for the {explainer.name} explainer"
        fix = "Leave it out for the default."
        raise InputError(complaint("budget", rule, budget, fix))
    return budget


def _after_why(explainer: BaseExplainer, fix: str) -> str:
    """What to do, after why this method was picked: whoever asked may not have named it."""
    return f"{explainer.why} {fix}" if explainer.why else fix
