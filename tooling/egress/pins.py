"""The addresses of a run's hosts: each name is asked for once, and what it said then holds for the whole run."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future

import httpcore2

from tooling.egress.types import Refusal
from tooling.resolution import Reachable, Resolve, may_reach, within_deadline

TRIED = 3


class Pins:
    def __init__(self, resolve: Resolve, reachable: Reachable, timeout: float) -> None:
        self._resolve = resolve
        self._reachable = reachable
        self._timeout = timeout
        self._lock = threading.Lock()
        self._known: dict[str, Future[Sequence[str]]] = {}

    def addresses(self, host: str, port: int) -> Sequence[str]:
        """Those to try; raises Refusal where there are none, or where one of them may not be reached."""
        with self._lock:
            asked = host in self._known
            pin = self._known.setdefault(host, Future())
        if not asked:
            try:
                pin.set_result(self._look_up(host, port))
            except Refusal as refusal:
                pin.set_exception(refusal)
        try:
            return pin.result(self._timeout)
        except TimeoutError:  # another request asks, and gets no answer
            raise _slow(host) from None

    def _look_up(self, host: str, port: int) -> Sequence[str]:
        try:
            found = within_deadline(lambda: self._resolve(host, port), self._timeout)
        except (OSError, UnicodeError):
            found = ()
        except httpcore2.TimeoutException:
            raise _slow(host) from None
        if not found:
            raise Refusal("dns_error", f"There is no host named {host}.", status=502)
        if not all(may_reach(address, self._reachable) for address in found):
            raise Refusal(
                "destination_ip_prohibited",
                f"{host} has an address that is not on the public internet, so it is not reached.",
            )
        return found[:TRIED]


def _slow(host: str) -> Refusal:
    return Refusal("dns_timeout", f"The name {host} was not resolved in time.", status=504)
