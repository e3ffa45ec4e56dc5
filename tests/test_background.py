from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import shapviz
from shapviz.background import Background, as_background
from shapviz.errors import InputError

X = np.random.default_rng(0).normal(size=(50, 3))


def test_rows_are_copied_and_frozen():
    mine = X.copy()
    b = Background(mine)
    mine[:] = 0
    np.testing.assert_array_equal(b.rows, X)
    with pytest.raises(ValueError, match="read-only"):
        b.rows[0] = 1


def test_weights_sum_to_one():
    np.testing.assert_allclose(Background(X[:3], [1, 1, 2]).weights, [0.25, 0.25, 0.5])


def test_digest_changes_with_one_value_and_with_weights():
    changed = X.copy()
    changed[3, 1] += 1e-12
    digests = {
        Background(X).digest,
        Background(changed).digest,
        Background(X, np.arange(50)).digest,
        Background(X.astype(np.float32)).digest,
    }
    assert len(digests) == 4
    assert Background(X).digest == Background(X.copy()).digest


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (np.empty((0, 3)), "at least one row"),
        (np.empty((3, 0)), "at least one row and one feature"),
        (np.arange(3.0), "one row per background sample"),
        (pd.DataFrame(), "at least one row"),
    ],
)
def test_no_rows_are_refused(rows, words):
    with pytest.raises(InputError, match=words):
        as_background(rows)


@pytest.mark.parametrize("weights", [[1, 2], [-1, 1, 1], [0, 0, 0], [np.nan, 1, 1]])
def test_bad_weights_are_refused(weights):
    with pytest.raises(InputError, match="`weights`"):
        Background(X[:3], weights)


def test_sparse_becomes_dense_and_tables_keep_types():
    assert Background(sparse.csr_matrix(np.eye(2))).rows.tolist() == [[1, 0], [0, 1]]
    table = pd.DataFrame({"a": [1], "b": ["x"]})
    assert Background(table).feature_names == ("a", "b")
    assert Background(table).rows.dtypes.tolist() == table.dtypes.tolist()


def test_sample_is_seeded_and_without_replacement():
    a, b, c = shapviz.sample(X, 10), shapviz.sample(X, 10), shapviz.sample(X, 10, seed=1)
    assert a.digest == b.digest != c.digest
    assert len(np.unique(a.rows, axis=0)) == 10
    assert len(shapviz.sample(X, 500)) == 50
    assert shapviz.sample(pd.DataFrame(X), 4).rows.shape == (4, 3)


def test_kmeans_uses_observed_values_and_shares():
    table = np.column_stack([X[:, 0], (X[:, 1] > 0).astype(float)])
    b = shapviz.kmeans(table, 5)
    assert set(b.rows[:, 1]) <= {0.0, 1.0}
    assert np.isin(b.rows[:, 0], table[:, 0]).all()
    assert b.weights.sum() == pytest.approx(1)
    assert len(set(b.weights)) > 1


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: shapviz.kmeans(X, 0), "`k` must be a whole number"),
        (lambda: shapviz.kmeans(np.zeros((5, 2)), 2), "distinct rows"),
        (lambda: shapviz.kmeans([["a"], ["b"]], 1), "numbers only"),
        (lambda: shapviz.kmeans([[np.nan], [1.0]], 1), "finite"),
        (lambda: shapviz.sample(X, True), "`n` must be a whole number"),
    ],
)
def test_bad_summaries_say_why(make, words):
    with pytest.raises(InputError, match=words):
        make()
