"""An HTTP server on a real socket that does, request by request, what a test scripts, also what no library would do."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, Self

Then = Literal["keep", "close", "hang", "cut"]


@dataclass(frozen=True, kw_only=True)
class Step:
    """What to do with a request: write these bytes, then keep the connection, close it, or keep silent.

    "cut": close it as soon as the headers are there, whatever of the body is on its way.
    """

    data: bytes = b""
    then: Then = "keep"


@dataclass(frozen=True, kw_only=True)
class Received:
    method: str
    path: str
    headers: Mapping[str, str]  # names in lower case
    body: Any  # bytes where it is not JSON
    connection: int  # which connection it came by, from 1


def answer(body: object, status: int = 200, then: Then = "keep", headers: Mapping[str, str] | None = None) -> Step:
    """A whole HTTP answer; `body` is written as JSON unless it is bytes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [
        f"HTTP/1.1 {status} X",
        f"Content-Length: {len(content)}",
        *(f"{k}: {v}" for k, v in (headers or {}).items()),
    ]
    return Step(data="\r\n".join(lines).encode() + b"\r\n\r\n" + content, then=then)


@dataclass
class ScriptedService:
    """Use as a context manager; `base_url` is where it listens. Every request takes the next step."""

    steps: list[Step] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    base_url: str = ""

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._closed = threading.Semaphore(0)
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        # shutdown first: close alone does not wake the threads that wait in accept and recv
        for each in (self._listener, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def wait_until_closed(self) -> None:
        """Until the service has closed a connection, as its script says."""
        assert self._closed.acquire(timeout=10)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection, len(self._open)), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        try:
            with connection.makefile("rb") as reader:
                while request := self._read(reader, number):
                    self.received.append(request)
                    step = self.steps.pop(0)
                    connection.sendall(step.data)
                    if step.then == "hang":
                        reader.read()
                    if step.then != "keep":
                        break
        except OSError:
            pass
        finally:
            connection.close()
            self._closed.release()

    def _read(self, reader: Any, number: int) -> Received | None:
        if reader.peek(1)[:1] == b"\x16":
            return Received(method="TLS handshake", path="", headers={}, body=None, connection=number)
        line = reader.readline().decode()
        if not line:
            return None
        method, path, _ = line.split(" ")
        headers = {}
        while (header := reader.readline().decode().strip()) != "":
            name, _, value = header.partition(": ")
            headers[name.lower()] = value
        cut = bool(self.steps) and self.steps[0].then == "cut"
        content = b"" if cut else reader.read(int(headers.get("content-length", 0)))
        body: Any = content or None
        if content and headers.get("content-type") == "application/json":
            body = json.loads(content)
        return Received(method=method, path=path, headers=headers, body=body, connection=number)
