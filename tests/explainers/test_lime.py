"""LIME: the package's own weights, and never called SHAP values, wherever they are shown."""

from __future__ import annotations

import builtins

import numpy as np
import pandas as pd
import pytest

from shapviz import figures, views
from shapviz.background import Background
from shapviz.errors import InputError, JobCancelled, MissingExtraError
from shapviz.explainers import REGISTRY, Explainer
from shapviz.explainers.lime import LimeExplainer
from tests.contracts.explainer import numpy_model
from tests.oracles import agree

rng = np.random.default_rng(0)
ROWS = rng.normal(size=(60, 4))
BACKGROUND, X = ROWS[:30], ROWS[30:36]
TWO = numpy_model("two outputs")
BUDGET = 300


def two(rows):
    """Probabilities of two classes."""
    p = 1 / (1 + np.exp(-TWO(rows)[:, 0]))
    return np.stack([1 - p, p], axis=1)


def explained(model=TWO, rows=X, background=BACKGROUND, **call):
    return LimeExplainer(model, background)(rows, **{"budget": BUDGET, **call})


def test_weights_are_the_package_s_own():
    from lime.lime_tabular import LimeTabularExplainer

    e = explained(two, seed=3)
    theirs = LimeTabularExplainer(BACKGROUND, random_state=3).explain_instance(
        X[1], two, labels=(0, 1), num_features=4, num_samples=BUDGET
    )
    for output in (0, 1):
        weights = dict(theirs.local_exp[output])
        assert agree(e.values[1, :, output], [weights[j] for j in range(4)], 1e-9)
        assert agree(e.base_values[1, output], theirs.intercept[output], 1e-9)
    assert agree(e.predictions, two(X), 1e-12)


def test_the_sum_is_the_surrogate_s_and_need_not_be_the_model_s():
    e = explained()
    assert e.values.shape == (6, 4, 2)
    gap = e.predictions - e.base_values - e.values.sum(axis=1)
    assert agree(e.additivity_gap, gap, 1e-12)
    assert np.abs(gap).max() > 0.01 * np.abs(e.predictions).max()
    assert e.standard_errors is None


def test_it_is_labelled_in_estimand_unit_and_reason():
    e = explained(lambda rows: rows[:, 0])
    assert e.provenance["estimand"] == e.provenance["explainer"] == "lime"
    assert e.units == "LIME weight"
    assert LimeExplainer(two, BACKGROUND, units="points").units == "points (LIME)"
    assert LimeExplainer(two, BACKGROUND, link="logit").units == "log-odds (LIME)"
    why = Explainer(two, BACKGROUND, algorithm="lime").why
    assert why == (
        "Lime: asked for by name. Its numbers are weights of a local surrogate, not SHAP values."
    )
    assert all(Explainer(two, BACKGROUND, name).remark == "" for name in ("exact", "sampling"))
    assert "lime" in REGISTRY


PLAIN = ("waterfall", "force", "force_stacked", "bar", "beeswarm", "importance_beeswarm")


@pytest.mark.parametrize("units", [None, "mmol/L"])
@pytest.mark.parametrize("name", [*PLAIN, "dependence"])
def test_no_figure_calls_it_a_shap_value(name, units):
    def shown(explainer, **call):
        e = explainer(lambda rows: TWO(rows)[:, 0], BACKGROUND, units=units)(X, **call)
        given = (e, "feature 0") if name == "dependence" else (e,)
        view = getattr(views, name)(*given)
        words = "".join(span.text for span in view.sentence) + view.footnote + view.title
        return words + getattr(figures, name)(view).to_json()

    from shapviz.explainers.exact import ExactExplainer

    assert "SHAP" not in shown(LimeExplainer, budget=BUDGET)
    if name != "force_stacked":
        assert "SHAP" in shown(ExactExplainer)
        assert "LIME" in shown(LimeExplainer, budget=BUDGET)


def test_the_seed_decides_and_companions_do_not():
    whole, again = explained(seed=1), explained(seed=1)
    assert (whole.values == again.values).all()
    assert (explained(rows=X[2:4], seed=1).values == whole.values[2:4]).all()
    assert not agree(explained(seed=2).values, whole.values, 1e-6)
    one = explained(outputs=[1], seed=1)
    assert agree(one.values, whole.values[..., 1:], 1e-12)


def test_budgets_count_model_rows():
    sent = []

    def counted(rows):
        sent.append(len(rows))
        return TWO(rows)

    e = explained(counted)
    assert e.provenance["model_rows"] == 6 * BUDGET + 6
    seen: list[tuple[int, int]] = []
    explained(progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (6 * BUDGET, 6 * BUDGET)
    with pytest.raises(InputError, match="`budget` must be at least 6, two more than"):
        explained(budget=5)


def test_cancel_is_honoured():
    class Stop:
        def is_set(self):
            return True

    with pytest.raises(JobCancelled):
        explained(cancel=Stop())


def test_tables_of_numbers_and_images_are_taken():
    names = list("abcd")
    table = pd.DataFrame(BACKGROUND, columns=names)

    def model(rows):
        return TWO(rows[names].to_numpy())

    e = explained(model, pd.DataFrame(X, columns=names), table)
    assert e.feature_names == tuple(names)
    assert agree(e.values, explained().values, 1e-9)
    square = explained(
        lambda rows: TWO(rows.reshape(-1, 4)), X.reshape(-1, 2, 2), BACKGROUND.reshape(-1, 2, 2)
    )
    assert agree(square.values.reshape(6, 4, 2), explained().values, 1e-9)


def test_what_lime_cannot_read_is_refused():
    with pytest.raises(InputError, match="`background` must have equal weights for LIME"):
        LimeExplainer(TWO, Background(BACKGROUND, rng.uniform(size=30)))
    words = pd.DataFrame({"a": ["x", "y"]})
    with pytest.raises(InputError, match="hold numbers only for LIME"):
        LimeExplainer(lambda rows: np.zeros(len(rows)), words)
    holes = BACKGROUND.copy()
    holes[3, 1] = np.nan
    with pytest.raises(InputError, match=r"finite numbers for LIME; got 1 missing"):
        LimeExplainer(TWO, holes)


def test_without_lime_the_extra_is_named(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **options):
        if name == "lime":
            raise ImportError(name)
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r'pip install "shapviz\[lime\]"'):
        LimeExplainer(TWO, BACKGROUND)
