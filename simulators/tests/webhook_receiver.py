"""A product's webhook for tests: a real HTTP server that records what it gets and answers as it is told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

T = TypeVar("T")
PATIENCE = 20.0  # seconds a test waits for a condition before it fails


@dataclass
class Received:
    body: bytes
    headers: dict[str, str]
    at: float

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    url: str = ""
    verify_token: str = "let-me-in"
    calls: list[Received] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)  # of the next posts; then 200
    gate: threading.Event | None = None  # posts are answered once it is set
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int, wanted: Callable[[Received], bool] = lambda _call: True) -> list[Received]:
        """The first `count` posts that are wanted, once they are there."""
        with self.changed:
            there = self.changed.wait_for(lambda: len(list(filter(wanted, self.calls))) >= count, PATIENCE)
            found = list(filter(wanted, self.calls))
            assert there, f"only {len(found)} of {count} webhooks came"
            return found[:count]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    receiver: Receiver

    def do_GET(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        right = query.get("hub.verify_token") == self.receiver.verify_token and query.get("hub.mode") == "subscribe"
        self._answer(200 if right else 403, query["hub.challenge"].encode() if right else b"no", {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        receiver = self.receiver
        with receiver.changed:
            receiver.calls.append(Received(body, dict(self.headers.items()), time.monotonic()))
            status, headers = receiver.answers.pop(0) if receiver.answers else (200, {})
            receiver.changed.notify_all()
        if receiver.gate is not None:
            receiver.gate.wait(PATIENCE)
        self._answer(status, b"", headers)

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's word
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The double may have gone before it read the answer: nothing a test asks about."""


@contextmanager
def webhook_receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    handler = type("Handler", (_Handler,), {"receiver": receiver})
    server = _Server(("127.0.0.1", 0), handler)
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/webhook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        if receiver.gate is not None:
            receiver.gate.set()
        server.shutdown()
        thread.join()
        server.server_close()


def eventually(look: Callable[[], T]) -> T:
    """What `look` gives as soon as it is true; for state that only asking shows."""
    end = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.01)
    return found
