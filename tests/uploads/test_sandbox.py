"""The child: what it is kept from, how it ends, and that the asking process goes on."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from shapviz.errors import InputError, JobCancelled, UploadError
from shapviz.uploads import syscalls
from shapviz.uploads.limits import ChildLimits
from shapviz.uploads.sandbox import Child
from tests.conftest import missing

ROOT = Path(__file__).resolve().parents[2]
ACTS = "tests.uploads.acts"
SMALL = ChildLimits(memory=2**29, cpu=20, file=2**22, folder=2**23, timeout=20.0, answer=2**16)


def child(limits: ChildLimits = SMALL, **options) -> Child:
    """A child that can import these tests' acts."""
    return Child(limits, path=[ROOT], what="m.keras", **options)


@pytest.fixture(scope="module")
def kept():
    with child() as one:
        yield one


def test_one_child_answers_call_after_call(kept):
    assert [kept.call(f"{ACTS}:twice", {"number": n}) for n in (1, 2)] == [2, 4]


def test_how_far_it_is_can_be_heard(kept):
    heard = []
    answer = kept.call(f"{ACTS}:count_to", {"number": 3}, progress=lambda *n: heard.append(n))
    assert (answer, heard) == (3, [(1, 3), (2, 3), (3, 3)])


def test_it_is_kept_from_everything_but_its_folder(kept, tmp_path):
    if not all(kept.holds.values()):
        missing(f"this machine does not hold everything off: {kept.holds}")
    outside = tmp_path / "written"
    met = kept.call(f"{ACTS}:try_all", {"outside": str(outside), "pid": os.getpid()})
    assert "done" not in met.values(), met
    assert not list(tmp_path.iterdir())
    assert kept.call(f"{ACTS}:threads", {"count": 8}) == 8, "threads are no processes"


def test_what_it_is_not_kept_from_without_confinement_shows_that_the_acts_work(tmp_path):
    with child(confine=False) as one:
        assert not any(one.holds.values())
        met = one.call(f"{ACTS}:try_all", {"outside": str(tmp_path / "x"), "pid": os.getpid()})
    assert {met[act] for act in ("write outside", "list outside", "fork", "signal")} == {"done"}


def test_keys_in_the_environment_stay_here(kept, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with child() as one:
        found = one.call(f"{ACTS}:environment")
        assert "secret" not in str(found)
        assert found["HOME"] == found["TMPDIR"] == str(one.folder)
    assert not one.folder.exists()


@pytest.mark.parametrize(
    ("act", "arguments", "words"),
    [
        ("crash", {}, "it crashed"),
        ("give_up", {}, "its library gave up"),
        ("leave", {}, r"it ended by itself \(code 3\)"),
        ("wish_for_memory", {"gigabytes": 100}, r"in 0\.5 GB of memory; got a wish for more"),
        ("write_much", {"megabytes": 60}, "write at most"),
        ("write_one", {"megabytes": 6}, "File too large"),
        ("talk", {"size": 10**6}, "an answer of more than 65,536 bytes"),
        ("fail", {"message": "no such layer"}, "KeyError: 'no such layer'"),
        ("no_such_act", {}, "AttributeError"),
    ],
)
def test_how_it_ends_is_told_in_words(act, arguments, words):
    with child() as one, pytest.raises(UploadError, match=words) as told:
        one.call(f"{ACTS}:{act}", arguments)
    assert str(told.value).startswith("`m.keras` must ")


def test_a_loop_without_end_is_stopped_by_the_clock_and_by_its_processor_time():
    with child() as one, pytest.raises(UploadError, match=r"answer within 0\.3 seconds"):
        one.call(f"{ACTS}:sleep_for_ever", timeout=0.3)
    with child(replace(SMALL, cpu=1)) as one, pytest.raises(UploadError, match="at most 1 second"):
        one.call(f"{ACTS}:loop_for_ever")


def test_a_cancel_stops_it_at_once():
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    started = time.monotonic()
    with child() as one, pytest.raises(JobCancelled):
        one.call(f"{ACTS}:sleep_for_ever", cancel=cancel)
    assert time.monotonic() - started < 5


def test_after_its_end_it_says_that_it_is_closed():
    with child() as one:
        with pytest.raises(UploadError):
            one.call(f"{ACTS}:crash")
        with pytest.raises(UploadError, match="must be open"):
            one.call(f"{ACTS}:twice", {"number": 1})


def test_errors_of_ours_keep_their_class_and_others_do_not_end_it(kept):
    with pytest.raises(InputError, match="exist"):
        kept.call("shapviz.models.loading:load_model", {"path": "nowhere.keras"})
    with pytest.raises(UploadError, match="KeyError"):
        kept.call(f"{ACTS}:fail", {"message": "x"})
    assert kept.call(f"{ACTS}:twice", {"number": 3}) == 6


def test_nonsense_is_not_believed():
    with child() as one, pytest.raises(UploadError, match="answer in JSON"):
        one.call(f"{ACTS}:babble", {"answers": _answers(one)})


def test_a_child_that_never_stops_talking_is_stopped():
    with child() as one, pytest.raises(UploadError, match=r"answer within 0\.5 seconds"):
        one.call(f"{ACTS}:talk_for_ever", {"answers": _answers(one)}, timeout=0.5)


def _answers(one: Child) -> int:
    """The child's own number of the pipe it answers through, as hostile code would find it."""
    import json

    return json.loads(one._process.args[-1])["answers"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nothing_of_it_is_left_behind():
    one = child()
    group = one._process.pid
    assert _in_group(group)
    one.close()
    one.close()
    # Killed, and out of every list as soon as the kernel has taken them down.
    deadline = time.monotonic() + 5
    while _in_group(group) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _in_group(group)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_killed_asker_leaves_no_child_and_no_folder():
    asker = (
        "import time; from tests.uploads.test_sandbox import child; one = child();"
        "print(one._process.pid, one.folder, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", asker], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as started:
        group, folder = started.stdout.readline().split()
        assert _in_group(int(group))
        assert Path(folder).is_dir()
        started.kill()
    deadline = time.monotonic() + 10
    while (_in_group(int(group)) or Path(folder).exists()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _in_group(int(group))
    assert not Path(folder).exists()


def _in_group(group: int) -> list[str]:
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(place.parent.name)
    return found


def test_on_a_kernel_without_these_guards_it_says_so(monkeypatch):
    assert syscalls.MACHINES, "the table of machines is there"
    monkeypatch.setattr(syscalls.platform, "machine", lambda: "riscv64")
    assert syscalls.refuse_calls() is False
