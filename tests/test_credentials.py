"""Credentials: kept sealed, given to runs, checked by one GET, warned of; their value is shown nowhere."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from tenants_app.models import AuditEntry, OperatorAlert, Secret, Tenant
from tenants_app.scope import tenant_scope
from tests.fixtures import as_role
from tooling import credential_health, credentials, versions
from tooling.credentials import CredentialError, Facts
from tooling.drafts import Draft
from tooling.egress import Proxy
from tooling.egress.tests.ways import LOOPBACK, names_to, only_loopback
from tooling.models import Credential, ToolVersion
from tooling.registry import ToolError
from tooling.tests.servers import Connection, serving

BY = "operator:alice"
VALUE = "sk-live-4711-abcdef"
proxy_to_loopback = partial(Proxy, resolve=names_to(LOOPBACK), reachable=only_loopback)


def save(tenant: Tenant, name: str = "mls", value: str | None = VALUE, **facts: Any) -> Credential:
    with tenant_scope(tenant):
        return credentials.save(tenant, name, Facts(**facts), value, actor=BY)


def version_of(tenant: Tenant, *declared: dict[str, str]) -> ToolVersion:
    draft = Draft(
        name="lookup",
        description="Look up.",
        source="def run(args, context):\n    return {}\n",
        hosts=["api.example.com", "other.example.com"],
        credentials=list(declared),
    )
    with tenant_scope(tenant):
        return versions.save(tenant, draft, actor=BY).version


def held(tenant: Tenant, *declared: dict[str, str]) -> credentials.Held:
    version = version_of(tenant, *declared)
    with tenant_scope(tenant):
        return credentials.for_version(tenant, version)


def trail(tenant: Tenant) -> list[tuple[str, str]]:
    with tenant_scope(tenant):
        return list(AuditEntry.objects.filter(tenant=tenant).order_by("at").values_list("actor", "action"))


def alerts(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant):
        return list(OperatorAlert.objects.filter(tenant=tenant, resolved_at=None).values_list("text", flat=True))


# --- Kept -------------------------------------------------------------------------------------------------------------


def test_the_value_stands_in_no_row(acme: Tenant) -> None:
    save(acme)
    with tenant_scope(acme), connection.cursor() as cursor:
        for table in ("tooling_credential", "tenants_app_secret", "tenants_app_auditentry"):
            cursor.execute(f"SELECT row_to_json({table})::text FROM {table}")
            rows = " ".join(row[0] for row in cursor.fetchall())
            assert rows
            assert VALUE not in rows
            assert VALUE.encode().hex() not in rows


def test_a_new_value_takes_the_place_of_the_old(acme: Tenant) -> None:
    first = save(acme)
    second = save(acme, value="another-value")
    assert first.pk == second.pk
    assert held(acme, {"name": "mls"}).secrets == {"mls": "another-value"}
    with tenant_scope(acme):
        assert Secret.objects.filter(tenant=acme, name="tool:mls").count() == 1
    assert trail(acme)[:2] == [(BY, "credential.added"), (BY, "credential.changed")]


def test_facts_can_change_without_the_value(acme: Tenant) -> None:
    save(acme)
    save(acme, value=None, header="X-Token")
    assert held(acme, {"name": "mls", "host": "api.example.com"}).injections["api.example.com"].name == "X-Token"


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("value", {"value": None}),
        ("value", {"value": ""}),
        ("value", {"value": "abc"}),
        ("value", {"value": "two\nlines"}),
        ("value", {"value": "a\0bcdef"}),
        ("value", {"value": "x" * 8001}),
        ("value", {"kind": "basic", "value": "no-colon"}),
        ("value", {"kind": "bearer", "value": "pässword"}),
        ("value", {"header": "not a header"}),
        ("value", {"header": "Host"}),
        ("header", {"kind": "bearer", "header": "X-Token"}),
        ("parameter", {"header": "X-Token", "parameter": "key"}),
        ("kind", {"kind": "oauth"}),
        ("name", {"name": "Not A Name"}),
        ("check_url", {"check_url": "api.example.com/me"}),
        ("check_url", {"check_url": "https://127.0.0.1/me"}),
        ("check_url", {"check_url": "ftp://api.example.com/me"}),
    ],
)
def test_what_cannot_work_is_refused_by_its_field(acme: Tenant, field: str, given: dict[str, Any]) -> None:
    with pytest.raises(CredentialError) as caught:
        save(acme, **given)
    assert caught.value.field == field
    value = given.get("value", VALUE)
    assert not value or value not in str(caught.value)
    with tenant_scope(acme):
        assert not Secret.objects.filter(tenant=acme).exists()


def test_deleted_for_good(acme: Tenant) -> None:
    row = save(acme)
    with tenant_scope(acme):
        credentials.delete(Credential.objects.select_related("tenant").get(pk=row.pk), actor=BY)
        assert not Credential.objects.filter(tenant=acme).exists()
        assert not Secret.objects.filter(tenant=acme).exists()
    with pytest.raises(ToolError, match="“mls” that this tool signs in with is not stored"):
        held(acme, {"name": "mls"})


# --- Used -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "value", "headers", "target"),
    [
        ({"kind": "bearer"}, VALUE, [(b"Authorization", f"Bearer {VALUE}".encode())], "/x"),
        ({"kind": "basic"}, "ann:pass:word", [(b"Authorization", b"Basic YW5uOnBhc3M6d29yZA==")], "/x"),
        ({}, VALUE, [(b"X-Api-Key", VALUE.encode())], "/x"),
        ({"header": "X-Token"}, VALUE, [(b"X-Token", VALUE.encode())], "/x"),
        ({"parameter": "key"}, "a&b=c", [], "/x?key=a%26b%3Dc"),
    ],
)
def test_each_kind_has_its_place(acme: Tenant, facts: Any, value: str, headers: Any, target: str) -> None:
    save(acme, value=value, **facts)
    given = held(acme, {"name": "mls", "host": "api.example.com"})
    assert given.injections["api.example.com"].into("/x", []) == (target, headers)
    assert given.secrets == {}
    assert value in given.known


def test_a_script_gets_only_what_it_declares_without_a_host(acme: Tenant) -> None:
    save(acme, "one", "value-one")
    save(acme, "two", "value-two")
    save(acme, "three", "value-three")
    given = held(acme, {"name": "one"}, {"name": "two", "host": "api.example.com"})
    assert given.secrets == {"one": "value-one"}
    assert set(given.injections) == {"api.example.com"}
    assert set(given.known) == {"value-one", "value-two"}
    assert "value" not in repr(given)


def test_use_is_counted_and_noted_once_a_day_for_each_tool(acme: Tenant) -> None:
    save(acme)
    version = version_of(acme, {"name": "mls"})
    for _ in range(3):
        with tenant_scope(acme):
            credentials.for_version(acme, version)
    with tenant_scope(acme):
        row = Credential.objects.get(tenant=acme)
        assert row.uses == 3
        assert row.used_at is not None
    assert trail(acme).count(("tool:lookup", "credential.used")) == 1


def test_one_tenants_is_not_anothers(acme: Tenant, globex: Tenant) -> None:
    save(acme)
    with pytest.raises(ToolError, match="is not stored"):
        held(globex, {"name": "mls"})


def test_rotation_seals_it_anew_and_it_still_opens(acme: Tenant) -> None:
    save(acme)
    with tenant_scope(acme):
        before = bytes(Secret.objects.get(tenant=acme).ciphertext)
    with as_role("operator"):
        call_command("rotate_keys", "--data-keys", stdout=io.StringIO())
    with tenant_scope(acme):
        assert bytes(Secret.objects.get(tenant=acme).ciphertext) != before
    assert held(acme, {"name": "mls"}).secrets == {"mls": VALUE}


# --- Checked ----------------------------------------------------------------------------------------------------------


class Service:
    """Answers with `status`, and remembers what it was asked."""

    def __init__(self) -> None:
        self.status = "200 OK"
        self.asked: list[Connection] = []

    def __call__(self, connection: Connection) -> None:
        self.asked.append(connection)
        connection.answer(b"{}", status=self.status, Location="https://elsewhere.example.com/")


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def url(service: Service) -> Iterator[str]:
    with serving(service) as port:
        yield f"http://api.example.com:{port}/v1/me?a=1#part"


def checked(tenant: Tenant, row: Credential) -> Credential:
    credential_health.check(tenant, row.pk, make_proxy=proxy_to_loopback)
    with tenant_scope(tenant):
        return Credential.objects.select_related("tenant").get(pk=row.pk)


@pytest.mark.parametrize(
    ("status", "health"),
    [
        ("200 OK", "works"),
        ("204 No Content", "works"),
        ("302 Found", "works"),
        ("401 Unauthorized", "refused"),
        ("403 Forbidden", "refused"),
        ("404 Not Found", "unreached"),
        ("500 Internal Server Error", "unreached"),
    ],
)
def test_one_get_tells(acme: Tenant, service: Service, url: str, status: str, health: str) -> None:
    service.status = status
    row = checked(acme, save(acme, kind="bearer", check_url=url))
    assert row.health == health
    assert row.checked_at is not None
    assert status[:3] in row.health_detail
    [asked] = service.asked
    assert asked.head.startswith(b"GET /v1/me?a=1 HTTP/1.1")
    assert asked.header("Authorization") == f"Bearer {VALUE}"
    assert len(alerts(acme)) == (health == "refused")


def test_a_service_that_is_not_there(acme: Tenant) -> None:
    row = checked(acme, save(acme, check_url="http://api.example.com:9/me"))
    assert row.health == "unreached"


def test_no_way_to_what_is_not_public(acme: Tenant, service: Service, url: str) -> None:
    row = save(acme, check_url=url)
    credential_health.check(acme, row.pk, make_proxy=partial(Proxy, resolve=names_to(LOOPBACK)))
    with tenant_scope(acme):
        row.refresh_from_db()
    assert (row.health, row.health_detail) == (
        "unreached", "The service was not reached (destination_ip_prohibited)."
    )  # fmt: skip
    assert service.asked == []


def test_without_an_address_nobody_knows(acme: Tenant) -> None:
    row = checked(acme, save(acme))
    assert (row.health, credential_health.is_failure(row)) == ("unknown", False)


def test_a_value_that_was_entered_meanwhile_is_not_called_refused(acme: Tenant, service: Service, url: str) -> None:
    row = save(acme, check_url=url)

    def replaced(**given: Any) -> Proxy:
        save(acme, value="a-newer-value", check_url=url)
        return proxy_to_loopback(**given)

    service.status = "401 Unauthorized"
    credential_health.check(acme, row.pk, make_proxy=replaced)
    with tenant_scope(acme):
        row.refresh_from_db()
    assert row.health == "unknown"
    assert alerts(acme) == []


def test_a_refused_one_alerts_until_it_works_or_is_entered_anew(acme: Tenant, service: Service, url: str) -> None:
    service.status = "401 Unauthorized"
    row = save(acme, check_url=url)
    checked(acme, row)
    checked(acme, row)
    assert alerts(acme) == ["The credential “mls” does not work: The service refuses it (401)."]
    service.status = "503 Service Unavailable"
    checked(acme, row)
    assert len(alerts(acme)) == 1, "nobody knows"
    service.status = "200 OK"
    checked(acme, row)
    assert alerts(acme) == []
    service.status = "401 Unauthorized"
    checked(acme, row)
    save(acme, check_url=url)
    assert alerts(acme) == []


def test_expiry_is_warned_of_two_weeks_before(acme: Tenant) -> None:
    now = timezone.now()
    save(acme, "soon", expires_at=now + timedelta(days=13))
    save(acme, "later", expires_at=now + timedelta(days=15))
    save(acme, "over", expires_at=now - timedelta(hours=1))
    credential_health.watch(acme.pk)
    credential_health.watch(acme.pk)
    texts = sorted(alerts(acme))
    assert [text.split(" on ")[0] for text in texts] == [
        "The credential “over” expired",
        "The credential “soon” expires",
    ]
    save(acme, "soon", None, expires_at=now + timedelta(days=365))
    assert len(alerts(acme)) == 1


def test_what_was_not_checked_for_a_day_is(acme: Tenant) -> None:
    row = save(acme, check_url="http://api.example.com:9/me")
    credential_health.watch(acme.pk)
    with tenant_scope(acme):
        first = Credential.objects.get(pk=row.pk).checked_at
    credential_health.watch(acme.pk)
    with tenant_scope(acme):
        assert first is not None
        assert Credential.objects.get(pk=row.pk).checked_at == first
        Credential.objects.filter(pk=row.pk).update(checked_at=first - timedelta(hours=25))
    credential_health.watch(acme.pk)
    with tenant_scope(acme):
        last = Credential.objects.get(pk=row.pk).checked_at
        assert last is not None
        assert last > first


# --- Commands ---------------------------------------------------------------------------------------------------------


def command(*words: str, typed: str = "", monkeypatch: pytest.MonkeyPatch | None = None) -> tuple[str, str]:
    """What it prints, and how it fails."""
    out, failed = io.StringIO(), ""
    if monkeypatch:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    with as_role("operator"):
        try:
            call_command(*words, stdout=out)
        except CommandError as error:
            failed = str(error)
    return out.getvalue(), failed


def test_it_is_added_from_standard_input(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("add_credential", "--tenant", "acme", "mls", "--kind", "bearer", "--expires", "2099-06-30")
    out, failed = command(*words, typed=f"{VALUE}\n", monkeypatch=monkeypatch)
    assert (failed, VALUE in out) == ("", False)
    assert "It expires on 2099-06-30" in out
    assert held(acme, {"name": "mls"}).secrets == {"mls": VALUE}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--tenant", "nobody", "mls"), "There is no tenant “nobody”"),
        (("--tenant", "acme", "mls", "--expires", "soon"), "--expires is a date"),
        (("--tenant", "acme", "mls", "--expires", "2027-02-31"), "--expires is a date"),
        (("--tenant", "acme", "M L S"), "name: Use lower-case"),
        (("--tenant", "acme", "mls", "--kind", "basic"), "value: It must be user:password"),
    ],
)
def test_what_is_wrong_is_said(acme: Tenant, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], why: str) -> None:
    _, failed = command("add_credential", *words, typed=VALUE, monkeypatch=monkeypatch)
    assert why in failed


def test_checking_all_of_them(acme: Tenant, globex: Tenant) -> None:
    save(acme, "good", expires_at=timezone.now() + timedelta(days=365))
    save(globex, "over", expires_at=timezone.now() - timedelta(days=2))
    out, failed = command("check_credentials", "--json")
    shown = {row["name"]: row for row in json.loads(out)["credentials"]}
    assert (shown["good"]["expired"], shown["over"]["expired"], shown["over"]["tenant"]) == (False, True, "globex")
    assert failed == "1 of 2 credentials do not work."
    out, failed = command("check_credentials", "--tenant", "acme")
    assert failed == ""
    assert out.startswith("acme  good: ")
    assert command("check_credentials", "--tenant", "nobody")[1] == "There is no tenant “nobody”."


def test_facts_are_what_the_model_says() -> None:
    assert {*vars(Facts())} <= {field.name for field in Credential._meta.fields}
    assert replace(Facts(), kind="basic").kind in Credential.Kind.values
