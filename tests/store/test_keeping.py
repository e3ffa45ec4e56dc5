"""The bounded cache, the sweep of materials, and a check of everything that says how far it is."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from shapviz.errors import InputError
from shapviz.store import Store
from shapviz.store.cache import ResultCache
from tests.store.fakes import rich_explanation


def test_the_cache_gives_back_what_was_kept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    e = rich_explanation(outputs=3)
    assert store.cache.get("k") is None
    store.cache.put("k", e)
    back = Store(tmp_path).cache.get("k")
    assert back is not None
    assert back.equals(e)
    store.cache.put("k", rich_explanation(4))
    assert len(store.cache.get("k") or []) == 4
    store.cache.clear()
    assert store.cache.get("k") is None


def test_the_cache_forgets_what_was_not_used_for_longest(tmp_path: Path) -> None:
    e = rich_explanation()
    probe = ResultCache(tmp_path / "probe.sqlite")
    probe.put("x", e)
    one = probe.bytes()
    cache = ResultCache(tmp_path / "c.sqlite", most_bytes=3 * one)
    for key in "abc":
        cache.put(key, e)
    assert cache.get("a") is not None
    cache.put("d", e)
    assert [key for key in "abcd" if cache.get(key) is None] == ["b"]
    assert cache.bytes() <= 3 * one
    ResultCache(tmp_path / "small.sqlite", most_bytes=one - 1).put("a", e)
    assert ResultCache(tmp_path / "small.sqlite").get("a") is None
    with pytest.raises(InputError, match="`most_bytes` must be at least 1"):
        ResultCache(tmp_path / "x", most_bytes=0)


def test_damage_in_the_cache_counts_as_nothing_kept(tmp_path: Path) -> None:
    cache = ResultCache(tmp_path / "c.sqlite")
    cache.put("a", rich_explanation())
    with sqlite3.connect(cache.path) as connection:
        connection.execute("UPDATE results SET arrays = zeroblob(length(arrays))")
    assert cache.get("a") is None
    assert cache.bytes() == 0


def test_threads_share_the_cache(tmp_path: Path) -> None:
    cache, e = ResultCache(tmp_path / "c.sqlite"), rich_explanation()

    def work(i: int) -> list[bool]:
        found = []
        for j in range(5):
            cache.put(f"{i} {j}", e)
            again = cache.get(f"{i} {j}")
            found.append(again is not None and again.equals(e))
        return found

    with ThreadPoolExecutor(4) as threads:
        assert all(all(found) for found in threads.map(work, range(4)))


def test_many_open_a_new_file_at_once(tmp_path: Path) -> None:
    """Switching to the write-ahead log is refused at once while somebody else does it."""

    def keep(path: Path) -> bool:
        together.wait()
        ResultCache(path).put("k", rich_explanation())
        return True

    together = threading.Barrier(8)
    with ThreadPoolExecutor(8) as threads:
        for i in range(20):
            assert all(threads.map(keep, [tmp_path / f"{i}.sqlite"] * 8))


def test_materials_go_only_when_asked_old_and_named_by_nobody(tmp_path: Path) -> None:
    store = Store(tmp_path / "s")
    file = tmp_path / "m.keras"
    file.write_bytes(b"model")
    model = store.materials.add_model(file, name="m")
    table = store.materials.add_table(np.zeros((3, 2)), name="t")
    named = store.materials.add_table(np.ones((3, 2)), name="named")
    store.catalogue.queue.add(
        {
            "id": "j",
            "kind": "explain",
            "spec": {"data": {"digest": named.digest}},
            "owner": "",
            "rank": 0,
            "name": "j",
            "explainer": "auto",
            "state": "failed",
        }
    )
    assert store.sweep(materials=True) == []
    removed = store.materials.sweep(age=-1)
    assert len(removed) == 2
    assert store.materials.models() == []
    assert [each.digest for each in store.materials.tables()] == [named.digest]
    assert not any(model.digest in str(f) or table.digest in str(f) for f in tmp_path.rglob("*"))


def test_verifying_says_how_far_it_is(tmp_path: Path) -> None:
    store, told = Store(tmp_path), []
    keys = {store.put(rich_explanation(n), name="a") for n in (6, 40)}
    found = list(store.verify(progress=lambda done, total: told.append((done, total))))
    assert dict(found) == dict.fromkeys(keys)
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] > 0
    row = store.catalogue.row(found[0][0])
    assert row is not None
    summary = tmp_path / row["location"] / "summary"
    summary.write_bytes(b"x" * summary.stat().st_size)
    problems = dict(store.verify())
    assert problems[found[0][0]] is not None
    assert problems[found[1][0]] is None
