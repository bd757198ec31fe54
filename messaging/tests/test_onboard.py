"""`manage.py onboard`, as an operator and as a script use it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import requests
from django.core.management import CommandError, call_command

from messaging.models import ChannelAccount, Conversation
from tenants_app.models import Contact, ContactAddress, Tenant
from tenants_app.scope import tenant_scope
from tests.doubles import Double
from tests.fixtures import as_role
from tests.house import House

WHATSAPP = {
    "phone_number_id": "106540352242922",
    "waba_id": "102290129340398",
    "access_token": "EAAG-token",
    "app_secret": "s3cret",
}


@pytest.fixture
def operator(database: None, doubles: dict[str, Double], settings: Any) -> Iterator[dict[str, Double]]:
    """The command runs as the operator, against the doubles."""
    settings.SIMULATED = {"anthropic", "whatsapp", "telegram"}
    with as_role("operator"):
        yield doubles


def onboard(**options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("onboard", json=True, stdout=out, **options)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def test_a_tenant_stands_alone_without_a_channel(operator: Any) -> None:
    assert onboard(name="Acme Homes") == {"tenant": "acme-homes", "accounts": [], "pairing_link": None}
    assert Contact.objects.get().role == Contact.Role.OWNER


def test_whatsapp_is_checked_subscribed_and_answers_with_what_to_paste(operator: dict[str, Double]) -> None:
    owner = "whatsapp:+1 555 010-0001"
    answer = onboard(name="Acme", slug="acme", channel=["whatsapp"], owner_address=owner, **WHATSAPP)
    [account] = answer["accounts"]
    assert account["webhook_url"].startswith("http://127.0.0.1:8000/webhooks/whatsapp/")
    assert account["verify_token"]
    assert answer["pairing_link"].startswith("https://wa.me/")
    assert "PAIR-" in answer["pairing_link"]
    assert operator["whatsapp"].calls(containing="/102290129340398/subscribed_apps")
    assert ContactAddress.objects.get().address == "15550100001"


def test_telegram_sets_its_webhook_with_a_secret(operator: dict[str, Double]) -> None:
    token = "7000000001:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"
    answer = onboard(name="Acme", channel=["telegram"], bot_token=token, owner_address="700001")
    [call] = operator["telegram"].calls(containing="/setWebhook")
    assert call["body"]["url"] == answer["accounts"][0]["webhook_url"]
    assert len(call["body"]["secret_token"]) >= 32
    assert answer["pairing_link"].startswith("https://t.me/sim_7000000001_bot?start=PAIR-")


def test_running_it_again_changes_nothing_but_what_was_given(operator: Any) -> None:
    first = onboard(name="Acme", slug="acme", channel=["whatsapp"], **WHATSAPP)
    again = onboard(slug="acme", name="Acme Homes", timezone="America/Chicago", channel=["whatsapp"], **WHATSAPP)
    assert again["accounts"][0]["id"] == first["accounts"][0]["id"]
    assert again["accounts"][0]["webhook_url"] == first["accounts"][0]["webhook_url"]
    assert again["pairing_link"] != first["pairing_link"]
    tenant = Tenant.objects.get()
    assert (tenant.name, tenant.timezone) == ("Acme Homes", "America/Chicago")
    assert ChannelAccount.objects.count() == 1


def test_one_app_serves_two_tenants_with_two_numbers(operator: Any) -> None:
    first = onboard(name="Acme", channel=["whatsapp"], **WHATSAPP)
    second = onboard(name="Globex", channel=["whatsapp"], **WHATSAPP | {"phone_number_id": "206540352242922"})
    assert first["accounts"][0]["webhook_url"] == second["accounts"][0]["webhook_url"]


def test_a_number_belongs_to_one_tenant(operator: Any) -> None:
    onboard(name="Acme", channel=["whatsapp"], **WHATSAPP)
    with pytest.raises(CommandError, match="belongs to another tenant"):
        onboard(name="Globex", channel=["whatsapp"], **WHATSAPP)


def test_refused_credentials_are_named_and_the_tenant_stays(operator: dict[str, Double]) -> None:
    operator["whatsapp"].post("accounts", phone_number_id=WHATSAPP["phone_number_id"], token_status="revoked")
    with pytest.raises(CommandError, match="WhatsApp refuses the credentials"):
        onboard(name="Acme", slug="acme", channel=["whatsapp"], **WHATSAPP)
    assert Tenant.objects.filter(slug="acme").exists()
    assert not ChannelAccount.objects.exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "--name is missing"),
        ({"name": "Acme", "timezone": "Mars/Base"}, "IANA time zone"),
        ({"name": "Acme", "slug": "Not A Slug"}, "lower-case letters"),
        ({"name": "Acme", "owner_address": "fax:1"}, "KIND:ID"),
        ({"name": "Acme", "channel": ["telegram"], "owner_address": "telegram:alice"}, "numeric user id"),
    ],
)
def test_a_mistake_is_named_with_what_to_do(operator: Any, options: dict[str, Any], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        onboard(**options)


def test_a_real_service_needs_a_public_https_url(operator: Any, settings: Any) -> None:
    settings.SIMULATED = set()
    with pytest.raises(CommandError, match="PUBLIC_URL"):
        onboard(name="Acme", channel=["telegram"], bot_token="7000000001:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1")


def test_the_demo_is_there_twice_over(operator: dict[str, Double]) -> None:
    first, second = onboard(demo=True), onboard(demo=True)
    assert first["tenant"] == second["tenant"] == "demo"
    assert {account["kind"] for account in first["accounts"]} == {"telegram", "whatsapp"}
    assert {address.address for address in ContactAddress.objects.all()} == {"15550100001", "700001"}
    accounts = requests.get(f"{operator['whatsapp'].url}/_sim/accounts", timeout=5).json()["accounts"]
    assert len(accounts) == 1


def test_the_pairing_code_links_whoever_sends_it_first_and_nobody_after(house: House) -> None:
    from messaging.onboarding import owner_of
    from messaging.pairing import new_code

    with tenant_scope(house.tenant):
        code = new_code(house.tenant, owner_of(house.tenant))
    house.says(f"Hello! {code}", "15557770001")
    house.says(f"Hello! {code}", "15557770002")
    house.work()
    [welcome] = (
        house.sent()
    )  # the first is the owner now; the second is an outsider, and a used code tells them nothing
    assert welcome.startswith("Welcome! This chat is linked to Acme now, and I know you as its owner.")
    with tenant_scope(house.tenant):
        roles = dict(ContactAddress.objects.values_list("address", "contact__role"))
        assert roles["15557770001"] == Contact.Role.OWNER
        assert roles["15557770002"] == Contact.Role.CUSTOMER
        assert Conversation.objects.get(chat_id="15557770001").contact.role == Contact.Role.OWNER


def test_an_owner_linked_by_number_is_called_as_they_call_themselves(house: House) -> None:
    house.link("whatsapp", "15557770009", Contact.Role.STAFF, "")
    house.script({"text": "Hello"})
    house.says("hi", "15557770009")
    house.work()
    with tenant_scope(house.tenant):
        assert ContactAddress.objects.get(address="15557770009").contact.name == "Someone"
    [call] = house.anthropic.calls(containing="/v1/messages")
    assert "From: Someone, staff" in call["body"]["messages"][0]["content"][0]["text"]


def test_an_old_code_links_nobody(house: House) -> None:
    from datetime import timedelta

    from django.utils import timezone

    from messaging.models import PairingCode
    from messaging.onboarding import owner_of
    from messaging.pairing import new_code

    with tenant_scope(house.tenant):
        code = new_code(house.tenant, owner_of(house.tenant))
        PairingCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    house.says(code, "15557770003")
    house.work()
    assert house.sent() == []
