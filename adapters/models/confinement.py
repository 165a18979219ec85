"""Confines this process for good: memory, time, no new file or socket, no other program.

Limits of the system hold everywhere; where the kernel can filter calls (Linux on x86-64), a
filter forbids the network, other programs and looking into other processes as well.
"""

import ctypes
import os
import platform
import resource
import struct
import sys
from typing import Final

MEMORY_BYTES: Final = 3 << 30
CPU_S: Final = 30
_SET_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
_LOAD, _JUMP_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _DENY, _KILL = 0x7FFF0000, 0x00050001, 0x80000000  # deny: EPERM
_X86_64: Final = 0xC000003E
_X32_BIT: Final = 0x40000000
# fmt: off
_FORBIDDEN: Final = (
    2, 85, 257, 437,             # open, creat, openat, openat2
    41, 42, 43, 44, 46, 49, 50, 53, 288,  # sockets
    57, 58, 59, 322,             # fork, vfork, execve, execveat; threads are clones, and allowed
    62, 200, 234,                # kill, tkill, tgkill
    82, 83, 84, 86, 87, 88, 90, 92, 263, 264, 265, 266,  # changes of the file system
    101, 310, 311, 321, 425,     # ptrace, other processes' memory, bpf, io_uring
)
# fmt: on


def confine_resources() -> None:
    """Limit memory, processor time, what is written, and dumps of memory."""
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def confine_calls() -> bool:
    """Forbid every new file, socket and program; tell whether the kernel's filter is on, too."""
    # No descriptor may be made beyond those that are open: neither of a file nor of a socket.
    open_now = max(int(name) for name in os.listdir("/dev/fd")) if os.path.isdir("/dev/fd") else 2  # noqa: PTH112, PTH208 - the shortest way before the door closes
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(open_now, 3), min(open_now, 3)))
    if not sys.platform.startswith("linux") or platform.machine() != "x86_64":
        return False
    return _filtered()


def _filtered() -> bool:
    program = _program()
    code = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    held = ctypes.create_string_buffer(head, len(head))
    return not library.prctl(_SET_SECCOMP, _FILTER, held, 0, 0)


def _program() -> bytes:
    """Return the filter: other machines' calls kill, the forbidden are refused, the rest passes."""

    def line(code: int, yes: int, no: int, value: int) -> bytes:
        return struct.pack("HBBI", code, yes, no, value)

    lines = [
        line(_LOAD, 0, 0, 4),
        line(_JUMP_EQUAL, 1, 0, _X86_64),
        line(_RETURN, 0, 0, _KILL),
        line(_LOAD, 0, 0, 0),
        line(0x35, 0, 1, _X32_BIT),  # at or above: calls of the other table
        line(_RETURN, 0, 0, _KILL),
    ]
    for number in _FORBIDDEN:
        lines += [line(_JUMP_EQUAL, 0, 1, number), line(_RETURN, 0, 0, _DENY)]
    return b"".join([*lines, line(_RETURN, 0, 0, _ALLOW)])
