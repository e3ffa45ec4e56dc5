"""One zip out and in again; whatever is wrong with one is told, and nothing of it is stored."""

from __future__ import annotations

import json
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapviz.errors import StoreError
from shapviz.store import Store
from tests.store.fakes import FakeExplainer, rich_explanation, table


@pytest.mark.parametrize("outputs", [0, 3])
def test_what_is_exported_is_imported_equal(tmp_path: Path, outputs: int) -> None:
    whole = rich_explanation(40, outputs=outputs)
    here, there = Store(tmp_path / "a"), Store(tmp_path / "b")
    key = here.put(whole, name="rich ../<b>")
    here.export(key, tmp_path / "e.zip")
    made = there.import_(tmp_path / "e.zip")
    assert there.get(made).equals(whole)
    assert there.record(made).name == "rich ../<b>"
    assert there.import_(tmp_path / "e.zip", name="other") != made
    assert there.import_(tmp_path / "e.zip") == made
    with zipfile.ZipFile(tmp_path / "e.zip") as zipped:
        entry = json.loads(zipped.read("explanation.json"))["arrays"]["values"]
        with zipped.open(entry["file"]) as stream:
            np.testing.assert_array_equal(np.lib.format.read_array(stream), whole.values)


def test_only_a_trusted_zip_answers_questions(tmp_path: Path) -> None:
    here, X = Store(tmp_path / "a"), table(20)
    here.explain(FakeExplainer(), X, name="n")
    here.export(here.list()[0].key, tmp_path / "e.zip")
    for trusted, computed in ((False, 20), (True, 0)):
        there, explainer = Store(tmp_path / f"b{trusted}"), FakeExplainer()
        there.import_(tmp_path / "e.zip", trusted=trusted)
        told = there.explain(explainer, X, name="another name")
        assert explainer.rows_explained == computed
        np.testing.assert_array_equal(told.values, X)


Change = Callable[[dict[str, bytes]], None]


def rewritten(tmp_path: Path, change: Change) -> Path:
    """An exported zip, its members changed."""
    store = Store(tmp_path / "from")
    store.export(store.put(rich_explanation(), name="a"), tmp_path / "good.zip")
    with zipfile.ZipFile(tmp_path / "good.zip") as zipped:
        members = {name: zipped.read(name) for name in zipped.namelist()}
    change(members)
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as zipped:
        for name, content in members.items():
            zipped.writestr(name, content)
    return tmp_path / "bad.zip"


def in_document(edit: Callable[[dict[str, Any]], None]) -> Change:
    def change(members: dict[str, bytes]) -> None:
        told = json.loads(members["explanation.json"])
        edit(told)
        members["explanation.json"] = json.dumps(told).encode()

    return change


def deep(told: dict[str, Any]) -> None:
    node: Any = {"is": "list", "items": []}
    for _ in range(100):
        node = {"is": "list", "items": [node]}
    told["document"]["units"] = node


def names_from_nowhere(told: dict[str, Any]) -> None:
    told["document"]["sample_names"] = {"is": "count", "start": 0, "stop": 10**12}


def wide_text(told: dict[str, Any]) -> None:
    told["document"]["truth"]["dtype"] = "<U99999999"


def foreign_zone(told: dict[str, Any]) -> None:
    for cell in told["document"]["metadata"]["cells"]:
        if cell["is"] == "zoned":
            cell["zone"] = "dateutil//etc/passwd"


def pickled(members: dict[str, bytes]) -> None:
    name = "arrays/0.npy"
    members[name] = members[name].replace(b"'<f8'", b"'|O' ", 1)


BAD: dict[str, tuple[Change, str]] = {
    "path": (lambda m: m.update({"../evil": b"x"}), "a member named"),
    "absolute": (lambda m: m.update({"/etc/evil": b"x"}), "a member named"),
    "no document": (lambda m: m.pop("explanation.json") and None, "no explanation.json"),
    "nonsense": (lambda m: m.update({"explanation.json": b"{"}), "JSONDecodeError"),
    "another kind": (in_document(lambda t: t.update(format="x")), "another kind"),
    "newer": (in_document(lambda t: t.update(version=9)), "of a newer shapviz"),
    "changed number": (
        lambda m: m.update({"arrays/0.npy": m["arrays/0.npy"][:-1] + b"\x01"}),
        "checksum",
    ),
    "short": (lambda m: m.update({"arrays/0.npy": m["arrays/0.npy"][:-9]}), "ends too early"),
    "long": (lambda m: m.update({"arrays/0.npy": m["arrays/0.npy"] + b"x"}), "more in its file"),
    "pickle": (pickled, "another shape or type"),
    "missing array": (lambda m: m.pop("arrays/1.npy") and None, "KeyError"),
    "huge shape": (
        in_document(lambda t: t["arrays"]["values"].update(shape=[2**40, 3])),
        "arrays of",
    ),
    "object type": (in_document(lambda t: t["arrays"]["values"].update(dtype="|O")), "array"),
    "unknown field": (in_document(lambda t: t["document"].update(evil={"is": "scalar"})), "fields"),
    "unknown kind": (
        in_document(lambda t: t["document"].update(units={"is": "pickle"})),
        "known to this version",
    ),
    "deep": (in_document(deep), "nested too deep"),
    "names": (in_document(names_from_nowhere), "a count of"),
    "wide text": (in_document(wide_text), "an? objects of"),
    "zone": (in_document(foreign_zone), "a zoned of"),
}


@pytest.mark.parametrize("what", sorted(BAD))
def test_a_hostile_zip_is_refused(tmp_path: Path, what: str) -> None:
    change, said = BAD[what]
    bad, store = rewritten(tmp_path, change), Store(tmp_path / "to")
    before = sorted(f for f in tmp_path.rglob("*"))
    with pytest.raises(StoreError, match=said):
        store.import_(bad)
    assert store.list() == []
    assert sorted(f for f in tmp_path.rglob("*")) == before


def test_a_bomb_a_link_and_no_zip_are_refused(tmp_path: Path) -> None:
    store = Store(tmp_path / "to")
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("explanation.json", "{}")
        zipped.writestr("arrays/0.npy", b"\0" * 5_000_000)
    with pytest.raises(StoreError, match="unpacks to more than 250 times"):
        store.import_(bomb)
    link = tmp_path / "link.zip"
    with zipfile.ZipFile(link, "w") as zipped:
        zipped.writestr("explanation.json", "{}")
        info = zipfile.ZipInfo("arrays/0.npy")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        zipped.writestr(info, "/etc/passwd")
    with pytest.raises(StoreError, match="a link"):
        store.import_(link)
    none = tmp_path / "none.zip"
    none.write_bytes(b"PK\x03\x04 no zip")
    for place in (none, tmp_path / "missing.zip", tmp_path):
        with pytest.raises(StoreError, match=r"`path` must be a zip made by store\.export"):
            store.import_(place)
    assert store.list() == []


def test_an_export_is_whole_or_not_there(tmp_path: Path) -> None:
    store = Store(tmp_path / "s")
    key = store.put(rich_explanation(), name="a")
    with pytest.raises(StoreError, match="`path` must be a place for a file"):
        store.export(key, tmp_path / "none" / "e.zip")
    row = store.catalogue.row(key)
    assert row is not None
    os.unlink(tmp_path / "s" / row["location"] / "values" / "c" / "0" / "0")
    with pytest.raises(StoreError, match="`values` must read back"):
        store.export(key, tmp_path / "e.zip")
    assert list(tmp_path.glob("*.zip")) == []
    assert list(tmp_path.glob(".*")) == []
