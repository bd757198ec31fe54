"""Many queued messages against a service that keeps its limits: all go out, in order, and hardly one is refused.

BURST=1000 in the environment sends as many and prints how long it took; without it, enough to meet the limits.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from django.utils import timezone

from messaging import outbox, work
from messaging import worker as engine
from messaging.limits import Limiter
from messaging.models import Conversation, Delivery, Message, Work
from messaging.worker import Worker
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope
from tests.doubles import Double
from tests.house import ALICE, BOB, House, wait_for
from tests.test_turns import make_due

CHATS = [str(700100 + number) for number in range(50)]
BURST = int(os.environ.get("BURST", "250"))
FEW = 5  # refusals
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def telegram(house: House) -> House:
    house.connect_telegram()
    people = [{"from": {"id": int(chat), "first_name": "Somebody"}, "type": "text", "text": "hello"} for chat in CHATS]
    house.telegram.post("inbound", account=house.bot_token, batch=people)
    return house


@pytest.fixture
def whatsapp(house: House) -> House:
    house.whatsapp.post("settings", sent_after=3600)  # no status goes out: nobody listens
    return house


@contextmanager
def working(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A worker that looks for sends now, and sweeps as often as the settings say."""
    own = Worker()
    monkeypatch.setattr(engine, "worker", own)
    own.start()
    own.look_for_sends(0)
    try:
        yield
    finally:
        own.stop()


def queue(house: House, kind: str, count: int, chats: list[str] = CHATS) -> None:
    """So many messages that wait to be sent, numbered across the chats in turn."""
    tenant, account, now = house.tenant, house.accounts[kind], timezone.now()
    with tenant_scope(tenant):
        contact = Contact.objects.create(tenant=tenant, role=Contact.Role.CUSTOMER, name="Somebody")
        for place, chat_id in enumerate(chats):
            who = {"account": account, "contact": contact, "chat_id": chat_id, "last_inbound_at": now}
            chat = Conversation.objects.create(tenant=tenant, **who)
            own: dict[str, Any] = {"tenant": tenant, "conversation": chat}
            said = [
                Message(**own, account=account, direction="out", seq=seq, sent_at=now)
                for seq in range(place, count, len(chats))
            ]
            Message.objects.bulk_create(said)
            Delivery.objects.bulk_create(
                Delivery(**own, message=row, seq=row.seq, payload={"text": f"#{row.seq}", "plain": f"#{row.seq}"})
                for row in said
            )
            work.ensure_rows(tenant.pk, chat.pk)
        Work.objects.filter(kind=Work.Kind.SEND).update(due_at=now)
    work.wake_lane(tenant.pk, Work.Kind.SEND)


def pending(house: House) -> int:
    with tenant_scope(house.tenant):
        return Delivery.objects.exclude(status=Delivery.Status.SENT).count()


def sends(double: Double, path: str) -> list[dict[str, Any]]:
    """Every message that the service was asked to send, in order, with what it answered."""
    calls = requests.get(f"{double.url}/_sim/journal?details=1", timeout=30).json()["calls"]
    return [call for call in calls if call["path"].endswith(path) and call["method"] == "POST"]


def judge(calls: list[dict[str, Any]], count: int, chat: str, text: Any) -> None:
    refused = [call for call in calls if call["status"] == 429]
    taken = [call["body"] for call in calls if call["status"] == 200]
    assert len(taken) == count
    seconds = calls[-1]["at"] - calls[0]["at"]
    print(f"{count} messages in {seconds:.1f} s, {len(refused)} refused")
    assert len(refused) <= FEW
    by_chat = defaultdict(list)
    for body in taken:
        by_chat[str(body[chat])].append(int(text(body).removeprefix("#")))
    assert set(by_chat) == set(CHATS)
    assert all(numbers == sorted(set(numbers)) for numbers in by_chat.values()), "out of order, or twice"


def burst_on_telegram(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    queue(house, "telegram", BURST)
    with working(monkeypatch):
        wait_for(lambda: not pending(house), seconds=100)
    judge(sends(house.telegram, "/sendMessage"), BURST, "chat_id", lambda body: body["text"])


def test_a_burst_on_telegram_goes_out_within_its_limits(telegram: House, monkeypatch: pytest.MonkeyPatch) -> None:
    burst_on_telegram(telegram, monkeypatch)


def test_a_burst_goes_out_without_redis_too(telegram: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "limiter", Limiter(NOWHERE))
    burst_on_telegram(telegram, monkeypatch)


def test_a_burst_on_whatsapp_goes_out_within_its_limits(whatsapp: House, monkeypatch: pytest.MonkeyPatch) -> None:
    queue(whatsapp, "whatsapp", BURST)
    with working(monkeypatch):
        wait_for(lambda: not pending(whatsapp), seconds=100)
    judge(sends(whatsapp.whatsapp, "/messages"), BURST, "to", lambda body: body["text"]["body"])


def test_a_chat_that_has_to_wait_holds_up_no_other(telegram: House, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, quick = CHATS[0], CHATS[1]
    queue(telegram, "telegram", 8, [slow])
    queue(telegram, "telegram", 1, [quick])
    one_at_a_time(telegram)
    with working(monkeypatch):
        wait_for(lambda: not pending(telegram))
    chats = [str(call["body"]["chat_id"]) for call in sends(telegram.telegram, "/sendMessage")]
    assert chats.index(quick) < len(chats) - 1
    assert [chat for chat in chats if chat == slow] == [slow] * 8


def one_at_a_time(house: House) -> None:
    with tenant_scope(house.tenant):
        Tenant.objects.update(max_running_turns=1)


def test_what_had_to_wait_goes_out_in_time_and_not_with_the_next_sweep(
    telegram: House, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.SWEEP_SECONDS = 3600
    queue(telegram, "telegram", 5, CHATS[:1])
    with working(monkeypatch):
        wait_for(lambda: not pending(telegram))


def test_the_next_chat_follows_at_once_and_not_with_the_next_sweep(
    telegram: House, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.SWEEP_SECONDS = 3600
    queue(telegram, "telegram", 3, CHATS[:3])
    one_at_a_time(telegram)
    with working(monkeypatch):
        wait_for(lambda: not pending(telegram))


def test_a_number_that_is_too_fast_rests_in_all_its_chats(house: House) -> None:
    house.whatsapp.post("faults", faults=[{"kind": "rate_limit", "retry_after": 40}], match={"method": "messages"})
    house.script({"text": "To Alice"}, {"text": "To Bob"})
    house.says("hello", ALICE)
    house.work()
    house.says("hello", BOB)
    house.work()
    assert house.sent() == ["To Alice"], "refused; Bob's waits with it"
    with tenant_scope(house.tenant):
        waiting = Work.objects.get(kind=Work.Kind.SEND, conversation__chat_id=BOB)
        assert waiting.due_at is not None
        assert waiting.due_at > timezone.now()
        assert Delivery.objects.get(conversation=waiting.conversation_id).attempts == 0
    make_due(house)
    while claim := work.claim_next(Work.Kind.SEND):
        outbox.drain(claim)
    assert sorted(house.sent()) == ["To Alice", "To Alice", "To Bob"]


def test_a_person_who_gets_too_much_holds_up_nobody_else(house: House) -> None:
    house.whatsapp.post("settings", pair_burst=1, pair_seconds=3600)
    house.script({"text": "First"}, {"text": "Second"}, {"text": "To Bob"})
    for person in (ALICE, ALICE, BOB):
        house.says("hello", person)
        house.work()
    assert house.sent() == ["First", "Second", "To Bob"]
    with tenant_scope(house.tenant):
        assert Delivery.objects.get(status=Delivery.Status.PENDING).error_code == "131056"
