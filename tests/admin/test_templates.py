"""Operators see templates, say what they are for, and why a message went another way than it was written."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from messaging.models import ChannelAccount, Conversation, Delivery, Template
from tenants_app.models import AuditEntry, Tenant
from tests.admin.rows import account_of, conversation_of, deliver, message_in
from tests.admin.test_pages import list_url, page_url
from tests.house import House


def template_of(account: ChannelAccount, **fields: str) -> Template:
    values = {"name": "order_ready", "language": "es", "status": "approved", "body": "Hola {{1}}"}
    return Template.objects.create(
        tenant=account.tenant, account=account, synced_at=timezone.now(), **{**values, **fields}
    )


def test_only_what_it_is_for_can_be_set_and_that_is_audited(acme: Tenant, olivia: Client) -> None:
    row = template_of(account_of(acme), reason="INVALID_FORMAT", status="rejected")
    page = olivia.get(page_url(row)).text
    assert "INVALID_FORMAT" in page
    assert "Hola {{1}}" in page
    answer = olivia.post(page_url(row), {"purpose": "message", "body": "Send money", "status": "approved"})
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.purpose, row.body, row.status) == ("message", "Hola {{1}}", "rejected")
    assert AuditEntry.objects.filter(tenant=acme, action="template.changed").exists()


def test_the_service_is_asked_for_its_list(house: House, olivia: Client) -> None:
    tenant = house.tenant
    Template.objects.filter(name="reminder").update(status="pending", purpose="")
    chosen = [str(row.pk) for row in Template.objects.filter(name="reminder")]
    answer = olivia.post(
        list_url("messaging.template"), {"action": "sync_accounts", "_selected_action": chosen}, follow=True
    )
    assert "its service lists 5 templates" in answer.text
    assert set(Template.objects.values_list("status", flat=True)) == {"approved"}
    assert set(Template.objects.filter(name="reminder").values_list("purpose", flat=True)) == {""}
    assert AuditEntry.objects.filter(tenant=tenant, action="templates.synced").count() == 1
    house.whatsapp.post("accounts", phone_number_id=house.phone_number_id, token_status="expired")
    answer = olivia.post(
        list_url("messaging.template"), {"action": "sync_accounts", "_selected_action": chosen}, follow=True
    )
    assert "WhatsApp refused to list the templates: 190/463" in answer.text


def test_why_it_waits_or_went_another_way_is_shown(acme: Tenant, olivia: Client) -> None:
    conversation = conversation_of(account_of(acme))
    row = deliver(message_in(conversation, None, "Your table is free", direction="out", contact=None), "Your table")
    instead = {"kind": "template", "text": "News: your table", "plain": "News: your table", "texts": [row.seq]}
    row.payload = {**row.payload, "instead": instead}
    row.note = "Outside the 24-hour window: sent as template order_ready (es)"
    row.save()
    page = olivia.get(page_url(row)).text
    assert row.note in page
    assert "News: your table" in page
    chat = reverse("admin:messaging_conversation_change", args=[conversation.pk])
    assert "no free text is taken" not in olivia.get(chat).text, "Telegram has no window"
    assert f"sent. {row.note}" in olivia.get(chat).text
    Delivery.objects.update(status="withdrawn", note="The person wants no messages that they did not ask for.")
    assert "The person wants no messages" in olivia.get(chat).text
    assert "withdrawn" in olivia.get(list_url("messaging.delivery")).text


def test_a_closed_window_stands_beside_the_box_to_write_in(house: House, olivia: Client) -> None:
    chat = conversation_of(house.accounts["whatsapp"])
    url = reverse("admin:messaging_conversation_change", args=[chat.pk])
    assert "no free text is taken" not in olivia.get(url).text
    Conversation.objects.update(last_inbound_at=timezone.now() - timedelta(hours=25))
    page = olivia.get(url).text
    assert "They last wrote more than 24 hours ago" in page
    assert "an approved template, else hold it" in page
