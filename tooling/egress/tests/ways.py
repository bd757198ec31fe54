"""A proxy with a way in, and hosts behind it: real sockets on loopback, and names that all lead there."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tooling.addresses import Address
from tooling.egress import Limits, Proxy, RequestLog

LOOPBACK = "127.0.0.1"


def only_loopback(address: Address) -> bool:
    return str(address) == LOOPBACK


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def error(self) -> str:
        """What the proxy itself says."""
        assert "proxystaff" in self.header("Proxy-Status"), self
        said: str = json.loads(self.body)["error"]
        return said


class Way:
    def __init__(self, proxy: Proxy, port: int) -> None:
        self.proxy = proxy
        self.port = port

    def ask(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> Answer:
        """As context.fetch asks: plain HTTP with a whole address."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=20)
        try:
            connection.request(method, url, body, dict(headers or {}))
            response = connection.getresponse()
            return Answer(status=response.status, headers=response.getheaders(), body=response.read())
        finally:
            connection.close()

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.ask("GET", url, headers)

    def raw(self, data: bytes) -> bytes:
        """All that comes back for these bytes."""
        with socket.create_connection((LOOPBACK, self.port), timeout=20) as sock:
            sock.sendall(data)
            return b"".join(iter(lambda: sock.recv(65536), b""))

    def connect(self, host: str, port: int) -> socket.socket:
        """A tunnel's beginning, before TLS, with its answer unread."""
        sock = socket.create_connection((LOOPBACK, self.port), timeout=20)
        sock.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        return sock

    def logged(self) -> list[RequestLog]:
        """The log of a run that is over."""
        self.proxy.close()
        return self.proxy.requests


def names_to(*addresses: str) -> Any:
    def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return resolve


@contextmanager
def way_out(*allowed: str, **more: Any) -> Iterator[Way]:
    """A proxy that serves; all names are of loopback, which it may reach."""
    given: dict[str, Any] = {"resolve": names_to(LOOPBACK), "reachable": only_loopback} | more
    proxy = Proxy(allowed=allowed, **given)
    listener = socket.create_server((LOOPBACK, 0))
    port = listener.getsockname()[1]
    proxy.serve(listener)
    try:
        yield Way(proxy, port)
    finally:
        proxy.close()


def limits(**more: Any) -> Limits:
    return Limits(**{"idle": 5.0, "connect": 5.0, "seconds": 20.0, **more})
