"""What hostile code would do once it runs: asked of a child, to see what comes of it."""

from __future__ import annotations

import ctypes
import os
import resource
import socket
import subprocess
import threading
import time


def try_all(outside: str, pid: int) -> dict[str, str]:
    """Try each act and say what it met."""
    acts = {
        "write outside": lambda: open(outside, "w").close(),
        "list outside": lambda: os.listdir(os.path.dirname(outside)),
        "read a secret": lambda: open("/etc/shadow").close(),
        "read its neighbour": lambda: open(f"/proc/{pid}/environ").close(),
        "connect": lambda: socket.create_connection(("127.0.0.1", 9), timeout=1),
        "send a datagram": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "local socket": lambda: socket.socket(socket.AF_UNIX),
        "fork": _fork,
        "run a program": lambda: subprocess.run(["/bin/true"], check=True),
        "signal": lambda: os.kill(pid, 0),
        "mount": _mount,
        "read around the corner": lambda: open("/proc/self/root/etc/shadow").close(),
        "change rights": lambda: os.chmod(os.path.dirname(outside), 0o700),
        "change times": lambda: os.utime(os.path.dirname(outside)),
        "limit its neighbour": lambda: resource.prlimit(pid, resource.RLIMIT_CPU, (999, 9999)),
        "make a pipe": lambda: os.mkfifo("pipe"),
        "make a link": lambda: os.symlink("/etc/passwd", "link"),
        "link out": lambda: os.symlink("/etc", os.path.join(os.path.dirname(outside), "link")),
    }
    met = {}
    for name, act in acts.items():
        try:
            act()
            met[name] = "done"
        except OSError as error:
            met[name] = type(error).__name__
    return met


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _mount() -> None:
    if ctypes.CDLL(None, use_errno=True).mount(b"none", b"/mnt", b"tmpfs", 0, None) != 0:
        raise OSError(ctypes.get_errno(), "mount")


def environment() -> dict[str, str]:
    return dict(os.environ)


def crash() -> None:
    ctypes.string_at(8)


def give_up() -> None:
    os.abort()


def leave() -> None:
    os._exit(3)


def sleep_for_ever() -> None:
    while True:
        time.sleep(1)


def loop_for_ever() -> None:
    while True:
        pass


def wish_for_memory(gigabytes: int) -> int:
    return len(bytearray(gigabytes * 2**30))


def write_much(megabytes: int) -> None:
    for part in range(megabytes):
        with open(f"part{part}", "wb") as file:
            file.write(os.urandom(2**20))
    time.sleep(5)


def write_one(megabytes: int) -> None:
    with open("one", "wb") as file:
        file.write(bytes(megabytes * 2**20))


def threads(count: int) -> int:
    done: list[int] = []
    work = [threading.Thread(target=done.append, args=(i,)) for i in range(count)]
    for each in work:
        each.start()
    for each in work:
        each.join()
    return len(done)


def talk(size: int) -> str:
    return "x" * size


def talk_for_ever(answers: int) -> None:
    while True:
        os.write(answers, b'{"progress": [1, 2]}\n' * 100)


def babble(answers: int) -> None:
    os.write(answers, b"\x80\x04nonsense\n")


def count_to(number: int) -> int:
    from shapviz.uploads.telling import tell

    for step in range(number):
        tell(step + 1, number)
        time.sleep(0.12)
    return number


def twice(number: int) -> int:
    return 2 * number


def fail(message: str) -> None:
    raise KeyError(message)
