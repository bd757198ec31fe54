"""Marking and resting, each one statement: against whoever touches the same delivery or adds one meanwhile."""

from __future__ import annotations

import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from django.utils import timezone

from messaging import outbox, work
from messaging.channels.base import Sent
from messaging.models import Delivery, Work
from messaging.work import LeaseLost
from tenants_app.models import ContactAddress
from tenants_app.scope import tenant_scope
from tests.house import House, wait_for
from tests.test_races import answered_not_sent, straight, taken_over, the_work

LOCKED = "SELECT 1 FROM messaging_conversation WHERE id = %s FOR UPDATE"
ADD = """
    INSERT INTO messaging_delivery (id, tenant_id, conversation_id, message_id, seq, payload, status, attempts,
        external_id, error_code, error, created_at)
    SELECT %s, tenant_id, conversation_id, message_id, seq + 1, payload, 'pending', 0, '', '', '', now()
    FROM messaging_delivery
"""


def wait_until_somebody_waits_for_a_lock() -> None:
    waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'proxystaff_app'"
    with psycopg.connect(os.environ["DATABASE_ADMIN_URL"], autocommit=True) as admin:
        wait_for(lambda: admin.execute(waiting).fetchone())


def only_delivery(house: House) -> Delivery:
    with tenant_scope(house.tenant):
        return Delivery.objects.get()


def change_delivery(house: House, **fields: object) -> None:
    with tenant_scope(house.tenant):
        Delivery.objects.update(**fields)


def test_a_sender_does_not_rest_when_a_delivery_is_added_at_the_same_moment(house: House) -> None:
    """Who adds it sees that the work is held and leaves it to the holder, so the holder must see the delivery."""
    claim = answered_not_sent(house, "Hello")
    head = outbox.next_head(claim)
    assert head is not None
    with straight(house) as other, ThreadPoolExecutor(1) as threads:
        other.execute(LOCKED, [claim.conversation_id])
        settling = threads.submit(outbox.settle, claim, head, Sent(external_id="wamid.1"))
        wait_until_somebody_waits_for_a_lock()
        other.execute(ADD, [uuid.uuid4()])
        other.commit()
        assert settling.result() is False
    assert the_work(house, Work.Kind.SEND).lease_until is not None
    outbox.drain(claim)
    assert house.sent() == ["Hello"]
    assert the_work(house, Work.Kind.SEND).lease_until is None


def test_a_delivery_that_is_settled_at_the_same_moment_is_not_sent(house: House) -> None:
    """A status report says that it has arrived, and commits between the sender's look and its mark."""
    claim = answered_not_sent(house, "Hello")
    with straight(house) as other, ThreadPoolExecutor(1) as threads:
        other.execute("UPDATE messaging_delivery SET status = 'delivered'")
        looking = threads.submit(outbox.next_head, claim)
        wait_until_somebody_waits_for_a_lock()
        other.commit()
        assert looking.result() is None
    assert only_delivery(house).status == Delivery.Status.DELIVERED
    outbox.drain(claim)
    assert house.sent() == []
    assert the_work(house, Work.Kind.SEND).lease_until is None


def test_who_lost_the_lease_neither_marks_nor_gives_the_work_back(house: House) -> None:
    late = answered_not_sent(house, "Hello")
    holder = taken_over(late)
    with pytest.raises(LeaseLost):
        outbox.next_head(late)
    assert only_delivery(house).status == Delivery.Status.PENDING
    change_delivery(house, status=Delivery.Status.SENT)
    with pytest.raises(LeaseLost):
        outbox.rested(late)
    assert the_work(house, Work.Kind.SEND).epoch == holder.epoch
    assert the_work(house, Work.Kind.SEND).lease_until is not None
    assert outbox.rested(holder)


def test_a_lease_that_is_lost_while_the_sender_goes_to_rest_stays_with_the_next(house: House) -> None:
    late = answered_not_sent(house, "Hello")
    change_delivery(house, status=Delivery.Status.SENT)
    with straight(house) as other, ThreadPoolExecutor(1) as threads:
        other.execute("UPDATE messaging_work SET epoch = epoch + 1 WHERE id = %s", [late.work_id])
        resting = threads.submit(outbox.rested, late)
        wait_until_somebody_waits_for_a_lock()
        other.commit()
        with pytest.raises(LeaseLost):
            resting.result()
    assert the_work(house, Work.Kind.SEND).lease_until is not None


def test_a_sender_rests_until_the_delivery_that_waits_is_due(house: House) -> None:
    claim = answered_not_sent(house, "Hello")
    due_at = timezone.now() + timedelta(hours=1)
    change_delivery(house, due_at=due_at)
    outbox.drain(claim)
    assert only_delivery(house).status == Delivery.Status.PENDING
    assert the_work(house, Work.Kind.SEND).due_at == due_at
    assert work.claim_next(Work.Kind.SEND) is None


def test_what_waits_for_a_person_who_cannot_be_reached_fails_once_it_is_due(house: House) -> None:
    claim = answered_not_sent(house, "Hello")
    change_delivery(house, due_at=timezone.now() + timedelta(hours=1))
    with tenant_scope(house.tenant):
        ContactAddress.objects.update(unreachable_at=timezone.now())
    assert outbox.next_head(claim) is None
    assert only_delivery(house).status == Delivery.Status.PENDING
    change_delivery(house, due_at=timezone.now())
    outbox.drain(claim)
    assert house.sent() == []
    failed = only_delivery(house)
    assert (failed.status, failed.error_code, failed.attempts) == (Delivery.Status.FAILED, "unreachable", 0)
