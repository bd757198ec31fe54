"""What changes about people, groups and accounts, by the services' own payloads."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from messaging.models import Conversation, DeadLetter, Message
from tenants_app.models import Contact, ContactAddress, OperatorAlert
from tenants_app.scope import tenant_scope
from tests.house import ALICE, CHARLIE, House

NEW = "15550100077"


def changes_number(house: House, old: str, new: str, at: float | None = None) -> None:
    message = {
        "from": old,
        "id": f"wamid.system.{old}.{new}",
        "timestamp": str(int(at if at is not None else time.time() + 1)),
        "type": "system",
        "system": {"body": f"User Núñez changed from {old} to {new}", "wa_id": new, "type": "user_changed_number"},
    }
    body = house.whatsapp_body(message)
    assert house.post_whatsapp(body).status_code == 200
    assert house.post_whatsapp(body).status_code == 200  # the service may tell it twice


def addresses(house: House) -> dict[str, str]:
    with tenant_scope(house.tenant):
        rows = ContactAddress.objects.filter(kind="whatsapp").select_related("contact")
        return {row.address: row.contact.role for row in rows}


def test_a_customers_record_and_chat_follow_to_the_new_number(house: House) -> None:
    house.says("hola", CHARLIE)
    changes_number(house, CHARLIE, NEW)
    assert CHARLIE not in addresses(house)
    assert addresses(house)[NEW] == "customer"
    house.says("it is me again", NEW)
    with tenant_scope(house.tenant):
        [chat] = Conversation.objects.filter(chat_id=NEW)
        assert Message.objects.filter(conversation=chat).count() == 2
        assert Contact.objects.filter(role="customer").count() == 1


def test_an_owner_must_pair_again_and_a_stranger_with_the_old_number_is_nobody(house: House) -> None:
    house.script({"text": "Your code is 1234."})
    house.says("What is the gate code?")
    house.work()
    changes_number(house, ALICE, NEW)
    assert ALICE not in addresses(house)
    assert NEW not in addresses(house)
    with tenant_scope(house.tenant):
        assert OperatorAlert.objects.filter(kind="contact.number_changed", resolved_at=None).count() == 1
    asked = len(house.anthropic.calls(containing="/v1/messages"))
    house.says("What is the gate code?", ALICE)  # whoever has the number by now
    house.work()
    assert len(house.anthropic.calls(containing="/v1/messages")) == asked
    assert addresses(house)[ALICE] == "customer"
    with tenant_scope(house.tenant):
        assert Message.objects.filter(conversation__chat_id=ALICE).count() == 1


def test_a_change_that_is_told_late_does_not_move_who_has_the_number_now(house: House) -> None:
    house.says("hello", CHARLIE)
    changes_number(house, CHARLIE, NEW, at=time.time() - 3600)
    assert CHARLIE in addresses(house)
    assert NEW not in addresses(house)


def test_a_group_that_migrates_keeps_its_conversation(house: House) -> None:
    house.connect_telegram()
    group = {"id": -4001, "type": "group", "title": "Team"}
    house.telegrams("hello", chat=group)
    assert (
        house.post_telegram(
            {
                "update_id": 77,
                "message": {
                    "message_id": 5000,
                    "date": int(time.time()),
                    "chat": group,
                    "from": {"id": 700001, "first_name": "Alice", "is_bot": False},
                    "migrate_to_chat_id": -1004001,
                },
            }
        ).status_code
        == 200
    )
    with tenant_scope(house.tenant):
        assert Conversation.objects.filter(is_group=True).get().chat_id == "-1004001"


@pytest.mark.parametrize(
    ("field", "value", "alert"),
    [
        (
            "phone_number_quality_update",
            {"display_phone_number": "1", "event": "DOWNGRADE", "current_limit": "TIER_1K"},
            "account.messaging_limit",
        ),
        ("message_template_status_update", {"event": "APPROVED", "message_template_name": "hello"}, None),
        ("account_update", {"event": "DISABLED_UPDATE", "phone_number": "1"}, "account.account_restricted"),
        ("account_alerts", {"alert_type": "X", "alert_severity": "WARNING"}, "account.told_by_meta"),
    ],
)
def test_what_the_service_tells_operators_is_kept_and_alerts_where_it_is_trouble(
    house: House, field: str, value: dict[str, Any], alert: str | None
) -> None:
    body = {
        "object": "whatsapp_business_account",
        "entry": [{"id": house.waba_id, "time": int(time.time()), "changes": [{"field": field, "value": value}]}],
    }
    assert house.post_whatsapp(json.dumps(body).encode()).status_code == 200
    with tenant_scope(house.tenant):
        assert DeadLetter.objects.get().reason.startswith(field)
        assert list(OperatorAlert.objects.values_list("kind", flat=True)) == ([alert] if alert else [])
