"""What Meta says beside messages: of accounts, of what people want, and of what the owner wrote by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from messaging.channels import get_channel
from messaging.channels.base import AccountNotice, Echo, Entry, Event, Preference, Unhandled
from messaging.tests.payloads import (
    CONTACTS,
    METADATA,
    WHATSAPP_VALUES,
    as_meta_writes,
    whatsapp_body,
    whatsapp_message,
)

whatsapp = get_channel("whatsapp")
NOW = datetime(2025, 11, 22, 12, 20, tzinfo=UTC)


def entry(change: Any) -> Entry:
    (only,) = whatsapp.parse(as_meta_writes(whatsapp_body(change)))
    return only


def told(field: str, **more: Any) -> Event:
    (only,) = entry({"field": field, "value": {**WHATSAPP_VALUES[field], **more}}).events
    return only


@pytest.mark.parametrize(
    ("field", "summary", "severity"),
    [
        (
            "account_update",
            "Business account: DISABLED_UPDATE, SCHEDULE_FOR_DISABLE, ALCOHOL, RESTRICTED_BIZ_INITIATED_MESSAGING",
            "error",
        ),
        (
            "account_alerts",
            "Account alert: OBA_APPROVED, CRITICAL, ACTIVE, BUSINESS, Call María at … … about …",
            "error",
        ),
        ("phone_number_quality_update", "Quality of the phone number: FLAGGED, limit TIER_1K → TIER_250", "warning"),
        ("message_template_status_update", "Template pedido_listo (es_ES): REJECTED, INVALID_FORMAT", "error"),
        (
            "business_capability_update",
            "Limits of the business: max_daily_conversations_per_business = 2000, max_phone_numbers_per_waba = 25",
            "info",
        ),
    ],
)
def test_operators_are_told_of_their_account(field: str, summary: str, severity: Any) -> None:
    event = told(field)
    assert isinstance(event, AccountNotice)
    assert (event.field, event.summary, event.severity) == (field, summary, severity)
    assert entry({"field": field, "value": WHATSAPP_VALUES[field]}).account_keys == ("9911",)


@pytest.mark.parametrize(
    ("field", "more", "severity"),
    [
        ("account_update", {"event": "VERIFIED_ACCOUNT", "ban_info": None}, "info"),
        ("account_update", {"ban_info": {"waba_ban_state": "REINSTATE"}}, "info"),
        ("phone_number_quality_update", {"event": "UNFLAGGED"}, "info"),
        ("phone_number_quality_update", {"event": "UPGRADE"}, "info"),
        ("phone_number_quality_update", {"event": "DOWNGRADE"}, "warning"),
        ("message_template_status_update", {"event": "APPROVED", "reason": "NONE"}, "info"),
        ("message_template_status_update", {"event": "PAUSED"}, "warning"),
        ("message_template_status_update", {"event": "DISABLED"}, "error"),
        ("account_alerts", {"alert_info": {"alert_type": "X", "alert_severity": "INFORMATIONAL"}}, "info"),
        ("account_alerts", {"alert_info": None, "alert_type": "X", "alert_severity": "WARNING"}, "warning"),
    ],
)
def test_how_bad_it_is(field: str, more: Any, severity: str) -> None:
    result = told(field, **more)
    assert isinstance(result, AccountNotice)
    assert result.severity == severity


@pytest.mark.parametrize("field", ["account_update", "account_alerts", "phone_number_quality_update"])
def test_a_notice_that_says_nothing_is_unhandled(field: str) -> None:
    (only,) = entry({"field": field, "value": {"event": "Ana Núñez, +34600111222"}}).events
    assert isinstance(only, Unhandled)
    assert "Ana" not in only.reason


def test_a_field_that_nobody_knows_is_unhandled() -> None:
    assert entry({"field": "history", "value": {}}).events == (Unhandled(reason="field history"),)


def test_a_person_wants_no_more_of_it_and_wants_it_again() -> None:
    wanted = Preference(address="ES.111", category="marketing_messages", opted_out=True, at=NOW, phone="34600111222")
    assert told("user_preferences") == wanted
    nodes = WHATSAPP_VALUES["user_preferences"]["user_preferences"]
    again = told("user_preferences", user_preferences=[{**nodes[0], "value": "resume"}], contacts=[])
    assert again == Preference(
        address="34600111222", category="marketing_messages", opted_out=False, at=NOW, phone="34600111222"
    )
    assert isinstance(told("user_preferences", user_preferences=[{**nodes[0], "value": "ponder"}]), Unhandled)


def test_the_owner_wrote_by_hand() -> None:
    assert told("smb_message_echoes") == Echo(
        key="wamid.ECHO",
        message_id="wamid.ECHO",
        chat_id="34600111222",
        sent_at=NOW,
        kind="text",
        text="Yo me encargo, Ana 😊",
        phone="34600111222",
    )


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("image", ("image", "el menú 🍽", None)),
        ("reaction", ("reaction", "👍🏽", "wamid.Q")),
        ("edit", ("edit", "mejor mañana 🙏", "wamid.Q")),
        ("revoke", ("deletion", "", "wamid.Q")),
        ("interactive_failed", ("unsupported", "", None)),
        ("newer", ("unsupported", "", None)),
    ],
)
def test_whatever_the_owner_does_by_hand_is_told(kind: str, expected: Any) -> None:
    node = {**whatsapp_message(kind), "from": "15550102030", "to": "34600111222"}
    result = told("smb_message_echoes", message_echoes=[node], **CONTACTS)
    assert isinstance(result, Echo)
    assert (result.kind, result.text, result.reply_to) == expected
    assert (result.chat_id, result.phone) == ("ES.111", "34600111222")
    assert bool(result.media) == (kind == "image")


def test_several_by_hand_lie_in_pieces_of_their_own() -> None:
    nodes = [
        {**whatsapp_message(message_id=f"wamid.{number}"), "to": number, "from": "15550102030"} for number in ("1", "2")
    ]
    contacts = [{"wa_id": "1", "user_id": "ES.1"}, {"wa_id": "2", "user_id": "ES.2"}]
    found = entry({"field": "smb_message_echoes", "value": {**METADATA, "contacts": contacts, "message_echoes": nodes}})
    assert found.account_keys == ("1155",)
    for each, piece in found.bodies():
        (again,) = whatsapp.parse(piece)
        assert again.events == (each,)
        assert b"ES.1" in piece or b"ES.2" in piece
        assert (b"ES.1" in piece) != (b"ES.2" in piece)
