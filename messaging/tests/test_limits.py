"""The sending limits: in Redis and in the process they answer alike, and Redis is never waited for.

The limits are so slow that no token comes while a test runs, but where one is waited for.
"""

from __future__ import annotations

import socket
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings

from messaging.channels import CHANNELS
from messaging.channels.base import Limit, LimitScope
from messaging.channels.telegram.errors import error_of as telegram_error
from messaging.channels.whatsapp.errors import error_of as whatsapp_error
from messaging.channels.wire import Answer
from messaging.limits import PAUSE_MOST_SECONDS, Gate, Limiter, OwnBuckets, RedisBuckets, Store, gate_for
from stack.valkey import Valkey
from tests.house import wait_for

NOWHERE = "redis://127.0.0.1:1/0"


def limit(scope: LimitScope, burst: int, per_second: float = 1 / 1000, **more: Any) -> Limit:
    return Limit(scope=scope, per_second=per_second, burst=burst, **more)


def gates(*limits: Limit, chats: int = 1, group: bool = False) -> list[Gate]:
    """Of chats of one account that nobody has sent to."""
    account = uuid.uuid4()
    return [gate_for(limits, account, uuid.uuid4(), group=group) for _ in range(chats)]


def rounded(store: Store, asked: Sequence[Gate]) -> list[int | None]:
    """For each that asks, in how many seconds to ask again; None where it is admitted at once."""
    answers = [store.ask(gate) for gate in asked]
    assert all(answer.seconds == 0 for answer in answers if answer.admitted)
    return [None if answer.admitted else round(answer.seconds, -2) for answer in answers]  # type: ignore[misc]


@pytest.fixture(params=["redis", "own"])
def store(request: pytest.FixtureRequest) -> Store:
    return RedisBuckets(settings.REDIS_URL) if request.param == "redis" else OwnBuckets()


def test_a_chat_gets_its_burst_and_a_refusal_takes_nothing(store: Store) -> None:
    [gate] = gates(limit("chat", burst=2))
    assert rounded(store, [gate] * 4) == [None, None, 1000, 1000]


def test_those_who_wait_for_the_account_get_times_of_their_own_and_keep_them(store: Store) -> None:
    first, second, third = gates(limit("account", burst=2), chats=3)
    assert rounded(store, [first, second, third, first, second]) == [None, None, 1000, 2000, 3000]
    assert rounded(store, [third, second, first]) == [1000, 3000, 2000]


def test_a_chat_that_waits_for_itself_takes_nothing_of_its_account(store: Store) -> None:
    first, second = gates(limit("chat", burst=1), limit("account", burst=2), chats=2)
    assert rounded(store, [first, first, first, second]) == [None, 1000, 1000, None]


def test_of_two_limits_the_slower_counts(store: Store) -> None:
    [gate] = gates(limit("chat", burst=5), limit("chat", burst=1, per_second=1 / 2000))
    assert rounded(store, [gate, gate]) == [None, 2000]


def test_a_token_that_comes_soon_is_waited_for_in_the_thread(store: Store) -> None:
    [gate] = gates(limit("account", burst=1, per_second=0.01), limit("chat", burst=1, per_second=0.01))
    assert store.ask(gate).admitted
    [soon] = gates(limit("account", burst=1, per_second=1000))
    answers = [store.ask(soon) for _ in range(3)]
    assert all(answer.admitted for answer in answers)


def test_who_comes_at_the_time_that_was_given_is_admitted(store: Store) -> None:
    first, second = gates(limit("account", burst=1, per_second=2), chats=2)
    assert store.ask(first).admitted
    wait_for(lambda: store.ask(second).admitted)


def test_a_pause_of_the_account_holds_all_its_chats_and_nobody_elses(store: Store) -> None:
    first, second = gates(limit("account", burst=10), chats=2)
    [other] = gates(limit("account", burst=10))
    store.pause(first, "account", 400)
    assert rounded(store, [first, second, other]) == [400, 400, None]
    store.pause(second, "account", 100)
    assert rounded(store, [first]) == [400], "a shorter one does not end it"


def test_a_pause_of_a_chat_holds_only_that(store: Store) -> None:
    first, second = gates(limit("account", burst=10), chats=2)
    store.pause(first, "chat", 400)
    assert rounded(store, [first, second]) == [400, None]


def test_after_a_pause_there_are_no_tokens_saved_up(store: Store) -> None:
    first, second, third = gates(limit("account", burst=10), chats=3)
    store.pause(first, "account", 0.01)
    wait_for(lambda: store.ask(first).admitted)
    assert rounded(store, [second, third]) == [1000, 2000]


def test_a_slot_is_no_longer_good_when_its_time_is_long_past() -> None:
    """Else those who come late would all be let through at once."""
    now = 0.0
    store = OwnBuckets(clock=lambda: now)
    first, second, third = gates(limit("account", burst=1, per_second=1), chats=3)
    assert [store.ask(gate).seconds for gate in (first, second, third)] == [0, 1, 2]
    now = 10.0
    assert [store.ask(gate).seconds for gate in (third, second, first)] == [0, 1, 2]


def test_nothing_stays_in_redis_for_ever_and_a_slot_not_long() -> None:
    store = RedisBuckets(settings.REDIS_URL)
    first, second = gates(limit("account", burst=1, per_second=0.5), limit("chat", burst=1), chats=2)
    store.pause(first, "chat", 0.001)
    store.pause(first, "account", 0.001)
    for gate in (first, second) * 2:
        store.ask(gate)
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        ends = {key: client.pttl(key) for key in client.scan_iter("ps:limit:*")}
        assert all(milliseconds != -1 for milliseconds in ends.values()), "-1: never"
        assert 0 < ends[second.slot.encode()] <= 2_600


def test_two_processes_share_what_redis_keeps() -> None:
    [gate] = gates(limit("chat", burst=1))
    one, other = Limiter(settings.REDIS_URL), Limiter(settings.REDIS_URL)
    assert one.ask(gate).admitted
    assert not other.ask(gate).admitted


def test_a_group_has_its_own_limit() -> None:
    both = [limit("chat", burst=3, chats="private"), limit("chat", burst=1, chats="group")]
    store = OwnBuckets()
    assert rounded(store, gates(*both) * 3) == [None] * 3
    assert rounded(store, gates(*both, group=True) * 2) == [None, 1000]


def test_an_installation_may_be_slower_or_faster() -> None:
    account, chat = uuid.uuid4(), uuid.uuid4()
    slow, quick = (gate_for([limit("chat", burst=4)], account, chat, group=False, speed=speed) for speed in (0.5, 2))
    assert rounded(OwnBuckets(), [slow] * 3) == [None, None, 2000]
    assert rounded(OwnBuckets(), [quick] * 9) == [None] * 8 + [500]


def test_a_service_that_is_asked_too_fast_is_left_alone_as_far_as_it_says() -> None:
    too_many = Answer(status=429, body={}, retry_after=None)
    assert telegram_error(too_many, {"error_code": 429, "description": "Too Many Requests"}, "x").scope == "account"
    assert telegram_error(too_many, {"error_code": 400, "description": "Bad Request"}, "x").scope is None
    scopes = {code: whatsapp_error(too_many, {"code": code}, "x").scope for code in (130429, 80007, 4, 131056)}
    assert scopes == {130429: "account", 80007: "account", 4: "account", 131056: "chat"}
    assert whatsapp_error(Answer(status=400, body={}, retry_after=None), {"code": 131026}, "x").scope is None


def test_every_channel_says_how_fast_an_account_may_send() -> None:
    for channel in CHANNELS.values():
        assert any(each.scope == "account" for each in channel.capabilities.limits)


def test_without_redis_the_process_keeps_its_own_count(caplog: pytest.LogCaptureFixture) -> None:
    limiter = Limiter(NOWHERE)
    [gate] = gates(limit("chat", burst=2))
    assert rounded(limiter, [gate] * 3) == [None, None, 1000]
    limiter.pause(gate, "account", 400)
    assert [record.getMessage() for record in caplog.records] == ["limits.redis_failed"], "it is not asked each time"


def test_a_redis_that_says_nothing_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        limiter = Limiter(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        assert limiter.ask(*gates(limit("chat", burst=1))).admitted


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path / "valkey", "secret", tmp_path / "valkey.log", appendonly=False)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def test_redis_is_asked_again_when_it_is_back(valkey: Valkey) -> None:
    limiter = Limiter(valkey.url)
    [gate] = gates(limit("chat", burst=1000))
    assert limiter.ask(gate).admitted
    port = valkey.port
    valkey.stop()
    assert limiter.ask(gate).admitted
    valkey.start(port=port, fixed=True)
    with redis.Redis.from_url(valkey.url) as client:
        assert not client.exists(gate.chat[0].key), "it was empty"
        wait_for(lambda: limiter.ask(gate).admitted and client.exists(gate.chat[0].key))


def test_no_pause_is_longer_than_some_minutes() -> None:
    limiter = Limiter(settings.REDIS_URL)
    [gate] = gates(limit("account", burst=1))
    limiter.pause(gate, "account", 1e8)
    assert 0 < limiter.ask(gate).seconds <= PAUSE_MOST_SECONDS
