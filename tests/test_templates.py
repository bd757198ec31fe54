"""The catalogue of templates follows the service: listed whole, corrected at once, never half."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from messaging import templates
from messaging.channels.base import TransportError
from messaging.models import ChannelAccount, DeadLetter, Template
from tenants_app.models import Contact
from tenants_app.scope import tenant_scope
from tests.house import House
from tests.test_window import change_at_service, says_late, sent_templates, state_of

DRINKS = [{"name": f"drink_{number}", "language": "en_US", "body": f"Nº {number}: {{{{1}}}}"} for number in range(230)]


def catalogue(house: House) -> dict[tuple[str, str], tuple[str, str]]:
    with tenant_scope(house.tenant):
        return {(row.name, row.language): (row.status, row.purpose) for row in Template.objects.all()}


def synced(house: House) -> int:
    return templates.sync(house.tenant.pk, house.accounts["whatsapp"].pk)


def told(house: House, event: str, name: str = "reminder", **more: Any) -> None:
    """What Meta sends when it has looked at a template."""
    value = {
        "event": event,
        "message_template_id": 1600000000000002,
        "message_template_name": name,
        "message_template_language": "es",
        "reason": None,
        **more,
    }
    change = {"field": "message_template_status_update", "value": value}
    entry = {"id": house.waba_id, "time": int(time.time()), "changes": [change]}
    body = {"object": "whatsapp_business_account", "entry": [entry]}
    assert house.post_whatsapp(json.dumps(body).encode()).status_code == 200


def test_connecting_an_account_brings_its_templates_and_what_they_are_for(house: House) -> None:
    assert catalogue(house) == {
        ("hello_world", "en_US"): ("approved", ""),
        ("reminder", "en"): ("approved", "reminder"),
        ("reminder", "es"): ("approved", "reminder"),
        ("assistant_message", "en"): ("approved", "message"),
        ("assistant_message", "es"): ("approved", "message"),
    }


def test_an_account_is_connected_also_where_its_templates_cannot_be_listed(house: House) -> None:
    match = {"method": "message_templates"}
    house.whatsapp.post("faults", faults=[{"kind": "error", "code": 10, "status": 403}], match=match)
    house.connect_whatsapp_again()
    assert len(catalogue(house)) == 5


def test_a_long_list_is_read_to_its_end(house: House) -> None:
    house.whatsapp.post("templates", waba_id=house.waba_id, templates=DRINKS)
    assert synced(house) == 235
    assert len(catalogue(house)) == 235
    pages = house.whatsapp.calls("GET", containing="message_templates")[-3:]
    assert len(pages) == 3


def test_a_list_that_breaks_off_changes_nothing(house: House) -> None:
    house.whatsapp.post("templates", waba_id=house.waba_id, templates=DRINKS)
    house.whatsapp.post("faults", faults=[{"kind": "error"}], match={"method": "message_templates"}, skip=1)
    before = catalogue(house)
    with pytest.raises(TransportError):
        synced(house)
    assert catalogue(house) == before


def test_what_the_service_no_longer_lists_is_gone_and_what_operators_set_stays(house: House) -> None:
    with tenant_scope(house.tenant):
        Template.objects.filter(name="reminder").update(purpose="appointments")
    change_at_service(house, "reminder", "en", "DELETED")
    change_at_service(house, "reminder", "es", "REJECTED")
    assert synced(house) == 4
    assert catalogue(house)["reminder", "en"] == ("gone", "appointments")
    assert catalogue(house)["reminder", "es"] == ("rejected", "appointments")
    change_at_service(house, "reminder", "en", "APPROVED")
    synced(house)
    assert catalogue(house)["reminder", "en"] == ("approved", "appointments")


@pytest.mark.parametrize(
    ("status", "kept"),
    [("PENDING", "pending"), ("IN_APPEAL", "rejected"), ("PAUSED", "paused"), ("DISABLED", "disabled")],
)
def test_the_states_are_the_services(house: House, status: str, kept: str) -> None:
    change_at_service(house, "assistant_message", "en", status)
    synced(house)
    assert state_of(house, "assistant_message", "en") == kept


def test_a_refused_token_is_told_as_such(house: House) -> None:
    house.whatsapp.post("accounts", phone_number_id=house.phone_number_id, token_status="expired")
    with pytest.raises(TransportError) as caught:
        synced(house)
    assert caught.value.unauthorized


def test_a_channel_without_templates_has_none(house: House) -> None:
    account = house.connect_telegram()
    assert templates.sync(house.tenant.pk, account.pk) == 0


@pytest.mark.parametrize(
    ("event", "state"),
    [
        ("PAUSED", "paused"),
        ("REJECTED", "rejected"),
        ("DISABLED", "disabled"),
        ("PENDING_DELETION", "disabled"),
        ("FLAGGED", "approved"),
        ("SOMETHING_NEW", "approved"),
    ],
)
def test_what_meta_tells_of_a_template_counts_at_once(house: House, event: str, state: str) -> None:
    told(house, event, reason="INVALID_FORMAT")
    told(house, event, reason="INVALID_FORMAT")
    assert state_of(house, "reminder", "es") == state
    assert state_of(house, "reminder", "en") == "approved"
    with tenant_scope(house.tenant):
        assert {letter.reason.partition(":")[0] for letter in DeadLetter.objects.all()} == {
            "message_template_status_update"
        }
    told(house, "APPROVED")
    assert state_of(house, "reminder", "es") == "approved"


def test_a_template_that_is_not_known_here_has_the_account_looked_at(house: House) -> None:
    with tenant_scope(house.tenant):
        ChannelAccount.objects.update(checked_at="2026-11-22T12:00:00Z")
    told(house, "APPROVED", name="brand_new")
    with tenant_scope(house.tenant):
        assert ChannelAccount.objects.get().checked_at is None
    assert ("brand_new", "es") not in catalogue(house)


def test_a_template_that_is_paused_by_webhook_is_not_tried(house: House) -> None:
    with tenant_scope(house.tenant):
        Contact.objects.filter(name="Alice").update(language="es")
    told(house, "PAUSED", name="assistant_message")
    house.script({"text": "Hola"})
    says_late(house, "¿hay mesa?")
    house.work()
    assert sent_templates(house) == [("assistant_message", "en", ["Hola"])]


def part(**fields: Any) -> Template:
    values = {"name": "news", "language": "en", "body": "News: {{1}}", "components": [], "purpose": "message"}
    return Template(**{**values, **fields})


WANTED = templates.Wanted(text="Hi", purpose="", name="Alice", languages=["en"])


@pytest.mark.parametrize(
    ("body", "values"),
    [
        ("News: {{1}}", ["Hi"]),
        ("Dear {{1}}, {{2}}", ["Alice", "Hi"]),
        ("Hello World", None),
        ("{{1}} {{2}} {{3}}", None),
        ("{{2}} for {{1}}", None),
        ("News for {{customer_name}}", None),
        ("{{1}} and again {{1}}", None),
    ],
)
def test_a_template_takes_a_text_or_a_name_and_a_text(body: str, values: list[str] | None) -> None:
    assert templates.values_for(part(body=body), WANTED) == values


@pytest.mark.parametrize(
    ("component", "fits"),
    [
        ({"type": "HEADER", "format": "TEXT", "text": "News"}, True),
        ({"type": "HEADER", "format": "TEXT", "text": "News for {{1}}"}, False),
        ({"type": "HEADER", "format": "DOCUMENT"}, False),
        ({"type": "FOOTER", "text": "Write STOP"}, True),
        ({"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Yes"}]}, True),
        ({"type": "BUTTONS", "buttons": [{"type": "URL", "url": "https://a.example/"}]}, True),
        ({"type": "BUTTONS", "buttons": [{"type": "URL", "url": "https://a.example/{{1}}"}]}, False),
        ({"type": "BUTTONS", "buttons": [{"type": "OTP"}]}, False),
        ({"type": "CAROUSEL", "cards": []}, False),
    ],
)
def test_one_that_wants_anything_else_filled_in_does_not_fit(component: dict[str, Any], fits: bool) -> None:
    body = {"type": "BODY", "text": "News: {{1}}"}
    assert (templates.values_for(part(components=[component, body]), WANTED) is not None) is fits


def test_a_name_that_is_not_known_is_not_made_up() -> None:
    nameless = templates.Wanted(text="Hi", purpose="", name="", languages=["en"])
    assert templates.values_for(part(body="Dear {{1}}, {{2}}"), nameless) is None


def test_the_very_language_goes_before_another_countrys() -> None:
    rows = [part(language=code) for code in ("en", "es_ES", "es_MX", "es", "pt_BR")]
    ranked = sorted(templates.ranks(rows, ["message"], ["es-MX", "en"]), key=lambda each: each[0])
    assert ranked[0][1].language == "es_MX"
    assert {row.language for _, row in ranked} == {"es_MX", "es_ES", "es", "en"}
    assert ranked[-1][1].language == "en"
