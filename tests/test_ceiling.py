"""At a budget's ceiling, from webhook to wire: the cheaper model, a clear word once, an alert, never silence."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from messaging import ceiling, outbox, turn_end, work
from messaging.models import Session, Turn, TurnStep, Work
from messaging.tidying import tidy
from messaging.usage import prices
from tenants_app import ceilings
from tenants_app.ids import new_id
from tenants_app.models import OperatorAlert, Price, Reservation, Spending, Tenant, UsageRow
from tenants_app.periods import periods_of
from tenants_app.scope import tenant_scope
from tests.fixtures import as_role
from tests.house import ALICE, BOB, CHARLIE, House, wait_for
from tests.test_turns import make_due, set_tenant
from tooling.claude import ClaudeClient

OWNER_DAY = (
    "Today's budget for your assistant ($0.04) is used up, so I can't answer before tomorrow at 00:00. Your message is "
    "kept; write again then. To go on today, ask whoever runs this assistant to raise the budget."
)
CUSTOMER = (
    "I'm sorry, I can't answer for now. Your message has arrived and is kept for the team. If it is urgent, please "
    "reach them another way."
)
EARLY = (
    "Your assistant has used 85 % of today's budget ($0.85 of $1.00). When it is used up I can't answer before "
    "tomorrow at 00:00, unless whoever runs this assistant raises it."
)
TOO_LITTLE = Decimal("0.04")  # 4096 tokens of the usual model's answer cost more
FOR_ONE = Decimal("0.12")  # one call is set aside, not two
UNCACHED = {"cache_creation_input_tokens": 0, "cache_creation": {}, "cache_read_input_tokens": 0}
ONLY_USUAL = {"cheaper_model": "claude-sonnet-5-5"}


def calls(house: House) -> list[dict[str, Any]]:
    return house.anthropic.calls(containing="/v1/messages")


def says(house: House, text: str = "hello", sender: str = ALICE) -> None:
    house.says(text, sender)
    house.work()


def alerts(house: House) -> dict[str, str]:
    with tenant_scope(house.tenant):
        return dict(OperatorAlert.objects.filter(resolved_at=None).values_list("kind", "text"))


def statuses(house: House) -> list[tuple[str, str]]:
    with tenant_scope(house.tenant):
        return list(Turn.objects.order_by("id").values_list("status", "reason"))


def counters(house: House) -> set[tuple[Decimal, Decimal]]:
    with tenant_scope(house.tenant):
        return set(Spending.objects.values_list("spent", "reserved"))


def spent_by_rows(house: House) -> Decimal:
    with tenant_scope(house.tenant):
        return sum(UsageRow.objects.values_list("dollars", flat=True), Decimal(0))


def raise_budget(house: House) -> None:
    with as_role("operator"):
        Tenant.objects.update(day_budget=5)
        house.tenant.refresh_from_db()
        ceilings.changed(house.tenant, "operator:olivia")


def send(house: House) -> None:
    """Carry every due send to its end."""
    while (claim := work.claim_next(Work.Kind.SEND)) is not None:
        outbox.drain(claim)


# --- the ceiling -----------------------------------------------------------------------------------------------------


def test_every_call_is_paid_from_the_counters(house: House) -> None:
    house.script({"content": [{"type": "tool_use", "name": "current_time", "input": {}}]}, {"text": "Late."})
    says(house, "What time is it?")
    assert house.sent() == ["Late."]
    assert spent_by_rows(house) > 0
    assert counters(house) == {(spent_by_rows(house), Decimal(0))}


def test_the_owner_is_told_once_a_day_and_the_operator_alerted(house: House) -> None:
    set_tenant(house, day_budget=TOO_LITTLE, **ONLY_USUAL)
    says(house)
    says(house, "Are you there?")
    assert calls(house) == []
    assert house.sent() == [OWNER_DAY]
    assert statuses(house) == [
        ("apologised", "The budget for the day is used up."),
        ("silent", "The budget for the day is used up; the person was told already."),
    ]
    assert "$0.00 of $0.04" in alerts(house)["budget.full.day"]
    assert counters(house) == {(Decimal(0), Decimal(0))}


def test_the_owner_is_told_also_where_the_worker_died_before_it_could(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That they were told is noted with the telling: noted before, the turn that is taken up would end in silence."""
    set_tenant(house, day_budget=TOO_LITTLE, **ONLY_USUAL)

    def die(point: str) -> None:
        if point == "before_commit":
            raise SystemExit

    house.says("hello")
    with monkeypatch.context() as patched:
        patched.setattr(turn_end, "fault", die)
        with pytest.raises(SystemExit):
            house.work()
    with tenant_scope(house.tenant):
        Work.objects.filter(kind="turn").update(lease_until=None, due_at=timezone.now())
    make_due(house)
    house.work()
    assert house.sent() == [OWNER_DAY]


def test_when_the_budget_is_raised_claude_sees_what_was_written_meanwhile(house: House) -> None:
    set_tenant(house, day_budget=TOO_LITTLE, **ONLY_USUAL)
    says(house, "My lender is Dana")
    says(house, "Are you there?")
    raise_budget(house)
    assert alerts(house) == {}
    house.script({"text": "Dana"})
    says(house, "Who is it?")
    assert house.sent()[-1] == "Dana"
    sent = str(calls(house)[0]["body"]["messages"])
    assert sent.index("My lender is Dana") < sent.index(OWNER_DAY[:30]) < sent.index("Are you there?")


def test_a_budget_that_was_raised_and_is_used_up_again_is_told_again(house: House) -> None:
    set_tenant(house, day_budget=TOO_LITTLE, **ONLY_USUAL)
    says(house)
    set_tenant(house, day_budget=Decimal("0.03"))
    says(house)
    assert len(house.sent()) == 2


def test_a_customer_hears_nothing_of_money(house: House) -> None:
    set_tenant(house, day_budget=TOO_LITTLE, **ONLY_USUAL)
    with tenant_scope(house.tenant):
        house.accounts["whatsapp"].front_desk = True
        house.accounts["whatsapp"].save(update_fields=["front_desk"])
    says(house, sender=CHARLIE)
    introduced, told = house.sent()
    assert "AI assistant" in introduced
    assert told == CUSTOMER


def test_staff_hear_no_amount_and_each_in_their_language(house: House) -> None:
    set_tenant(house, day_budget=TOO_LITTLE, month_budget=0, language="es", **ONLY_USUAL)
    says(house, sender=BOB)
    [text] = house.sent()
    assert text.startswith("El presupuesto de este mes del asistente se ha agotado")
    assert "$" not in text


def test_a_turn_that_meets_the_ceiling_after_a_tool_ends_with_a_valid_history(house: House) -> None:
    """The second call no longer fits; what the tool did stays, and the next turn's history is accepted."""
    usage = {"output_tokens": 60_000}
    house.script({"content": [{"type": "tool_use", "name": "current_time", "input": {}}], "usage": usage})
    set_tenant(house, day_budget=Decimal("0.63"))
    says(house)
    assert "used up" in house.sent()[0]
    set_tenant(house, day_budget=10)
    house.script({"text": "Here I am"})
    says(house, "And now?")
    assert house.sent()[-1] == "Here I am"
    assert "tool_result" in str(calls(house)[-1]["body"]["messages"])


def test_it_opens_again_with_the_day(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    set_tenant(house, day_budget=TOO_LITTLE, **ONLY_USUAL)
    says(house)
    tomorrow = periods_of(house.tenant.zone, timezone.now()).day_ends
    ceiling.tidy(tomorrow)
    assert alerts(house) == {}
    set_tenant(house, day_budget=Decimal("0.50"))
    with tenant_scope(house.tenant):
        Spending.objects.filter(period="day").update(spent=1, starts_on=timezone.now().date() - timedelta(days=1))
    house.script({"text": "Good morning"})
    says(house)
    assert house.sent()[-1] == "Good morning"


# --- the cheaper model -----------------------------------------------------------------------------------------------


def test_the_cheaper_model_answers_when_the_usual_one_does_not_fit(house: House) -> None:
    house.script({"text": "A1"}, {"text": "A2"}, {"text": "A3"})
    says(house, "My lender is Dana")
    set_tenant(house, day_budget=TOO_LITTLE)
    says(house, "Who is my lender?")
    says(house, "And now?")
    assert house.sent() == ["A1", "A2", "A3"]
    assert [call["body"]["model"] for call in calls(house)] == ["claude-sonnet-5-5", *["claude-haiku-5-5"] * 2]
    second, third = str(calls(house)[1]["body"]["messages"]), calls(house)[2]["body"]["messages"]
    assert "My lender is Dana" in second, "the new session is told the end of what was said"
    assert len(third) == 3 + second.count("'role': 'user'") - 1, "the third goes on in the second's session"
    with tenant_scope(house.tenant):
        assert list(Session.objects.order_by("number").values_list("close_reason", flat=True)) == ["budget", ""]
    assert list(alerts(house)) == ["budget.cheaper"]
    assert counters(house) == {(spent_by_rows(house), Decimal(0))}


def test_the_usual_model_returns_when_the_budget_is_raised(house: House) -> None:
    set_tenant(house, day_budget=TOO_LITTLE)
    house.script({"text": "cheap"}, {"text": "good"})
    says(house)
    raise_budget(house)
    says(house)
    assert [call["body"]["model"] for call in calls(house)] == ["claude-haiku-5-5", "claude-sonnet-5-5"]
    assert alerts(house) == {}


def test_the_cheaper_model_is_not_begun_where_it_does_not_fit_either(house: House) -> None:
    set_tenant(house, day_budget=0)
    says(house)
    with tenant_scope(house.tenant):
        assert [each.model for each in Session.objects.all()] == ["claude-sonnet-5-5"]
    assert len(house.sent()) == 1


# --- what is not billed, or perhaps ----------------------------------------------------------------------------------


def test_an_overload_gives_everything_back(house: House) -> None:
    house.anthropic.post("faults", faults=[{"kind": "overloaded"}])
    says(house)
    assert counters(house) == {(Decimal(0), Decimal(0))}
    with tenant_scope(house.tenant):
        assert not Reservation.objects.exists()


def test_a_cut_stream_is_booked_as_far_as_it_told(house: House) -> None:
    house.anthropic.post("faults", faults=[{"kind": "cut", "after_events": 3}])
    says(house)
    with tenant_scope(house.tenant):
        row = UsageRow.objects.get()
    assert not row.assumed
    assert counters(house) == {(row.dollars, Decimal(0))}


def test_a_service_that_is_not_there_bills_nothing(house: House, settings: Any) -> None:
    settings.ANTHROPIC_BASE_URL = "http://127.0.0.1:9"
    says(house)
    assert counters(house) == {(Decimal(0), Decimal(0))}


def test_a_call_that_nobody_answers_is_booked_at_its_estimate(house: House, settings: Any) -> None:
    settings.TURN_DEADLINE_SECONDS = 1
    house.anthropic.post("faults", faults=[{"kind": "hang"}])
    says(house)
    with tenant_scope(house.tenant):
        row = UsageRow.objects.get()
    assert row.assumed
    assert counters(house) == {(row.dollars, Decimal(0))}


def test_a_worker_that_dies_during_a_call_locks_no_money(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed with the request on its way; who takes the turn up books the lost call and goes on."""
    house.script({"text": "Hello"})
    house.says("hello")

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ClaudeClient, "ask", die)
        with pytest.raises(KeyboardInterrupt):
            house.work()
    with tenant_scope(house.tenant):
        assert Reservation.objects.count() == 1
        Work.objects.filter(kind="turn").update(lease_until=None, due_at=timezone.now())
    make_due(house)
    house.work()
    assert house.sent() == ["Hello"]
    with tenant_scope(house.tenant):
        assert sorted(UsageRow.objects.values_list("assumed", flat=True)) == [False, True]
        assert not Reservation.objects.exists()
    assert counters(house) == {(spent_by_rows(house), Decimal(0))}


def test_money_that_is_set_aside_only_delays_a_turn(house: House) -> None:
    set_tenant(house, day_budget=FOR_ONE, **ONLY_USUAL)
    house.script({"text": "first", "delay": 1.5}, {"text": "second"})
    house.says("one")
    thread = threading.Thread(target=house.work)
    thread.start()
    wait_for(lambda: calls(house))
    says(house, "two", BOB)
    assert len(calls(house)) == 1
    thread.join()
    make_due(house)
    house.work()
    assert house.sent() == ["first", "second"]
    assert "budget.full.day" not in alerts(house)


# --- prices ----------------------------------------------------------------------------------------------------------


def test_a_model_without_a_price_is_not_called_and_its_message_waits(house: House) -> None:
    set_tenant(house, chat_model="claude-opus-5")
    house.script({"text": "Hello"})
    says(house)
    assert calls(house) == []
    assert house.sent() == [
        "I can't answer right now. Your message is kept, and you'll get the answer as soon as I'm back."
    ]
    assert "claude-opus-5 has no price" in alerts(house)["price.missing:claude-opus-5"]
    added = Price.objects.get(model="claude-opus-5-5")
    added.pk, added.model = new_id(), "claude-opus-5"
    with as_role("operator"):
        added.save(force_insert=True)
        ceilings.priced("claude-opus-5")
    try:
        make_due(house)
        house.work()
    finally:
        with as_role("operator"):
            added.delete()
        prices.clear()
    assert house.sent()[-1] == "Hello"
    assert alerts(house) == {}


# --- the early warning -----------------------------------------------------------------------------------------------


def test_the_owner_is_warned_once_at_four_fifths(house: House) -> None:
    set_tenant(house, day_budget=1)
    house.script({"text": "Hello", "usage": {"input_tokens": 425_000, "output_tokens": 0, **UNCACHED}})
    says(house)
    assert alerts(house)["budget.early.day"] == "Acme has used 85% of its budget for the day: $0.85 of $1.00."
    for _ in range(2):
        tidy()
        send(house)
    assert house.sent() == [
        "Hello",
        EARLY,
    ]


def test_the_steps_of_a_stopped_turn_are_kept(house: House) -> None:
    set_tenant(house, day_budget=TOO_LITTLE, **ONLY_USUAL)
    says(house)
    with tenant_scope(house.tenant):
        assert list(TurnStep.objects.order_by("number").values_list("kind", flat=True)) == ["user", "assistant"]
        assert Tenant.objects.get().cheaper_until is None
