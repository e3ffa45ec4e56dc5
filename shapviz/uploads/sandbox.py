"""A child process for what must not be trusted: started, asked, stopped, and never believed.

Question and answer are JSON lines of bounded length; arrays travel as files in the child's own
folder. Nothing from the child is unpickled.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from shapviz import errors
from shapviz.errors import JobCancelled, ShapvizError, UploadError, Words, complaint
from shapviz.types import Cancel, Progress
from shapviz.uploads import child as child_side
from shapviz.uploads.endings import GIGABYTE, OUT_OF_MEMORY, ended_words
from shapviz.uploads.limits import ChildLimits

__all__ = ["Child"]

KEPT = ("LANG", "LC_ALL", "TZ", "KERAS_BACKEND", "LD_LIBRARY_PATH", "TF_ENABLE_ONEDNN_OPTS")
"""Of the environment; everything else, keys and passwords among it, stays here."""

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
PACKAGE = Path(__file__).resolve().parents[1]
LOG = "said.txt"
LOOKS_EVERY = 0.1
LAST_WAIT = 5.0
SAID_AT_MOST = 300


class Child:
    """A process that loads or runs what is not trusted; kept for as many calls as wanted.

    Parameters
    ----------
    limits : ChildLimits, optional
    readable : iterable of path
        Files and folders the child may read besides Python and its packages.
    path : iterable of path
        Folders it may import from besides those of this process.
    what : str
        What it looks at, for messages: the upload's name.
    confine : bool, default True
        Whether to hold off network, files and processes as well; limits hold either way.

    Attributes
    ----------
    folder : Path
        The child's own, where it may write; gone when the child is closed.
    holds : dict of str to bool
        Whether "network", "files" and "processes" are held off on this machine.

    Examples
    --------
    >>> with Child() as child:
    ...     child.call("json:loads", {"s": "[1, 2]"})
    [1, 2]
    """

    def __init__(
        self,
        limits: ChildLimits | None = None,
        *,
        readable: Iterable[str | Path] = (),
        path: Iterable[str | Path] = (),
        what: str = "upload",
        confine: bool = True,
    ) -> None:
        if os.name != "posix":
            fix = "Run shapviz on Linux or macOS, or open only files you trust."
            raise UploadError(
                complaint(what, "be opened in a child process", Words(sys.platform), fix)
            )
        self.limits = ChildLimits() if limits is None else limits
        self.what = what
        self.folder = Path(tempfile.mkdtemp(prefix="shapviz-child-")).resolve()
        self._waiting = b""
        self._closed = False
        asked, self._ask = os.pipe()
        self._answers, answers = os.pipe()
        lifeline, self._lifeline = os.pipe()
        config = {
            "package": str(PACKAGE),
            "folder": str(self.folder),
            "readable": [str(Path(p).resolve()) for p in (*_python(), *path, *readable)],
            "path": [*(str(p) for p in path), *(p for p in sys.path if _is_packages(p))],
            "limits": self.limits.to_json(),
            "confine": confine,
            "answers": answers,
            "lifeline": lifeline,
        }
        try:
            with (self.folder / LOG).open("wb") as log:
                self._process = subprocess.Popen(
                    [
                        sys.executable,
                        "-I",
                        "-B",
                        "-Wignore",
                        child_side.__file__,
                        json.dumps(config),
                    ],
                    stdin=asked,
                    stdout=log,
                    stderr=log,
                    cwd=self.folder,
                    env=self._environment(),
                    pass_fds=(answers, lifeline),
                    start_new_session=True,
                )
        except OSError:
            os.close(self._ask)
            os.close(self._answers)
            os.close(self._lifeline)
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        finally:
            for end in (asked, answers, lifeline):
                os.close(end)
        try:
            ready = self._read(time.monotonic() + 60.0, 60.0, None).get("ready")
        except BaseException:
            self.close()
            raise
        held = ready if isinstance(ready, dict) else {}
        self.holds = {name: held.get(name) is True for name in ("network", "files", "processes")}

    @property
    def closed(self) -> bool:
        """Whether it has ended: by `close`, or by a call that ended it."""
        return self._closed

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def call(
        self,
        function: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        timeout: float | None = None,
        cancel: Cancel | None = None,
        progress: Progress | None = None,
    ) -> Any:
        """Return what a function answers in the child.

        Parameters
        ----------
        function : str
            "module:function"; it takes and returns JSON values.
        arguments : dict, optional
            By name.
        timeout : float, optional
            Seconds; default the limits'.
        cancel : Cancel, optional
            Looked at ten times a second; once set, the child is stopped.
        progress : callable, optional
            Hears what the function says to `shapviz.uploads.telling.tell`.

        Raises
        ------
        UploadError
            The child crashed, met a limit, took too long or answered nonsense: it is closed then,
            and the message says what happened. Or the function failed with an error of no known
            kind; then the child goes on.
        ShapvizError
            As the function raised it in the child, by its own class.
        JobCancelled
            `cancel` was set.
        """
        seconds = self.limits.timeout if timeout is None else timeout
        deadline = time.monotonic() + seconds
        line = json.dumps({"function": function, "arguments": dict(arguments or {})})
        try:
            self._write(line.encode() + b"\n", deadline, seconds, cancel)
            found = self._read(deadline, seconds, cancel)
            while "progress" in found:
                _relay(found["progress"], progress)
                found = self._read(deadline, seconds, cancel)
        except BaseException:
            self.close()
            raise
        if "error" in found:
            raise self._error(found)
        if "answer" not in found:
            self.close()
            raise self._failed("answer as agreed", "something else", "Do not trust this file.")
        return found["answer"]

    def close(self) -> None:
        """End the child and everything it started, and remove its folder."""
        if self._closed:
            return
        self._closed = True
        if self._process.poll() is None:
            # Not yet waited for, so its number is still its own.
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._drain()
        for end in (self._ask, self._answers, self._lifeline):
            os.close(end)
        shutil.rmtree(self.folder, ignore_errors=True)

    def out_of_memory(self) -> UploadError:
        """The error to raise for a model that wished for more memory than it may have."""
        rule = f"load and run in {self.limits.memory / GIGABYTE:g} GB of memory"
        return self._failed(rule, "a wish for more", "Use a smaller model or fewer rows at once.")

    # Inside

    def _drain(self) -> None:
        """Wait until nobody holds the other end of the answers: the last process is gone then."""
        deadline = time.monotonic() + LAST_WAIT
        with selectors.DefaultSelector() as ready:
            ready.register(self._answers, selectors.EVENT_READ)
            while time.monotonic() < deadline:
                if ready.select(LOOKS_EVERY) and not os.read(self._answers, 2**16):
                    return

    def _environment(self) -> dict[str, str]:
        here = str(self.folder)
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        return {
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            **kept,
            **dict.fromkeys(("HOME", "TMPDIR", "KERAS_HOME", "JOBLIB_TEMP_FOLDER"), here),
            **dict.fromkeys(THREADS, str(self.limits.threads)),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "CUDA_VISIBLE_DEVICES": "-1",
        }

    def _write(self, line: bytes, deadline: float, seconds: float, cancel: Cancel | None) -> None:
        if self._closed:
            raise self._failed("be open", "a closed child", "Start another.")
        os.set_blocking(self._ask, False)
        with selectors.DefaultSelector() as ready:
            ready.register(self._ask, selectors.EVENT_WRITE)
            while line:
                self._look(deadline, seconds, cancel)
                if ready.select(LOOKS_EVERY):
                    try:
                        line = line[os.write(self._ask, line) :]
                    except BrokenPipeError as error:
                        raise self._ended() from error

    def _read(self, deadline: float, seconds: float, cancel: Cancel | None) -> dict[str, Any]:
        # Before the loop too: a child that never stops talking is also too late.
        self._look(deadline, seconds, cancel)
        with selectors.DefaultSelector() as ready:
            ready.register(self._answers, selectors.EVENT_READ)
            while b"\n" not in self._waiting:
                self._look(deadline, seconds, cancel)
                if not ready.select(LOOKS_EVERY):
                    continue
                block = os.read(self._answers, 2**16)
                if not block:
                    raise self._ended()
                self._waiting += block
                if len(self._waiting) > 2 * self.limits.answer:
                    rule = f"answer in at most {self.limits.answer:,} bytes"
                    raise self._failed(rule, "more", "Do not trust this file.")
        line, _, self._waiting = self._waiting.partition(b"\n")
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise self._failed("answer in JSON", "nonsense", "Do not trust this file.") from error
        if not isinstance(found, dict):
            raise self._failed("answer as agreed", "something else", "Do not trust this file.")
        return found

    def _look(self, deadline: float, seconds: float, cancel: Cancel | None) -> None:
        if cancel is not None and cancel.is_set():
            raise JobCancelled(
                complaint(self.what, "go on", Words("a cancel"), "Finished parts are kept.")
            )
        if time.monotonic() > deadline:
            fix = "It was stopped. Try fewer rows or a faster model."
            rule = f"answer within {seconds:g} seconds"
            raise self._failed(rule, "no answer by then", fix)

    def _failed(self, rule: str, got: str, fix: str) -> UploadError:
        return UploadError(complaint(self.what, rule, Words(got), fix))

    def _ended(self) -> UploadError:
        """What the child's end means."""
        code = self._process.wait()
        said = self._said()
        if OUT_OF_MEMORY.search(said):
            return self.out_of_memory()
        return self._failed(*ended_words(code, said, self.limits))

    def _said(self) -> str:
        """The end of what the child's libraries printed, harmless to show."""
        try:
            with (self.folder / LOG).open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - 2**12))
                text = log.read().decode("utf-8", "replace")
        except OSError:
            return ""
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return _harmless(" ".join(lines))[-SAID_AT_MOST:]

    def _error(self, found: dict[str, Any]) -> ShapvizError:
        kinds = found["error"] if isinstance(found["error"], list) else []
        message = _harmless(str(found.get("message", "")))[: child_side.LONGEST_MESSAGE]
        # Where the child looked is nobody's concern.
        message = message.replace(f"{self.folder}/", "")
        if "MemoryError" in kinds or OUT_OF_MEMORY.search(message):
            return self.out_of_memory()
        for kind in kinds:
            known = getattr(errors, str(kind), None)
            if isinstance(known, type) and issubclass(known, ShapvizError):
                return known(message)
        got = f"{str(kinds[0])[:60] if kinds else 'an error'}: {message[:SAID_AT_MOST]}"
        fix = "Check the file, or save it anew with a current version of its library."
        return self._failed("load and run", got, fix)


def _relay(told: Any, progress: Progress | None) -> None:
    """Pass on what is two counts; anything else of the kind is left unheard, like its speaker."""
    counts = told if isinstance(told, list) and len(told) == 2 else []
    if progress is not None and counts and all(isinstance(n, int) and n >= 0 for n in counts):
        progress(counts[0], counts[1])


def _harmless(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _is_packages(place: str) -> bool:
    return Path(place).name in ("site-packages", "dist-packages")


def _python() -> list[str | Path]:
    """Where Python, its packages and this one lie."""
    places = {sys.prefix, sys.base_prefix, sys.exec_prefix, str(PACKAGE)}
    return [*places, *(p for p in sys.path if _is_packages(p))]
