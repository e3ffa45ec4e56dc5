"""The child process: gives up what it can, then answers one JSON line by another.

Run as a file, `python -I child.py CONFIG`: the first process watches, the last one works. Standard
library only until a task is asked for; the task's module brings what it needs.

    keeper    waits for the end of the asking process or of the work, and watches the folder
    └ first   of its own process list, where there is one: its end is the end of all
      └ work  limits, no network, no new processes, only its folder to write in
"""

from __future__ import annotations

import importlib.util
import json
import os
import select
import shutil
import signal
import sys
from collections.abc import Callable
from typing import Any

FOLDER_FULL = 97
ANSWERS, LIFELINE = "answers", "lifeline"
LONGEST_MESSAGE = 2000
LOOKS_EVERY = 0.25

SYSTEM = (
    "/usr",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/os-release",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/etc/group",
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/filesystems",
    "/proc/sys/vm",
    "/proc/sys/kernel",
    "/sys/devices/system",
    "/sys/fs/cgroup",
)
"""What libraries read on the way; /etc is not among it."""


def main() -> None:
    """Keep the working process."""
    config = json.loads(sys.argv[1])
    _pin_package(config["package"])
    from shapviz.priority import weigh_session
    from shapviz.uploads import syscalls

    # A worker's child works as much in the background as the worker.
    weigh_session(lambda line: sys.stderr.write(f"{line}\n"))
    namespaces = config["confine"] and syscalls.leave_namespaces()
    first = os.fork()
    if first == 0:
        os.close(config[LIFELINE])
        syscalls.die_with_parent()
        if namespaces:
            _as_first(lambda: _work(config, namespaces))
        _work(config, namespaces)
    os.close(config[ANSWERS])
    os.close(0)
    _keep(first, config)


def _pin_package(folder: str) -> None:
    """Make `shapviz` the very package of the asking process, whatever is installed."""
    spec = importlib.util.spec_from_file_location(
        "shapviz", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    if spec is None or spec.loader is None:
        raise SystemExit(f"no package in {folder}")
    module = importlib.util.module_from_spec(spec)
    sys.modules["shapviz"] = module
    spec.loader.exec_module(module)
    # The room's own __init__ would bring the asking side; the child needs none of it.
    room = importlib.util.module_from_spec(
        importlib.util.spec_from_loader("shapviz.uploads", None, is_package=True)  # type: ignore[arg-type]
    )
    room.__path__ = [os.path.join(folder, "uploads")]
    sys.modules["shapviz.uploads"] = room


# Keeping ----------------------------------------------------------------------------------------


def _keep(first: int, config: dict[str, Any]) -> None:
    """Wait for the work's end; end it when the asking process is gone or the folder is full."""
    lifeline = config[LIFELINE]
    wakes, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    while True:
        # After the signal was asked for: an end before that is seen at once.
        ended, status = os.waitpid(first, os.WNOHANG)
        if ended:
            os._exit(_as_code(status))
        ready, _, _ = select.select([lifeline, wakes], [], [], LOOKS_EVERY)
        if lifeline in ready:
            os.kill(first, signal.SIGKILL)
            os.waitpid(first, 0)
            # Nobody is left who would.
            shutil.rmtree(config["folder"], ignore_errors=True)
            os._exit(128 + signal.SIGKILL)
        if _bytes_in(config["folder"], config["limits"]["folder"]) > config["limits"]["folder"]:
            os.kill(first, signal.SIGKILL)
            os.waitpid(first, 0)
            os._exit(FOLDER_FULL)


def _bytes_in(folder: str, enough: int) -> int:
    """Bytes of all files under a folder, counted until there are enough."""
    total, waiting, entries = 0, [folder], 0
    while waiting and total <= enough and entries < 100_000:
        try:
            with os.scandir(waiting.pop()) as found:
                for entry in found:
                    entries += 1
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
        except OSError:
            # Taken away while it was looked at.
            continue
    # So many files are more than any task makes.
    return enough + 1 if entries >= 100_000 else total


def _as_code(status: int) -> int:
    if os.WIFSIGNALED(status):
        return 128 + os.WTERMSIG(status)
    return os.WEXITSTATUS(status)


def _as_first(work: Callable[[], None]) -> None:
    """Be the first of a process list: signals from inside do not end it, so it does no work."""
    worker = os.fork()
    if worker == 0:
        from shapviz.uploads import syscalls

        syscalls.die_with_parent()
        work()
    os.closerange(0, 64)
    while True:
        ended, status = os.wait()
        if ended == worker:
            os._exit(_as_code(status))


# Working ----------------------------------------------------------------------------------------


def _work(config: dict[str, Any], namespaces: bool) -> None:
    """Give up what can be given up, and answer until nobody asks."""
    answers = config[ANSWERS]
    code = 1
    try:
        sys.path[:] = _importable(config)
        _limit(config["limits"], namespaces)
        holds = _confine(config, namespaces)
        _say(answers, {"ready": holds})
        from shapviz.uploads import telling

        telling.sink = lambda done, total: _say(answers, {"progress": [done, total]})
        for line in _lines():
            _say(answers, _answer(json.loads(line), config["limits"]["answer"]))
        code = 0
    except BrokenPipeError:
        code = 0
    finally:
        os._exit(code)


def _importable(config: dict[str, Any]) -> list[str]:
    """Where to import from: what the asking process named, then this Python's own folders.

    A folder that may not be read (a checkout that some package points at) would end an import
    that another folder answers.
    """
    roots = [os.path.realpath(place) for place in (*SYSTEM, *config["readable"])]
    own = [p for p in sys.path if _is_under(os.path.realpath(p), roots)]
    return [*config["path"], *(p for p in own if p not in config["path"])]


def _is_under(place: str, roots: list[str]) -> bool:
    return any(place == root or place.startswith(root.rstrip("/") + "/") for root in roots)


def _limit(limits: dict[str, Any], namespaces: bool) -> None:
    import resource

    def at_most(kind: int, soft: int, hard: int | None = None) -> None:
        _, now = resource.getrlimit(kind)
        top = soft if hard is None else hard
        if now != resource.RLIM_INFINITY:
            soft, top = min(soft, now), min(top, now)
        try:
            resource.setrlimit(kind, (soft, top))
        except (ValueError, OSError) as error:
            # Some systems know a limit and do not take it; what holds is measured by the caller.
            sys.stderr.write(f"limit {kind}: {error}\n")

    at_most(resource.RLIMIT_CORE, 0)
    at_most(resource.RLIMIT_FSIZE, limits["file"])
    at_most(resource.RLIMIT_NOFILE, limits["files"])
    if namespaces and hasattr(resource, "RLIMIT_NPROC"):
        # Elsewhere all of the user's processes and threads would count, the asking one's too.
        at_most(resource.RLIMIT_NPROC, limits["processes"])
    at_most(resource.RLIMIT_DATA, limits["memory"])
    if hasattr(resource, "RLIMIT_AS"):
        at_most(resource.RLIMIT_AS, 2 * limits["memory"] + 2**29)
    if limits["cpu"] is not None:
        at_most(resource.RLIMIT_CPU, limits["cpu"], limits["cpu"] + 2)


def _confine(config: dict[str, Any], namespaces: bool) -> dict[str, bool]:
    """What of network, files and processes is held off; False is said, not hidden."""
    if not config["confine"]:
        return {"network": False, "files": False, "processes": False}
    from shapviz.uploads import syscalls

    rights = syscalls.no_new_rights()
    files = rights and syscalls.keep_to_files([*SYSTEM, *config["readable"]], [config["folder"]])
    calls = rights and syscalls.refuse_calls()
    return {"network": namespaces or calls, "files": files, "processes": calls}


def _lines() -> Any:
    """Lines from the asking process, whole ones."""
    waiting = b""
    while True:
        block = os.read(0, 2**16)
        if not block:
            return
        waiting += block
        *whole, waiting = waiting.split(b"\n")
        yield from whole


def _say(answers: int, value: dict[str, Any]) -> None:
    line = json.dumps(value).encode() + b"\n"
    while line:
        line = line[os.write(answers, line) :]


def _answer(asked: dict[str, Any], largest: int) -> dict[str, Any]:
    try:
        module, _, name = asked["function"].partition(":")
        function = getattr(importlib.import_module(module), name)
        found = {"answer": function(**asked["arguments"])}
        if len(json.dumps(found)) > largest:
            raise ValueError(f"an answer of more than {largest:,} bytes")
    except BaseException as error:
        kinds = [each.__name__ for each in type(error).__mro__]
        return {"error": kinds, "message": str(error)[:LONGEST_MESSAGE]}
    return found


if __name__ == "__main__":
    main()
