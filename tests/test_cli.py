"""The command line: what it prints, and that importing it loads nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
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


def test_the_version_is_said() -> None:
    import shapviz

    assert call("--version") == (0, f"shapviz {shapviz.__version__}\n")


def test_an_empty_store_says_what_to_do(store: Store) -> None:
    status, said = call("list")
    assert (status, said) == (0, "Nothing is stored yet. `shapviz serve` makes the demos.\n")


def test_list_shows_key_name_and_state(store: Store, monkeypatch: Any) -> None:
    monkeypatch.setattr("shapviz.cli.terminal.is_terminal", lambda: True)
    key = store.put(rich_explanation(), name="Größe [bold]x[/bold]")
    status, said = call("list")
    assert status == 0
    assert key[:8] in said
    assert key not in said
    assert "complete" in said
    assert "Größe [bold]x[/bold]" in said


def test_list_elsewhere_is_lines_of_fields(store: Store) -> None:
    key = store.put(rich_explanation(), name="two\nlines\tand \x1b[31m" + "x" * 200)
    status, said = call("list")
    assert status == 0
    (line,) = said.splitlines()
    name = "two lines and  [31m" + "x" * 200
    made = store.record(key).created.isoformat(timespec="seconds")
    assert line.split("\t") == [key, name, "complete", "6", "fake", "1e-07", made]


@pytest.mark.parametrize("command", [["list"], ["show", "k"], ["delete", "k"], ["verify"]])
@pytest.mark.parametrize("there", [True, False])
def test_reading_makes_no_store(command: list[str], there: bool, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    if there:
        folder.mkdir()
    status, said = call(*command, "--store", str(folder))
    assert status == 1
    assert str(folder) in said
    assert "--store" in said
    assert "Traceback" not in said
    assert list(tmp_path.rglob("*")) == ([folder] if there else [])


def test_an_empty_setting_counts_as_not_set(monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHAPVIZ_STORE", "")
    status, said = call("list")
    assert status == 1
    # A long path is cut in its middle.
    assert str(tmp_path)[:8] in said
    assert ".stor" in said
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_setting_is_a_message(monkeypatch: Any, store: Store) -> None:
    monkeypatch.setenv("SHAPVIZ_PORT", "many")
    status, said = call("serve")
    assert status == 1
    assert "`SHAPVIZ_PORT` must be a valid integer" in said


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
    title, which, output, sum_, truth, bmi, age, foot = said.strip().splitlines()
    assert title == "two · model not named"
    assert which == "Sample 0, of 0 to 1"
    assert output == "Output risk, the only one"
    assert sum_ == "Prediction 1.50, from a base value of 3"
    assert truth == "In fact: sick"
    assert bmi.split()[:3] == ["bmi", "20.5", "−2.00"]
    assert bmi.count("█") == 24
    assert "years" in age
    assert "+0.50" in age
    assert age.count("█") == 6
    assert foot == "Additivity gap 0.000. Exact explainer."


def test_show_names_sample_and_model_on_one_line(store: Store) -> None:
    explanation = rich_explanation().replace(
        sample_names=[f"line\n{i}" for i in range(6)],
        provenance={"sample_noun": "patient", "model_name": "Keras\tMLP", "explainer": "kernel"},
        predictions=None,
    )
    key = store.put(explanation, name="a\x1b[2Jb")
    said = call("show", key, "--sample", "-1")[1].splitlines()
    assert said[0] == "a [2Jb · Keras MLP"
    assert said[1:3] == ["Patient 5 (“line 5”), of 0 to 5", "Output risk, the only one"]
    assert said[-1].endswith("Kernel explainer.")


@pytest.mark.parametrize("width", [20, 24, 30, 60, 140])
def test_show_fits_a_terminal_and_cuts_no_number(
    store: Store, monkeypatch: Any, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    names = ["a very long name of a feature", "\x1b[2J時間" + "時" * 30, "[bold]b[/]"]
    explanation = Explanation(
        values=[[0.5, -2.0, 1.0]],
        base_values=3.0,
        data=[["x" * 50, "\x07\r\n", "7"]],
        feature_names=names,
    )
    said = call("show", store.put(explanation, name="one"))[1]
    assert max(map(cell_len, said.splitlines())) <= width
    assert not set(said) & set("\x1b\x07\r")
    bars = {}
    for line in said.splitlines():
        for number in ("−2.00", "+1.00", "+0.50"):
            if number in line:
                bars[number] = line.count("█")
    assert list(bars) == ["−2.00", "+1.00", "+0.50"]
    assert bars["−2.00"] == {20: 0, 24: 5, 30: 6, 60: 6, 140: 24}[width]
    assert abs(bars["+1.00"] - bars["−2.00"] / 2) <= 0.5


def test_colours_are_for_terminals_alone(store: Store, monkeypatch: Any) -> None:
    key = store.put(rich_explanation(), name="one")
    assert "\x1b" not in call("show", key)[1]
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" in call("show", key)[1]


def test_show_takes_a_sample_by_name_where_one_is_called_so(store: Store) -> None:
    names = ["a", "b", "b", "7", "\x1b[2J", "1"]
    key = store.put(rich_explanation().replace(sample_names=names), name="one")
    for asked, line in [("a", "0 (“a”)"), ("7", "3 (“7”)"), ("1", "1 (“b”)"), ("-1", "5 (“1”)")]:
        status, said = call("show", key, "--sample", asked)
        assert (status, said.splitlines()[1]) == (0, f"Patient {line}, of 0 to 5"), said
    for asked, words in [
        ("b", "got one of 2 samples. Name one by its position: 1, 2."),
        ("", "There are 6: 'a', 'b', 'b', '7', '\\x1b[2J', '1'."),
        ("1_0", "got '1_0'"),
        ("9" * 30, "or a sample's name; got '999"),
    ]:
        status, said = call("show", key, "--sample", asked)
        assert status == 1
        assert words in said
        assert "\x1b" not in said


def test_show_takes_an_output_by_name(store: Store) -> None:
    key = store.put(rich_explanation(outputs=3), name="three")
    largest = int(rich_explanation(outputs=3).predictions[0].argmax())
    for name in range(3):
        line = call("show", key, "--output", f"class {name}")[1].splitlines()[2]
        assert line == f"Output class {name}, {'the largest' if name == largest else 'one'} of 3"
    assert f"Output class {largest}, the largest of 3" in call("show", key)[1]
    status, said = call("show", key, "--output", "nothing")
    assert status == 1
    assert "`--output` must be one of class 0, class 1, class 2" in said


def test_mistakes_are_messages(store: Store) -> None:
    key = store.put(rich_explanation(), name="one")
    status, said = call("show", key, "--sample", "6")
    assert status == 1
    assert "`--sample` must be from 0 to 5; got 6" in said
    status, said = call("show", key, "--sample", "pateint №3")
    assert status == 1
    assert "`--sample` must be a position from 0 to 5, or a sample's name; got" in said
    assert "Did you mean 'patient №3'" in said
    status, said = call("delete", "nothing")
    assert status == 1
    assert "`key` must be stored in" in said
    assert "Traceback" not in said


def test_delete_removes(store: Store) -> None:
    key = store.put(rich_explanation(), name="one")
    assert call("delete", key[:6]) == (0, f"Deleted one ({key}).\n")
    assert store.list() == []


def test_delete_asks_in_a_terminal(store: Store, monkeypatch: Any) -> None:
    monkeypatch.setattr("shapviz.cli.terminal.asks", lambda: True)
    key = store.put(rich_explanation(), name="one")
    result = CliRunner().invoke(app, ["delete", key], input="n\n")
    assert result.exit_code == 1
    assert f"Delete one ({key}) for good?" in result.output
    assert [record.key for record in store.list()] == [key]
    assert call("delete", key, "--yes") == (0, f"Deleted one ({key}).\n")
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


def test_listing_loads_the_catalogue_alone(store: Store) -> None:
    store.put(rich_explanation(), name="one")
    code = (
        "import sys\nfrom shapviz.cli import app\n"
        "app(['list'], standalone_mode=False)\n"
        "heavy = {'numpy', 'pandas', 'xarray', 'zarr', 'fsspec'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\t") == 6


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
