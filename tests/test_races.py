"""Races on the message's way, each forced to happen: who loses must lose nothing but time."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from messaging import inbox, outbox, pausing, turn_begin, turns, work
from messaging.channels.base import Sent, TransportError
from messaging.credentials import app_routes, forget_all
from messaging.leases import heart, held
from messaging.models import Conversation, Delivery, Lane, Message, Turn, Work
from messaging.work import LeaseLost
from messaging.worker import worker
from tenants_app.ids import new_id
from tenants_app.models import ContactAddress, OperatorAlert, Tenant
from tenants_app.scope import tenant_scope
from tests.fixtures import make_tenant
from tests.house import House, wait_for
from tests.test_deliveries import telegram

__all__ = ["telegram"]


def the_work(house: House, kind: str) -> Work:
    with tenant_scope(house.tenant):
        return Work.objects.get(kind=kind)


def the_lane(house: House, kind: str = Work.Kind.TURN) -> Lane:
    with tenant_scope(house.tenant):
        return Lane.objects.get(kind=kind)


def settled_house(house: House) -> Conversation:
    """One conversation, answered, with nothing left to do."""
    house.script({"text": "Hello"})
    house.says("hello")
    house.work()
    with tenant_scope(house.tenant):
        return Conversation.objects.get()


@contextmanager
def straight(house: House) -> Iterator[psycopg.Connection[Any]]:
    """A connection of the app's own, inside the tenant, with a transaction open: a process that stands still."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as other:
        other.execute("SELECT set_config('app.tenant_id', %s, true)", [str(house.tenant.pk)])
        yield other


def store_uncommitted(house: House, conversation: Conversation, other: psycopg.Connection[Any]) -> None:
    """Run the webhook's statement, as the inbox does, and do not commit yet."""
    route = app_routes.get("whatsapp", house.accounts["whatsapp"].app_id, (house.phone_number_id,))
    assert route is not None
    with tenant_scope(house.tenant):
        address = ContactAddress.objects.get(contact=conversation.contact_id).address
    other.execute(
        inbox.STORE_MESSAGE,
        {
            "id": new_id(),
            "tenant": house.tenant.pk,
            "account": route.account_id,
            "channel": "whatsapp",
            "chat": conversation.chat_id,
            "address": address,
            "key": "race-1",
            "external_id": "race-1",
            "kind": "text",
            "text": "in between",
            "reply_to": "",
            "forwarded": False,
            "raw": b"{}",
            "sent_at": timezone.now(),
            "quiet": timedelta(0),
            "limit": timedelta(0),
            "quoted": "",
            "choice": "",
            "choice_token": "",
            "wakes": True,
            "media": None,
        },
    )


def set_lane(house: House, kind: str = Work.Kind.TURN, **fields: Any) -> None:
    with tenant_scope(house.tenant):
        Lane.objects.filter(kind=kind).update(**fields)


# --- Claims ----------------------------------------------------------------------------------------------------------


def test_a_message_that_commits_after_the_last_look_at_its_lane_is_found(house: House) -> None:
    """The lane was due for its last look before it rests while the webhook's transaction was still open."""
    conversation = settled_house(house)
    set_lane(house, next_due_at=timezone.now() - timedelta(milliseconds=5), idle_looks=3)
    with straight(house) as other:
        store_uncommitted(house, conversation, other)
        assert work.claim_next(Work.Kind.TURN) is None
        other.commit()
    with tenant_scope(house.tenant):
        assert Message.objects.filter(turn=None, direction="in").count() == 1
    assert the_lane(house).next_due_at is not None, "the lane rests for ever while a message waits"
    claim = wait_for(lambda: work.claim_next(Work.Kind.TURN), seconds=3)
    assert claim.conversation_id == conversation.pk


def test_two_claimers_that_look_at_two_empty_lanes_do_not_deadlock(house: House) -> None:
    """Each has looked at one lane, found it empty and goes on to the other's."""
    tenants = [make_tenant(f"tenant-{number}") for number in range(6)]
    for tenant in tenants:
        with tenant_scope(tenant):
            Lane.objects.create(tenant=tenant, kind=Work.Kind.TURN)
    for _ in range(60):
        for tenant in tenants:
            with tenant_scope(tenant):
                Lane.objects.update(next_due_at=timezone.now(), idle_looks=0)
        gate = threading.Barrier(6)

        def look(gate: threading.Barrier = gate) -> None:
            gate.wait()
            assert work.claim_next(Work.Kind.TURN) is None

        with ThreadPoolExecutor(6) as threads:
            for future in [threads.submit(look) for _ in range(6)]:
                future.result()


def test_a_lane_that_is_held_by_a_paused_process_does_not_hold_up_the_claimers(house: House) -> None:
    """Its webhook was stopped in the middle of a transaction; whoever looks for work must not wait for it."""
    settled_house(house)
    set_lane(house, next_due_at=timezone.now() - timedelta(seconds=1), idle_looks=0)
    with straight(house) as other:
        other.execute("SELECT 1 FROM messaging_lane WHERE kind = 'turn' FOR UPDATE")
        done = threading.Event()

        def look() -> None:
            assert work.claim_next(Work.Kind.TURN) is None
            done.set()

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        assert done.wait(5), "a claimer waits for as long as the other process is paused"
        other.rollback()
        thread.join()


def test_work_behind_many_lanes_with_nothing_to_do_is_claimed(house: House, owner_connection: Any) -> None:
    """After a wave of messages, hundreds of tenants' lanes are looked at once more and found empty."""
    conversation = settled_house(house)
    owner_connection.execute(
        """
        WITH made AS (
            INSERT INTO tenants_app_tenant
            SELECT (jsonb_populate_record(t, jsonb_build_object(
                'id', gen_random_uuid(), 'slug', 'crowd-' || n, 'name', 'Crowd'))).*
            FROM tenants_app_tenant t, generate_series(1, 120) n WHERE t.id = %s
            RETURNING id
        )
        INSERT INTO messaging_lane (id, tenant_id, kind, next_due_at, running, idle_looks)
        SELECT gen_random_uuid(), id, 'turn', now() - interval '1 minute', 0, 0 FROM made
        """,
        [house.tenant.pk],
    )
    house.says("me too")
    claim = work.claim_next(Work.Kind.TURN)
    assert claim is not None
    assert claim.conversation_id == conversation.pk


# --- Turns -----------------------------------------------------------------------------------------------------------


def test_a_turn_that_is_put_aside_while_its_tenant_is_resumed_goes_on(house: House) -> None:
    """The worker saw the tenant paused; before it put the turn aside, an operator resumed."""
    house.script({"text": "Here I am"})
    house.says("hello")
    with tenant_scope(house.tenant):
        pausing.pause(Tenant.objects.get(), "A test.")
    claim = work.claim_next(Work.Kind.TURN)
    assert claim is not None
    plan = turn_begin.begin(claim)
    assert isinstance(plan, turn_begin.Plan)
    assert plan.tenant.is_paused
    assert pausing.resume(house.tenant, "test")
    turns.hold(plan, "A test.")
    assert the_work(house, Work.Kind.TURN).due_at is not None, "nobody will ever look at this turn again"
    work.wake_lane(house.tenant.pk, Work.Kind.TURN)
    wait_for(lambda: worker.run_next() and "Here I am" in house.sent())


def test_resuming_wakes_the_lane_in_the_same_transaction(house: House, owner_connection: Any) -> None:
    """Killed right after the commit, nothing more would be done: so nothing more may be needed."""
    house.anthropic.post("accounts", key="sk-ant-test", status="revoked")
    house.says("hello")
    house.work()
    set_lane(house, next_due_at=None, idle_looks=4)
    seen: list[tuple[Any, ...]] = []
    wake_lane = work.wake_lane

    def look(*args: Any, **more: Any) -> None:
        seen.append(owner_connection.execute("SELECT status FROM tenants_app_tenant").fetchone())
        wake_lane(*args, **more)

    work.wake_lane = look
    try:
        assert pausing.resume(house.tenant, "test")
    finally:
        work.wake_lane = wake_lane
    assert seen == [("paused",)], "the tenant was resumed for others to see before its lane was woken"


def test_an_answer_that_the_database_cannot_hold_is_still_given(house: House) -> None:
    house.script({"text": "One\u0000two"})
    house.says("hello")
    house.work()
    assert house.sent() == ["Onetwo"]


def break_steps(owner: Any) -> None:
    """What is recorded can no longer be read, as after a bug that was deployed meanwhile."""
    owner.execute('UPDATE messaging_turnstep SET content = \'{"kind":"nonsense"}\'')


def test_a_turn_that_fails_for_no_known_reason_ends_in_an_apology(
    house: House, owner_connection: Any, settings: Any
) -> None:
    """Tried again with growing waits, not for ever; and the messages after it are answered."""
    house.says("hello")
    claim = work.claim_next(Work.Kind.TURN)
    assert claim is not None
    assert turn_begin.begin(claim) is not None
    break_steps(owner_connection)
    work.give_back(claim)
    house.work()
    row = the_work(house, Work.Kind.TURN)
    assert row.lease_until is None
    assert row.due_at is not None
    assert row.due_at > timezone.now() - timedelta(seconds=1)
    with tenant_scope(house.tenant):
        assert Turn.objects.get().attempts == 1
        Work.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
    settings.TURN_GIVE_UP_SECONDS = 0
    work.wake_lane(house.tenant.pk, Work.Kind.TURN)
    house.work()
    assert house.sent() == ["I'm sorry, I couldn't answer that just now. Please try again in a little while."]
    with tenant_scope(house.tenant):
        assert OperatorAlert.objects.filter(kind="turn.unanswered").exists()
    house.script({"text": "Better now"})
    house.says("and now?")
    house.work()
    assert house.sent()[1:] == ["Better now"]


def test_a_turn_that_cannot_even_be_begun_is_tried_again_and_then_given_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("no such thing")

    monkeypatch.setattr(turn_begin, "plan_for", fail)
    house.says("hello")
    house.work()
    with tenant_scope(house.tenant):
        turn = Turn.objects.get()
        assert (turn.status, turn.attempts) == (Turn.Status.OPEN, 1)
        Turn.objects.update(retry_since=timezone.now() - timedelta(hours=1))
        Work.objects.filter(kind="turn").update(due_at=timezone.now())
    work.wake_lane(house.tenant.pk, Work.Kind.TURN)
    house.work()
    assert len(house.sent()) == 1
    with tenant_scope(house.tenant):
        assert Turn.objects.get().status == Turn.Status.APOLOGISED


def test_a_turn_that_ends_every_worker_that_takes_it_up_is_given_up(house: House) -> None:
    """It is claimed again and again, and no claim lives long enough to say why."""
    house.says("hello")
    for _ in range(turn_begin.MOST_CLAIMS + 2):
        claim = work.claim_next(Work.Kind.TURN)
        assert claim is not None
        if turn_begin.begin(claim) is None:
            break
        with tenant_scope(house.tenant):
            Work.objects.filter(pk=claim.work_id).update(lease_until=timezone.now(), due_at=timezone.now())
        work.wake_lane(house.tenant.pk, Work.Kind.TURN)
    with tenant_scope(house.tenant):
        assert Turn.objects.get().status == Turn.Status.APOLOGISED
        assert OperatorAlert.objects.filter(kind="turn.unanswered").exists()


# --- Outbox ----------------------------------------------------------------------------------------------------------


def answered_not_sent(house: House, text: str) -> work.Claim:
    """The turn is committed, its send claimed."""
    house.script({"text": text})
    house.says("hello")
    claim = work.claim_next(Work.Kind.TURN)
    assert claim is not None
    send = turns.run_turn(claim).send
    assert send is not None
    return send


def taken_over(claim: work.Claim) -> work.Claim:
    """The lease ran out, and another worker claimed."""
    with tenant_scope(claim.tenant_id):
        Work.objects.filter(pk=claim.work_id).update(lease_until=timezone.now(), due_at=timezone.now())
    other = work.claim_for(claim.tenant_id, claim.conversation_id, Work.Kind.SEND)
    assert other is not None
    return other


def test_a_refusal_that_comes_after_another_worker_took_over_is_acted_on(house: House) -> None:
    """The first sender was slow and lost its lease; what it then learns makes the delivery due again, and wakes it."""
    first = answered_not_sent(house, "Hello")
    head = outbox.next_head(first)
    assert head is not None
    outbox.drain(taken_over(first))
    with tenant_scope(house.tenant):
        assert Delivery.objects.get().status == Delivery.Status.IN_DOUBT
    with pytest.raises(LeaseLost):
        outbox.settle(first, head, TransportError("busy", code="503"))
    with tenant_scope(house.tenant):
        assert Delivery.objects.get().status == Delivery.Status.PENDING
    assert the_work(house, Work.Kind.SEND).due_at is not None, "the delivery waits and nobody will look"


def test_a_late_answer_raises_no_alarm_about_a_delivery_that_has_arrived(house: House) -> None:
    """A status told that it arrived before the sender gave up waiting for the answer."""
    claim = answered_not_sent(house, "Hello")
    head = outbox.next_head(claim)
    assert head is not None
    with tenant_scope(house.tenant):
        Delivery.objects.update(status=Delivery.Status.DELIVERED)
    outbox.settle(claim, head, TransportError("no answer", in_doubt=True))
    with tenant_scope(house.tenant):
        assert Delivery.objects.get().status == Delivery.Status.DELIVERED
        assert not OperatorAlert.objects.exists()


def test_a_database_that_is_lost_before_the_first_byte_puts_nothing_in_doubt(
    house: House, owner_connection: Any
) -> None:
    """What a send needs is read before the delivery is marked; a database that goes away then costs only time."""
    claim = answered_not_sent(house, "Hello")
    forget_all()
    owner_connection.execute("ALTER TABLE messaging_channelaccount RENAME COLUMN token_id TO token_gone")
    try:
        with pytest.raises(Exception, match="token_id"):
            outbox.drain(claim)
    finally:
        owner_connection.execute("ALTER TABLE messaging_channelaccount RENAME COLUMN token_gone TO token_id")
    with tenant_scope(house.tenant):
        assert Delivery.objects.get().status == Delivery.Status.PENDING


def test_what_a_send_came_to_is_written_down_also_when_the_connection_is_cut(
    house: House, owner_connection: Any
) -> None:
    """PostgreSQL restarts while the service answers: the outcome is known, so it must not end in doubt."""
    claim = answered_not_sent(house, "Hello")
    head = outbox.next_head(claim)
    assert head is not None
    with straight(house) as other, ThreadPoolExecutor(1) as threads:
        other.execute("SELECT 1 FROM messaging_delivery FOR UPDATE")
        settling = threads.submit(outbox.settle, claim, head, Sent(external_id="wamid.1"))
        cut_who_waits()
        other.rollback()
        settling.result()
    with tenant_scope(house.tenant):
        assert Delivery.objects.get().status == Delivery.Status.SENT


def cut_who_waits() -> None:
    """End the database connection of whoever waits for a lock."""
    waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'proxystaff_app'"
    with psycopg.connect(os.environ["DATABASE_ADMIN_URL"], autocommit=True) as admin:
        [pid] = wait_for(lambda: admin.execute(waiting).fetchone())
        admin.execute("SELECT pg_terminate_backend(%s)", [pid])


def test_a_late_refusal_leaves_another_senders_try_alone(telegram: House) -> None:
    """Sends in doubt are made again here: the second sender is at it when the first learns of its failure."""
    with tenant_scope(telegram.tenant):
        Tenant.objects.update(in_doubt_policy=Tenant.InDoubt.RESEND)
    telegram.script({"text": "Hello"})
    telegram.telegrams("hi")
    claim = work.claim_next(Work.Kind.TURN)
    assert claim is not None
    first = turns.run_turn(claim).send
    assert first is not None
    lost = outbox.next_head(first)
    assert lost is not None
    second = taken_over(first)
    again = outbox.next_head(second)
    assert again is not None
    with pytest.raises(LeaseLost):
        outbox.settle(first, lost, TransportError("busy", code="503"))
    outbox.settle(second, again, Sent(external_id="1"))
    with tenant_scope(telegram.tenant):
        assert Delivery.objects.get().status == Delivery.Status.SENT, "it would be sent a third time"


def test_a_sender_that_was_paused_before_the_first_byte_does_not_send_behind_the_next(house: House) -> None:
    """Another worker took over and sent what came after; the paused one must notice, and nothing is in doubt."""
    claim = answered_not_sent(house, "First")
    head = outbox.next_head(claim)
    assert head is not None
    with held(claim):
        heart.stop()  # as if the process had stood still for longer than its lease
        result = outbox.attempt(claim, head)
    assert isinstance(result, TransportError)
    assert house.sent() == []
    outbox.settle(claim, head, result)
    with tenant_scope(house.tenant):
        assert Delivery.objects.get().status == Delivery.Status.PENDING


def test_a_pool_that_is_used_up_costs_no_lease(house: House, settings: Any) -> None:
    """Every connection of the process waits for something; its turns are still held."""
    settings.HEARTBEAT_SECONDS = 0.1
    house.says("hello")
    claim = work.claim_next(Work.Kind.TURN)
    assert claim is not None
    release, ready = threading.Event(), threading.Barrier(17)

    def hog() -> None:
        with tenant_scope(house.tenant):
            Tenant.objects.first()
            ready.wait(10)
            release.wait(20)

    with ThreadPoolExecutor(16) as threads, straight(house) as other:
        hogs = [threads.submit(hog) for _ in range(16)]
        ready.wait(10)
        try:
            before = until_of(other, claim)
            with held(claim):
                wait_for(lambda: until_of(other, claim) > before, seconds=5)
        finally:
            release.set()
        for each in hogs:
            each.result()


def until_of(other: psycopg.Connection[Any], claim: work.Claim) -> Any:
    row = other.execute("SELECT lease_until FROM messaging_work WHERE id = %s", [claim.work_id]).fetchone()
    assert row is not None
    return row[0]


def test_a_clock_that_goes_ahead_does_not_hold_up_the_answer(house: House) -> None:
    """Workers' clocks differ; whether something is due is told by the database's."""
    conversation = settled_house(house)
    with tenant_scope(house.tenant):
        Conversation.objects.select_for_update().get()
        work.schedule(house.tenant.pk, conversation.pk, Work.Kind.SEND)
        with connection.cursor() as cursor:
            cursor.execute("SELECT due_at <= clock_timestamp() FROM messaging_work WHERE kind = 'send'")
            assert cursor.fetchone() == (True,)


def test_retries_of_sends_are_not_starved_by_turns(house: House) -> None:
    """With every place taken by turns as soon as it is free, sends that wait for their next try still get theirs."""
    claim = answered_not_sent(house, "Hello")
    work.give_back(claim)
    house.says("again")
    order: list[str] = []
    real = work.claim_next

    def note(kind: str) -> Any:
        order.append(kind)
        return real(kind)

    work.claim_next = note
    try:
        worker.sweep()
    finally:
        work.claim_next = real
    wait_for(lambda: worker.busy == 0)
    assert order[0] == Work.Kind.SEND
