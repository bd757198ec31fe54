from __future__ import annotations

from typing import Any

from messaging.models import Session, TurnStep
from tenants_app.scope import tenant_scope
from tests.house import House


def test_a_session_ends_before_reading_it_costs_too_much(house: House, settings: Any) -> None:
    """Each turn reads its whole session, which is what Claude is sent: its length in tokens is its limit."""
    house.says("one")
    house.work()
    with tenant_scope(house.tenant):
        Session.objects.update(prompt_tokens=settings.SESSION_MAX_TOKENS + 1)
    house.says("two")
    house.work()
    with tenant_scope(house.tenant):
        assert list(Session.objects.order_by("number").values_list("close_reason", flat=True)) == ["length", ""]
        of_second = TurnStep.objects.filter(turn__session__number=2)
        assert of_second.count() == TurnStep.objects.count() / 2
    newest = house.anthropic.calls(containing="/v1/messages")[-1]["body"]["messages"]
    assert len(newest) == 1, "nothing of the session before it is sent"
