"""Stands in for a tool's hosts in its self-test: answers what the test says, and reaches nobody. Pure."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tooling.egress import Allowed, HostError

MOST_BODY = 1024 * 1024


class Replies:
    """A `sandbox.types.Network`: what each address of the tool's hosts answers, as `replies` of a test say it."""

    def __init__(self, hosts: Sequence[str], replies: Sequence[Mapping[str, Any]]) -> None:
        self._allowed = [Allowed.parse(entry) for entry in hosts]
        self._replies = {(str(each.get("method", "GET")).upper(), each["url"]): each for each in replies}
        self._server: _Server | None = None

    def serve(self, listener: socket.socket) -> None:
        self._server = _Server(listener, self)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="replies", daemon=True).start()

    def close(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def answer(self, method: str, url: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        if not self._is_allowed(url):
            return _refused(403, f"{url[:200]} is not among the hosts that this tool declares.")
        reply = self._replies.get((method, url))
        if reply is None:
            return _refused(502, f"This test has no reply for {method} {url[:200]}.")
        body = json.dumps(reply["json"]).encode() if "json" in reply else str(reply.get("text", "")).encode()
        kind = "application/json" if "json" in reply else "text/plain; charset=utf-8"
        headers = {"Content-Type": kind, **{str(name): str(value) for name, value in reply.get("headers", {}).items()}}
        return reply.get("status", 200), headers, body

    def _is_allowed(self, url: str) -> bool:
        parts = urlsplit(url)
        try:
            asked = Allowed.parse(f"{parts.scheme}://{parts.netloc}")
        except HostError:
            return False
        return any(entry.covers(asked.scheme, asked.host, asked.port) for entry in self._allowed)


def _refused(status: int, why: str) -> tuple[int, dict[str, str], bytes]:
    return status, {"Content-Type": "application/json"}, json.dumps({"error": why}).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, listener: socket.socket, replies: Replies) -> None:
        super().__init__(("", 0), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.replies = replies

    def handle_error(self, *_: Any) -> None:
        """The script went away, or spoke no HTTP: its run says so."""


class _Handler(BaseHTTPRequestHandler):
    timeout = 10
    server: _Server

    def answer(self) -> None:
        length = self.headers.get("Content-Length", "0")
        self.rfile.read(min(int(length), MOST_BODY) if length.isdigit() else 0)
        status, headers, body = self.server.replies.answer(self.command, self.path)
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body)), "Connection": "close"}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_CONNECT = answer  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """What a test asks is nobody's business."""
