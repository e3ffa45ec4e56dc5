"""The command line: what it prints, and that importing it loads nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shapviz.cli import app
from shapviz.explanation import Explanation
from shapviz.store import Store
from tests.store.fakes import rich_explanation
from tests.store.test_store import damage

ROOT = Path(__file__).parents[1]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: Any) -> Store:
    monkeypatch.setenv("SHAPVIZ_STORE", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "140")
    return Store(tmp_path)


def call(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def test_an_empty_store_says_what_to_do(store: Store) -> None:
    assert call("list") == (0, "Nothing is stored yet. `shapviz serve` makes the demos.\n")


def test_list_shows_key_name_and_state(store: Store) -> None:
    key = store.put(rich_explanation(), name="Größe [bold]x[/bold]")
    status, said = call("list")
    assert status == 0
    assert key[:8] in said
    assert "complete" in said
    assert "Größe [bold]x[/bold]" in said


def test_show_draws_the_largest_first(store: Store) -> None:
    explanation = Explanation(
        values=[[0.5, -2.0], [1.0, 1.0]],
        base_values=3.0,
        data=[[10.0, 20.5], [1.0, 2.0]],
        feature_names=["age", "bmi"],
        feature_units=["years", ""],
        truth=["sick", "well"],
        output_names=["risk"],
        provenance={"explainer": "exact"},
    )
    key = store.put(explanation, name="two")
    status, said = call("show", key[:8], "--sample", "0")
    assert status == 0
    first, truth, bmi, age, foot = said.strip().splitlines()
    assert first == "risk: 1.50, from a base value of 3"
    assert truth == "In fact: sick"
    assert bmi.split()[:3] == ["bmi", "20.5", "−2.00"]
    assert bmi.count("█") == 24
    assert "years" in age
    assert "+0.50" in age
    assert age.count("█") == 6
    assert foot.startswith("Additivity gap")
    assert foot.endswith("exact.")


def test_show_takes_an_output_by_name(store: Store) -> None:
    key = store.put(rich_explanation(outputs=3), name="three")
    assert call("show", key, "--output", "class 2")[1].startswith("class 2: ")
    status, said = call("show", key, "--output", "nothing")
    assert status == 1
    assert "`--output` must be one of class 0, class 1, class 2" in said


def test_mistakes_are_messages(store: Store) -> None:
    key = store.put(rich_explanation(), name="one")
    status, said = call("show", key, "--sample", "6")
    assert status == 1
    assert "`--sample` must be from 0 to 5; got 6" in said
    status, said = call("delete", "nothing")
    assert status == 1
    assert "`key` must be stored in" in said
    assert "Traceback" not in said


def test_delete_removes(store: Store) -> None:
    key = store.put(rich_explanation(), name="one")
    assert call("delete", key[:6]) == (0, f"Deleted one ({key}).\n")
    assert store.list() == []


def test_verify_finds_damage(store: Store) -> None:
    key = store.put(rich_explanation(200), name="one")
    assert call("verify") == (0, "1 checked, 0 damaged.\n")
    damage(store, key, "values")
    status, said = call("verify", key)
    assert status == 1
    assert f"{key}: `values` must read back" in said
    assert "1 checked, 1 damaged." in said


def test_importing_it_loads_nothing_heavy() -> None:
    code = (
        "import sys, shapviz.cli\n"
        "heavy = {'tensorflow', 'keras', 'streamlit', 'plotly'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_python_m_shapviz_is_the_same_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "shapviz", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    for command in ("serve", "list", "show", "delete", "verify"):
        assert command in done.stdout
