"""Who may see what, and that looking is written down."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from messaging.models import Conversation, DeadLetter
from tenants_app import crossings
from tenants_app.models import AuditEntry, InstallationEvent, Tenant
from tests.admin.rows import furnish
from tests.admin.test_pages import MODELS, list_url, page_url

CHANGEABLE = {
    *("tenants_app.tenant", "tenants_app.contact", "messaging.channelaccount", "messaging.template"),
    *("tenants_app.price", "auth.user", "auth.group", "memory.folder"),
}


def views(tenant: Tenant) -> list[str]:
    rows = AuditEntry.objects.filter(tenant=tenant, action="viewed", actor="operator:olivia").order_by("id")
    return list(rows.values_list("subject", flat=True))


@pytest.mark.parametrize("label", MODELS)
def test_a_stranger_is_sent_to_the_login(label: str, admin_process: None) -> None:
    response = Client().get(list_url(label))
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("admin:login"))


@pytest.mark.parametrize("label", MODELS)
def test_staff_without_rights_see_nothing(label: str, acme: Tenant, trainee: Client) -> None:
    turn = furnish(acme)
    assert trainee.get(list_url(label)).status_code == 403
    for row in (acme, turn, turn.conversation):
        assert trainee.get(page_url(row)).status_code in (302, 403)
    overview = trainee.get(reverse("admin:index"))
    assert overview.status_code == 200
    assert "house-card__main" not in overview.text
    assert f'href="{list_url(label)}"' not in overview.text
    for verb, row in (("pause_one", acme), ("delete", acme)):
        url = reverse(f"admin:tenants_app_tenant_{verb}", args=[row.pk])
        assert trainee.post(url, {"_form_submitted": "True", "reason": "x", "slug": "acme"}).status_code == 403
    assert Tenant.objects.get().status == "active"


def test_the_right_to_see_is_not_the_right_to_act(acme: Tenant, trainee: Client) -> None:
    from django.contrib.auth.models import User

    for codename in ("view_tenant", "view_delivery", "view_operatoralert"):
        User.objects.get().user_permissions.add(Permission.objects.get(codename=codename))
    furnish(acme)
    assert trainee.get(page_url(acme)).status_code == 200
    for label in ("tenants_app.tenant", "messaging.delivery", "tenants_app.operatoralert"):
        page = trainee.get(list_url(label)).text
        for action in ("pause_selected", "resend_selected", "resolve"):
            assert f'value="{action}"' not in page
    url = reverse("admin:tenants_app_tenant_resume_one", args=[acme.pk])
    assert trainee.post(url, {"_form_submitted": "True"}).status_code == 403


@pytest.mark.parametrize("label", sorted(set(MODELS) - CHANGEABLE))
def test_a_journal_cannot_be_changed(label: str, acme: Tenant, olivia: Client) -> None:
    furnish(acme)
    model = admin.site._registry[next(each for each in admin.site._registry if each._meta.label_lower == label)].model
    assert olivia.get(list_url(label)).status_code == 200
    add = reverse(f"admin:{label.replace('.', '_')}_add")
    assert olivia.get(add).status_code == 403
    row: Any = model._default_manager.first()
    if row is None:
        return
    values = model._default_manager.filter(pk=row.pk).values().get()
    assert olivia.post(page_url(row), dict.fromkeys(values, "1")).status_code == 403
    assert (
        olivia.post(reverse(f"admin:{label.replace('.', '_')}_delete", args=[row.pk]), {"post": "yes"}).status_code
        == 403
    )
    assert model._default_manager.filter(pk=row.pk).values().get() == values


def test_looking_is_noted_once_an_hour(acme: Tenant, globex: Tenant, olivia: Client, monkeypatch: Any) -> None:
    turn = furnish(acme)
    furnish(globex)
    letter = DeadLetter.objects.get(tenant=acme)
    for _ in range(2):
        for row in (turn.conversation, turn, letter):
            assert olivia.get(page_url(row)).status_code == 200
    assert views(acme) == [f"conversation {turn.conversation_id}", f"turn {turn.pk}", f"deadletter {letter.pk}"]
    assert views(globex) == [], "nobody looked there"
    monkeypatch.setattr(crossings, "VIEW_AGAIN", timedelta(0))
    olivia.get(page_url(turn))
    assert views(acme)[-1] == f"turn {turn.pk}"
    assert len(views(acme)) == 4


def test_a_list_of_what_people_said_is_noted_for_each_tenant(acme: Tenant, globex: Tenant, olivia: Client) -> None:
    furnish(acme)
    furnish(globex)
    olivia.get(list_url("messaging.conversation"), {"tenant__id__exact": str(acme.pk)})
    assert (views(acme), views(globex)) == (["list of conversations"], [])
    olivia.get(list_url("messaging.conversation"))
    assert (views(acme), views(globex)) == (["list of conversations"], ["list of conversations"])
    assert Conversation.objects.count() == 2


def test_looking_at_what_no_tenant_has_is_an_event(acme: Tenant, olivia: Client) -> None:
    from messaging.models import UnroutedWebhook

    furnish(acme)
    olivia.get(page_url(UnroutedWebhook.objects.get()))
    assert InstallationEvent.objects.get(kind="unroutedwebhook.viewed").actor == "operator:olivia"


def test_only_superusers_manage_operators(trainee: Client) -> None:
    from django.contrib.auth.models import User

    user = User.objects.get()
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="auth"))
    assert trainee.get(list_url("auth.user")).status_code == 403
    trainee.post(page_url(user), {"username": "trainee", "is_superuser": "on", "is_staff": "on", "is_active": "on"})
    assert not User.objects.get().is_superuser


def test_static_files_and_health_need_no_login(admin_process: None) -> None:
    client = Client()
    assert client.get("/healthz").status_code == 200
    styles = ("house.css", "chat.css", "turn.css", "memory.css", "schedules.css")
    for name in (*styles, "memory.js", "schedules.js", "copy.js", "login.svg", "icon.svg"):
        response = client.get(f"/static/admin_house/{name}")
        assert response.status_code == 200
        assert b"".join(response)
