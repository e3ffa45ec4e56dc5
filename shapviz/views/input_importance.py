"""Input importance: over all samples, how much does each of several inputs move the output?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from shapviz.errors import InputError, complaint
from shapviz.explanation import Explanation
from shapviz.labels import several
from shapviz.views.importance_beeswarm import ImportanceBeeswarmView, importance_beeswarm
from shapviz.views.one_output import one_output
from shapviz.views.words import Span, say, share, strong

__all__ = ["input_importance", "summed_by_input"]


def summed_by_input(explanation: Explanation) -> Explanation:
    """Return an explanation with one feature an input: `Explanation.input_shares`.

    Raises
    ------
    InputError
        The explanation is of a model with one input.
    """
    if not explanation.inputs:
        rule = "be of a model with several inputs"
        fix = "Use views.waterfall, or the view of its kind."
        raise InputError(complaint("explanation", rule, explanation.inputs, fix))
    kept = ("base_values", "predictions", "output_names", "sample_names", "units", "provenance")
    fields = explanation.fields()
    return Explanation(
        values=np.stack(list(explanation.input_shares.values()), axis=1),
        feature_names=list(explanation.inputs),
        **{name: fields[name] for name in kept},
    )


def input_importance(
    explanation: Explanation,
    *,
    output: str | int | None = None,
    selected: int | str | None = None,
) -> ImportanceBeeswarmView:
    """Return what each input gave, on average and in every sample.

    Parameters
    ----------
    explanation : Explanation
        Of a model with several inputs.
    output : str or int, optional
        Default: the first.
    selected : int or str, optional
        A sample to be ringed.

    Raises
    ------
    InputError
        The model has one input, or a name is unknown.
    """
    sums = summed_by_input(explanation)
    count = len(sums.feature_names)
    view = importance_beeswarm(sums, output=output, selected=selected, max_display=count)
    one = one_output(sums, output)
    return replace(
        view,
        title="How much came from each input?",
        sentence=_sentence(np.abs(one.values).mean(axis=0), sums.feature_names),
        footnote=(
            f"{several(one.n, 'sample')}. A dot is the sum of an input\u2019s "
            f"{one.value_name}s in one of them; bars: mean size, lines: 95% bootstrap intervals."
        ),
    )


def _sentence(
    sizes: np.ndarray[tuple[int], np.dtype[np.float64]], names: tuple[str, ...]
) -> tuple[Span, ...]:
    total = float(sizes.sum())
    if not total:
        return say("No input moves any prediction.")
    k = int(sizes.argmax())
    return say(strong(names[k]), f" makes up {share(float(sizes[k]) / total)} of the movement.")
