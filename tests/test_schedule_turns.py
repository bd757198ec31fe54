"""Scheduled tasks that the assistant carries out: a turn of their own, what it is told, and how its end is kept."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from messaging import handover, outbox, turns, work
from messaging.assignments import assign
from messaging.ceiling import USED_UP
from messaging.models import Conversation, Delivery, Message, Session, Turn, Work
from messaging.pausing import resume
from messaging.turn_begin import Plan, begin
from scheduling import acting
from scheduling.models import Task
from scheduling.outcomes import NO_BUDGET
from scheduling.settling import CHAT_GONE, settle_ended
from tenants_app.models import Contact, ContactAddress, OperatorAlert, Tenant
from tenants_app.scope import tenant_scope
from tests.house import House
from tests.schedules import (
    Clock,
    State,
    again,
    agenda,
    asked,
    carry,
    connect_telegram,
    delete_chats,
    let_waits_end,
    make,
    meets,
    now,
    occurrences,
    run,
    states,
    words_of,
)
from tests.test_handover import let_the_pause_end
from tests.test_turns import make_due, set_tenant
from tests.test_window import after_a_day, sent_templates

# --- a turn of its own ------------------------------------------------------------------------------------------------


def test_it_is_a_turn_whose_answer_goes_out_by_itself(house: House) -> None:
    conversation = meets(house)
    task = agenda(house, conversation)
    house.script({"text": "Nothing today."})
    carry(house)
    assert house.sent() == ["Hi Alice.", "Nothing today."]
    [row] = occurrences(house)
    assert (row.state, row.output, row.attempts, row.reason) == (State.DONE, "Nothing today.", 1, "")
    assert row.message is not None
    assert (row.message.kind, row.message.direction, row.message.raw) == ("task", "in", None)
    assert again(house, task).state == Task.State.DONE
    with tenant_scope(house.tenant):
        delivery = Delivery.objects.get(message__turn=row.message.turn_id)
        after = Conversation.objects.get(pk=conversation.pk)
    assert (delivery.proactive, delivery.purpose) == (True, "message")
    assert after.last_inbound_at == conversation.last_inbound_at, "nobody wrote"
    carry(house)
    assert len(house.sent()) == 2


def test_it_is_told_when_it_was_due_when_it_runs_and_what_it_said_before(house: House, clock: Clock) -> None:
    set_tenant(house, timezone="America/Chicago")
    conversation = meets(house)
    first = (now() + timedelta(days=1)).replace(hour=15, minute=0, second=0, microsecond=0)
    task = agenda(house, conversation, due=first, rule="cron 0 * * * *")
    zone = again_with_tenant(house, task).zone
    for hours in range(5):
        clock.be(first + timedelta(hours=hours))
        house.script({"text": f"Agenda no. {hours}\nwith a line"})
        carry(house)
    clock.be(first + timedelta(hours=5, minutes=20))
    house.script({"text": "And that is all."})
    carry(house)
    told = words_of(asked(house)[-1])
    due = (first + timedelta(hours=5)).astimezone(zone)
    assert f"Due: {due:%A, %Y-%m-%d %H:%M}; runs now, at {due:%Y-%m-%d %H}:20 (America/Chicago)" in told
    assert "a scheduled task: nobody has just written" in told
    assert "What to do: Send me my agenda." in told
    said = [line for line in told.splitlines() if line.startswith("Said on ")]
    assert [line.partition(": ")[2] for line in said] == [f"Agenda no. {hours} with a line" for hours in (4, 3, 2)]


def again_with_tenant(house: House, task: Task) -> Task:
    with tenant_scope(house.tenant):
        return Task.objects.select_related("tenant").get(pk=task.pk)


def test_what_somebody_wrote_meanwhile_is_another_turn_and_they_come_in_order(house: House) -> None:
    conversation = meets(house)
    house.says("What is new?")
    agenda(house, conversation)
    run()
    house.says("And tomorrow?")
    house.script({"text": "A"}, {"text": "B"}, {"text": "C"})
    house.work()
    assert house.sent() == ["Hi Alice.", "A", "B", "C"]
    told = [words_of(call) for call in asked(house)[1:]]
    assert "What is new?" in told[0]
    assert "Send me my agenda." in told[1]
    assert "And tomorrow?" not in told[1]
    assert "And tomorrow?" in told[2]
    run()
    assert [row.output for row in occurrences(house)] == ["B"]


def test_one_that_comes_while_a_turn_runs_waits_for_it(house: House) -> None:
    conversation = meets(house)
    house.says("What is new?")
    claim = work.claim_next(Work.Kind.TURN)
    assert claim is not None
    plan = begin(claim)
    assert isinstance(plan, Plan)
    agenda(house, conversation)
    run()
    assert work.claim_next(Work.Kind.TURN) is None
    house.script({"text": "A"}, {"text": "B"})
    carried = turns.carry(plan)
    assert carried.next_due is not None
    assert carried.send is not None
    outbox.drain(carried.send)
    work.wake_lane(house.tenant.pk, Work.Kind.TURN, Work.Kind.SEND, ended=1)
    make_due(house)
    carry(house)
    assert house.sent() == ["Hi Alice.", "A", "B"]
    assert states(house) == [(State.DONE, "")]


def test_words_from_outside_in_a_task_taint_the_session(house: House) -> None:
    agenda(house, meets(house), tainted=True)
    house.script({"text": "Done."})
    carry(house)
    with tenant_scope(house.tenant):
        assert Session.objects.latest("opened_at").tainted


def test_neither_what_is_held_nor_a_closed_chat_is_let_out_by_a_task(house: House) -> None:
    """Nobody wrote: the window is as closed as it was."""
    set_tenant(house, window_policy=Tenant.Window.HOLD)
    conversation = meets(house)
    after_a_day(house)
    make(house, conversation)
    carry(house)
    agenda(house, conversation)
    house.script({"text": "Nothing today."})
    carry(house)
    with tenant_scope(house.tenant):
        held = list(Delivery.objects.filter(status="held").values_list("note", flat=True))
    assert len(held) == 2
    assert not [note for note in held if "Was held" in note]
    assert house.sent() == ["Hi Alice."]


def test_an_address_stays_closed_when_a_task_begins(house: House) -> None:
    conversation = meets(house)
    agenda(house, conversation)
    run()
    with tenant_scope(house.tenant):
        ContactAddress.objects.update(unreachable_at=timezone.now())
    house.work()
    with tenant_scope(house.tenant):
        assert not ContactAddress.objects.filter(contact=conversation.contact_id, unreachable_at=None).exists()


# --- where the answer may go ------------------------------------------------------------------------------------------


def test_who_opted_out_meanwhile_gets_no_answer(house: House) -> None:
    conversation = meets(house)
    agenda(house, conversation)
    run()
    with tenant_scope(house.tenant):
        Contact.objects.filter(pk=conversation.contact_id).update(opted_out_at=timezone.now())
    house.script({"text": "Nothing today."})
    house.work()
    assert house.sent() == ["Hi Alice."]
    with tenant_scope(house.tenant):
        assert Delivery.objects.latest("seq").status == Delivery.Status.WITHDRAWN


def test_in_a_closed_window_it_goes_as_the_template_for_messages(house: House) -> None:
    conversation = meets(house)
    after_a_day(house)
    agenda(house, conversation)
    house.script({"text": "Nothing today."})
    carry(house)
    assert sent_templates(house) == [("assistant_message", "en", ["Nothing today."])]


def test_where_the_chat_is_deleted_before_it_runs_it_is_done_in_the_other(house: House) -> None:
    connect_telegram(house)
    meets(house, on="telegram")
    agenda(house, meets(house))
    run()
    delete_chats(house, "whatsapp")
    house.script({"text": "Nothing today."})
    carry(house)
    assert states(house) == [(State.DUE, CHAT_GONE)]
    let_waits_end(house)
    carry(house)
    assert house.sent_by_telegram()[-1] == "Nothing today."
    assert states(house) == [(State.DONE, "")]


# --- what is in its way -----------------------------------------------------------------------------------------------


def test_while_the_tenant_is_paused_it_waits_and_nothing_is_said(house: House) -> None:
    conversation = meets(house)
    set_tenant(house, status=Tenant.Status.PAUSED)
    agenda(house, conversation)
    carry(house)
    assert [(row.state, row.reason, row.attempts) for row in occurrences(house)] == [
        (State.DUE, acting.TENANT_PAUSED, 0)
    ]
    with tenant_scope(house.tenant):
        resume(house.tenant, "test")
        assert not Message.objects.filter(kind="task").exists()
    let_waits_end(house)
    house.script({"text": "Nothing today."})
    carry(house)
    assert house.sent() == ["Hi Alice.", "Nothing today."]


def test_a_command_goes_before_what_waits_while_the_tenant_is_paused(house: House) -> None:
    conversation = meets(house)
    with tenant_scope(house.tenant):
        chat = Conversation.objects.select_for_update(of=("self",)).select_related("contact").get(pk=conversation.pk)
        for number in (1, 2):  # the first is held, the second waits behind it
            assign(chat, chat.contact, "Task: agenda", key=f"task:{number}:1", now=now())
    set_tenant(house, status=Tenant.Status.PAUSED)
    house.says("/help")
    house.work()
    assert "/status" in house.sent()[-1]


def test_paused_for_too_long_it_is_skipped(house: House, clock: Clock) -> None:
    conversation = meets(house)
    set_tenant(house, status=Tenant.Status.PAUSED)
    agenda(house, conversation)
    carry(house)
    clock.step(timedelta(hours=13))
    carry(house)
    assert states(house) == [(State.SKIPPED, f"{acting.TENANT_PAUSED} Then it was too late.")]


def test_while_the_team_has_the_chat_it_waits(house: House) -> None:
    conversation = meets(house)
    agenda(house, conversation)
    handover.take(conversation, "operator:olivia")
    carry(house)
    assert states(house) == [(State.DUE, acting.WITH_TEAM)]
    handover.give_back(conversation, "operator:olivia")
    let_waits_end(house)
    house.script({"text": "Nothing today."})
    carry(house)
    assert house.sent() == ["Hi Alice.", "Nothing today."]


def test_handed_over_before_the_team_took_the_chat_it_is_done_after_them(house: House) -> None:
    conversation = meets(house)
    agenda(house, conversation)
    run()
    with tenant_scope(house.tenant):
        seen = Conversation.objects.get(pk=conversation.pk).last_seq
    handover.write(conversation, "operator:olivia", "I am here.", form=conversation.pk, seen=seen)
    house.script({"text": "Nothing today."})
    carry(house)
    assert states(house) == [(State.RUNNING, "")]
    assert house.sent() == ["Hi Alice.", "I am here."]
    let_the_pause_end(house)
    carry(house)
    assert house.sent() == ["Hi Alice.", "I am here.", "Nothing today."]
    assert states(house) == [(State.DONE, "")]


def test_a_turn_that_the_team_overtook_is_a_skip_with_its_reason(house: House) -> None:
    conversation = meets(house)
    agenda(house, conversation)
    run()
    claim = work.claim_next(Work.Kind.TURN)
    assert claim is not None
    plan = begin(claim)
    assert isinstance(plan, Plan)
    with tenant_scope(house.tenant):
        seen = Conversation.objects.get(pk=conversation.pk).last_seq
    handover.write(conversation, "operator:olivia", "I am here.", form=conversation.pk, seen=seen)
    house.script({"text": "Nothing today."})
    turns.carry(plan)
    settle_ended()
    assert states(house) == [(State.SKIPPED, acting.WITH_TEAM)]


def test_who_lost_their_role_before_it_ran_gets_nothing(house: House) -> None:
    conversation = meets(house)
    agenda(house, conversation)
    run()
    with tenant_scope(house.tenant):
        Contact.objects.filter(pk=conversation.contact_id).update(role=Contact.Role.CUSTOMER)
    carry(house)
    assert house.sent() == ["Hi Alice."]
    [(state, reason)] = states(house)
    assert state == State.SKIPPED
    assert reason


def test_a_used_up_budget_is_a_skip_with_one_word_a_day(house: House) -> None:
    conversation = meets(house)
    set_tenant(house, day_budget=Decimal(0))
    agenda(house, conversation, title="First")
    agenda(house, conversation, title="Second")
    carry(house)
    carry(house)
    assert states(house) == [(State.SKIPPED, NO_BUDGET)] * 2
    with tenant_scope(house.tenant):
        assert [turn.reason.startswith(USED_UP) for turn in Turn.objects.order_by("number")] == [False, True, True]
        assert OperatorAlert.objects.filter(kind="schedule.budget").count() == 1
    assert house.sent() == [
        "Hi Alice.",
        "“First” did not run: the assistant's budget is used up. Plain reminders still come.",
    ]
