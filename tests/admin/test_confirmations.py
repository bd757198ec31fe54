"""What owners were asked to allow is told to operators, who allow nothing in their stead."""

from __future__ import annotations

from django.test import Client

from messaging.models import Confirmation
from tenants_app.models import AuditEntry, Tenant
from tests.admin.rows import account_of, asked_of, conversation_of, turn_of
from tests.admin.test_pages import list_url, page_url


def test_an_operator_sees_what_was_asked_and_who_allowed_it(acme: Tenant, olivia: Client) -> None:
    row = asked_of(turn_of(conversation_of(account_of(acme), "Nora")))
    shown = olivia.get(list_url("messaging.confirmation")).text
    assert "words from outside may have asked for it" in shown
    assert "allowed, and done" in shown
    page = olivia.get(page_url(row)).text
    assert "\\u202egnp" in page, "what turns the direction of text is written out"
    assert "&lt;script&gt;" in page
    assert "Nora" in page
    assert 'name="_save"' not in page
    assert AuditEntry.objects.filter(tenant=acme, action="viewed", subject=f"confirmation {row.pk}").exists()


def test_one_that_nobody_allowed_says_so(acme: Tenant, olivia: Client) -> None:
    row = asked_of(turn_of(conversation_of(account_of(acme))))
    Confirmation.objects.filter(pk=row.pk).update(state=Confirmation.State.EXPIRED, decided_by=None, used_in=None)
    assert "void: it ran out or was taken back" in olivia.get(list_url("messaging.confirmation")).text
