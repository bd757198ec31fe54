"""Operators store credentials of tenants' tools and see how they do; nobody ever sees a value again."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tenants_app.models import AuditEntry, Secret, Tenant
from tenants_app.scope import tenant_scope
from tenants_app.vault import open_secret
from tests.admin.rows import TOKEN
from tests.admin.test_pages import list_url, page_url
from tests.admin.test_schedules import text_of
from tests.admin.test_tools import acts, fields_with_errors
from tests.tenant_tools import install
from tooling import credential_health
from tooling.models import Credential

OTHER = "another-value-entirely-77"


def url(verb: str, *args: Any) -> str:
    return reverse(f"admin:tooling_credential_{verb}", args=[str(arg) for arg in args])


def stored(tenant: Tenant, olivia: Client, **fields: Any) -> Credential:
    values = {"name": "mls", "kind": "bearer", "value": TOKEN, "check_url": "https://api.example.com/me", **fields}
    page = olivia.post(url("new", tenant.pk), values, follow=True).text
    assert TOKEN not in page
    return Credential.objects.select_related("tenant", "secret__data_key").get(tenant=tenant, name=values["name"])


def value_of(row: Credential) -> str:
    with tenant_scope(row.tenant):
        fresh = Credential.objects.select_related("secret__data_key").get(pk=row.pk)
        return open_secret(fresh.secret)


def test_a_value_goes_in_is_replaced_and_is_never_shown(acme: Tenant, olivia: Client) -> None:
    row = stored(acme, olivia)
    assert value_of(row) == TOKEN
    install(acme, "return 1", credentials=[{"name": "mls"}])
    pages = [list_url("tooling.credential"), page_url(row), url("edit", row.pk), url("remove", row.pk)]
    for each in pages:
        page = olivia.get(each).text
        assert TOKEN not in page
        assert bytes(row.secret.ciphertext).hex() not in page
    assert "lookup" in olivia.get(page_url(row)).text, "the tool that signs in with it"
    kept = {"kind": "bearer", "value": "", "check_url": "", "expires_on": "2030-01-31"}
    olivia.post(url("edit", row.pk), kept)
    row.refresh_from_db()
    assert (value_of(row), row.check_url) == (TOKEN, "")
    assert row.expires_at is not None
    assert row.expires_at.astimezone(ZoneInfo(acme.timezone)).isoformat().startswith("2030-01-31T23:59:59")
    assert 'value="2030-01-31"' in olivia.get(url("edit", row.pk)).text
    replaced = olivia.post(url("edit", row.pk), {**kept, "value": OTHER}, follow=True).text
    assert OTHER not in replaced
    assert value_of(row) == OTHER
    assert acts(acme) == ["credential.added", "credential.changed", "credential.changed"]
    trail = str(list(AuditEntry.objects.values_list("detail", flat=True)))
    assert TOKEN not in trail
    assert OTHER not in trail


def test_what_was_typed_wrong_is_not_shown_again(acme: Tenant, olivia: Client) -> None:
    wrong = {"name": "mls", "kind": "basic", "value": OTHER, "header": "X-Key"}
    page = olivia.post(url("new", acme.pk), wrong).text
    assert {*fields_with_errors(page)} == {"Header"}
    assert OTHER not in page
    page = olivia.post(url("new", acme.pk), {**wrong, "header": ""}).text
    assert fields_with_errors(page)["Value"] == "It must be user:password."
    assert OTHER not in page
    stored(acme, olivia)
    again = olivia.post(url("new", acme.pk), {"name": "mls", "kind": "bearer", "value": OTHER}).text
    assert "There is one of this name" in again
    assert value_of(Credential.objects.select_related("tenant").get()) == TOKEN
    assert Credential.objects.count() == 1


@pytest.mark.parametrize(
    ("days", "words", "colour"),
    [
        (-1, "expired", "bg-red-100"),
        (0.5, "today", "bg-red-100"),
        (13, "13 days", "bg-red-100"),
        (20, "20 days", "bg-green-100"),
    ],
)
def test_expiry_is_red_from_two_weeks_before(
    days: float, words: str, colour: str, acme: Tenant, olivia: Client
) -> None:
    row = stored(acme, olivia)
    expires = timezone.now() + timedelta(days=days, minutes=5)
    Credential.objects.update(expires_at=expires, health="works")
    for page in (olivia.get(list_url("tooling.credential")).text, olivia.get(page_url(row)).text):
        badge = re.search(rf'(?s)class="([^"]*)"\s*>\s*{words}\s*</span>', page)
        assert badge, text_of(page)
        assert colour in badge.group(1)


def test_checking_asks_the_service_and_tells_its_answer(acme: Tenant, olivia: Client, monkeypatch: Any) -> None:
    row = stored(acme, olivia, check_url="https://nowhere.invalid/me", name="local")
    told = olivia.post(url("check", row.pk), follow=True).text
    assert "The service was not reached" in told
    assert TOKEN not in told
    row.refresh_from_db()
    assert (row.health, row.checked_at is not None) == ("unreached", True)
    refused = (Credential.Health.REFUSED, "The service refuses it (401).")
    monkeypatch.setattr(credential_health, "ask", lambda *_: refused)
    assert "The service refuses it (401)." in olivia.post(url("check", row.pk), follow=True).text
    assert re.search(r"bg-red-100[^>]*>\s*Refused", olivia.get(list_url("tooling.credential")).text)
    assert olivia.get(url("check", row.pk)).status_code == 405


def test_deleting_takes_the_value_along(acme: Tenant, olivia: Client) -> None:
    row = stored(acme, olivia)
    assert Secret.objects.filter(pk=row.secret_id).exists()
    olivia.post(url("remove", row.pk))
    assert not Credential.objects.exists()
    assert not Secret.objects.filter(pk=row.secret_id).exists()
    assert acts(acme)[-1] == "credential.deleted"


def test_the_right_to_see_is_not_the_right_to_change(acme: Tenant, olivia: Client, trainee: Client) -> None:
    row = stored(acme, olivia)
    User.objects.get(username="trainee").user_permissions.set(Permission.objects.filter(codename="view_credential"))
    assert trainee.get(page_url(row)).status_code == 200
    assert "Change or replace it" not in trainee.get(page_url(row)).text
    for verb in ("edit", "check", "remove"):
        assert trainee.post(url(verb, row.pk), {"kind": "bearer", "value": OTHER}).status_code == 403
    assert trainee.post(url("new", acme.pk), {"name": "x", "kind": "bearer", "value": OTHER}).status_code == 403
    assert value_of(row) == TOKEN
