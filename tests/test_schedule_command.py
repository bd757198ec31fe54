"""/schedule: answered by code, to each what is theirs, also when Claude cannot be asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from messaging.models import ChannelAccount, Conversation
from scheduling import changes, plans
from scheduling.changes import ASKED
from scheduling.models import Occurrence, Task
from scheduling.outcomes import NO_BUDGET
from tenants_app.models import Contact
from tenants_app.scope import tenant_scope
from tests.house import ALICE, BOB, CHARLIE, House
from tests.schedules import chat, make, meets
from tests.test_commands import asked, does
from tests.test_turns import set_tenant

WEEKDAYS = "cron 30 8 * * 1-5"
THEN = datetime(2130, 3, 9, 8, 30, tzinfo=UTC)  # a Thursday


@pytest.fixture
def house(house: House) -> House:
    meets(house)
    house.anthropic.post("reset")
    return house


def daily(house: House, title: str, **fields: Any) -> Task:
    values = {"title": title, "instruction": title, "rule": WEEKDAYS, "due": THEN, **fields}
    return make(house, values.pop("conversation", None) or chat(house), **values)


def ended(house: House, task: Task, state: str, reason: str, ago: timedelta = timedelta(hours=3), **more: Any) -> None:
    with tenant_scope(house.tenant):
        at = datetime.now(UTC) - ago
        Occurrence.objects.create(
            tenant=house.tenant, task=task, scheduled_for=at, state=state, reason=reason, ended_at=at, **more
        )


@pytest.mark.parametrize(
    "text", ["/schedule", "schedule", "Reminders", "/agenda", "Agenda", "¡recordatorios!", "programado"]
)
def test_nothing_is_scheduled(house: House, text: str) -> None:
    [answer] = does(house, text)
    assert "Nothing is scheduled" in answer or "No hay nada programado" in answer
    assert asked(house) == []


def test_what_is_scheduled_in_both_languages(house: House) -> None:
    daily(house, "Agenda of the day")
    paused = daily(house, "The gym")
    daily(house, "The rent [due]", state=Task.State.DISABLED, next_run_at=None)
    daily(house, "Done", state=Task.State.DONE, next_run_at=None)
    with tenant_scope(house.tenant):
        changes.pause(paused, by="test")
    [answer] = does(house, "/schedule")
    assert answer.splitlines() == [
        "This is scheduled, by the clock of UTC:",
        "",
        "- *Agenda of the day*: every weekday at 8:30. Next: Thu 2130-03-09 8:30",
        "- ⏸ *The gym*: every weekday at 8:30. Paused",
        "- ⚠️ *The rent [due]*: every weekday at 8:30. Stopped, as it failed too often",
    ]
    with tenant_scope(house.tenant):
        Contact.objects.update(language="es")
    [answer] = does(house, "/schedule")
    assert "Esto es lo programado, según el reloj de UTC:" in answer
    assert "todos los días laborables a las 8:30. Próxima vez: jue 2130-03-09 8:30" in answer
    assert "En pausa" in answer


def test_what_failed_or_was_missed_lately_stands_out_and_what_was_wanted_does_not(house: House) -> None:
    task = daily(house, "The agenda")
    once = daily(house, "The lender", state=Task.State.DONE, next_run_at=None)
    ended(house, task, "failed", "The assistant could not do it.", timedelta(hours=1))
    ended(house, task, "skipped", NO_BUDGET, timedelta(hours=2))
    ended(house, task, "skipped", ASKED, timedelta(hours=3))
    ended(house, task, "skipped", plans.QUIET, timedelta(hours=4))
    ended(house, task, "done", "", timedelta(hours=5))
    ended(house, once, "skipped", plans.LATE, timedelta(hours=6), times=3)
    ended(house, once, "failed", "Long ago.", timedelta(days=8))
    [answer] = does(house, "/schedule")
    bad = answer.partition("What did not come as it should have")[2].splitlines()[2:]
    assert [line.partition("⚠️ ")[2].split(",")[0].strip("*") for line in bad] == [
        "The agenda",
        "The agenda",
        "The lender",
    ]
    assert bad[0].endswith("it failed")
    assert bad[1].endswith("the budget was used up")
    assert bad[2].endswith("as nothing ran at that time (3 times)")


def test_a_time_that_is_left_out_and_quiet_hours_are_told(house: House) -> None:
    task = daily(house, "Agenda", timezone="America/Chicago", due=datetime(2130, 3, 9, 14, 30, tzinfo=UTC))
    with tenant_scope(house.tenant):
        changes.skip(task, [datetime(2130, 3, 9, 14, 30, tzinfo=UTC)], by="test", now=datetime.now(UTC))
    [answer] = does(house, "/schedule")
    assert "(America/Chicago). Next: Fri 2130-03-10 8:30; left out before that: Thu 2130-03-09 8:30" in answer


def test_staff_see_their_own_and_the_owner_all(house: House) -> None:
    house.script({"text": "Hi Bob."})
    does(house, "hello", BOB)
    with tenant_scope(house.tenant):
        bobs = Conversation.objects.select_related("contact").get(contact__name="Bob")
    daily(house, "Alice's own")
    daily(house, "Bob's own", conversation=bobs)
    [to_staff] = does(house, "/schedule", BOB)
    assert "Bob's own" in to_staff
    assert "Alice's own" not in to_staff
    [to_owner] = does(house, "/schedule")
    assert "Alice's own" in to_owner
    assert "*Bob's own* (for Bob)" in to_owner


def test_an_outsider_learns_nothing_of_it(house: House) -> None:
    with tenant_scope(house.tenant):
        ChannelAccount.objects.update(front_desk=True)
    daily(house, "Alice's own")
    answer = does(house, "/schedule", CHARLIE)[-1]
    assert answer == "I don't know that command. /help shows those that there are."


def test_it_answers_when_the_budget_is_used_up_and_claude_is_down(house: House) -> None:
    daily(house, "The lender")
    set_tenant(house, day_budget=Decimal(0))
    house.anthropic.post("faults", faults=[{"kind": "overloaded"}], times="always")
    [answer] = does(house, "/schedule", ALICE)
    assert "The lender" in answer
    assert asked(house) == []
