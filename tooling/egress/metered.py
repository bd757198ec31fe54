"""Connections to pinned addresses, whose bytes are counted and which can be ended from another thread."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import httpcore2

from tooling import transport
from tooling.egress.types import KIB, Refusal


class Budget:
    """The bytes that all requests of a run may take together."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._left = total
        self._lock = threading.Lock()

    def take(self, count: int) -> None:
        with self._lock:
            self._left -= count
            if self._left < 0:
                most = self._total // KIB
                raise Refusal("http_response_body_size", f"This run has moved its {most} KiB.", status=403)


class Meter:
    """What one request took."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.received = 0
        self.sent = 0

    def receive(self, count: int) -> None:
        self.received += count
        self._budget.take(count)

    def send(self, count: int) -> None:
        self.sent += count
        self._budget.take(count)


class Live:
    """The sockets that are open now, so that the run's end ends them.

    Shut under the lock, closed only after they were let go: a descriptor's number may soon be another run's.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._closed = False

    @contextlib.contextmanager
    def holding(self, sock: socket.socket) -> Iterator[None]:
        with self._lock:
            self._sockets.add(sock)
            closed = self._closed
        try:
            if closed:
                _shut(sock)
            yield
        finally:
            with self._lock:
                self._sockets.discard(sock)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for sock in self._sockets:
                _shut(sock)


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # gone already
        sock.shutdown(socket.SHUT_RDWR)


class PinnedBackend(transport.DeadlineBackend):
    """Connects to one of the addresses, whatever name it is given. What it opened is closed with its stack."""

    def __init__(self, addresses: Sequence[str], meter: Meter, live: Live, opened: contextlib.ExitStack) -> None:
        super().__init__()
        self._addresses = addresses
        self._meter = meter
        self._live = live
        self._opened = opened

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[transport.SocketOption] | None = None,
    ) -> httpcore2.NetworkStream:
        until = None if timeout is None else time.monotonic() + timeout
        failure: Exception = httpcore2.ConnectError("no address")
        for address in self._addresses:
            left = None if until is None else max(until - time.monotonic(), 0.1)
            try:
                stream = super().connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                # TLS takes the socket over; a duplicate still ends the connection from outside.
                handle = self._opened.enter_context(stream.get_extra_info("socket").dup())
                self._opened.enter_context(self._live.holding(handle))
                return _Metered(stream, self._meter)
        raise failure


class _Metered(httpcore2.NetworkStream):
    def __init__(self, inner: httpcore2.NetworkStream, meter: Meter) -> None:
        self._inner = inner
        self._meter = meter

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._inner.read(max_bytes, timeout)
        self._meter.receive(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._meter.send(len(buffer))
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Metered(self._inner.start_tls(ssl_context, server_hostname, timeout), self._meter)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
