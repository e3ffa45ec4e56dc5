"""A catalogue in PostgreSQL and arrays behind S3, shared by several processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapviz.errors import StoreError
from shapviz.store import Store
from shapviz.store.server_lock import ServerLock
from tests.contracts.store import StoreContract
from tests.jobs.working import until
from tests.store.fakes import FakeExplainer, rich_explanation, table
from tests.store.servers import new_database

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
class TestPostgreSQL(StoreContract):
    @pytest.fixture(autouse=True)
    def _server(self, postgresql: str, monkeypatch: Any, tmp_path: Path) -> None:
        self.server = postgresql
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def open_store(self, tmp_path: Any) -> Store:
        return Store(tmp_path / "store", new_database(self.server))


def bucket(address: str, name: str) -> str:
    import s3fs

    s3fs.S3FileSystem(endpoint_url=address).mkdir(name)
    return f"s3://{name}/store"


HOLDER = """
import sys, time
from shapviz.store import Store
from shapviz.store.server_lock import ServerLock
with Store(*sys.argv[1:]).lock:
    print("held", flush=True)
    time.sleep(60)
"""

WRITER = """
import sys
from shapviz.store import Store
from shapviz.store.server_lock import ServerLock
from tests.store.fakes import FakeExplainer, die_at, table
store = Store(*sys.argv[1:3])
at = die_at(int(sys.argv[3])) if len(sys.argv) > 3 else None
store.explain(FakeExplainer(at_row=at), table(100), name="k")
"""


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def test_several_processes_share_s3_and_postgresql(
    postgresql: str, s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    address = (bucket(s3, f"b{tmp_path.name.replace('_', '-')[:40]}"), new_database(postgresql))
    here, there = Store(*address), Store(*address)
    assert Store(*here.address).list() == []

    # One dashboard writes, the other reads: rows, features, summaries, everything.
    whole = rich_explanation(40, outputs=3)
    key = here.put(whole, name="rich")
    assert there.get(key).equals(whole)
    assert there.rows(key, 3, 7).equals(whole[3:7])
    np.testing.assert_array_equal(there.feature(key, "bmi").values, whole.values[:, 1])
    assert there.summary(key).samples == 40
    assert list(there.verify()) == [(key, None)]

    # Material that one brings, another has.
    file = tmp_path / "model.keras"
    file.write_bytes(b"model")
    digest = here.materials.add_model(file, name="m").digest
    assert there.materials.model_path(digest).read_bytes() == b"model"

    # A killed writer's lock is free, its finished parts are kept.
    assert python(WRITER, *address, "70").wait(60) == -9
    (record,) = [each for each in there.list() if each.name == "k"]
    assert record.state == "computing"
    assert 0 < record.done <= 70
    assert len(there.partial(record.key) or []) == record.done
    explainer = FakeExplainer()
    told = there.explain(explainer, table(100), name="k")
    assert explainer.rows_explained == 100 - record.done
    np.testing.assert_array_equal(told.values, table(100))
    assert here.get(record.key).equals(told)

    # One writer, whatever the machine.
    holder = python(HOLDER, *address)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreError, match=f"process {holder.pid} on .* is writing"):
            here.delete(key)
        assert here.lock.holder() == holder.pid
    finally:
        holder.kill()
        holder.wait()
    here.delete(key)
    assert [each.name for each in there.list()] == ["k"]
    assert here.sweep() == []


def test_the_settings_name_the_catalogue_of_their_store(
    postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    database = new_database(postgresql)
    monkeypatch.setenv("SHAPVIZ_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("SHAPVIZ_CATALOGUE", database)
    Store(tmp_path / "store").put(rich_explanation(), name="a")
    assert [each.name for each in Store(tmp_path / "x", database).list()] == ["a"]
    assert Store(tmp_path / "other").list() == []


def test_a_server_that_is_not_there_is_told_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="`catalogue` must be a database that can be") as told:
        Store(tmp_path, "postgresql://me:secret@127.0.0.1:1/none")
    assert "secret" not in str(told.value)
    with pytest.raises(StoreError, match="`catalogue` must be the SQLAlchemy URL"):
        Store(tmp_path, "mysql://me@127.0.0.1/none")


def test_a_lock_that_the_server_let_go_of_is_taken_again_or_said_to_be_lost(
    postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    database = new_database(postgresql)
    store = Store(tmp_path / "store", database)
    own, others = store.lock, ServerLock(f"{database}?target_session_attrs=any")
    holders = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"

    def cut_off() -> None:
        with psycopg.connect(database, autocommit=True) as connection:
            (pid,) = connection.execute(holders).fetchone() or (None,)
            connection.execute("SELECT pg_terminate_backend(%s)", (pid,))
            until(lambda: connection.execute(holders).fetchone() is None)

    with own:
        own.renew()
        cut_off()
        own.renew()
        with pytest.raises(StoreError, match="one process at a time"):
            others.__enter__()
        cut_off()
        with others, pytest.raises(StoreError, match="one process at a time; got process"):
            own.renew()
    with others:
        pass
