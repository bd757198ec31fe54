"""A plain reminder goes a short way of its own: it writes what the long way writes, which all else takes."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection

from messaging.models import ChannelAccount, Conversation, Message, Work
from scheduling import acting, reminding, ticking
from scheduling.claims import Claim, LeaseLost, Rounds
from scheduling.models import Occurrence, Task
from tenants_app.models import Contact, ContactAddress
from tenants_app.scope import tenant_scope
from tests.house import House, wait_for
from tests.schedules import State, carry, connect_telegram, make, meets, now, occurrences, states
from tests.test_deliveries import drain
from tests.test_turns import set_tenant

# What differs from one reminder to the next.
OWN = {
    "messaging_message": {"id", "seq", "sent_at", "stored_at"},
    "messaging_delivery": {"id", "seq", "message_id", "created_at"},
    "scheduling_occurrence": {"id", "task_id", "scheduled_for", "epoch", "began_at", "ended_at", "message_id"},
    "messaging_work": {"due_at", "epoch"},
    "messaging_lane": {"next_due_at", "running"},
}


def claimed() -> Claim:
    ticking.tick()
    [claim] = Rounds().claim()
    return claim


def in_the_long_way(monkeypatch: pytest.MonkeyPatch, claim: Claim) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(reminding, "remind", lambda *_: False)
        acting.act(claim)


def written(owner: psycopg.Connection[Any], claim: Claim) -> dict[str, dict[str, Any]]:
    """The rows that a reminder wrote or woke, with what is the same for each; of times only whether there is one."""
    of = {
        "scheduling_occurrence": "x.id = %(occurrence)s",
        "messaging_message": "x.id = (SELECT message_id FROM scheduling_occurrence WHERE id = %(occurrence)s)",
        "messaging_delivery": "x.message_id = (SELECT message_id FROM scheduling_occurrence WHERE id = %(occurrence)s)",
        "messaging_work": "x.conversation_id = %(chat)s AND x.kind = 'send'",
        "messaging_lane": "x.tenant_id = %(tenant)s AND x.kind = 'send'",
    }
    values = {"occurrence": claim.occurrence_id, "chat": claim.conversation_id, "tenant": claim.tenant_id}
    rows: dict[str, dict[str, Any]] = {}
    for table, which in of.items():
        statement = f"SELECT to_jsonb(x) FROM {table} x WHERE {which}"
        [(row,)] = owner.execute(statement.encode(), values).fetchall()
        rows[table] = {name: value is not None if name in OWN[table] else value for name, value in row.items()}
    return rows


@contextmanager
def statements() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(execute: Callable[..., Any], statement: str, *rest: Any) -> Any:
        seen.append(statement)
        return execute(statement, *rest)

    with connection.execute_wrapper(note):
        yield seen


@pytest.mark.parametrize("tainted", [False, True])
@pytest.mark.parametrize("on", ["whatsapp", "telegram"])
def test_it_writes_what_the_long_way_writes(
    house: House, owner_connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch, on: str, tainted: bool
) -> None:
    connect_telegram(house)
    conversation = meets(house, on=on)
    rows = []
    for act in (acting.act, lambda claim: in_the_long_way(monkeypatch, claim)):
        make(house, conversation, instruction="pay *both* bills:\n1. a_b & <d>\n# now", tainted=tainted)
        claim = claimed()
        act(claim)
        rows.append(written(owner_connection, claim))
        drain(house)
    assert rows[0] == rows[1]
    with tenant_scope(house.tenant):
        numbers = Message.objects.filter(conversation=conversation).order_by("seq").values_list("seq", flat=True)
        assert list(numbers)[-1] == Conversation.objects.get(pk=conversation.pk).last_seq
    sent = house.sent_by_telegram() if on == "telegram" else house.sent()
    assert sum("bills" in text for text in sent) == 2


def test_it_asks_twice_and_commits(house: House) -> None:
    make(house, meets(house))
    claim = claimed()
    with statements() as seen:
        acting.act(claim)
    assert len(seen) == 2, seen
    assert states(house) == [(State.DONE, "")]


def unreachable(house: House) -> None:
    ContactAddress.objects.update(unreachable_at=now())


def refused(house: House) -> None:
    ChannelAccount.objects.update(status=ChannelAccount.Status.REFUSED)


def moved(house: House) -> None:
    Conversation.objects.update(chat_id="former:1")


def of_somebody_else(house: House) -> None:
    Conversation.objects.update(contact=Contact.objects.create(tenant=house.tenant, name="Bob"))


def changed(**fields: Any) -> Callable[[House], object]:
    return lambda _: Task.objects.update(**fields)


SOMETHING_ELSE: dict[str, Callable[[House], object]] = {
    "unreachable": unreachable,
    "refused": refused,
    "moved": moved,
    "of somebody else": of_somebody_else,
    "paused": changed(state=Task.State.PAUSED),
    "a task of the assistant's": changed(kind=Task.Kind.TASK),
    "failed before": changed(failures=1),
    "without a chat": changed(conversation=None),
    "opted out": lambda _: Contact.objects.update(opted_out_at=now()),
    "a customer": lambda _: Contact.objects.update(role=Contact.Role.CUSTOMER),
    "too late": lambda _: Occurrence.objects.update(scheduled_for=now() - timedelta(days=2)),
}


@pytest.mark.parametrize("what", SOMETHING_ELSE)
def test_where_something_else_came_in_between_the_short_way_does_nothing(house: House, what: str) -> None:
    make(house, meets(house))
    claim = claimed()
    with tenant_scope(house.tenant):
        SOMETHING_ELSE[what](house)
        before = Message.objects.count()
    assert not reminding.remind(claim, acting.plain_words)
    with tenant_scope(house.tenant):
        assert Message.objects.count() == before
    assert states(house) == [(State.DUE, "")]


def test_what_the_assistant_does_takes_the_long_way(house: House) -> None:
    make(house, meets(house), kind=Task.Kind.TASK)
    assert not reminding.remind(claimed(), acting.plain_words)


def test_the_days_limit_is_counted_by_the_tenants_day_and_without_what_was_skipped(house: House) -> None:
    """Of the hours before its midnight nothing counts, though the short look sees them."""
    set_tenant(house, proactive_limit=1)
    conversation = meets(house)
    at = now()
    with tenant_scope(house.tenant):
        task = make(house, conversation, state=Task.State.DONE, next_run_at=None)
        row = {"tenant": house.tenant, "task": task}
        Occurrence.objects.create(
            **row, scheduled_for=at - timedelta(hours=30), began_at=at - timedelta(hours=30), state=State.DONE
        )
        Occurrence.objects.create(**row, scheduled_for=at - timedelta(hours=1), began_at=at, state=State.SKIPPED)
    make(house, conversation)
    with statements() as seen:
        acting.act(claimed())
    assert len([each for each in seen if "scheduling_occurrence" in each]) >= 3, "it was counted by the tenant's day"
    assert [state for state, _ in states(house)] == [State.DONE, State.SKIPPED, State.DONE]
    make(house, conversation, title="Another")
    carry(house)
    assert states(house)[-1] == (State.SKIPPED, "The day's limit of scheduled tasks was reached.")


def test_of_two_that_hold_it_one_after_the_other_only_the_later_writes(house: House) -> None:
    """Also where the later one comes in between the locks and what the first reads."""
    make(house, meets(house))
    first = claimed()
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as other:
        other.execute("SELECT FROM messaging_conversation FOR UPDATE")  # somebody writes in the chat
        lost: list[Exception] = []
        one = threading.Thread(target=acts, args=(first, lost))
        one.start()
        wait_for(lambda: is_waiting(house))
        with tenant_scope(house.tenant):
            Occurrence.objects.update(due_at=now())  # its lease is over meanwhile
        [second] = Rounds().claim()
        two = threading.Thread(target=acts, args=(second, lost))
        two.start()
        other.rollback()
    one.join()
    two.join()
    assert [type(error) for error in lost] == [LeaseLost]
    drain(house)
    assert len([text for text in house.sent() if "⏰" in text]) == 1
    [row] = occurrences(house)
    assert (row.state, row.attempts, row.epoch) == (State.DONE, 1, second.epoch)


def acts(claim: Claim, lost: list[Exception]) -> None:
    try:
        acting.act(claim)
    except LeaseLost as error:
        lost.append(error)
    finally:
        connection.close()


def is_waiting(house: House) -> bool:
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as looking:
        found = looking.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    return found is not None and found[0] > 0


def test_who_sends_already_is_not_disturbed(house: House) -> None:
    """A sender that holds the chat's work looks again when it has finished."""
    conversation = meets(house)
    make(house, conversation)
    claim = claimed()
    until = now() + timedelta(minutes=1)
    with tenant_scope(house.tenant):
        work = Work.objects.filter(conversation=conversation, kind=Work.Kind.SEND)
        work.update(lease_until=until, due_at=until, epoch=7)
    acting.act(claim)
    with tenant_scope(house.tenant):
        assert work.get().due_at == until


def test_a_reminder_that_became_a_task_after_it_was_claimed_goes_to_the_assistant(house: House) -> None:
    task = make(house, meets(house), instruction="Summarise the overdue invoices for me.")
    claim = claimed()
    with tenant_scope(house.tenant):
        Task.objects.filter(pk=task.pk).update(kind=Task.Kind.TASK)
    acting.act(claim)
    assert states(house) == [(State.RUNNING, "")]
    drain(house)
    assert not [text for text in house.sent() if "invoices" in text]
