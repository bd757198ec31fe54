"""The filters, run by a reader of their own, for both machines."""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterator

import pytest

from tooling.sandbox import seccomp
from tooling.sandbox.syscalls import ALWAYS, DECIDED, NETWORK, STARTING, Numbers

X86, ARM = 0xC000003E, 0xC00000B7
ARCHITECTURES = {"x86_64": X86, "aarch64": ARM}
ALLOWED, EPERM, KILLED = "allowed", errno.EPERM, "killed"
EVERYTHING: dict[str, Numbers] = ALWAYS | NETWORK | STARTING | DECIDED
THREAD = 0x3D0F00  # what pthread_create asks of the C library


class Filter:
    """A program for one machine, and what it says to a call."""

    def __init__(self, machine: str, *, network: bool = False, second: bool = False) -> None:
        self.column = list(ARCHITECTURES).index(machine)
        self.architecture = ARCHITECTURES[machine]
        program = seccomp.second() if second else seccomp.first(network=network)
        self.lines = list(struct.iter_unpack("=HBBI", program))

    def call(self, name: str, *arguments: int) -> str | int:
        number = EVERYTHING[name][self.column]
        assert number is not None
        return self.says(number, *arguments)

    def says(self, number: int, *arguments: int, architecture: int | None = None) -> str | int:
        padded = [*arguments, *[0] * (6 - len(arguments))]
        data = struct.pack("=IIQ6Q", number, architecture or self.architecture, 0, *padded)
        accumulator: int = 0
        line = 0
        while True:
            code, yes, no, operand = self.lines[line]
            line += 1
            if code == 0x20:
                (accumulator,) = struct.unpack_from("=I", data, operand)
            elif code == 0x54:
                accumulator &= operand
            elif code in (0x15, 0x35):
                holds = accumulator == operand if code == 0x15 else accumulator >= operand
                line += yes if holds else no
            else:
                assert code == 0x06
                return {0x7FFF0000: ALLOWED, 0x80000000: KILLED}.get(operand) or int(operand) & 0xFFFF


@pytest.fixture(params=ARCHITECTURES)
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    caches = (seccomp.first, seccomp.second)
    for cached in caches:
        cached.cache_clear()
    monkeypatch.setattr("platform.machine", lambda: request.param)
    yield request.param
    for cached in caches:
        cached.cache_clear()


def test_a_call_that_is_not_on_the_list_is_not_permitted(machine: str) -> None:
    """Tried over all numbers: whatever is neither listed nor decided on its arguments."""
    filter_ = Filter(machine, network=True)
    listed = {numbers[filter_.column] for numbers in EVERYTHING.values()}
    for number in range(600):
        if number not in listed:
            assert filter_.says(number) == EPERM, number


def test_another_machines_calls_kill(machine: str) -> None:
    filter_ = Filter(machine)
    other = {X86: 0x40000003, ARM: 0x40000028}[filter_.architecture]  # the 32-bit sisters
    assert filter_.says(0, architecture=other) == KILLED
    assert filter_.says(0x40000000 | 39) == errno.ENOSYS  # x32


def test_threads_are_all_that_clone_makes(machine: str) -> None:
    filter_ = Filter(machine)
    assert filter_.call("clone", THREAD) == ALLOWED
    assert filter_.call("clone3") == errno.ENOSYS
    for flags in (17, 0x1200011, 0x4111, 0, THREAD & ~0x10000, THREAD & ~0x100):
        assert filter_.call("clone", flags) == EPERM, hex(flags)
    for namespace in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000, 0x80):
        assert filter_.call("clone", THREAD | namespace) == EPERM, hex(namespace)


def test_sockets_are_streams_of_ip_and_only_with_a_network(machine: str) -> None:
    without, filter_ = Filter(machine), Filter(machine, network=True)
    assert filter_.call("socket", 2, 1 | 0x80000, 6) == ALLOWED
    assert filter_.call("connect") == ALLOWED
    assert without.call("socket", 2, 1, 0) == without.call("connect") == EPERM
    for family, kind, protocol in (
        (1, 1, 0),
        (10, 1, 0),
        (2, 2, 0),
        (2, 3, 1),
        (2, 1, 262),
        (16, 3, 0),
        (17, 3, 0),
        (38, 5, 0),
    ):
        assert filter_.call("socket", family, kind, protocol) == EPERM, (family, kind, protocol)
    assert without.call("socketpair", 1, 1, 0) == ALLOWED  # an event loop's own
    assert without.call("socketpair", 2, 1, 0) == EPERM
    assert filter_.call("setsockopt", 3, 6, 1) == filter_.call("setsockopt", 3, 1, 9) == ALLOWED
    assert filter_.call("setsockopt", 3, 1, 26) == filter_.call("setsockopt", 3, 0, 64) == EPERM


def test_descriptors_are_not_turned_against_others(machine: str) -> None:
    filter_ = Filter(machine)
    for harmless in (1, 3, 4, 1030):
        assert filter_.call("fcntl", 3, harmless) == ALLOWED
    for owner_lease_or_pipe_size in (8, 10, 1024, 1026, 1031):
        assert filter_.call("fcntl", 3, owner_lease_or_pipe_size) == EPERM
    for lock in (6, 7, 37, 38):
        assert filter_.call("fcntl", 3, lock) == 0  # done: nothing
    assert filter_.call("ioctl", 0, 0x5412) == EPERM  # TIOCSTI: types into a terminal
    assert filter_.call("chmod") == 0 if machine == "x86_64" else filter_.call("fchmodat") == 0  # done: nothing


def test_nothing_of_a_file_that_runs_share_is_changed_or_locked(machine: str) -> None:
    filter_ = Filter(machine)
    assert filter_.call("flock", 3, 2) == 0  # done: nothing
    for name, index in {"utime": 1, "utimes": 1, "futimesat": 2, "utimensat": 2}.items():
        if EVERYTHING[name][filter_.column] is not None:
            given = [0, 0, 0]
            assert filter_.call(name, *given) == EPERM, name
            given[index] = 0x7FFD_0000_1000
            assert filter_.call(name, *given) == 0, name  # done: nothing


def test_once_the_script_runs_no_other_program_can_be_started_and_no_limit_raised(machine: str) -> None:
    filter_ = Filter(machine, second=True)
    for name in STARTING:
        if STARTING[name][filter_.column] is not None:
            assert filter_.call(name) == EPERM, name
    assert filter_.call("prctl", 22, 2) == EPERM
    assert filter_.call("prctl", 15) == ALLOWED
    assert filter_.call("prlimit64", 0, 9, 0) == ALLOWED  # reads
    assert filter_.call("prlimit64", 0, 9, 1 << 40) == filter_.call("prlimit64", 0, 9, 8) == EPERM
    assert filter_.call("read") == ALLOWED
