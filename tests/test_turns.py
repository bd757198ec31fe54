"""Turns: coalesced, ordered, one at a time, resumed, and never committed by a worker that lost its lease."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

from django.utils import timezone

from messaging import turns, work
from messaging.models import Delivery, Message, Session, Turn, TurnStep, Work
from messaging.pausing import resume
from messaging.turn_begin import Plan, begin
from messaging.turn_end import Carried
from messaging.worker import worker
from tenants_app.models import OperatorAlert, Tenant, UsageRow
from tenants_app.scope import tenant_scope
from tests.house import ALICE, BOB, House, forget_limits, wait_for


def set_tenant(house: House, **fields: Any) -> None:
    with tenant_scope(house.tenant):
        Tenant.objects.filter(pk=house.tenant.pk).update(**fields)
    from messaging.credentials import forget_all

    forget_all()


def make_due(house: House) -> None:
    """Let the waiting time of whatever waits be over."""
    with tenant_scope(house.tenant):
        for row in Work.objects.filter(due_at__isnull=False):
            work.schedule(house.tenant.pk, row.conversation_id, row.kind, timezone.now())
        Delivery.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
    forget_limits()


def last_user_texts(call: dict[str, Any]) -> list[str]:
    return [
        block["text"] for block in call["body"]["messages"][-1]["content"] if not block["text"].startswith("<context>")
    ]


def test_rapid_messages_become_one_turn(house: House) -> None:
    set_tenant(house, quiet_seconds=0.6, quiet_limit_seconds=5)
    house.script({"text": "One answer"})
    for text in ("first", "second", "third"):
        house.says(text)
    house.work()
    assert house.sent() == [], "nothing is answered while the person may still be writing"
    wait_for(worker.run_next)
    assert house.sent() == ["One answer"]
    [call] = house.anthropic.calls(containing="/v1/messages")
    assert last_user_texts(call) == ["first", "second", "third"]


def test_someone_who_never_stops_writing_is_answered_at_the_limit(house: House) -> None:
    set_tenant(house, quiet_seconds=30, quiet_limit_seconds=0.3)
    house.says("one")
    house.says("two")
    wait_for(worker.run_next)
    with tenant_scope(house.tenant):
        assert Turn.objects.get().status == Turn.Status.ANSWERED


def test_what_arrives_during_a_turn_goes_to_the_next_one_in_order(house: House) -> None:
    house.script({"text": "A1", "delay": 0.5}, {"text": "A2"})
    house.says("one")
    thread = threading.Thread(target=house.work)
    thread.start()
    wait_for(lambda: house.anthropic.calls(containing="/v1/messages"))
    house.says("two")
    house.says("three")
    thread.join()
    house.work()
    assert house.sent() == ["A1", "A2"]
    calls = house.anthropic.calls(containing="/v1/messages")
    assert last_user_texts(calls[1]) == ["two", "three"]
    with tenant_scope(house.tenant):
        assert list(Turn.objects.order_by("number").values_list("status", flat=True)) == ["answered", "answered"]
        assert not Message.objects.filter(turn=None).exists()


def test_the_history_goes_on_byte_for_byte(house: House) -> None:
    house.script({"text": "A1"}, {"text": "A2"})
    house.says("one")
    house.work()
    house.says("two")
    house.work()
    first, second = house.anthropic.calls(containing="/v1/messages")

    def plain(message: dict[str, Any]) -> dict[str, Any]:
        blocks = [
            {key: value for key, value in block.items() if key != "cache_control"} for block in message["content"]
        ]
        return {**message, "content": blocks}

    assert first["body"]["system"] == second["body"]["system"]
    assert [plain(each) for each in second["body"]["messages"][:1]] == [
        plain(each) for each in first["body"]["messages"]
    ]
    assert second["body"]["messages"][1] == {"role": "assistant", "content": [{"type": "text", "text": "A1"}]}


def test_a_tool_is_called_and_its_result_goes_back(house: House) -> None:
    call = {"type": "tool_use", "name": "current_time", "input": {}}
    house.script({"content": [call]}, {"text": "It is late."})
    house.says("What time is it?")
    house.work()
    assert house.sent() == ["It is late."]
    with tenant_scope(house.tenant):
        kinds = list(TurnStep.objects.order_by("number").values_list("kind", flat=True))
        assert UsageRow.objects.count() == 2
    assert kinds == ["user", "assistant", "tool_started", "tool_result", "assistant"]


def test_overload_is_tried_again_as_data(house: House) -> None:
    house.anthropic.post("faults", faults=[{"kind": "overloaded"}])
    house.says("hello")
    house.work()
    assert house.sent() == []
    with tenant_scope(house.tenant):
        turn = Turn.objects.get()
        due = Work.objects.get(kind=Work.Kind.TURN).due_at
    assert turn.status == Turn.Status.OPEN
    assert turn.attempts == 1
    assert due is not None
    assert due > timezone.now()
    make_due(house)
    house.work()
    assert len(house.sent()) == 1


def test_a_cut_stream_is_tried_again_and_what_it_used_is_booked(house: House) -> None:
    house.anthropic.post("faults", faults=[{"kind": "cut", "after_events": 3}])
    house.says("hello")
    house.work()
    make_due(house)
    house.work()
    assert len(house.sent()) == 1
    with tenant_scope(house.tenant):
        assert UsageRow.objects.count() == 2


def test_after_the_limit_there_is_one_plain_apology(house: House, settings: Any) -> None:
    settings.TURN_GIVE_UP_SECONDS = 0
    house.anthropic.post("faults", faults=[{"kind": "error", "status": 500}], times="always")
    house.says("hello")
    house.work()
    assert house.sent() == ["I'm sorry, I couldn't answer that just now. Please try again in a little while."]
    with tenant_scope(house.tenant):
        assert Turn.objects.get().status == Turn.Status.APOLOGISED
        assert OperatorAlert.objects.get().kind == "turn.unanswered"
    house.anthropic.post("reset")
    house.script({"text": "Better now"})
    house.says("and now?")
    house.work()
    assert house.sent()[1:] == ["Better now"]


def test_a_refused_key_pauses_the_tenant_and_resuming_answers(house: House) -> None:
    house.anthropic.post("accounts", key="sk-ant-test", status="revoked")
    house.says("hello")
    house.work()
    house.says("are you there?")
    house.work()
    assert len(house.sent()) == 1, "the person is told once"
    assert "kept" in house.sent()[0]
    with tenant_scope(house.tenant):
        assert Tenant.objects.get().is_paused
        assert OperatorAlert.objects.get(kind="tenant.paused").resolved_at is None
    house.anthropic.post("accounts", key="sk-ant-test", status="active")
    house.script({"text": "Here I am"}, {"text": "Yes"})
    assert resume(house.tenant, "test")
    house.work()
    assert house.sent()[1:] == ["Here I am", "Yes"]
    with tenant_scope(house.tenant):
        assert OperatorAlert.objects.get(kind="tenant.paused").resolved_at is not None


def test_a_spend_limit_pauses_the_tenant(house: House) -> None:
    house.anthropic.post("accounts", key="sk-ant-test", status="spend_limit")
    house.says("hello")
    house.work()
    with tenant_scope(house.tenant):
        assert "spend limit" in Tenant.objects.get().pause_reason


def test_a_worker_that_lost_its_lease_changes_nothing(house: House) -> None:
    """A paused worker wakes up after another has taken its turn over."""
    house.script({"text": "from the first"}, {"text": "from the second"})
    house.says("hello")
    first = work.claim_next(Work.Kind.TURN)
    assert first is not None
    plan = begin(first)
    assert plan is not None
    with tenant_scope(house.tenant):
        Work.objects.filter(pk=first.work_id).update(lease_until=timezone.now(), due_at=timezone.now())
    work.wake_lane(house.tenant.pk, Work.Kind.TURN)
    second = work.claim_next(Work.Kind.TURN)
    assert second is not None
    assert second.epoch > first.epoch
    assert turns.run_turn(first) == Carried()
    assert house.anthropic.calls(containing="/v1/messages") == []
    turns.run_turn(second)
    with tenant_scope(house.tenant):
        assert Turn.objects.get().epoch == second.epoch
        assert Delivery.objects.count() == 1


def test_a_turn_that_died_goes_on_from_its_steps(house: House) -> None:
    """Killed when the first reply was recorded and its tool had not begun: Claude is not asked for that reply again."""
    house.script({"content": [{"type": "tool_use", "name": "current_time", "input": {}}]}, {"text": "Done"})
    house.says("time?")
    claim = work.claim_next(Work.Kind.TURN)
    assert claim is not None
    plan = begin(claim)
    assert isinstance(plan, Plan)
    from messaging.recorder import Recorder
    from messaging.turns import client
    from tooling.types import AssistantStep

    recorder = Recorder(plan)
    body = {
        "model": "claude-sonnet-5-5",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "time?"}],
        "tools": plan.session.tools if plan.session else [],
    }
    from django.conf import settings

    claude = client(settings.ANTHROPIC_API_KEY, settings.ANTHROPIC_BASE_URL)
    recorder(AssistantStep(reply=recorder.till.pay(body, lambda: claude.ask(body, deadline_seconds=10))))
    work.give_back(claim)
    house.work()
    assert house.sent() == ["Done"]
    with tenant_scope(house.tenant):
        assert Turn.objects.count() == 1
    assert len(house.anthropic.calls(containing="/v1/messages")) == 2


def test_a_new_session_begins_after_idleness_and_knows_what_was_said(house: House) -> None:
    house.script({"text": "Noted."}, {"text": "Yes"})
    house.says("My lender is Dana")
    house.work()
    with tenant_scope(house.tenant):
        Session.objects.update(used_at=timezone.now() - timedelta(hours=13))
    house.says("Who is my lender?")
    house.work()
    second = house.anthropic.calls(containing="/v1/messages")[1]
    assert len(second["body"]["messages"]) == 1
    assert "My lender is Dana" in second["body"]["messages"][0]["content"][0]["text"]
    with tenant_scope(house.tenant):
        assert list(Session.objects.order_by("number").values_list("close_reason", flat=True)) == ["idle", ""]


def test_another_tenants_busy_lane_does_not_hold_up_this_one(house: House) -> None:
    """Fair between tenants: with ten conversations waiting in one, the other's one is not the eleventh."""
    from tests.fixtures import make_tenant

    other = House(
        tenant=make_tenant("globex"),
        anthropic=house.anthropic,
        whatsapp=house.whatsapp,
        telegram=house.telegram,
        app_secret="other-secret",
        phone_number_id="206540352242922",
        waba_id="202290129340398",
    )
    other.connect_whatsapp()
    for number in range(10):
        house.link("whatsapp", f"1555020{number:04}", "staff", f"Staff {number}")
        house.says("hello", f"1555020{number:04}")
    other.says("me too", BOB)
    first, second = work.claim_next(Work.Kind.TURN), work.claim_next(Work.Kind.TURN)
    assert first is not None
    assert second is not None
    assert {first.tenant_id, second.tenant_id} == {house.tenant.pk, other.tenant.pk}


def test_thirty_two_turns_wait_at_once_without_a_database_connection(house: House, owner_connection: Any) -> None:
    people = [f"1555030{number:04}" for number in range(32)]
    for number in people:
        house.link("whatsapp", number, "staff", number)
    set_tenant(house, max_running_turns=100)
    house.script({"text": "ok", "delay": 8, "times": "always"})
    for number in people:
        house.says("hello", number)
    threads = [threading.Thread(target=worker.run_next) for _ in people]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(house.anthropic.calls(containing="/v1/messages")) == 32)
    time.sleep(0.2)
    held = owner_connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'proxystaff_app' AND state <> 'idle'"
    ).fetchone()
    for thread in threads:
        thread.join()
    assert held == (0,)
    assert len(house.sent()) == 32


def test_an_unknown_sender_never_enters_the_owners_conversation(house: House) -> None:
    house.script({"text": "for Alice"})
    house.says("secret of Alice", ALICE)
    house.says("hello", "19998887777")
    house.work()
    recipients = [call["body"]["to"] for call in house.whatsapp.calls(containing="/messages") if "to" in call["body"]]
    assert recipients == [ALICE]


def test_a_hint_stands_for_its_conversation_while_the_person_goes_on_writing(house: House) -> None:
    """The first message's hint wakes too early for the second; it waits on instead of leaving the rest to the sweep."""
    set_tenant(house, quiet_seconds=0.5, quiet_limit_seconds=5)
    house.script({"text": "Both"})
    house.says("one")
    with tenant_scope(house.tenant):
        row = Work.objects.get(kind=Work.Kind.TURN)
    assert row.due_at is not None
    hint = threading.Thread(target=worker.wake, args=(row.due_at.timestamp(), house.tenant.pk, row.conversation_id))
    hint.start()
    time.sleep(0.3)
    house.says("two")
    hint.join()
    assert house.sent() == ["Both"]


def test_typing_is_shown_until_the_next_try(house: House) -> None:
    house.anthropic.post("faults", faults=[{"kind": "timeout", "seconds": 1}])
    house.says("hello")

    def marks() -> int:
        return sum(call["body"].get("status") == "read" for call in house.whatsapp.calls(containing="/messages"))

    turn = threading.Thread(target=house.work)
    turn.start()
    wait_for(lambda: marks() == 1)  # while it is tried
    turn.join()
    wait_for(lambda: marks() == 2)  # and for the wait until it is tried again
    assert not house.sent()


def test_the_second_turn_reads_the_first_ones_prompt_from_the_cache(house: House) -> None:
    house.script({"text": "A1"}, {"text": "A2"})
    house.says("A long story. " * 200)
    house.work()
    house.says("Go on")
    house.work()
    with tenant_scope(house.tenant):
        first, second = UsageRow.objects.order_by("at")
    assert first.cache_write_1h_tokens + first.cache_write_5m_tokens > 0
    assert second.cache_read_tokens >= first.cache_write_1h_tokens + first.cache_write_5m_tokens
    assert second.input_tokens < 50
