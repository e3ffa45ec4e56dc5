"""`shap_values(X, nsamples=, l1_reg=)`: the arguments and shapes that users of shap know.

A door and nothing more: it turns them into a call of the explainer and hands out plain arrays.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shapviz.errors import InputError, complaint
from shapviz.explainers import checks
from shapviz.types import Progress

if TYPE_CHECKING:
    from shapviz.explainers.kernel import KernelExplainer

__all__ = ["shap_values"]

EXTRA = 2048
"""What nsamples="auto" plays beyond two coalitions a feature."""


def shap_values(
    self: KernelExplainer,
    X: Any,
    nsamples: int | str = "auto",
    l1_reg: str | float | bool = False,
    *,
    silent: bool = True,
    gc_collect: bool = False,
    seed: int = 0,
) -> NDArray[np.float64] | list[NDArray[np.float64]]:
    """Return SHAP values as plain arrays, asked for as shap documents it.

    Parameters
    ----------
    X : array (n, *features), DataFrame or sparse matrix; or one sample: array (*features), Series
        The samples.
    nsamples : "auto" or int, default "auto"
        Coalitions a sample, the empty and the full one included: the call's `budget`. "auto" is
        2d + 2048, or all 2^d where that is less.
    l1_reg : False, "auto", "aic", "bic", "num_features(k)" or float, default False
        Which features may have a value other than 0. False keeps all of them, where shap's own
        default keeps ten. "num_features(k)" keeps the first k on the path of least angle
        regression, "aic" and "bic" what the lasso chosen by that criterion keeps, a float what
        the lasso of that alpha keeps; weighted least squares over them follows. "auto" is "aic"
        while less than a fifth of all coalitions is played, else False.
    silent : bool, default True
        False shows a progress bar.
    gc_collect : bool, default False
        Collect garbage afterwards.
    seed : int, default 0

    Returns
    -------
    float64 array
        Shape (n, *features) for a model with one output, else (n, *features, outputs), in link
        units; without n for one sample. A list of them, one an input, for a model with several
        inputs, whose samples come several at a time. Each sample's values sum to its prediction
        minus `expected_value`.

    Raises
    ------
    InputError
        `nsamples` is neither "auto" nor at least d + 1 (2d where `l1_reg` selects), or `l1_reg` is
        none of those named.
    EstimationError
        `l1_reg` leaves a sample no feature at all.

    Notes
    -----
    Call the explainer itself for standard errors, base values and labels; it takes `l1_reg` too.

    Examples
    --------
    >>> import numpy as np
    >>> from shapviz import KernelExplainer
    >>> explainer = KernelExplainer(lambda X: X @ [3.0, 2.0, 0.0], np.zeros((1, 3)))
    >>> explainer.shap_values(np.ones((1, 3)), l1_reg="num_features(2)").round(9)
    array([[3., 2., 0.]])
    """
    several = self.predictor.inputs is not None
    single = not several and np.ndim(X) == len(self.masker.feature_shape)
    rows = _rows(X) if single else X
    d = self.for_samples(rows).masker.n_players
    call: dict[str, Any] = {"budget": _budget(nsamples, d), "seed": seed, "l1_reg": l1_reg}
    with _bar(silent) as progress:
        values = self(rows, progress=progress, **call).values
    if gc_collect:
        gc.collect()
    if isinstance(values, Mapping):
        return [np.array(part, dtype=np.float64) for part in values.values()]
    return np.array(values[0] if single else values, dtype=np.float64)


def _budget(nsamples: Any, d: int) -> int:
    if isinstance(nsamples, str) and nsamples == "auto":
        return min(2**d, 2 * d + EXTRA) if d < 64 else 2 * d + EXTRA
    if isinstance(nsamples, str):
        rule = 'be "auto" or a whole number'
        raise InputError(complaint("nsamples", rule, nsamples, f'"auto" is {2 * d + EXTRA:,}.'))
    fix = f'Use {2 * d} or more for an antithetic permutation, or "auto".'
    # One feature needs both its coalitions, as d + 1 says.
    return checks.whole_number("nsamples", nsamples, d + 1, fix)


def _rows(x: Any) -> Any:
    """One sample as rows."""
    if isinstance(x, pd.Series):
        return x.to_frame().T.infer_objects()
    return np.asarray(x)[None]


@contextmanager
def _bar(silent: bool) -> Iterator[Progress | None]:
    """A progress callback that draws a bar, taken down whatever happens; None where silent."""
    if silent:
        yield None
        return
    from rich.progress import Progress as Bar

    with Bar() as bar:
        task = bar.add_task("SHAP values")
        yield lambda done, total: bar.update(task, completed=done, total=total)
