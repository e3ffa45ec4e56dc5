"""The page of sequences, and windows and several inputs on every other page."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from shapviz import Store
from tests.ui.conftest import ROOT
from tests.ui.stores import HOSTILE
from tests.ui.test_pages import charts, url, words
from tests.views.examples_windows import blocks, mixed, windows


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A store of windows, the same asked by blocks, several inputs and hostile names."""
    folder: Path = tmp_path_factory.mktemp("windows")
    store = Store(folder)
    plain = windows(outputs=1)[..., 0].replace(units="")
    sharing = blocks(wholes=np.asarray(plain.data), output_names=plain.output_names)
    told = {"modality": "sequence", "signals": ["Signal A", "Signal B", "Signal C"]}
    named = {
        "feature_names": [HOSTILE, "**b**", "$x$"],
        "feature_units": [HOSTILE] * 3,
        "sample_names": [f"{HOSTILE} {i}" for i in range(5)],
    }
    return SimpleNamespace(
        url=str(folder),
        hostile=store.put(windows(**named), name=HOSTILE),
        mixed=store.put(mixed(), name="Scans"),
        blocks=store.put(sharing.replace(provenance=told), name="Blocks"),
        windows=store.put(plain, name="Windows"),
    )


@pytest.fixture
def visit(several, at_store):
    """Open a page on that store."""
    at_store(several.url)

    def opened(page: str, **parameters: Any) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
        for name, value in parameters.items():
            app.query_params[name] = str(value)
        app.switch_page(f"pages/{page}.py")
        app.run()
        assert not app.exception
        assert "cannot be shown" not in words(app)
        assert "went wrong" not in words(app)
        assert "<script" not in words(app)
        return app

    return opened


@pytest.mark.parametrize("kind", ["windows", "blocks", "mixed", "hostile"])
@pytest.mark.parametrize("page", ["overview", "dependence", "prediction", "sequences"])
def test_every_page_draws_windows_and_several_inputs(page, kind, visit, several):
    app = visit(page, explanation=getattr(several, kind), sample=1)
    shown = charts(app)
    if page == "prediction":
        first = {"mixed": "inputs"}.get(kind, "sequence")
        assert shown[0] == first
    if page == "overview":
        assert ("all inputs" in shown) is (kind == "mixed")
    if page == "sequences":
        assert ("is one of" in words(app)) is (kind == "mixed")
        assert shown[0] == "sequence"
        assert shown[-1] == "sequence steps"


def test_the_same_windows_are_compared_and_others_are_not(visit, several):
    app = visit("sequences", explanation=several.windows)
    assert charts(app) == ["sequence", "sequence grid", "sequence steps"]
    assert "Both explanations have their largest value about" in words(app)
    assert url(app)["sample"] == "0"
    app.button(key="next").click().run()
    assert url(app)["sample"] == "1"
    # Three classes, of which nobody else has any: classes alone are compared.
    assert "class by class" in words(visit("sequences", explanation=several.hostile))


def test_each_input_has_a_panel_with_its_part(visit, several):
    app = visit("prediction", explanation=several.mixed, sample=2, output="ill")
    assert charts(app)[:4] == ["inputs", "input 0", "input 1", "input 2"]
    assert "of the movement" in words(app)
    for name in ("scan", "record", "pulse"):
        assert f"{name}: " in words(app)


def test_a_table_on_the_page_of_sequences_is_told(show, keys):
    app = show("sequences", explanation=keys.tumour)
    assert "explains rows of a table; this page shows sequences" in words(app)
