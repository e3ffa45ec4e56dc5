"""Pages on an explanation of a model with several inputs: shown as the entries of all of them."""

from __future__ import annotations

import numpy as np
import pytest

from shapviz import Explanation, Store
from tests.ui.test_pages import PAGES, charts, words


@pytest.fixture
def mixed(tmp_path, at_store) -> str:
    """A store with one such explanation; its key."""
    rng = np.random.default_rng(0)
    values = {"colour": rng.normal(size=(20, 1)), "scan": rng.normal(size=(20, 2, 2))}
    data = {"colour": rng.choice(["red", "blue"], (20, 1)), "scan": rng.random((20, 2, 2))}
    explanation = Explanation(values=values, base_values=0.5, data=data)
    at_store(str(tmp_path))
    return Store(tmp_path).put(explanation, name="Two inputs")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_draws_several_inputs(page, show, mixed, tmp_path, at_store):
    at_store(str(tmp_path))
    app = show(page, explanation=mixed, sample=1)
    assert PAGES[page] in words(app)
    assert "cannot be shown" not in words(app)
    assert "went wrong" not in words(app)
    assert page == "home" or charts(app)
