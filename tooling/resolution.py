"""Names to addresses, for those who reach the network on behalf of somebody who only gave a name."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable, Sequence
from ipaddress import ip_address

import httpcore2

from tooling import transport
from tooling.addresses import Address, is_public

Resolve = Callable[[str, int], Sequence[str]]
Reachable = Callable[[Address], bool]


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, as the system gives them; raises OSError. It understands every spelling of a number."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def within_deadline(look_up: Callable[[], Sequence[str]], timeout: float | None = None) -> Sequence[str]:
    """What it finds, or its OSError; raises httpcore2.ConnectTimeout after `timeout` or at the thread's deadline.

    The system's resolver has no deadline of its own; a look-up that overruns ours is left behind in its thread.
    """
    answer: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()

    def run() -> None:
        try:
            answer.put(look_up())
        except (OSError, UnicodeError) as error:
            answer.put(error)

    threading.Thread(target=run, name="resolve", daemon=True).start()
    try:
        found = answer.get(timeout=transport.left(timeout, httpcore2.ConnectTimeout))
    except queue.Empty:
        raise httpcore2.ConnectTimeout("the name was not resolved in time") from None
    if isinstance(found, Exception):
        raise found
    return found


def is_reachable(address: Address) -> bool:
    """Public, and none of this machine's own: by its public address a machine reaches itself from the inside."""
    return is_public(address) and not is_ours(address)


def may_reach(address: str, reachable: Reachable) -> bool:
    """Whether an address as the resolver spells it may be reached; one with a zone is of a link, so it may not."""
    return "%" not in address and reachable(ip_address(address))


def is_ours(address: Address) -> bool:
    """To an address of its own a machine speaks from that same address. Nothing is sent."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), 9))
            return bool(ip_address(probe.getsockname()[0]) == address)
    except OSError:  # no way there
        return False
