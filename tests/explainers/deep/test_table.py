"""docs/op-rules.md is what the registry says today."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from shapviz.errors import UnsupportedOpError
from shapviz.explainers.deep.rules import RULES, elementwise
from shapviz.explainers.deep.table import KINDS, rules_page
from tests.explainers.deep.check_rule import check_rule

ROOT = Path(__file__).resolve().parents[3]
MET = json.loads((ROOT / "tests" / "coverage" / "met.json").read_text())


def test_the_page_is_up_to_date():
    """If this fails, run ``python -m shapviz.explainers.deep.table``."""
    assert (ROOT / "docs" / "op-rules.md").read_text() == rules_page(MET)


def test_every_rule_has_a_row_and_every_kind_its_words():
    page = rules_page({"Relu": ["layers.ReLU", "ops.relu", "a", "b", "c"]})
    for op, rule in RULES.items():
        assert f"\n| {op} | {rule.kind} | {rule.exactness} | " in page
        assert rule.kind in KINDS
    assert "`layers.ReLU`, `ops.relu`, `a` and 2 more" in page


def test_a_new_rule_makes_the_page_out_of_date(monkeypatch):
    monkeypatch.setitem(RULES, "Wiggle", RULES["Sin"])
    assert (ROOT / "docs" / "op-rules.md").read_text() != rules_page(MET)


def test_the_worked_example_of_contributing(monkeypatch):
    """The rule and the test are read off the page and performed as they stand there."""
    tf = pytest.importorskip("tensorflow")
    rule, test = re.findall(r"```python\n(.*?)\n```", (ROOT / "CONTRIBUTING.md").read_text(), re.S)
    ((op, added),) = eval(f"{{{rule}}}", dict(vars(elementwise))).items()  # noqa: S307
    ((_, function),) = eval(f"{{{test}}}", {"tf": tf}).items()  # noqa: S307
    monkeypatch.delitem(RULES, op, raising=False)
    with pytest.raises(UnsupportedOpError, match=f"There is no rule for {op}"):
        check_rule(function)
    monkeypatch.setitem(RULES, op, added)
    check_rule(function)
