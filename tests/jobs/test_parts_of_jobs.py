"""The small parts: turns, devices, what a preview makes of a probe; no cluster."""

from __future__ import annotations

import time
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from shapviz.errors import JobCancelled
from shapviz.jobs.cluster import worker_environments
from shapviz.jobs.devices import LIST, devices
from shapviz.jobs.previewing import finished
from shapviz.jobs.probe import _call, _fitted, _timed
from shapviz.jobs.spec import DEMOS_OWNER
from shapviz.jobs.turns import in_turn


@dataclass(frozen=True)
class Claim:
    owner: str
    name: str


def _never(_claim: Claim) -> bool:
    return False


def turn(claims: list[Claim], flying: list[str], served: dict[str, float], *later: str) -> str:
    return in_turn(claims, flying, served, _never, lambda claim: claim.name in later)[0].name


def test_owners_take_turns_and_demos_wait_for_everybody() -> None:
    claims = [Claim(DEMOS_OWNER, "demo"), Claim("a", "a1"), Claim("a", "a2"), Claim("b", "b1")]
    assert turn(claims, [], {}) == "a1"
    assert turn(claims, ["a"], {}) == "b1"
    # As many in work: whoever waited longest.
    assert turn(claims, ["a", "b"], {"a": 5.0, "b": 4.0}) == "b1"
    assert turn(claims, ["b"], {}, "a1") == "a2"
    assert turn(claims[:1], ["a"], {}) == "demo"
    first = in_turn(claims, ["b"], {}, lambda claim: claim.name == "a2", _never)
    assert [claim.name for claim in first] == ["a2", "a1", "b1", "demo"]
    assert [claim.name for claim in in_turn(claims, ["b"], {}, _never, _never)][-1] == "demo"


def test_one_process_a_device_where_tensorflow_can_open_it(monkeypatch: Any) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    assert devices(lambda command, _: "0\n1\n" if command == LIST else "2\n") == ["0", "1"]
    assert devices(lambda command, _: "0\n1\n" if command == LIST else "0\n") == []
    assert devices(lambda _command, _: "") == []
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,GPU-5")
    assert devices(lambda _command, _: "2") == ["3", "GPU-5"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert devices(lambda _command, _: "2") == []
    found = worker_environments(8, ["0", "1"])
    assert [each["CUDA_VISIBLE_DEVICES"] for each in found] == ["0", "1"]
    assert {each["CUDA_VISIBLE_DEVICES"] for each in worker_environments(3, [])} == {"-1"}


def probed(**more: Any) -> dict[str, Any]:
    facts = {"key": "k", "explainer": "exact", "why": "", "samples": 1000, "rows": 5, "exact": True}
    costs = {"parts": 10, "todo": 1000, "pace": [0.1, 0.02], "staging": 0.0, "row_bytes": 0}
    return {**facts, **costs, "memory_bytes": 1, "loading": 3.0, **more}


def test_a_preview_spreads_the_work_over_the_workers() -> None:
    # 10 parts of 0.1 s and 1000 samples of 0.02 s: 21 s of work.
    assert finished(probed(), workers=1, cold=0, stored=False)["seconds"] == pytest.approx(21.0)
    assert finished(probed(), workers=2, cold=0, stored=False)["seconds"] == pytest.approx(10.5)
    # One of them has to load the model first.
    assert finished(probed(), workers=2, cold=1, stored=False)["seconds"] == pytest.approx(12.0)
    # One part cannot be spread; a short job is not worth loading a model for.
    alone = finished(probed(parts=1), workers=4, cold=3, stored=False)
    assert alone["seconds"] == pytest.approx(20.1)
    short = finished(probed(todo=100), workers=2, cold=1, stored=False)
    assert short["seconds"] == pytest.approx(3.0)
    stored = finished(probed(), workers=2, cold=0, stored=True)
    assert (stored["rows"], stored["seconds"]) == (0, 0.0)


def test_a_line_through_timings_has_no_negative_end() -> None:
    pace = _fitted([(1, 0.12), (8, 0.26), (64, 1.38)])
    assert (pace.fixed, pace.each) == (pytest.approx(0.1), pytest.approx(0.02))
    assert _fitted([(1, 0.5), (8, 0.4)]).each == pytest.approx(0.05)
    assert _fitted([(1, 0.01), (8, 0.2)]).fixed == 0.0


def test_reading_answers_takes_time_too():
    """Progress counts what was asked; a model that answers fast is no reason to promise little."""
    sizes = []

    def explainer(rows, *, progress, cancel):
        sizes.append(len(rows))
        for done in range(len(rows)):
            if cancel.is_set():
                raise JobCancelled("told to stop")
            progress(done + 1, len(rows))
        time.sleep(0.2 * len(rows))
        return rows

    found = SimpleNamespace(
        explainer=explainer, part=lambda start, stop: (range(100)[start:stop], {})
    )
    pace, piece = _timed(found, 100)
    # A busy machine oversleeps.
    assert 0.15 < pace.each < 0.4
    assert pace.fixed < 0.1
    assert len(piece) == max(sizes) <= 8


def test_a_call_that_asks_for_long_is_cut_short_and_said_by_its_share():
    def explainer(rows, *, progress, cancel):
        for done in range(1000):
            if cancel.is_set():
                raise JobCancelled("told to stop")
            time.sleep(0.02)
            progress(done + 1, 1000)

    found = SimpleNamespace(
        explainer=explainer, part=lambda start, stop: (range(100)[start:stop], {})
    )
    # A busy machine oversleeps.
    assert 18 < _call(found, 1, 0.4)[0] < 60
