"""The world outside, for scripts with declared hosts: names, servers of two addresses, and who asked them for what.

Only WORLD may be reached, and stands for the public internet. The same ports of 127.0.0.1 are the host's own.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address, IPv6Address
from typing import Self
from urllib.parse import parse_qs, urlsplit

from tooling.egress import Limits, Proxy

WORLD, HOST = "127.0.0.2", "127.0.0.1"
_NAMES: dict[str, Sequence[str]] = {
    "allowed.example": [WORLD],
    "private.example": [HOST],
    "mixed.example": [WORLD, HOST],
    "metadata.example": ["169.254.169.254"],
    "translated.example": ["64:ff9b::7f00:1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "zone.example": ["fe80::1%lo"],
    "other.example": [WORLD],
    "evil-allowed.example": [WORLD],
    "allowed.example.evil.example": [WORLD],
}
_BLOCK = b"x" * 65_536
_PATIENCE_SECONDS = 30.0


class World:
    """Servers of this process until the end of the `with`. `mark` is what only the host's own says."""

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self._stack = contextlib.ExitStack()
        self.asked: list[str] = []  # the paths, of both
        self.taken = 0  # bytes of bodies

    def __enter__(self) -> Self:
        self.port = self._server(WORLD, 0, "world")
        self._server(HOST, self.port, self._mark)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def proxy(self, hosts: Sequence[str], seconds: float) -> Proxy:
        """For one run; an entry of `hosts` with "PORT" gets that of the servers."""
        allowed = [each.replace("PORT", str(self.port)) for each in hosts]
        return Proxy(allowed=allowed, limits=Limits(seconds=seconds), resolve=_Names().resolve, reachable=_is_world)

    def _server(self, address: str, port: int, word: str) -> int:
        server = _Server((address, port), self, word)
        self._stack.callback(server.server_close)
        self._stack.callback(server.shutdown)
        threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        return int(server.server_address[1])


def _is_world(address: IPv4Address | IPv6Address) -> bool:
    return str(address) == WORLD


class _Names:
    """A resolver for one run: `rebinding.example` is the world when first asked for, and the host from then on."""

    def __init__(self) -> None:
        self._asked = 0

    def resolve(self, host: str, port: int) -> Sequence[str]:
        if host == "rebinding.example":
            self._asked += 1
            return [WORLD if self._asked == 1 else HOST]
        if host not in _NAMES:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return _NAMES[host]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], world: World, word: str) -> None:
        super().__init__(address, _Handler)
        self.world = world
        self.word = word

    def handle_error(self, request: object, client_address: object) -> None:
        """The other side left: here that is usual."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.world.asked.append(self.path)
        parts = urlsplit(self.path)
        if parts.path == "/redirect":
            return self.tell(302, b"", ("Location", parse_qs(parts.query)["to"][0]))
        answers = {"/endless": self.endless, "/slow": self.slow, "/headers": self.many_headers}
        return answers.get(parts.path, self.hello)()

    def do_POST(self) -> None:
        self.server.world.asked.append(self.path)
        left = int(self.headers.get("Content-Length") or 0)
        while left > 0 and (block := self.rfile.read(min(left, len(_BLOCK)))):
            self.server.world.taken += len(block)
            left -= len(block)
        self.hello()

    def hello(self) -> None:
        self.tell(200, f"{self.server.word} {self.headers.get('Host', '')}".encode())

    def tell(self, status: int, body: bytes, *more: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("Content-Length", str(len(body))), *more):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def endless(self) -> None:
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        while True:
            self.wfile.write(_BLOCK)

    def many_headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(100_000):
            self.wfile.write(b"X-Header: " + b"x" * 1000 + b"\r\n")

    def slow(self) -> None:
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until:
            self.wfile.write(b"x")
            time.sleep(0.1)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Quiet: standard error is for what goes wrong."""
