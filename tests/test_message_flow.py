from __future__ import annotations

from messaging.models import Delivery, Message, Turn, TurnStep
from tenants_app.models import UsageRow
from tenants_app.scope import tenant_scope
from tests.house import House


def test_a_signed_webhook_is_answered_by_claude(house: House) -> None:
    house.script({"text": "Hello **Alice**!"})
    house.says("Hi there 👋 señor")
    house.work()
    assert house.sent() == ["Hello *Alice*!"]
    [call] = house.anthropic.calls(containing="/v1/messages")
    blocks = call["body"]["messages"][-1]["content"]
    assert blocks[-1]["text"] == "Hi there 👋 señor"
    assert "From: Alice, owner, over WhatsApp" in blocks[0]["text"]
    with tenant_scope(house.tenant):
        turn = Turn.objects.get()
        assert turn.status == Turn.Status.ANSWERED
        assert list(Message.objects.order_by("seq").values_list("direction", "seq", "text", "turn_id")) == [
            ("in", 1, "Hi there 👋 señor", turn.pk),
            ("out", 2, "Hello **Alice**!", turn.pk),
        ]
        assert Delivery.objects.get().status == Delivery.Status.SENT
        assert TurnStep.objects.count() == 2
        assert UsageRow.objects.get().dollars > 0
