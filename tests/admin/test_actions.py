"""What an operator does goes through the same verbs as the rest, once, and leaves a trail."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from messaging.models import ChannelAccount, Delivery, Message, Turn, Work
from messaging.pausing import pause
from tenants_app import audit
from tenants_app.models import AuditEntry, Contact, ContactAddress, InstallationEvent, OperatorAlert, Price, Tenant
from tests.admin.rows import account_of, conversation_of, furnish, turn_of
from tests.admin.test_pages import list_url, page_url
from tests.fixtures import use_role
from tests.house import House


def acted(tenant: Tenant) -> list[tuple[str, str]]:
    """Actor and action of everything but looking."""
    rows = AuditEntry.objects.filter(tenant=tenant).exclude(action="viewed").order_by("id")
    return list(rows.values_list("actor", "action"))


def run(client: Client, action: str, *rows: Any) -> None:
    url = list_url(rows[0]._meta.label_lower)
    response = client.post(url, {"action": action, "_selected_action": [str(row.pk) for row in rows]})
    assert response.status_code == 302, response.text


def dialog(client: Client, row: Any, verb: str, **data: str) -> Any:
    opts = row._meta
    url = reverse(f"admin:{opts.app_label}_{opts.model_name}_{verb}", args=[row.pk])
    return client.post(url, {"_form_submitted": "True", **data})


def test_a_tenant_is_made_and_changed(olivia: Client) -> None:
    values = {
        "name": "Acme",
        "slug": "acme",
        "timezone": "America/Chicago",
        "language": "en",
        "quiet_seconds": "1",
        "quiet_limit_seconds": "8",
        "max_running_turns": "5",
        "chat_model": "",
        "in_doubt_policy": "leave",
        "handover_minutes": "30",
        "window_policy": "template",
        "proactive_limit": "50",
        "max_tasks": "100",
    }
    assert olivia.post(reverse("admin:tenants_app_tenant_add"), values).status_code == 302
    tenant = Tenant.objects.get()
    assert (tenant.slug, tenant.timezone) == ("acme", "America/Chicago")
    refused = olivia.post(page_url(tenant), {**values, "timezone": "America/Chicagoo"})
    assert "is not an IANA time zone" in refused.text
    assert olivia.post(page_url(tenant), {**values, "name": "Acme Ltd", "slug": "other"}).status_code == 302
    tenant.refresh_from_db()
    assert (tenant.name, tenant.slug) == ("Acme Ltd", "acme"), "the slug stays: commands and notes name it"
    assert acted(tenant) == [("operator:olivia", "tenant.added"), ("operator:olivia", "tenant.changed")]
    assert AuditEntry.objects.get(action="tenant.changed").detail == {"changes": ["Name"]}


def test_pausing_asks_for_a_reason_and_resuming_wakes_what_was_held(acme: Tenant, olivia: Client) -> None:
    conversation = conversation_of(account_of(acme))
    held = Work.objects.filter(conversation=conversation, kind="turn")
    Turn.objects.create(tenant=acme, conversation=conversation, number=1, began_at=timezone.now())
    assert "This field is required" in dialog(olivia, acme, "pause_one").text
    assert dialog(olivia, acme, "pause_one", reason="The owner asked").status_code == 302
    acme.refresh_from_db()
    assert (acme.status, acme.pause_reason) == ("paused", "The owner asked")
    assert "The owner asked" in olivia.get(page_url(acme)).text
    assert OperatorAlert.objects.get().resolved_at is None
    assert dialog(olivia, acme, "resume_one").status_code == 302
    acme.refresh_from_db()
    assert acme.status == "active"
    assert OperatorAlert.objects.get().resolved_at is not None
    assert held.get().due_at is not None
    assert acted(acme) == [("operator:olivia", "tenant.paused"), ("operator:olivia", "tenant.resumed")]


def test_following_a_link_pauses_nobody(acme: Tenant, olivia: Client) -> None:
    url = reverse("admin:tenants_app_tenant_pause_one", args=[acme.pk])
    assert olivia.get(url, {"_form_submitted": "True", "reason": "x"}).status_code == 200
    acme.refresh_from_db()
    assert acme.status == "active"
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = olivia.cookies
    assert strict.post(url, {"_form_submitted": "True", "reason": "x"}).status_code == 403
    acme.refresh_from_db()
    assert acme.status == "active"


def test_many_tenants_are_paused_and_resumed(acme: Tenant, globex: Tenant, olivia: Client) -> None:
    pause(globex, "The key is bad.")
    run(olivia, "pause_selected", acme, globex)
    assert Tenant.objects.filter(status="paused").count() == 2
    assert Tenant.objects.get(pk=globex.pk).pause_reason == "The key is bad.", "the first reason stays"
    run(olivia, "resume_selected", acme, globex)
    assert Tenant.objects.filter(status="active").count() == 2


def test_a_tenant_is_deleted_only_by_its_typed_slug(acme: Tenant, globex: Tenant, olivia: Client) -> None:
    furnish(acme)
    furnish(globex)
    url = reverse("admin:tenants_app_tenant_delete", args=[acme.pk])
    assert "messages" in olivia.get(url).text
    for wrong in ({}, {"slug": "globex"}, {"post": "yes"}):
        assert "Nothing was deleted" in olivia.post(url, wrong).text
    assert Tenant.objects.count() == 2
    assert olivia.post(url, {"slug": "acme"}).status_code == 302
    assert list(Tenant.objects.values_list("slug", flat=True)) == ["globex"]
    assert set(Message.objects.values_list("tenant_id", flat=True)) == {globex.pk}
    event = InstallationEvent.objects.get(kind="tenant.deleted")
    assert (event.actor, event.detail["slug"]) == ("operator:olivia", "acme")


def test_djangos_own_deletion_is_offered_nowhere(acme: Tenant, olivia: Client) -> None:
    furnish(acme)
    olivia.post(list_url("tenants_app.tenant"), {"action": "delete_selected", "_selected_action": [str(acme.pk)]})
    assert Tenant.objects.filter(pk=acme.pk).exists()
    for label in ("tenants_app.contact", "messaging.channelaccount", "auth.user"):
        assert "delete_selected" not in olivia.get(list_url(label)).text


def in_doubt(tenant: Tenant) -> Delivery:
    turn_of(conversation_of(account_of(tenant)), status=Delivery.Status.IN_DOUBT, error="unknown outcome")
    audit.alert(tenant, "delivery.in_doubt", "Look.")
    return Delivery.objects.get()


def test_a_send_in_doubt_that_arrived_counts_as_sent(acme: Tenant, olivia: Client) -> None:
    delivery = in_doubt(acme)
    assert dialog(olivia, delivery, "arrived_one").status_code == 302
    delivery.refresh_from_db()
    assert (delivery.status, delivery.error) == ("sent", "")
    assert delivery.sent_at is not None
    assert acted(acme) == [("operator:olivia", "delivery.marked_arrived")]
    assert OperatorAlert.objects.get().resolved_at is not None, "nothing is in doubt any more"
    again = dialog(olivia, delivery, "resend_one")
    assert again.status_code == 302
    delivery.refresh_from_db()
    assert delivery.status == "sent", "who comes second changes nothing"


def test_the_alert_stays_while_another_send_is_in_doubt(acme: Tenant, olivia: Client) -> None:
    first = in_doubt(acme)
    turn_of(conversation_of(account_of(acme)), status=Delivery.Status.IN_DOUBT)
    run(olivia, "arrived_selected", first)
    assert OperatorAlert.objects.get().resolved_at is None


def test_resending_sends_exactly_once_more(house: House, olivia: Client) -> None:
    use_role("app")
    house.whatsapp.post("faults", faults=[{"kind": "lost_answer"}], match={"method": "messages"})
    house.script({"text": "Hello"})
    with_web_urls(house, "one")
    use_role("operator")
    delivery = Delivery.objects.get()
    assert delivery.status == "in_doubt"
    sent_before = len(house.whatsapp.calls(containing="/messages"))
    for _ in range(2):
        run(olivia, "resend_selected", delivery)
    assert [action for _, action in acted(house.tenant) if action.startswith("delivery")] == ["delivery.resent"]
    use_role("app")
    from tests.test_deliveries import drain

    drain(house)
    use_role("operator")
    assert len(house.whatsapp.calls(containing="/messages")) == sent_before + 1
    delivery.refresh_from_db()
    assert delivery.status == "sent"


def with_web_urls(house: House, text: str) -> None:
    from django.conf import settings
    from django.test import override_settings

    with override_settings(ROOT_URLCONF="config.urls", MIDDLEWARE=settings.WEB_MIDDLEWARE):
        house.says(text)
    house.work()


def test_an_address_is_opened_again(acme: Tenant, olivia: Client) -> None:
    conversation = conversation_of(account_of(acme))
    from django.utils import timezone

    ContactAddress.objects.update(unreachable_at=timezone.now(), unreachable_reason="blocked")
    run(olivia, "make_reachable", conversation.contact)
    address = ContactAddress.objects.get()
    assert (address.unreachable_at, address.unreachable_reason) == (None, "")
    run(olivia, "make_reachable", conversation.contact)
    assert acted(acme) == [("operator:olivia", "contact.reachable")]


def contact_form(tenant: Tenant, address: str) -> dict[str, str]:
    return {
        "tenant": str(tenant.pk),
        "role": "owner",
        "name": "Ana",
        "language": "",
        "form-TOTAL_FORMS": "1",
        "form-INITIAL_FORMS": "0",
        "form-0-kind": "whatsapp",
        "form-0-address": address,
        "form-0-phone": "",
    }


def prefixed(values: dict[str, str], prefix: str) -> dict[str, str]:
    return {name.replace("form-", f"{prefix}-"): value for name, value in values.items()}


def test_a_contact_is_made_with_an_address_of_its_own_tenant(acme: Tenant, globex: Tenant, olivia: Client) -> None:
    url = reverse("admin:tenants_app_contact_add")
    page = olivia.get(url).text
    prefix = page.split('-TOTAL_FORMS"')[0].rsplit('"', 1)[1]
    assert olivia.post(url, prefixed(contact_form(acme, "15550001"), prefix)).status_code == 302
    assert ContactAddress.objects.get().tenant_id == acme.pk
    taken = olivia.post(url, prefixed(contact_form(acme, "15550001"), prefix))
    assert "belongs to another contact" in taken.text
    assert olivia.post(url, prefixed(contact_form(globex, "15550001"), prefix)).status_code == 302
    assert Contact.objects.count() == 2


def test_an_alert_is_resolved_once(acme: Tenant, olivia: Client) -> None:
    audit.alert(acme, "trouble", "Look.")
    alert = OperatorAlert.objects.get()
    for _ in range(2):
        run(olivia, "resolve", alert)
    assert acted(acme) == [("operator:olivia", "alert.resolved")]


def test_the_front_desk_is_switched_and_nothing_else_of_an_account(acme: Tenant, olivia: Client) -> None:
    account = account_of(acme)
    response = olivia.post(page_url(account), {"front_desk": "on", "external_id": "stolen", "status": "refused"})
    assert response.status_code == 302
    after = ChannelAccount.objects.get()
    assert (after.front_desk, after.external_id, after.status) == (True, account.external_id, "active")
    assert acted(acme) == [("operator:olivia", "channelaccount.changed")]


def test_a_price_is_changed_by_a_new_row(olivia: Client) -> None:
    old = Price.objects.get(model="claude-haiku-5-5")
    copied = olivia.get(reverse("admin:tenants_app_price_from_now", args=[old.pk]))
    form = olivia.get(copied.headers["Location"]).text
    assert 'value="claude-haiku-5-5"' in form
    assert olivia.post(page_url(old), {"input": "0"}).status_code == 403
    assert Price.objects.get(pk=old.pk).input == old.input
    values = {
        "model": "test-model",
        "valid_from_0": "2026-11-01",
        "valid_from_1": "00:00",
        "input": "1",
        "output": "2",
        "cache_read": "0.1",
        "cache_write_5m": "1.25",
        "cache_write_1h": "2",
        "long_prompt_factor": "1",
    }
    try:
        assert olivia.post(reverse("admin:tenants_app_price_add"), values).status_code == 302
        assert Price.objects.get(model="test-model").output == 2
        assert InstallationEvent.objects.get(kind="price.added").actor == "operator:olivia"
    finally:
        Price.objects.filter(model="test-model").delete()
