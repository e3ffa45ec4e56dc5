"""What a Linux process can give up by itself, without rights and without packages.

Each function says whether it took hold; none raises where the kernel does not know it. Standard
library only: this runs in the child before anything else is imported. Sources: the kernel's
documents userspace-api/landlock, userspace-api/seccomp_filter and man 2 unshare.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterable

__all__ = ["keep_to_files", "leave_namespaces", "no_new_rights", "refuse_calls"]

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
NEW_IPC, NEW_USER, NEW_PID, NEW_NET = 0x08000000, 0x10000000, 0x20000000, 0x40000000
CLONE_THREAD = 0x00010000
CAPABILITIES_3 = 0x20080522

LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
READ = 1 << 2 | 1 << 3
UNWRITABLE = 1 << 0 | 1 << 6 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12
"""To execute, and to make devices, sockets, pipes and links: the asking process reads there."""

FILE_RIGHTS = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")

EPERM, ENOSYS = 1, 38
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
X32 = 0x40000000

REFUSED: dict[str, tuple[int, int | None]] = {
    "socket": (41, 198),
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "kill": (62, 129),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "mount_setattr": (442, 442),
    "open_by_handle_at": (304, 265),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "memfd_create": (319, 279),
    # Landlock minds what is in a file, not whose it is.
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "setxattrat": (463, 463),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
}
"""Calls that neither loading nor running a model needs: (x86_64, aarch64)."""

CLONE, CLONE3, TGKILL, PRLIMIT = (56, 220), (435, 435), (234, 131), (302, 261)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """Be killed when the process that made this one ends."""
    if sys.platform == "linux":
        _libc().prctl(PR_SET_PDEATHSIG, 9, 0, 0, 0)


def leave_namespaces() -> bool:
    """Whether this process left the network, and its children the process list, of the machine.

    Only the children made afterwards are in the new process list; when the first of them ends,
    the kernel ends all others in it.
    """
    if sys.platform != "linux":
        return False
    return bool(_libc().unshare(NEW_USER | NEW_NET | NEW_PID | NEW_IPC) == 0)


def no_new_rights() -> bool:
    """Whether this process gave up its rights, gaining any, and being read by others, for good."""
    if sys.platform != "linux":
        return False
    libc = _libc()
    none = struct.pack("<6I", 0, 0, 0, 0, 0, 0)
    dropped = libc.capset(struct.pack("<Ii", CAPABILITIES_3, 0), none) == 0
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    return dropped and bool(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)


def keep_to_files(readable: Iterable[str], writable: Iterable[str]) -> bool:
    """Whether from now on only these folders and files can be read, and these also written.

    By Landlock, where the kernel has it; it also takes TCP and signals to others away where it is
    new enough. Nothing can be executed.
    """
    if sys.platform != "linux":
        return False
    libc = _libc()
    version = libc.syscall(LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return False
    rights = (1 << 13) - 1
    rights |= (1 << 13 if version >= 2 else 0) | (1 << 14 if version >= 3 else 0)
    rights |= 1 << 15 if version >= 5 else 0
    asked = struct.pack("<QQQ", rights, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    rules = libc.syscall(LANDLOCK_CREATE, asked, ctypes.c_size_t(size), 0)
    if rules < 0:
        return False
    try:
        write = rights & ~UNWRITABLE
        devices = 1 << 1 | 1 << 2 | (1 << 15 & rights)
        for path in DEVICES:
            _allow(libc, rules, path, devices)
        for path in readable:
            _allow(libc, rules, path, READ)
        for path in writable:
            _allow(libc, rules, path, write)
        return bool(libc.syscall(LANDLOCK_RESTRICT, rules, 0) == 0)
    finally:
        os.close(rules)


def _allow(libc: ctypes.CDLL, rules: int, path: str, rights: int) -> None:
    """One rule; a place that does not exist on this machine needs none."""
    try:
        place = os.open(path, getattr(os, "O_PATH", 0) | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not os.path.isdir(path):
            rights &= FILE_RIGHTS
        attribute = struct.pack("<Qi", rights, place)
        if libc.syscall(LANDLOCK_ADD, rules, 1, attribute, 0) != 0:
            raise OSError(ctypes.get_errno(), "landlock_add_rule", path)
    finally:
        os.close(place)


def refuse_calls() -> bool:
    """Whether new processes, programs, sockets and the other calls of the table are refused.

    By a seccomp filter; threads go on working. A refused call returns an error, as if the user
    had no right to it.
    """
    found = MACHINES.get(platform.machine())
    if sys.platform != "linux" or found is None or struct.calcsize("P") != 8:
        return False
    column, machine = found
    program = _filter(column, machine, os.getpid())
    code = ctypes.create_string_buffer(b"".join(program))
    whole = struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
    return bool(_libc().prctl(PR_SET_SECCOMP, 2, whole, 0, 0) == 0)


def _filter(column: int, machine: int, own: int) -> list[bytes]:
    """The filter's instructions. Offsets: 0 the call, 4 the machine, 16 the first argument."""

    def load(offset: int) -> bytes:
        return struct.pack("HBBI", 0x20, 0, 0, offset)

    def give(answer: int) -> bytes:
        return struct.pack("HBBI", 0x06, 0, 0, answer)

    def unless(code: int, value: int, skip: int) -> bytes:
        """Go on with the next instruction where it holds, else `skip` of them."""
        return struct.pack("HBBI", code, 0, skip, value)

    equal, at_least, has_bits = 0x15, 0x35, 0x45
    steps = [load(4), struct.pack("HBBI", equal, 1, 0, machine), give(REFUSE | EPERM), load(0)]
    if column == 0:
        steps += [unless(at_least, X32, 1), give(REFUSE | EPERM)]
    for call in (calls[column] for calls in REFUSED.values()):
        if call is not None:
            steps += [unless(equal, call, 1), give(REFUSE | EPERM)]
    # The library then asks by the older call, whose flags can be read.
    steps += [unless(equal, CLONE3[column], 1), give(REFUSE | ENOSYS)]
    steps += [unless(equal, CLONE[column], 4), load(16)]
    steps += [unless(has_bits, CLONE_THREAD, 1), give(ALLOW), give(REFUSE | EPERM)]
    steps += [unless(equal, TGKILL[column], 4), load(16)]
    steps += [unless(equal, own, 1), give(ALLOW), give(REFUSE | EPERM)]
    # One's own limits, by either name of oneself; another process's would end it.
    steps += [unless(equal, PRLIMIT[column], 6), load(16)]
    steps += [unless(equal, 0, 1), give(ALLOW), unless(equal, own, 1), give(ALLOW)]
    steps += [give(REFUSE | EPERM)]
    return [*steps, give(ALLOW)]
