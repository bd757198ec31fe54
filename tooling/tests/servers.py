"""Real servers on loopback for what no double of a service would do: cut, dripping, hostile or plainly odd answers."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nrequest-id: req_raw\r\n"


class Connection:
    """One accepted connection: a request has been read."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.head, self.body = _request(sock)

    @property
    def path(self) -> str:
        return self.head.split(b" ", 2)[1].decode()

    def header(self, name: str) -> str:
        for line in self.head.decode("latin-1").split("\r\n"):
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return ""

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def answer(self, body: bytes, *, status: str = "200 OK", **headers: str) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def stream(self, *events: dict[str, Any]) -> None:
        """A whole server-sent stream, ended by closing the connection."""
        self.send(STREAM + b"Connection: close\r\n\r\n" + _lines(events))

    def chunked(self, *events: dict[str, Any]) -> None:
        """A whole server-sent stream after which the connection stays open."""
        body = _lines(events)
        self.send(STREAM + b"Transfer-Encoding: chunked\r\n\r\n" + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))

    def next_request(self) -> None:
        """Wait for another request on this connection; raises OSError when it is closed instead."""
        self.head, self.body = _request(self.sock)


@contextmanager
def serving(handle: Callable[[Connection], None], *, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve each connection in a thread of its own; yields the port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    threads: list[threading.Thread] = []

    def serve_one(sock: socket.socket) -> None:
        try:
            wrapped = tls.wrap_socket(sock, server_side=True) if tls else sock
            with wrapped:
                wrapped.settimeout(30)
                handle(Connection(wrapped))
        except OSError:  # the client went away, which is what many of these tests are about
            sock.close()

    def accept() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=serve_one, args=(sock,), daemon=True))
            threads[-1].start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join(30)
        for thread in threads:
            thread.join(30)


def _lines(events: Iterable[dict[str, Any]]) -> bytes:
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()


def _request(sock: socket.socket) -> tuple[bytes, bytes]:
    head = b""
    while b"\r\n\r\n" not in head:
        received = sock.recv(65536)
        if not received:
            raise OSError("gone")
        head += received
    start, _, rest = head.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in start.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(rest) < length:
        rest += sock.recv(65536)
    return start, rest


def post(url: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=30) as response:
        return json.load(response)
