"""What happens in a history, second by second: a pure function of its seed, so that any history can be had again."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import product
from typing import Any

from tests.faults.cast import APP_SECRETS, CHANNELS, TENANTS
from tests.faults.doubles import BELL, SLOW
from tests.faults.tokens import Token

Place = tuple[int, str, int]  # tenant, channel, chat
RATE = 8.0  # messages a second
MESSAGES_A_CHAT = 11
# Points that any message may reach; the others have cases of their own in `points`.
WORKER_POINTS = (
    *("before_sweep", "in_claim", "after_claim", "in_begin", "after_begin", "after_ask", "in_record", "after_record"),
    *(
        "before_tool",
        "after_tool",
        "before_commit",
        "in_commit",
        "after_commit",
        "after_fetch",
        "in_keep",
        "in_mark",
        "after_mark",
    ),
    *("after_send", "in_settle", "after_settle", "in_rest", "in_renew"),
)
WEB_POINTS = ("after_verify", "in_store", "after_store", "after_hint", "in_status", "in_dead_letter", "before_publish")
WORDS = (
    "hola",
    "¿qué tal?",
    "mañana 👋",
    "the boiler is *dead*",
    "a_b_c <b>",
    "1 < 2 & 3",
    "señor",
    "ok",
    "gracias 🙏",
)


@dataclass(frozen=True, kw_only=True)
class Step:
    """`at`: seconds from the beginning."""

    at: float
    what: str  # the name of a method of `Conductor`
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Plan:
    seed: int
    seconds: float
    steps: tuple[Step, ...]

    def counts(self) -> dict[str, int]:
        found: defaultdict[str, int] = defaultdict(int)
        for step in self.steps:
            found[step.what] += 1
        return dict(found)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def chats_of(messages: int) -> int:
    """How many chats an account has in a history of so many messages."""
    return max(3, messages // (len(TENANTS) * len(CHANNELS) * MESSAGES_A_CHAT))


def make_plan(
    seed: int,
    messages: int,
    *,
    first_chat: int = 1,
    workers: int = 3,
    webs: int = 2,
    beats: int = 1,
    only: Collection[str] | None = None,
) -> Plan:
    """`only` names the ingredients (see `INGREDIENTS`, and "points:NAME:ACTION"); None means all of them.

    `first_chat` only numbers the chats: the same seed brings the same steps. Raises ValueError for an unknown name.
    """
    if unknown := [name for name in only or () if name not in INGREDIENTS and not name.startswith("points:")]:
        raise ValueError(f"There is no {', '.join(unknown)}; known are {', '.join(INGREDIENTS)}.")
    maker = _Maker(seed, messages, first_chat, {"worker": workers, "web": webs, "beat": beats})
    names = [name for name in INGREDIENTS if only is None or name in only]
    maker.write_letters({name for name in names if name in SPICES})
    for name in names:
        if name not in SPICES:
            INGREDIENTS[name](maker)
    for name in sorted(only or ()):
        if name.startswith("points:"):
            maker.often(*name.split(":")[1:])
    return Plan(seed=seed, seconds=maker.seconds, steps=tuple(sorted(maker.steps, key=lambda step: step.at)))


class _Maker:
    def __init__(self, seed: int, messages: int, first_chat: int, processes: Mapping[str, int]) -> None:
        self.random = random.Random(seed)
        self.messages, self.processes = messages, processes
        self.seconds = messages / RATE
        self.steps: list[Step] = []
        self.numbers: defaultdict[Place, int] = defaultdict(int)  # of the messages of each chat so far
        chats = range(first_chat, first_chat + chats_of(messages))
        self.places: list[Place] = [(*each, chat) for each in product(TENANTS, CHANNELS) for chat in chats]

    def add(self, at: float, what: str, **values: Any) -> None:
        self.steps.append(Step(at=round(at, 3), what=what, values=values))

    def times(self, per_200: float, margin: float = 1.0) -> Iterator[float]:
        """Moments for as many events as there are in 200 messages, scaled; at least one."""
        for _ in range(max(1, round(per_200 * self.messages / 200))):
            yield self.random.uniform(min(margin, self.seconds / 4), self.seconds)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def process(self, kind: str) -> str:
        return f"{kind}-{self.random.randint(1, self.processes[kind])}"

    def often(self, point: str, action: str, kind: str = "") -> None:
        """And once more with a last message, after which nothing comes that could set things going again."""
        for at in self.times(14, margin=0.2):
            self.add(at, "arm", point=point, action=action, kind=kind)
        token = self.next_token(self.random.choice(self.places))
        self.add(self.seconds + 1.0, "arm", point=point, action=action, kind=kind)
        text = f"{token} {BELL if point.endswith(('_tool', '_record')) else 'and that is all'}"
        self.add(self.seconds + 1.2, "letter", token=token, text=text)

    # What people write

    def write_letters(self, spices: set[str]) -> None:
        left, at = self.messages, 0.0
        while left > 0:
            at += self.random.expovariate(RATE)
            burst = min(left, self.random.choice((1, 1, 1, 1, 2, 3)))
            place = self.random.choice(self.places)
            left -= burst
            if "batches" in spices and place[1] == "whatsapp" and self.chance(0.1):
                self._write_batch(at, place)
                continue
            for _ in range(burst):
                self.add(at, "letter", **self._letter(place, spices))
                at += self.random.uniform(0.0, 0.15)
        self.seconds = max(self.seconds, at)
        if "garbage" in spices:
            self._write_garbage()

    def next_token(self, place: Place) -> str:
        self.numbers[place] += 1
        return str(Token(*place, self.numbers[place]))

    def _letter(self, place: Place, spices: set[str]) -> dict[str, Any]:
        words = [self.next_token(place), self.random.choice(WORDS)]
        values: dict[str, Any] = {"token": words[0]}
        if "slow" in spices and self.chance(0.06):
            words.append(SLOW)
        if "bells" in spices and self.chance(0.08):
            words.append(BELL)
        if "duplicates" in spices and self.chance(0.15):
            values["again"] = [round(self.random.choice((0.0, 0.05, 1.0, 4.0)), 3)]
        if "duplicates" in spices and self.chance(0.05):
            values["twice"] = True
        if "reorder" in spices and self.chance(0.1):
            values["hold"] = round(self.random.uniform(0.1, 2.0), 3)
        if "pictures" in spices and place[1] == "whatsapp" and self.chance(0.1):
            values["picture"] = True
        return {**values, "text": " ".join(words)}

    def _write_batch(self, at: float, place: Place) -> None:
        """Several messages in one body, also of other tenants of the same app."""
        mine = [each for each in self.places if each[1] == "whatsapp" and APP_SECRETS[each[0]] == APP_SECRETS[place[0]]]
        chosen = [place, *self.random.choices(mine, k=self.random.randint(1, 3))]
        self.add(at, "batch", letters=[self._letter(each, set()) for each in chosen])

    def _write_garbage(self) -> None:
        for at in self.times(8):
            token = self.next_token(self.random.choice(self.places))
            shape = self.random.choice(("unknown", "unknown", "broken", "binary"))
            self.add(at, "garbage", token=token, shape=shape)


# What is done to the installation


def kills(maker: _Maker) -> None:
    for kind, count in (("worker", 2), ("web", 1), ("beat", 1)):
        for at in maker.times(count) if maker.processes[kind] else ():
            maker.add(at, "kill", process=maker.process(kind))


def pauses(maker: _Maker) -> None:
    for kind, count in (("worker", 2), ("web", 1)):
        for at in maker.times(count):
            maker.add(at, "pause", process=maker.process(kind))


def points(maker: _Maker) -> None:
    for at in maker.times(8):
        kind = "web" if maker.chance(0.25) else "worker"
        point = maker.random.choice(WEB_POINTS if kind == "web" else WORKER_POINTS)
        maker.add(at, "arm", point=point, action=maker.random.choice(("kill", "pause", "cut")), kind=kind)


def flush(maker: _Maker) -> None:
    for at in maker.times(3):
        maker.add(at, "flush")


def valkey_restart(maker: _Maker) -> None:
    for at in maker.times(1):
        maker.add(at, "restart_valkey")


def valkey_down(maker: _Maker) -> None:
    for at in maker.times(1):
        maker.add(at, "valkey_down", seconds=round(maker.random.uniform(2, 5), 2))


def postgres(maker: _Maker) -> None:
    for at in maker.times(1, margin=3.0):
        maker.add(at, "restart_postgres", how=maker.random.choice(("fast", "immediate")))


def net(maker: _Maker) -> None:
    for at in maker.times(6):
        process = maker.process(maker.random.choice(("web", "worker", "worker")))
        service = maker.random.choice(("database", "database", "broker"))
        how = maker.random.choice(("reset", "refuse", "black_hole", "delay", "cut_after"))
        values: dict[str, Any] = {"seconds": round(maker.random.uniform(0.5, 4), 2)}
        if how == "delay":
            values["delay"] = maker.random.choice((0.01, 0.05, 0.2))
        if how == "cut_after":
            values |= {"count": maker.random.randint(1, 6000), "direction": maker.random.choice(DIRECTIONS)}
        maker.add(at, "net", process=process, service=service, how=how, **values)


DIRECTIONS = ("to_server", "to_client")
CLAUDE = (
    {"kind": "rate_limit", "retry_after": 1},
    {"kind": "overloaded"},
    {"kind": "error", "status": 500},
    {"kind": "timeout", "seconds": 1},
    {"kind": "drop"},
    {"kind": "hang", "seconds": 4},
    {"kind": "half_answer"},
    {"kind": "cut", "after_events": 0},
    {"kind": "cut", "after_events": 1},
    {"kind": "cut", "after_events": 3},
    {"kind": "cut", "after_events": 5},
    {"kind": "sse_error", "after_events": 2},
)
REFUSALS: dict[str, tuple[dict[str, Any], ...]] = {
    "whatsapp": (
        {"kind": "rate_limit", "retry_after": 1, "match": {"method": "messages"}},
        {"kind": "error", "match": {"method": "messages"}},
        {"kind": "http", "status": 403, "body": {}, "match": {"method": "messages"}},
        {"kind": "hang", "seconds": 3, "match": {"method": "messages"}},
        {"kind": "refuse", "match": {"method": "messages"}},
    ),
    "telegram": (
        {"kind": "rate_limit", "retry_after": 1, "match": {"method": "sendMessage"}},
        {"kind": "error", "status": 500, "match": {"method": "sendMessage"}},
        {"kind": "blocked", "match": {"method": "sendMessage"}},
        {"kind": "hang", "seconds": 3, "match": {"method": "sendMessage"}},
        {"kind": "refuse", "match": {"method": "sendMessage"}},
    ),
}


def claude(maker: _Maker) -> None:
    for at in maker.times(10):
        maker.add(at, "fault", double="anthropic", fault=maker.random.choice(CLAUDE))


def channels(maker: _Maker) -> None:
    for name, refusals in REFUSALS.items():
        for at in maker.times(5):
            maker.add(at, "fault", double=name, fault=maker.random.choice(refusals))


def lost_answers(maker: _Maker) -> None:
    for name, method in (("whatsapp", "messages"), ("telegram", "sendMessage")):
        for at in maker.times(4, margin=0.5):
            maker.add(at, "fault", double=name, fault={"kind": "lost_answer", "match": {"method": method}})


def statuses(maker: _Maker) -> None:
    """Reports of the WhatsApp double twice, late and in the wrong order."""
    for at in maker.times(16, margin=0.5):
        kind = maker.random.choice(("duplicate", "reorder", "reorder", "delay"))
        fault: dict[str, Any] = {"kind": kind, "match": {"event": "status"}}
        if kind != "duplicate":
            fault["seconds"] = round(maker.random.uniform(0.5, 2), 2)
        maker.add(at, "fault", double="whatsapp", fault=fault)


SPICES = ("slow", "bells", "duplicates", "reorder", "batches", "garbage", "pictures")  # of what people write
INGREDIENTS: dict[str, Callable[[_Maker], None]] = {
    **dict.fromkeys(SPICES, lambda _maker: None),
    "kills": kills,
    "pauses": pauses,
    "points": points,
    "flush": flush,
    "valkey_restart": valkey_restart,
    "valkey_down": valkey_down,
    "postgres": postgres,
    "net": net,
    "claude": claude,
    "channels": channels,
    "lost_answers": lost_answers,
    "statuses": statuses,
}
