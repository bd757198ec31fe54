"""An HTTP transport under which a whole call has a deadline, not just each read.

A read timeout starts again with every byte, so a server that drips keeps a thread for ever. Here every wait on the
socket (connect, TLS, write, header, body) is cut to what is left of the calling thread's deadline. Names are resolved
before, by the system and under its own limits.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast
from urllib.request import getproxies, proxy_bypass

import httpcore2
import httpx2

SLICE = 64 * 1024  # bytes written before the clock is looked at again

SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]

_local = threading.local()


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Calls made in this thread inside the block raise a timeout once `seconds` are over."""
    before = getattr(_local, "until", None)
    shorten(seconds)
    try:
        yield
    finally:
        _local.until = before


def shorten(seconds: float) -> None:
    """Let the running block end after `seconds` at the latest."""
    until: float | None = getattr(_local, "until", None)
    ends = time.monotonic() + seconds
    _local.until = ends if until is None else min(until, ends)


def left(timeout: float | None, error: type[httpcore2.TimeoutException]) -> float | None:
    """Seconds that a wait may last: `timeout`, cut to the deadline; raises `error` once that has passed."""
    until: float | None = getattr(_local, "until", None)
    if until is None:
        return timeout
    remaining = until - time.monotonic()
    if remaining <= 0:
        raise error("deadline")
    return remaining if timeout is None else min(remaining, timeout)


class _Stream(httpcore2.NetworkStream):
    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), SLICE):
            self._inner.write(buffer[start : start + SLICE], left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        wait = left(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, wait))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class DeadlineBackend(httpcore2.NetworkBackend):
    def __init__(self) -> None:
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore2.NetworkStream:
        wait = left(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._inner.connect_tcp(host, port, wait, local_address, socket_options))


class _Body(httpx2.SyncByteStream):
    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        cast("Any", self._stream).close()


class DeadlineTransport(httpx2.BaseTransport):
    """HTTP/1.1 over one pool of connections, for one service; honours the environment's proxy for its address.

    Raises httpcore2's errors. `max_connections` must cover every thread that may wait at once: a call that finds no
    free connection waits for one until its deadline.
    """

    def __init__(self, base_url: str, *, max_connections: int) -> None:
        url = httpx2.URL(base_url)
        proxy = None if proxy_bypass(url.host) else getproxies().get(url.scheme)
        parsed = httpx2.Proxy(proxy) if proxy else None
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(),
            proxy=httpcore2.Proxy(str(parsed.url), auth=parsed.raw_auth) if parsed else None,
            max_connections=max_connections,
            max_keepalive_connections=max_connections // 2,
            keepalive_expiry=30.0,
            network_backend=DeadlineBackend(),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        response = self._pool.handle_request(
            httpcore2.Request(
                method=request.method,
                url=httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=cast("Any", request.stream),
                extensions=request.extensions,
            )
        )
        return httpx2.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_Body(cast("Iterable[bytes]", response.stream)),
            extensions=response.extensions,
        )

    def close(self) -> None:
        self._pool.close()
