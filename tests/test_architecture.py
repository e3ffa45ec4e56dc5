"""The house holds: floors, what an import may load, where HTML is made, what is documented."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import shapviz

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = sorted((ROOT / "shapviz").rglob("*.py"))
PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]
HEAVY = ("tensorflow", "keras", "streamlit", "plotly")


def _loaded_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(out.stdout.split())


def test_importing_shapviz_loads_nothing_heavy():
    assert not _loaded_after("import shapviz") & set(HEAVY)


@pytest.mark.parametrize(
    "statement",
    [
        "import shapviz.store",
        "import shapviz.views",
        "import shapviz.figures",
        "import shapviz.explainers.auto",
        "import shapviz.samples",
        "import shapviz.cli",
    ],
)
def test_reading_rooms_load_no_tensorflow(statement):
    assert not _loaded_after(statement) & {"tensorflow", "keras"}


def test_the_pages_load_no_tensorflow():
    """Importing every page's and card's imports is what a page that only reads needs."""
    names = ["shapviz.ui.state", "shapviz.ui.markup", "shapviz.ui.cards", "shapviz.figures"]
    assert not _loaded_after(f"import {', '.join(names)}") & {"tensorflow", "keras"}


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_pages_import_only_what_shows(path):
    imported = set(re.findall(r"^\s*(?:from|import)\s+([\w.]+)", path.read_text(), re.M))
    forbidden = {name for name in imported if name.startswith("shapviz.explainers")}
    forbidden |= {name for name in imported if name.split(".")[0] in ("tensorflow", "keras")}
    assert not forbidden


def _makes_html(path: Path) -> list[int]:
    lines = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and node.attr == "html":
            owner = node.value
            if isinstance(owner, ast.Name) and owner.id == "st":
                lines.append(node.lineno)
        if isinstance(node, ast.keyword) and node.arg in (
            "unsafe_allow_html",
            "unsafe_allow_javascript",
        ):
            lines.append(node.value.lineno)
    return lines


@pytest.mark.parametrize("path", [*PACKAGE, *PAGES], ids=lambda p: str(p.relative_to(ROOT)))
def test_only_markup_makes_html(path):
    if path == ROOT / "shapviz" / "ui" / "markup.py":
        assert _makes_html(path), "the check below can see such calls"
    else:
        assert not _makes_html(path)


@pytest.mark.parametrize("path", PACKAGE, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_assert_in_the_library_and_every_module_says_what_it_is_for(path):
    tree = ast.parse(path.read_text())
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    assert ast.get_docstring(tree)


@pytest.mark.parametrize("name", shapviz.__all__)
def test_public_names_exist_and_are_documented(name):
    thing = getattr(shapviz, name)
    assert thing.__doc__
    assert len(thing.__doc__.split()) > 3


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        shapviz.no_such_name


def test_locks_carry_no_addresses():
    for lock in ROOT.glob("requirements*.txt"):
        assert "://" not in lock.read_text(), lock.name
