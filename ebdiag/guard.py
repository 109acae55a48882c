"""A worker that runs a stranger's script gives up what no training needs: processes, the network, files elsewhere.

Three layers, each where the system has it. An audit hook of Python says in words what was tried. Landlock (Linux) lets
nothing be written outside the given folders. Seccomp (Linux) refuses new processes, programs and sockets. None of them
can be undone by the process itself; what is left of the risk stands in docs/security.md.

Source: Linux kernel documentation, userspace-api/landlock.rst and seccomp_filter.rst.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import struct
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

MEMORY = 16 * 2**30
"""Bytes of address space beyond what the worker has: more than any net here takes, less than what stops a machine."""

FORBIDDEN = {
    "os.system": "start a program",
    "os.exec": "start a program",
    "os.posix_spawn": "start a program",
    "os.spawn": "start a program",
    "os.startfile": "start a program",
    "subprocess.Popen": "start a program",
    "pty.spawn": "start a program",
    "os.fork": "start a process",
    "os.forkpty": "start a process",
    "os.kill": "send a signal",
    "os.killpg": "send a signal",
    "socket.connect": "use the network",
    "socket.bind": "use the network",
    "socket.getaddrinfo": "use the network",
    "socket.gethostbyname": "use the network",
    "socket.sendto": "use the network",
    "urllib.Request": "use the network",
    "ftplib.connect": "use the network",
    "http.client.connect": "use the network",
    "smtplib.connect": "use the network",
}
"""Event of Python's audit hooks → what it means; whoever causes one gets a PermissionError."""

_CHANGING = "remove rename rmdir mkdir link symlink truncate chmod chown utime setxattr removexattr"
CHANGES = frozenset((*(f"os.{name}" for name in _CHANGING.split()), "shutil.rmtree", "shutil.move", "shutil.copyfile"))
"""Events about a path that is changed, wherever it is not one of the folders."""

_closed = False


def close(folders: Iterable[Path]) -> None:
    """From here on this process writes below `folders` only, starts nothing and reaches nobody.

    Args:
        folders: They must exist.
    """
    global _closed
    if _closed:
        return
    _closed = True
    writable = [Path(folder).resolve() for folder in folders]
    _limit_memory()
    with suppress(OSError, AttributeError):
        _landlock(writable)
    with suppress(OSError, AttributeError):
        _seccomp()
    sys.addaudithook(_hook([str(folder) for folder in writable]))


def _hook(writable: list[str]) -> Any:
    def inside(path: object) -> bool:
        if isinstance(path, int):
            return True  # a file that is open already
        text = os.path.realpath(os.fsdecode(path)) if isinstance(path, str | bytes | os.PathLike) else ""
        return text == os.devnull or any(text == folder or text.startswith(folder + os.sep) for folder in writable)

    def audit(event: str, args: tuple[Any, ...]) -> None:
        meaning = FORBIDDEN.get(event)
        if meaning is not None:
            raise PermissionError(f"a script may not {meaning} while ebdiag tries it ({event})")
        if event in CHANGES and args and not inside(args[0]):
            raise PermissionError(f"a script may not change {args[0]!s} while ebdiag tries it ({event})")
        if event == "open" and _writes(args) and not inside(args[0]):
            raise PermissionError(f"a script may not write {args[0]!s} while ebdiag tries it")

    return audit


def _writes(args: tuple[Any, ...]) -> bool:
    """Whether an `open` means to write: by its mode, or by its flags where there is none."""
    mode, flags = (args[1], args[2]) if len(args) > 2 else (None, 0)
    if isinstance(mode, str):
        return any(sign in mode for sign in "wax+")
    return bool(isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC))


def _limit_memory() -> None:
    with suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * os.sysconf("SC_PAGE_SIZE") + MEMORY
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (limit if hard < 0 else min(limit, hard), hard))


# --- Landlock ---------------------------------------------------------------------------------------------------------

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_PATH_BENEATH = 1
_WRITE_FILE, _REMOVE_DIR, _REMOVE_FILE = 1 << 1, 1 << 4, 1 << 5
_MAKE = sum(1 << bit for bit in range(6, 13))  # character and block devices, folders, files, sockets, pipes, links
_REFER, _TRUNCATE = 1 << 13, 1 << 14  # since ABI 2 and 3
_NET = 0b11  # bind and connect of TCP, since ABI 4


def _landlock(writable: list[Path]) -> None:
    """Nothing is written outside `writable`; no TCP where the kernel knows how to refuse it."""
    libc = _libc()
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return
    rights = _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE
    rights |= (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    attributes = struct.pack("<QQ", rights, _NET) if version >= 4 else struct.pack("<Q", rights)
    rules = libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    _check(rules)
    try:
        for folder in (*writable, Path(os.devnull)):
            handle = os.open(folder, os.O_PATH | os.O_CLOEXEC)
            try:
                own = rights if folder.is_dir() else rights & (_WRITE_FILE | _TRUNCATE)
                rule = struct.pack("<Qi", own, handle)
                _check(libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, rule, 0))
            finally:
                os.close(handle)
        _no_new_privileges(libc)
        _check(libc.syscall(_RESTRICT_SELF, rules, 0))
    finally:
        os.close(rules)


# --- seccomp ----------------------------------------------------------------------------------------------------------

_CALLS = {
    "x86_64": (0xC000003E, {"socket": 41, "fork": 57, "vfork": 58, "execve": 59, "kill": 62, "ptrace": 101,
                            "clone": 56, "clone3": 435, "execveat": 322, "tkill": 200}),
    "aarch64": (0xC00000B7, {"socket": 198, "execve": 221, "kill": 129, "ptrace": 117, "clone": 220, "clone3": 435,
                             "execveat": 281, "tkill": 130}),
}  # fmt: skip
"""Machine → its number in a filter, and the numbers of calls that no training needs."""

_THREAD = 0x00010000
"""CLONE_THREAD: a new thread, which torch may start, and no new process."""

_LOAD, _EQUAL, _HAS, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000


def _seccomp() -> None:
    """Calls that start processes and programs or open sockets fail with EPERM; `clone3` with ENOSYS, as old kernels."""
    machine = _CALLS.get(platform.machine())
    if machine is None or sys.platform != "linux":
        return
    number, calls = machine
    rows: list[tuple[int, int, int, int]] = [
        (_LOAD, 0, 0, 4),  # the architecture
        (_EQUAL, 1, 0, number),
        (_RETURN, 0, 0, _ALLOW),
        (_LOAD, 0, 0, 0),  # the call
    ]
    for name, call in calls.items():
        if name == "clone":
            continue
        answer = _REFUSE | (errno.ENOSYS if name == "clone3" else errno.EPERM)
        rows += [(_EQUAL, 0, 1, call), (_RETURN, 0, 0, answer)]
    rows += [
        (_EQUAL, 0, 3, calls["clone"]),
        (_LOAD, 0, 0, 16),  # its flags
        (_HAS, 1, 0, _THREAD),
        (_RETURN, 0, 0, _REFUSE | errno.EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    code = b"".join(struct.pack("HBBI", *row) for row in rows)
    buffer = ctypes.create_string_buffer(code)
    program = struct.pack("HxxxxxxP", len(rows), ctypes.addressof(buffer))
    libc = _libc()
    _no_new_privileges(libc)
    _check(libc.prctl(22, 2, program, 0, 0))


def _no_new_privileges(libc: Any) -> None:
    _check(libc.prctl(38, 1, 0, 0, 0))


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), "the kernel refused")
