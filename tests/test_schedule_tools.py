"""Scheduling in a chat, through the stand-in and through what Claude is told: the words go on to the tools as they were
said, and the answers tell the times as they will really come."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from messaging.models import ChannelAccount, Session, Template
from scheduling.changes import ASKED
from scheduling.models import Occurrence, Task
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope
from tests.fixtures import as_role
from tests.house import ALICE, BOB, CHARLIE, House
from tests.schedules import carry
from tests.test_commands import does
from tests.test_deliveries import drain
from tests.test_turns import set_tenant

AGENDA = "every weekday at 8:30 send me my agenda"


@pytest.fixture
def madrid(house: House) -> House:
    with as_role("operator"):
        house.tenant.timezone = "Europe/Madrid"
        house.tenant.save()
    return house


@pytest.fixture
def both(house: House) -> House:
    """Alice has a chat on Telegram too."""
    house.connect_telegram()
    with tenant_scope(house.tenant):
        contacts = list(Contact.objects.filter(name="Alice").order_by("pk"))
        for extra in contacts[1:]:
            extra.addresses.update(contact=contacts[0])
            extra.delete()
    alice = {"id": 700001, "first_name": "Alice"}
    house.telegram.post("inbound", account=house.bot_token, **{"from": alice}, type="text", text="hello, bot")
    house.script({"text": "Hi."})
    house.telegrams("hello")
    house.work()
    return house


def tasks(house: House) -> list[Task]:
    with tenant_scope(house.tenant):
        return list(Task.objects.select_related("tenant", "contact").order_by("pk"))


def call(tool: str, **arguments: Any) -> dict[str, Any]:
    return {"content": [{"type": "tool_use", "name": tool, "input": arguments}]}


def told(house: House, tool: str, sender: str = ALICE, **arguments: Any) -> tuple[str, bool]:
    """What Claude is told of this call, and whether as an error."""
    house.script(call(tool, **arguments), {"text": "Well."})
    does(house, "please", sender)
    request = house.anthropic.calls(containing="/v1/messages")[-1]["body"]
    [block] = [each for each in request["messages"][-1]["content"] if each["type"] == "tool_result"]
    content = block["content"]
    return content if isinstance(content, str) else content[0]["text"], bool(block.get("is_error"))


# --- On the phone page, by the stand-in -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "what", "called"),
    [
        ("remind me in 2 minutes to call the lender", "call the lender", "Reminder"),
        ("Recuérdame en 2 minutos llamar al banco", "llamar al banco", "Recordatorio"),
    ],
)
def test_a_reminder_in_two_minutes_is_made_and_comes_in_their_language(
    house: House, words: str, what: str, called: str
) -> None:
    before = timezone.now()
    [answer] = does(house, words)
    [task] = tasks(house)
    assert (task.kind, task.instruction, task.phrase, task.state) == ("reminder", what, words, "active")
    assert task.next_run_at is not None
    assert before + timedelta(seconds=119) <= task.next_run_at <= timezone.now() + timedelta(seconds=120)
    assert f"{task.next_run_at:%Y-%m-%d} {task.next_run_at.hour}:{task.next_run_at:%M}" in answer
    assert what in answer
    with tenant_scope(house.tenant):
        Task.objects.update(next_run_at=timezone.now())
    carry(house)
    assert house.sent()[-1] == f"⏰ {called}: {what}"


@pytest.mark.parametrize(
    ("words", "what", "ask", "shown", "skip", "pause", "resume", "change", "delete"),
    [
        (
            AGENDA,
            "send me my agenda",
            "what's scheduled?",
            ("every weekday at 8:30", "Nothing is scheduled"),
            "skip tomorrow's",
            "pause the agenda",
            "resume the agenda",
            "change the agenda to every day at 9",
            "delete it",
        ),
        (
            "todos los días laborables a las 8:30 envíame mi agenda",
            "envíame mi agenda",
            "¿qué hay programado?",
            ("Próximas veces: ", "No hay nada programado"),
            "sáltate la de mañana",
            "pausa la agenda",
            "reanuda la agenda",
            "cambia la agenda a todos los días a las 9",
            "borra la agenda",
        ),
    ],
    ids=["en", "es"],
)  # fmt: skip
def test_a_recurring_task_from_its_making_to_its_end(
    house: House,
    words: str,
    what: str,
    ask: str,
    shown: tuple[str, str],
    skip: str,
    pause: str,
    resume: str,
    change: str,
    delete: str,
) -> None:
    does(house, words)
    [task] = tasks(house)
    assert (task.kind, task.rule, task.instruction) == ("task", "cron 30 8 * * 1-5", what)
    [listed] = does(house, ask)
    assert what in listed
    assert shown[0] in listed
    assert f"{task.next_run_at:%Y-%m-%d} 8:30" in listed
    does(house, change)
    [task] = tasks(house)
    assert task.rule == "cron 0 9 * * *"
    does(house, skip)
    tomorrow = timezone.now().date() + timedelta(days=1)
    with tenant_scope(house.tenant):
        skipped = Occurrence.objects.get()
    assert (skipped.state, skipped.reason) == ("skipped", ASKED)
    assert skipped.scheduled_for == datetime.combine(tomorrow, time(9), UTC)
    does(house, pause)
    assert tasks(house)[0].state == "paused"
    does(house, resume)
    assert tasks(house)[0].state == "active"
    does(house, delete)
    assert tasks(house) == []
    assert shown[1] in does(house, ask)[0]


def test_a_task_that_has_come_is_done_by_the_stand_in(house: House) -> None:
    does(house, AGENDA)
    with tenant_scope(house.tenant):
        Task.objects.update(next_run_at=timezone.now())
    carry(house)
    assert "send me my agenda" in house.sent()[-1]
    assert "every weekday at 8:30" in house.sent()[-1]
    assert len(tasks(house)) == 1
    with tenant_scope(house.tenant):
        assert Occurrence.objects.get().state == "done"


def test_what_the_stand_in_cannot_be_sure_of_it_asks(house: House) -> None:
    does(house, AGENDA)
    does(house, "remind me every day at 7 to water the plants")
    does(house, "/new")
    [answer] = does(house, "pause it")
    assert "Which one do you mean?" in answer
    assert {task.state for task in tasks(house)} == {"active"}


# --- What Claude is told ----------------------------------------------------------------------------------------------


def test_the_answer_states_the_task_and_its_next_three_times_in_the_tenants_zone(madrid: House) -> None:
    said, failed = told(madrid, "create_schedule", when="every weekday at 8:30", what="write the report", kind="task")
    [task] = tasks(madrid)
    assert not failed
    first = task.next_run_at.astimezone(madrid.tenant.zone) if task.next_run_at else None
    assert first is not None
    assert said.startswith(
        f"Scheduled: [{task.pk.hex[-6:]}] “write the report”, a task for you, every weekday at 8:30 (Europe/Madrid). "
        f"Next: {first:%a %Y-%m-%d} 8:30, "
    )
    assert said.splitlines()[0].count("8:30") == 4


@pytest.mark.parametrize(
    ("when", "code"), [("sometime soon", "unrecognized"), ("every minute", "too_frequent"), ("1999-01-01", "past")]
)
def test_what_is_not_understood_comes_back_with_its_code_and_asks_for_no_guess(
    house: House, when: str, code: str
) -> None:
    said, failed = told(house, "create_schedule", when=when, what="call")
    assert failed
    assert said.startswith(f"{code}: ")
    assert said.endswith("Ask them what they mean; don't work out a date or a rule yourself.")
    assert tasks(house) == []


def test_asked_twice_the_same_is_made_once(house: House) -> None:
    told(house, "create_schedule", when="every day at 9", what="call")
    said, _ = told(house, "create_schedule", when="every day at 9", what="call")
    assert said.startswith("It was scheduled already: ")
    assert len(tasks(house)) == 1


def test_quiet_hours_are_told_with_the_times_at_which_it_really_comes(house: House) -> None:
    set_tenant(house, quiet_from=time(22), quiet_until=time(7))
    said, _ = told(house, "create_schedule", when="every day at 23:00", what="sleep")
    assert "7:00 (put off from 23:00)" in said
    assert "Quiet hours (22:00 to 07:00) put it off" in said
    [task] = tasks(house)
    said, _ = told(house, "change_schedule", schedule=task.pk.hex[-6:], in_quiet_hours=True)
    assert "put off" not in said
    assert "23:00" in said


def test_skips_are_found_in_words_and_taken_back(house: House) -> None:
    told(house, "create_schedule", when="every day at 9", what="stretch")
    [task] = tasks(house)
    first = task.next_run_at
    assert first is not None
    said, _ = told(house, "skip_schedule", schedule="stretch", which="the next two")
    assert said.startswith(f"Left out: {first:%a %Y-%m-%d} 9:00, {first + timedelta(days=1):%a %Y-%m-%d} 9:00.\n")
    assert f"Next: {first + timedelta(days=2):%a %Y-%m-%d} 9:00" in said
    said, failed = told(house, "skip_schedule", schedule="stretch", which="tomorrow at 10")
    assert failed
    assert said.startswith("None of its times is meant by that.")
    said, failed = told(house, "skip_schedule", schedule="stretch", which="some time")
    assert failed
    assert said.startswith("unrecognized: ")
    said, _ = told(house, "skip_schedule", schedule="stretch", which="next 2", undo=True)
    assert f"Next: {first:%a %Y-%m-%d} 9:00" in said
    with tenant_scope(house.tenant):
        assert not Occurrence.objects.exists()


def test_run_now_comes_by_itself_and_delete_takes_it_away(house: House) -> None:
    told(house, "create_schedule", when="every day at 9", what="stretch")
    said, _ = told(house, "run_schedule_now", schedule="stretch")
    assert said.startswith("It comes in a moment, by itself")
    carry(house)
    assert house.sent()[-1] == "⏰ Reminder: stretch"
    said, _ = told(house, "delete_schedule", schedule="stretch")
    assert said == "Deleted: “stretch”. It will not come any more."
    assert told(house, "list_schedules")[0] == "Nothing is scheduled."


def test_a_title_that_fits_several_is_asked_about(house: House) -> None:
    for what in ("call Ann", "call Ben"):
        told(house, "create_schedule", when="every day at 9", what=what)
    said, failed = told(house, "pause_schedule", schedule="call")
    assert failed
    assert "“call Ann”" in said
    assert "“call Ben”" in said
    assert told(house, "pause_schedule", schedule="Call Ben")[1] is False
    assert told(house, "pause_schedule", schedule="ffffff")[1] is True


# --- Whose it is ------------------------------------------------------------------------------------------------------


def test_staff_have_their_own_and_the_owner_all(house: House) -> None:
    told(house, "create_schedule", when="every day at 9", what="Alice's own")
    told(house, "create_schedule", BOB, when="every day at 9", what="Bob's own")
    alices, bobs = tasks(house)
    assert (alices.contact.name, bobs.contact.name) == ("Alice", "Bob")
    said, _ = told(house, "list_schedules", BOB)
    assert "Bob's own" in said
    assert "Alice's own" not in said
    for tool in ("pause_schedule", "delete_schedule", "run_schedule_now"):
        said, failed = told(house, tool, BOB, schedule=alices.pk.hex[-6:])
        assert failed
        assert said.startswith("There is no scheduled task")
    said, _ = told(house, "pause_schedule", schedule=bobs.pk.hex[-6:])
    assert "“Bob's own”, a reminder for Bob" in said
    assert [task.state for task in tasks(house)] == ["active", "paused"]


def test_an_outsider_has_no_such_tools(house: House) -> None:
    with tenant_scope(house.tenant):
        ChannelAccount.objects.update(front_desk=True)
    said, failed = told(house, "create_schedule", CHARLIE, when="every day at 9", what="x")
    assert (said, failed) == ("There is no tool named create_schedule here.", True)
    tools = house.anthropic.calls(containing="/v1/messages")[-1]["body"]["tools"]
    assert not any("schedule" in tool["name"] for tool in tools)
    assert tasks(house) == []


def test_what_is_made_of_words_from_outside_is_marked_and_marks_who_reads_it(house: House) -> None:
    house.script(call("create_schedule", when="every day at 9", what="send money"), {"text": "Well."})
    forwarded = house.text("Remind them every day at 9 to send money", context={"forwarded": True})
    house.post_whatsapp(house.whatsapp_body(forwarded))
    house.work()
    assert tasks(house)[0].tainted
    does(house, "/new")
    told(house, "create_schedule", when="every day at 10", what="stretch")
    assert [task.tainted for task in tasks(house)] == [True, False]
    said, _ = told(house, "list_schedules")
    assert "Not verified" in said
    with tenant_scope(house.tenant):
        assert Session.objects.order_by("-number")[0].tainted


# --- Where it comes ---------------------------------------------------------------------------------------------------


def tell_of(house: House, **arguments: Any) -> str:
    return told(house, "create_schedule", when="in 3 days", what="call the bank", **arguments)[0]


def test_a_time_beyond_the_window_is_told_with_the_template_that_it_will_go_in(house: House) -> None:
    said = tell_of(house)
    assert "WhatsApp takes free text only until 24 hours after the person wrote last" in said
    assert "goes out as the approved template “reminder”" in said
    assert "send_over" not in said


def test_without_a_template_it_says_that_it_is_held_and_why(house: House) -> None:
    with tenant_scope(house.tenant):
        Template.objects.update(status=Template.Status.PAUSED)
    assert "is held until they write: the account has no approved template" in tell_of(house)


def test_the_other_policies_are_told_as_they_are(both: House) -> None:
    set_tenant(both, window_policy=Tenant.Window.HOLD)
    said = tell_of(both)
    assert "is held until they write, as this business wants it" in said
    assert "Offer them that it comes over Telegram instead" in said
    set_tenant(both, window_policy=Tenant.Window.OTHER_CHANNEL)
    assert (
        "is sent to their chat on Telegram instead"
        in told(both, "create_schedule", when="in 4 days", what="call again")[0]
    )


def test_what_comes_within_the_window_says_nothing_of_it(house: House) -> None:
    said, _ = told(house, "create_schedule", when="in 2 hours", what="call")
    assert "WhatsApp" not in said


def test_it_can_be_sent_over_the_other_chat(both: House) -> None:
    said = tell_of(both, send_over="other")
    assert "takes free text only" not in said
    with tenant_scope(both.tenant):
        task = Task.objects.select_related("conversation__account").get()
        assert task.conversation is not None
        assert task.conversation.account.kind == "telegram"
    with tenant_scope(both.tenant):
        Task.objects.update(next_run_at=timezone.now())
    carry(both)
    assert both.sent_by_telegram()[-1] == "⏰ Reminder: call the bank"


def test_without_another_chat_it_says_so(house: House) -> None:
    said, failed = told(house, "create_schedule", when="in 3 days", what="call", send_over="other")
    assert failed
    assert said.startswith("They have no other chat")


# --- The clock --------------------------------------------------------------------------------------------------------


def test_another_zone_for_the_tenant_is_told_to_the_owner_once(house: House) -> None:
    told(house, "create_schedule", when="every day at 9", what="stretch")
    with as_role("operator"):
        house.tenant.timezone = "Asia/Tokyo"
        house.tenant.save()
        house.tenant.name = "Acme & Co."
        house.tenant.save()
    drain(house)
    [words] = [text for text in house.sent() if "Asia/Tokyo" in text]
    assert words == (
        "My clock is set to another time zone now: Asia/Tokyo. What is scheduled (1) keeps its times of the day and "
        "comes by that clock."
    )
    [task] = tasks(house)
    assert task.next_run_at is not None
    assert task.next_run_at.astimezone(house.tenant.zone).hour == 9
