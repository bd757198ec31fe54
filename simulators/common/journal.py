"""The record of every call a double received: the outside witness that tests and checkers read."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

MAX_CALLS = 50_000
MAX_BODY = 1 << 20  # bytes; a larger body is not kept
MAX_BODIES = 256 << 20  # bytes of all kept bodies; beyond it the oldest lose theirs


@dataclass(slots=True, eq=False)
class Call:
    method: str
    path: str
    headers: dict[str, str]
    at: float
    query: dict[str, str] = field(default_factory=dict)
    content_type: str = ""
    raw: bytes | None = None  # parsed when the journal is read, which keeps receiving cheap
    form: dict[str, Any] | None = None  # multipart parameters, already read
    note: str | None = None
    status: int | None = None
    fault: str | None = None

    def body(self) -> Any:
        if self.form is not None:
            return self.form
        if not self.raw:
            return None
        if self.content_type == "application/x-www-form-urlencoded":
            return dict(parse_qsl(self.raw.decode("utf-8", "replace"), keep_blank_values=True))
        try:
            return json.loads(self.raw)
        except ValueError:
            return None

    def as_dict(self, *, details: bool) -> dict[str, Any]:
        shown = {
            "method": self.method,
            "path": self.path,
            "headers": self.headers,
            "body": self.body(),
            "at": self.at,
        }
        if details:
            shown |= {"query": self.query, "status": self.status, "fault": self.fault, "note": self.note}
        return shown


class Journal:
    """Keeps the last `MAX_CALLS` calls, in the order in which they were received whole."""

    def __init__(self, *, max_calls: int = MAX_CALLS, max_body: int = MAX_BODY, max_bodies: int = MAX_BODIES) -> None:
        self._max_calls, self._max_body, self._max_bodies = max_calls, max_body, max_bodies
        self.clear()

    def clear(self) -> None:
        self._calls: deque[Call] = deque()
        self._bodies: deque[Call] = deque()
        self._bytes = 0
        self._dropped = 0

    def add(self, call: Call) -> None:
        size = len(call.raw or b"")
        if size > self._max_body:
            call.raw, call.note = None, f"body of {size} bytes not kept: over {self._max_body}"
        elif size:
            self._bodies.append(call)
            self._bytes += size
        self._calls.append(call)
        while len(self._calls) > self._max_calls:
            self._calls.popleft()
            self._dropped += 1
        while self._bytes > self._max_bodies or len(self._bodies) > self._max_calls:
            self._forget_oldest_body()

    def _forget_oldest_body(self) -> None:
        oldest = self._bodies.popleft()
        self._bytes -= len(oldest.raw or b"")
        oldest.raw, oldest.note = None, "body not kept: the journal is full"

    @property
    def end(self) -> int:
        """How many calls were received since the last reset."""
        return self._dropped + len(self._calls)

    def since(self, index: int) -> Iterator[Call]:
        """The calls after the first `index`, as they stand now."""
        return islice(tuple(self._calls), max(0, index - self._dropped), None)
