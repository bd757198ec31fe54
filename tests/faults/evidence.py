"""What a run leaves behind: what was posted, what the doubles saw, what was done to the installation, what it shows.

Plain data to and from JSON, so that a run can be kept and checked again. Times are `time.time()` of one machine.
Tenants and chats are the numbers in the tokens, channels "whatsapp" and "telegram", tokens strings as in `tokens`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, cast


@dataclass(frozen=True, kw_only=True)
class Posted:
    """One webhook request, each try on its own: of the driver, or one that a double delivered."""

    at: float  # before the first byte
    answered_at: float | None  # None: no answer came
    status: int | None  # of HTTP
    tenant: int
    kind: str  # "message" | "status" | "garbage"
    channel: str
    chat: int
    tokens: tuple[str, ...]  # of garbage: of one that stands somewhere in the body
    key: str  # the service's id of the event
    duplicate: bool = False  # sent on purpose although it had been acknowledged
    picture: bool = False  # the text stands under one

    @property
    def acknowledged(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, kw_only=True)
class Send:
    """A message for a person that reached a channel's double; no reads, no typing."""

    at: float
    channel: str
    tenant: int  # by the account that it was sent from
    chat: int  # by the person that it was sent to
    tokens: tuple[str, ...]
    delivery_id: str  # biz_opaque_callback_data; "" for Telegram
    external_id: str  # "" where it was refused
    outcome: str  # "taken" | "refused" | "lost_answer": carried out, and the answer cut
    text: str

    @property
    def carried_out(self) -> bool:
        return self.outcome != "refused"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A call that reached the Anthropic double."""

    at: float
    tokens: tuple[str, ...]  # of the newest message of the person
    everywhere: tuple[str, ...]  # all tokens in the request
    answered: bool
    has_picture: bool = False


@dataclass(frozen=True, kw_only=True)
class Rung:
    """A bell that the test-only tool rang."""

    at: float
    token: str
    pid: int


@dataclass(frozen=True, kw_only=True)
class Reported:
    """A status that a double reported by webhook; one for each status, not for each try."""

    at: float
    tenant: int
    external_id: str
    delivery_id: str
    state: str  # "sent" | "delivered" | "read" | "failed"
    acknowledged: bool


@dataclass(frozen=True, kw_only=True)
class Seen:
    """How many rows of tenants' tables a process saw outside any tenant's scope."""

    at: float
    process: str
    pid: int
    rows: int


@dataclass(frozen=True, kw_only=True)
class Fired:
    """A fault point that did what it was armed for: a line of `fired.jsonl`."""

    at: float
    point: str
    action: str  # "kill" | "pause" | "cut"
    process: str  # "web" | "worker" | "beat" | "command"
    pid: int


@dataclass(frozen=True, kw_only=True)
class Injected:
    """Anything else that was done to the installation."""

    at: float
    what: str  # "kill worker", "flush", "valkey down", "claude 429", …
    detail: str = ""
    touches: tuple[str, ...] = ()  # "web", "worker", "beat", "postgres", "valkey", "claude", "whatsapp", "telegram"
    until: float | None = None  # None: a moment


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """A delivery that the product said to be in doubt, now (`open`) or earlier (the log's `delivery.in_doubt`)."""

    delivery_id: str
    tenant: int
    channel: str
    chat: int
    tokens: tuple[str, ...]  # of the text that it would have sent
    open: bool


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A delivery that the product shows as failed."""

    delivery_id: str
    tenant: int
    channel: str
    chat: int
    tokens: tuple[str, ...]
    code: str


@dataclass(frozen=True, kw_only=True)
class ShownDelivery:
    external_id: str
    status: str  # as `Delivery.status`


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the product shows at the end: only where the witnesses are compared with it."""

    doubts: tuple[Doubt, ...] = ()
    failed: tuple[Failed, ...] = ()
    deliveries: Mapping[str, ShownDelivery] | None = None  # by delivery id; None: not looked at
    dead_letters: tuple[str, ...] = ()  # the raw bodies, of dead letters and of unrouted webhooks alike
    open_turns: int = 0
    due_work: int = 0


@dataclass(frozen=True, kw_only=True)
class Evidence:
    seed: int
    tier: str
    began: float
    faults_ended: float
    quiet_at: float | None  # when nothing was open or due any more; None: that never came
    posted: tuple[Posted, ...] = ()
    sends: tuple[Send, ...] = ()
    asked: tuple[Asked, ...] = ()
    rung: tuple[Rung, ...] = ()
    reported: tuple[Reported, ...] = ()
    seen: tuple[Seen, ...] = ()
    fired: tuple[Fired, ...] = ()
    injected: tuple[Injected, ...] = ()
    shown: Shown = Shown()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Evidence:
        """Raises TypeError where a field is unknown or missing."""
        values = dict(data)
        for name, kind in EVENTS.items():
            values[name] = tuple(_made(kind, row) for row in values.get(name, ()))
        values["shown"] = _shown(values.get("shown", {}))
        return cls(**values)

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(self.to_json()))

    @classmethod
    def load(cls, path: Path) -> Evidence:
        return cls.from_json(json.loads(path.read_text()))


EVENTS: dict[str, type[Any]] = {
    "posted": Posted,
    "sends": Send,
    "asked": Asked,
    "rung": Rung,
    "reported": Reported,
    "seen": Seen,
    "fired": Fired,
    "injected": Injected,
}
Row = TypeVar("Row")


def _made(kind: type[Row], row: Mapping[str, Any]) -> Row:
    """JSON knows lists only, and the rows are told by value, so that each list becomes a tuple again."""
    known = {field.name for field in fields(cast("Any", kind))}
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    if unknown := values.keys() - known:
        raise TypeError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    return kind(**values)


def _shown(data: Mapping[str, Any]) -> Shown:
    values = dict(data)
    values["doubts"] = tuple(_made(Doubt, row) for row in values.get("doubts", ()))
    values["failed"] = tuple(_made(Failed, row) for row in values.get("failed", ()))
    values["dead_letters"] = tuple(values.get("dead_letters", ()))
    deliveries = values.get("deliveries")
    if deliveries is not None:
        values["deliveries"] = {name: _made(ShownDelivery, row) for name, row in deliveries.items()}
    return _made(Shown, values)
