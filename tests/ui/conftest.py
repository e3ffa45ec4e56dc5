"""The dashboard on a small store, without a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.ui.stores import Keys, fill

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """The filled store, made once: pages only read."""
    return fill(tmp_path_factory.mktemp("stores") / "filled")


@pytest.fixture
def at_store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Point the dashboard at a store."""

    def point(url: str) -> None:
        monkeypatch.setenv("SHAPVIZ_STORE", url)

    yield point
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def show(keys: Keys, at_store: Callable[[str], None]) -> Callable[..., AppTest]:
    """Open a page with a URL's parameters; fails on a traceback of any kind."""
    at_store(keys.url)

    def opened(page: str = "home", **parameters: Any) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
        for name, value in parameters.items():
            app.query_params[name] = str(value)
        if page != "home":
            app.switch_page(f"pages/{page}.py")
        app.run()
        assert not app.exception
        return app

    return opened
