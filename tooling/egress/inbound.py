"""The script's side of the proxy: one request and one answer on a connection, read by h11 and no more leniently."""

from __future__ import annotations

import json
import re
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import h11
import httpcore2

from tooling import transport
from tooling.egress.hosts import PORTS, HostError, split_authority
from tooling.egress.types import KIB, Limits, Refusal

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT"})  # TRACE shows credentials
HOP_BY_HOP = frozenset(
    {
        b"connection", b"expect", b"host", b"keep-alive", b"proxy-authenticate", b"proxy-authorization",
        b"proxy-connection", b"proxy-status", b"te", b"trailer", b"transfer-encoding", b"upgrade",
    }
)  # fmt: skip
READ = 64 * KIB
_HEAD_END = re.compile(rb"\n\r?\n")
_ODD_LINES = re.compile(rb"(?<!\r)\n|\n[ \t]|\r(?!\n)|\x00")  # bare line ends, and lines that continue the one before
_TARGET = re.compile(r"(https?)://([^/?#]*)([/?][^#]*)?", re.IGNORECASE)
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """What the script asks for."""

    method: str
    scheme: str
    host: str
    port: int
    target: str  # path and query as the script wrote them; "" of CONNECT
    headers: list[tuple[bytes, bytes]] = field(repr=False)  # those for the host
    body: bytes = field(default=b"", repr=False)
    early: bytes = field(default=b"", repr=False)  # what came behind CONNECT


class Client:
    """The connection of one request."""

    def __init__(self, sock: socket.socket, limits: Limits) -> None:
        self.sock = sock
        self.status = 0  # of the answer, once it has begun
        self.ended = False  # the answer is whole
        self._broken = False
        self._limits = limits
        self._protocol = h11.Connection(h11.SERVER, max_incomplete_event_size=limits.head_bytes)

    def read(self) -> Incoming:
        """Raises Refusal for what is malformed, too large or no request to a proxy, OSError when the script went."""
        try:
            head = self._head()
            where = _where(head)
            if head.method == b"CONNECT":
                return Incoming(**where, headers=[], early=self._protocol.trailing_data[0])
            return Incoming(**where, headers=for_the_next(head.headers.raw_items()), body=self._body(head))
        except h11.RemoteProtocolError as error:
            raise _malformed(str(error)) from None
        except HostError as error:
            raise Refusal("http_request_denied", f"{error}.") from None

    def _head(self) -> h11.Request:
        raw = b""
        while True:
            event = self._protocol.next_event()
            if isinstance(event, h11.Request):
                break
            if isinstance(event, h11.ConnectionClosed):
                raise ConnectionAbortedError("no request")
            received = self._receive()
            raw += received
            self._protocol.receive_data(received)
        end = _HEAD_END.search(raw)
        if event.http_version not in (b"1.0", b"1.1"):
            raise _malformed("only HTTP/1.1 is spoken here")
        if end is None or _ODD_LINES.search(raw[: end.end()]):
            raise _malformed("its lines must each end in CRLF and stand alone")
        names = [name for name, _ in event.headers]
        if b"transfer-encoding" in names and b"content-length" in names:
            raise _malformed("it has both Content-Length and Transfer-Encoding")
        if event.method.decode() not in METHODS:
            raise Refusal("http_request_denied", "This method is not sent; use GET, POST, PUT, PATCH, DELETE or HEAD.")
        return event

    def _body(self, head: h11.Request) -> bytes:
        declared = next((int(value) for name, value in head.headers if name == b"content-length"), 0)
        body = bytearray()
        while declared <= self._limits.request_bytes and len(body) <= self._limits.request_bytes:
            event = self._protocol.next_event()
            if isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                return bytes(body)
            elif isinstance(event, h11.ConnectionClosed):
                raise ConnectionAbortedError("half a request")
            else:
                if self._protocol.they_are_waiting_for_100_continue:
                    self._send(h11.InformationalResponse(status_code=100, headers=[]))
                self._protocol.receive_data(self._receive())
        most = self._limits.request_bytes // KIB
        raise Refusal("http_request_error", f"The request's body is too large; {most} KiB are sent.", status=413)

    def begin(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self._send(h11.Response(status_code=status, headers=[*headers, (b"Connection", b"close")]))
        self.status = status

    def connected(self) -> None:
        """Answer CONNECT: what follows is the tunnel's."""
        self._send(h11.Response(status_code=200, headers=[]))
        self.status = 200

    def send(self, data: bytes) -> None:
        self._send(h11.Data(data=data))

    def end(self) -> None:
        self._send(h11.EndOfMessage())
        self.ended = True

    def refuse(self, refusal: Refusal) -> None:
        """Say why, where no answer has begun; else break off so that nobody takes the part for the whole."""
        if self.status or self._protocol.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self._broken = True
            return
        body = json.dumps({"error": refusal.message}).encode()
        headers = [
            (b"Content-Type", b"application/json"),
            (b"Content-Length", str(len(body)).encode()),
            (b"Proxy-Status", b"proxystaff; error=" + refusal.reason.encode()),
        ]
        try:
            self.begin(refusal.status, headers)
            self.send(body)
            self.end()
        except h11.LocalProtocolError:  # to HEAD: no body
            return

    def finish(self) -> None:
        """Make ready to be closed, in such a way that an answer is read by a script that is still sending."""
        if self._broken:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            return
        left = 2 * self._limits.request_bytes
        try:
            self.sock.shutdown(socket.SHUT_WR)
            while left > 0:
                self.sock.settimeout(transport.left(1.0, httpcore2.ReadTimeout))
                received = self.sock.recv(READ)
                left -= len(received) or left
        except (OSError, httpcore2.TimeoutException):  # gone already, or not reading
            return

    def wait(self) -> None:
        """Set how long the next operation on the socket may last."""
        self.sock.settimeout(transport.left(self._limits.idle, httpcore2.ReadTimeout))

    def _receive(self) -> bytes:
        self.wait()
        return self.sock.recv(READ)

    def _send(self, event: h11.Event) -> None:
        data = self._protocol.send(event)
        for start in range(0, len(data or b""), READ):
            self.wait()
            self.sock.sendall((data or b"")[start : start + READ])


def for_the_next(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers that go beyond this hop. Content-Length is made anew, from what is sent."""
    kept = list(headers)
    named = {
        name.strip().lower() for key, value in kept if key.lower() == b"connection" for name in value.split(b",")
    } | HOP_BY_HOP
    return [(key, value) for key, value in kept if key.lower() not in named and key.lower() != b"content-length"]


def _where(head: h11.Request) -> dict[str, Any]:
    method, target = head.method.decode(), head.target.decode()
    if method == "CONNECT":
        host, port = split_authority(target, PORTS["https"])
        return {"method": method, "scheme": "https", "host": host, "port": port, "target": ""}
    match = _TARGET.fullmatch(target)
    if match is None:
        raise _malformed("a proxy is asked for a whole address: GET https://host/path")
    scheme = match[1].lower()
    host, port = split_authority(match[2], PORTS[scheme])
    path = match[3] or "/"
    target = path if path.startswith("/") else f"/{path}"
    return {"method": method, "scheme": scheme, "host": host, "port": port, "target": target}


def _malformed(why: str) -> Refusal:
    return Refusal("http_request_error", f"The request is malformed: {why}.", status=400)
