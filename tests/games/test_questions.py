"""Equal questions are asked once, and every answer finds its place."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shapviz.games.questions import plan, plan_all


@given(st.data(), st.integers(1, 5), st.integers(1, 12), st.integers(1, 4))
def test_every_coalition_gets_the_answer_to_its_own_rows(data, d, m, n):
    coalitions = data.draw(hnp.arrays(bool, (m, d)))
    varying = data.draw(hnp.arrays(bool, (n, d)))
    asked = plan_all(coalitions, varying)
    # An answer that tells the sample and its varying members apart.
    code = (coalitions[asked.coalitions] & varying[asked.samples]) @ (2.0 ** np.arange(d))
    mixed = (100 * asked.samples + code)[:, None]
    alone = (100 * asked.alone + varying[asked.alone] @ (2.0 ** np.arange(d)))[:, None]
    found = asked.assemble(np.array([-1.0]), alone, mixed)
    for i in range(n):
        for c in range(m):
            seen = coalitions[c] & varying[i]
            value = 100 * i + seen @ (2.0 ** np.arange(d))
            background = not seen.any() and varying[i].any()
            assert found[i, c, 0] == (-1.0 if background else value)
    pairs = {(int(i), int(k)) for i, k in zip(asked.samples, code, strict=True)}
    assert len(pairs) == len(code), "a question was asked twice"


def test_full_and_empty_coalitions_are_no_mixed_questions():
    coalitions = np.array([[1, 1, 0], [0, 0, 1], [1, 0, 1], [1, 0, 0], [1, 0, 0]], dtype=bool)
    found = plan(coalitions, np.array([True, True, False]))
    assert found.mixed.tolist() == [2]
    assert found.answer.tolist() == [1, 0, 2, 2, 2]
    assert (found.asks_background, found.asks_sample) == (True, True)


def test_nothing_that_varies_is_the_sample_alone():
    found = plan(np.array([[False, False], [True, False]]), np.array([False, False]))
    assert found.answer.tolist() == [1, 1]
    assert not found.asks_background


def test_samples_that_vary_alike_share_a_plan():
    flags = np.array([[True, False], [True, False], [True, True]])
    plans = plan_all(np.array([[True, False]]), flags).plans
    assert plans[0] is plans[1]
    assert plans[0] is not plans[2]
