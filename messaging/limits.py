"""Token buckets: how fast an account, and each chat of it, may be sent to.

They are kept in Redis, by its clock, for all workers together. While Redis is away each process keeps its own, as well
as it can: a send is never refused, and never waits, for want of Redis.

Of a bucket one thing is kept: when it will be full again. A token puts that off by `interval`, and there is none to be
had while it is further off than `window`. What waits for the account takes its token at once and comes back for it at
that time (its slot), so that chats take turns and nobody asks again in vain. A chat waits for its own bucket alone.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from messaging.channels.base import Limit, LimitScope

logger = logging.getLogger(__name__)

REDIS_SECONDS = 0.2  # that Redis may take
REST_SECONDS = 1.0  # after a failure it is not asked for so long
PATIENCE_SECONDS = 0.25  # who has to wait no longer than this is let through, to wait in its thread
LATE_SECONDS = 0.5  # who comes for a slot later than this takes a new token: many at once would be too many
PAUSE_MOST_SECONDS = 300.0  # a service may be asking that of one chat, and mean it for hours
KEPT_BUCKETS = 10_000

Answered = TypeVar("Answered")


@dataclass(frozen=True, kw_only=True)
class Bucket:
    key: str
    interval: float  # seconds in which a token comes
    window: float  # seconds in which all of them come


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What the sends of one conversation have to pass."""

    slot: str  # the keys of these
    chat_pause: str
    account_pause: str
    chat: Sequence[Bucket]
    account: Sequence[Bucket]

    def of(self, scope: LimitScope) -> tuple[str, Sequence[Bucket]]:
        return (self.chat_pause, self.chat) if scope == "chat" else (self.account_pause, self.account)


def gate_for(
    limits: Sequence[Limit], account_id: uuid.UUID, conversation_id: uuid.UUID, *, group: bool, speed: float = 1.0
) -> Gate:
    """`speed`: times what the limits say, bursts too."""
    chat, account = f"ps:limit:chat:{conversation_id}", f"ps:limit:account:{account_id}"
    fitting = [limit for limit in limits if limit.chats in (None, "group" if group else "private")]

    def buckets(scope: LimitScope, key: str) -> list[Bucket]:
        return [
            Bucket(key=f"{key}:{number}", interval=1 / limit.per_second / speed, window=limit.burst / limit.per_second)
            for number, limit in enumerate(fitting)
            if limit.scope == scope
        ]

    return Gate(
        slot=f"{chat}:slot",
        chat_pause=f"{chat}:pause",
        account_pause=f"{account}:pause",
        chat=buckets("chat", chat),
        account=buckets("account", account),
    )


@dataclass(frozen=True)
class Answer:
    """`admitted`: send in so many seconds, without asking again. Otherwise ask again then."""

    admitted: bool
    seconds: float


class Store(Protocol):
    def ask(self, gate: Gate) -> Answer: ...

    def pause(self, gate: Gate, scope: LimitScope, seconds: float) -> None: ...


# Both scripts: times are microseconds. KEYS of buckets come last, each with its interval and window at the end of ARGV.
SCRIPT_START = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local function get(key) return tonumber(redis.call('GET', key) or 0) end
local function keep(key, at, longer)
    redis.call('SET', key, string.format('%.0f', at), 'PX', math.ceil((at - now + longer) / 1000) + 1)
end
"""

# KEYS: the slot, two pauses, the chat's buckets, the account's. ARGV: patience, lateness, how many are the chat's.
ASK = (
    SCRIPT_START
    + """
local patience, late, chats = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local function interval(i) return tonumber(ARGV[2 * i + 2]) end
local function window(i) return tonumber(ARGV[2 * i + 3]) end
local function full_at(i) return math.max(get(KEYS[i + 3]), now) end
local function latest(at, from, to)
    for i = from, to do at = math.max(at, full_at(i) + interval(i) - window(i)) end
    return at
end
local function take(from, to)
    for i = from, to do keep(KEYS[i + 3], full_at(i) + interval(i), 0) end
end

local at = latest(math.max(now, get(KEYS[2]), get(KEYS[3])), 1, chats)
if at > now + patience then return {0, at - now} end
local slot = get(KEYS[1])
if slot > 0 then
    at = math.max(at, slot)
else
    at = latest(at, chats + 1, #KEYS - 3)
    take(chats + 1, #KEYS - 3)
end
if at > now + patience then
    keep(KEYS[1], at, late)
    return {0, at - now}
end
redis.call('DEL', KEYS[1])
take(1, chats)
return {1, at - now}
"""
)

# KEYS: the pause, the buckets, which are empty when it ends. ARGV: for how long.
PAUSE = (
    SCRIPT_START
    + """
local till = now + tonumber(ARGV[1])
if till > get(KEYS[1]) then keep(KEYS[1], till, 0) end
for i = 1, #KEYS - 1 do
    local full_at = till + ARGV[2 * i + 1] - ARGV[2 * i]
    if full_at > get(KEYS[i + 1]) then keep(KEYS[i + 1], full_at, 0) end
end
"""
)


def microseconds(seconds: float) -> int:
    return round(seconds * 1_000_000)


class RedisBuckets:
    """Raises redis.RedisError."""

    def __init__(self, url: str) -> None:
        client = redis.Redis.from_url(
            url,
            socket_timeout=REDIS_SECONDS,
            socket_connect_timeout=REDIS_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._ask, self._pause = client.register_script(ASK), client.register_script(PAUSE)

    def ask(self, gate: Gate) -> Answer:
        buckets = [*gate.chat, *gate.account]
        admitted, wait = self._ask(
            [gate.slot, gate.chat_pause, gate.account_pause, *(bucket.key for bucket in buckets)],
            [microseconds(PATIENCE_SECONDS), microseconds(LATE_SECONDS), len(gate.chat), *figures(buckets)],
        )
        return Answer(bool(admitted), wait / 1_000_000)

    def pause(self, gate: Gate, scope: LimitScope, seconds: float) -> None:
        key, buckets = gate.of(scope)
        self._pause([key, *(bucket.key for bucket in buckets)], [microseconds(seconds), *figures(buckets)])


def figures(buckets: Sequence[Bucket]) -> list[int]:
    return [microseconds(figure) for bucket in buckets for figure in (bucket.interval, bucket.window)]


class OwnBuckets:
    """The same in this process, for it alone."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._kept: dict[str, float] = {}  # a time, by key

    def ask(self, gate: Gate) -> Answer:
        with self._lock:
            now = self._clock()
            self._forget(now)
            paused = max(self._kept.get(key, now) for key in (gate.chat_pause, gate.account_pause))
            at = self._latest(max(now, paused), gate.chat, now)
            if at > now + PATIENCE_SECONDS:
                return Answer(admitted=False, seconds=at - now)
            slot = self._kept.pop(gate.slot, None)
            if slot is not None and slot > now - LATE_SECONDS:
                at = max(at, slot)
            else:
                at = self._latest(at, gate.account, now)
                self._take(gate.account, now)
            if at > now + PATIENCE_SECONDS:
                self._kept[gate.slot] = at
                return Answer(admitted=False, seconds=at - now)
            self._take(gate.chat, now)
            return Answer(admitted=True, seconds=at - now)

    def pause(self, gate: Gate, scope: LimitScope, seconds: float) -> None:
        with self._lock:
            till = self._clock() + seconds
            key, buckets = gate.of(scope)
            empty = {bucket.key: till + bucket.window - bucket.interval for bucket in buckets}
            for kept, at in {key: till, **empty}.items():
                self._kept[kept] = max(at, self._kept.get(kept, at))

    def _latest(self, at: float, buckets: Sequence[Bucket], now: float) -> float:
        return max([at, *(self._full_at(bucket, now) + bucket.interval - bucket.window for bucket in buckets)])

    def _take(self, buckets: Sequence[Bucket], now: float) -> None:
        for bucket in buckets:
            self._kept[bucket.key] = self._full_at(bucket, now) + bucket.interval

    def _full_at(self, bucket: Bucket, now: float) -> float:
        return max(self._kept.get(bucket.key, now), now)

    def _forget(self, now: float) -> None:
        if len(self._kept) > KEPT_BUCKETS:
            self._kept = {key: at for key, at in self._kept.items() if at > now - LATE_SECONDS}


class Limiter:
    """Redis while it answers, else this process's own."""

    def __init__(self, url: str) -> None:
        self._shared, self._own = RedisBuckets(url), OwnBuckets()
        self._rests_until = 0.0

    def ask(self, gate: Gate) -> Answer:
        """Take the tokens for one message, where they come within PATIENCE_SECONDS. One not used does no harm."""
        return self._either(lambda store: store.ask(gate))

    def pause(self, gate: Gate, scope: LimitScope, seconds: float) -> None:
        """The service wants nothing more for so long, whatever the buckets say."""
        self._either(lambda store: store.pause(gate, scope, min(seconds, PAUSE_MOST_SECONDS)))

    def _either(self, call: Callable[[Store], Answered]) -> Answered:
        if time.monotonic() >= self._rests_until:
            try:
                return call(self._shared)
            except redis.RedisError as error:
                self._rests_until = time.monotonic() + REST_SECONDS
                logger.warning("limits.redis_failed", extra={"error": type(error).__name__})
        return call(self._own)


limiter = Limiter(settings.REDIS_URL)
