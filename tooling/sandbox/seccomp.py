"""The seccomp filters as classic BPF programs: an allow-list for the whole run, and a stricter one over it that the
shim loads just before the script. A filter sees numbers and registers, never what a pointer points to. No Django.
"""

from __future__ import annotations

import errno
import platform
import struct
from collections.abc import Iterable, Sequence
from functools import cache

from tooling.sandbox.syscalls import ALWAYS, DECIDED, NETWORK, STARTING, Numbers

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, operand

_LOAD, _EQUAL, _AND, _RETURN, _AT_LEAST = 0x20, 0x15, 0x54, 0x06, 0x35
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data; little-endian on both machines
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1), "arm64": (0xC00000B7, 1)}
_X32 = 0x40000000

ALLOW: Instruction = (_RETURN, 0, 0, _ALLOW)
_KILLED: Instruction = (_RETURN, 0, 0, _KILL)
# Modes and times mean nothing where one user has everything to himself, but copying a file sets them. Where root runs
# the sandbox, the script would own the host's /dev/null. Locks are the host's too: on the interpreter's files and the
# devices, which all runs share, one script could signal to another and block whoever locks them.
_DONE_NOTHING: Instruction = (_RETURN, 0, 0, _ERRNO)


def _refused(number: int = errno.EPERM) -> Instruction:
    return (_RETURN, 0, 0, _ERRNO | number)


def _argument(index: int, *, high: bool = False) -> Instruction:
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * index + (4 if high else 0))


def _one_of(index: int, values: Iterable[int], otherwise: Sequence[Instruction] = ()) -> list[Instruction]:
    """Allows where the low half of an argument is one of `values`, else goes on with `otherwise` or refuses."""
    lines = [_argument(index)]
    for value in values:
        lines += [(_EQUAL, 0, 1, value), ALLOW]
    return [*lines, *(otherwise or [_refused()])]


def _nothing_for(index: int, values: Iterable[int]) -> list[Instruction]:
    """Calls it done where the low half of an argument is one of `values`, else goes on."""
    lines = [_argument(index)]
    for value in values:
        lines += [(_EQUAL, 0, 1, value), _DONE_NOTHING]
    return lines


def _times(index: int) -> list[Instruction]:
    """Calls it done, but refuses where no times are given: whoever touches a file goes on to open and so make it."""
    return [_argument(index), (_EQUAL, 0, 1, 0), _refused(), _DONE_NOTHING]


def _must_be(index: int, value: int, *, of_bits: int = 0xFFFFFFFF) -> list[Instruction]:
    """Refuses where those bits of an argument's low half are not `value`, else goes on."""
    return [_argument(index), (_AND, 0, 0, of_bits), (_EQUAL, 1, 0, value), _refused()]


# CLONE_VM, FS, FILES, SIGHAND, THREAD, SYSVSEM: a thread. With them only SETTLS and where ids are stored.
_THREAD = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000
_THREAD_DETAILS = 0x80000 | 0x100000 | 0x200000 | 0x400000 | 0x1000000
_FCNTL = (0, 1, 2, 3, 4, 5, 36, 1030, 1032, 1034)  # dup, flags, who locks; no owner, lease or pipe size
_TIMES = {"utime": 1, "utimes": 1, "futimesat": 2, "utimensat": 2}  # which argument points to the times
_LOCKS = (6, 7, 37, 38)  # of one process, on files that only it has: kernel memory that no limit counts
_IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # is it a terminal, bytes waiting, blocking, close on exec
_PRCTL = (3, 15, 16, 21, 23, 39, 0x53564D41)  # reads, a thread's name, a mapping's name
_SET_SECCOMP = 22
_SOCKET_OPTIONS = (2, 7, 8, 9, 13, 20, 21)  # addresses, buffers, keep-alive, linger, timeouts; no filters
_TCP_OPTIONS = (1, 4, 5, 6, 18)
_UNIX, _INET, _STREAM, _TCP = 1, 2, 1, 6
_SOCKET_FLAGS = 0x800 | 0x80000  # SOCK_NONBLOCK, SOCK_CLOEXEC


def _decided(*, network: bool) -> dict[str, list[Instruction]]:
    socket = [
        *_must_be(0, _INET),
        *_must_be(1, _STREAM, of_bits=0xFFFFFFFF & ~_SOCKET_FLAGS),
        *_one_of(2, (0, _TCP)),
    ]
    tcp_options = _one_of(2, _TCP_OPTIONS)
    return {
        **{name: [_DONE_NOTHING] for name in ("chmod", "fchmod", "fchmodat", "fchmodat2", "flock")},
        **{name: _times(index) for name, index in _TIMES.items()},
        "clone": [
            *_must_be(0, 0, of_bits=0xFFFFFFFF & ~(_THREAD | _THREAD_DETAILS)),
            *_must_be(0, _THREAD, of_bits=_THREAD),
            ALLOW,
        ],
        "clone3": [_refused(errno.ENOSYS)],  # its flags lie behind a pointer; the C library then takes clone
        "fcntl": [*_nothing_for(1, _LOCKS), *_one_of(1, _FCNTL)],
        "ioctl": _one_of(1, _IOCTL),
        "prctl": _one_of(0, (*_PRCTL, _SET_SECCOMP)),
        "prlimit64": [ALLOW],
        "socket": socket if network else [_refused()],
        "socketpair": [*_must_be(0, _UNIX), ALLOW],  # what an event loop wakes itself with
        "setsockopt": [
            _argument(1),
            (_EQUAL, 0, len(tcp_options), _TCP),
            *tcp_options,
            *_must_be(1, 1),
            *_one_of(2, _SOCKET_OPTIONS),
        ],
    }


def _machine() -> tuple[int, int]:
    """The kernel's name for this machine and the column of its numbers."""
    return _MACHINES[platform.machine()]


def supported() -> bool:
    return platform.machine() in _MACHINES


def _number(numbers: Numbers) -> int | None:
    return numbers[_machine()[1]]


def _head() -> list[Instruction]:
    architecture, _ = _machine()
    return [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        _KILLED,
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        _refused(errno.ENOSYS),
    ]


def _case(numbers: Numbers, block: Sequence[Instruction]) -> list[Instruction]:
    """`block` for one system call; it ends in a return, so that what follows still holds the call's number."""
    number = _number(numbers)
    return [] if number is None else [(_EQUAL, 0, len(block), number), *block]


def _packed(program: Sequence[Instruction]) -> bytes:
    return b"".join(struct.pack("=HBBI", *line) for line in program)


@cache
def first(*, network: bool) -> bytes:
    """The launcher's filter: whatever is not allowed is EPERM."""
    program = _head()
    for numbers in (ALWAYS | STARTING | (NETWORK if network else {})).values():
        program += _case(numbers, [ALLOW])
    for name, block in _decided(network=network).items():
        program += _case(DECIDED[name], block)
    return _packed([*program, _refused()])


@cache
def second() -> bytes:
    """The shim's filter, over the first: no other program, no limits raised, nobody to listen for."""
    program = _head()
    for numbers in STARTING.values():
        program += _case(numbers, [_refused()])
    program += _case(DECIDED["prctl"], _one_of(0, _PRCTL))
    program += _case(
        DECIDED["prlimit64"], [*_must_be(2, 0), _argument(2, high=True), (_EQUAL, 0, 1, 0), ALLOW, _refused()]
    )
    return _packed([*program, ALLOW])
