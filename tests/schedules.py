"""Scheduled tasks for tests: made as rows, brought to their time, and carried as the engine does it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from messaging.models import Conversation
from scheduling import settling, ticking
from scheduling.claims import Rounds
from scheduling.engine import run_all
from scheduling.models import Occurrence, Task
from scheduling.now import database_now
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope
from tests.house import ALICE_ON_TELEGRAM, House
from tests.test_deliveries import drain
from tests.test_turns import last_user_texts

State = Occurrence.State
REMINDER = "⏰ Reminder: call the lender"
HOURLY = "cron 0 * * * *"
AGENDA = {"kind": Task.Kind.TASK, "title": "Agenda", "instruction": "Send me my agenda."}
CHICAGO = ZoneInfo("America/Chicago")
SHIFTED = """
CREATE OR REPLACE FUNCTION scheduling_now() RETURNS timestamptz LANGUAGE sql VOLATILE
AS $$ SELECT clock_timestamp() + make_interval(secs => {seconds}) $$
"""
TRUE = SHIFTED.format(seconds=0).replace(" + make_interval(secs => 0)", "")


class Clock:
    """The database's clock as the schedules see it."""

    def __init__(self, owner: psycopg.Connection[Any]) -> None:
        self._owner = owner

    def step(self, by: timedelta) -> None:
        """So far from the true time."""
        self._owner.execute(SHIFTED.format(seconds=by.total_seconds()))

    def be(self, moment: datetime) -> None:
        self.step(moment - datetime.now(UTC))

    def right(self) -> None:
        self._owner.execute(TRUE)


@contextmanager
def stepped_clock(owner: psycopg.Connection[Any]) -> Iterator[Clock]:
    clock = Clock(owner)
    try:
        yield clock
    finally:
        clock.right()


def connect_telegram(house: House) -> None:
    """Alice is there too, and the double knows the chat."""
    house.connect_telegram()
    with tenant_scope(house.tenant):
        one, other = Contact.objects.filter(name="Alice").order_by("created_at")
        other.addresses.update(contact=one)
        other.delete()
    person = {"id": int(ALICE_ON_TELEGRAM), "first_name": "Alice"}
    house.telegram.post("inbound", account=house.bot_token, **{"from": person, "type": "text", "text": "hello, bot"})


def delete_chats(house: House, on: str) -> None:
    """As erasing does, past Django's own cascade."""
    with tenant_scope(house.tenant):
        Conversation.objects.filter(account__kind=on)._raw_delete(using="default")


def now() -> datetime:
    return database_now()


def meets(house: House, *, on: str = "whatsapp", text: str = "hello") -> Conversation:
    """Alice writes and is answered: there is a chat, and its window is open."""
    house.script({"text": "Hi Alice."})
    house.telegrams(text) if on == "telegram" else house.says(text)
    house.work()
    return chat(house, on)


def chat(house: House, on: str = "whatsapp") -> Conversation:
    with tenant_scope(house.tenant):
        return Conversation.objects.select_related("contact").get(account__kind=on, contact__role=Contact.Role.OWNER)


def make(house: House, conversation: Conversation, **fields: Any) -> Task:
    """A reminder for the chat's person that is due now, once."""
    with tenant_scope(house.tenant):
        tenant = Tenant.objects.get(pk=house.tenant.pk)
        due = fields.pop("due", None) or now()
        values: dict[str, Any] = {
            "kind": Task.Kind.REMINDER,
            "title": "The lender",
            "instruction": "call the lender",
            "rule": f"at {due.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z",
            "next_run_at": due,
            "placed_in": fields.get("timezone") or tenant.timezone,
            "conversation": conversation,
            "contact": conversation.contact,
            **fields,
        }
        return Task.objects.create(tenant=tenant, **values)


def agenda(house: House, conversation: Conversation, **fields: Any) -> Task:
    """What the assistant is to do for the chat's person, now, once."""
    return make(house, conversation, **{**AGENDA, **fields})


def run() -> None:
    """All that is due now: the ticks, the runners, and what became of turns that have ended."""
    while ticking.tick():
        pass
    rounds = Rounds()
    while claims := rounds.claim():
        run_all(claims)
    settling.settle_ended()


def carry(house: House) -> None:
    """With the turns and sends that follow, until everything is written down."""
    run()
    drain(house)
    house.work()
    run()
    drain(house)


def occurrences(house: House, task: Task | None = None) -> list[Occurrence]:
    with tenant_scope(house.tenant):
        rows = Occurrence.objects.select_related("message").order_by("scheduled_for")
        return list(rows.filter(task=task) if task is not None else rows)


def states(house: House, task: Task | None = None) -> list[tuple[str, str]]:
    return [(row.state, row.reason) for row in occurrences(house, task)]


def again(house: House, task: Task) -> Task:
    with tenant_scope(house.tenant):
        return Task.objects.get(pk=task.pk)


def let_waits_end(house: House) -> None:
    """Whatever was put off is due."""
    with tenant_scope(house.tenant):
        Occurrence.objects.filter(state=State.DUE, lease_until=None).update(due_at=now())


def reminders(house: House) -> list[str]:
    """Those that went out on WhatsApp."""
    return [text for text in house.sent() if text.startswith("⏰")]


def asked(house: House) -> list[dict[str, Any]]:
    """What Claude was asked."""
    return house.anthropic.calls(containing="/v1/messages")


def words_of(call: dict[str, Any]) -> str:
    """What Claude was told last."""
    return "\n".join(last_user_texts(call))


def set_alice(house: House, **fields: Any) -> None:
    with tenant_scope(house.tenant):
        Contact.objects.filter(name="Alice").update(**fields)


def days_on(moment: datetime, days: int, hour: int, minute: int = 0) -> datetime:
    """By the clock of Chicago."""
    local = moment.astimezone(CHICAGO)
    return datetime.combine(local.date() + timedelta(days=days), time(hour, minute), CHICAGO)
