"""Verbs on a person's addresses."""

from __future__ import annotations

from tenants_app import audit
from tenants_app.models import Contact, ContactAddress


def mark_reachable(contact: Contact, actor: str) -> int:
    """Let messages go to the contact's addresses again; answers how many had been closed. Audited where any was."""
    opened = ContactAddress.objects.filter(
        tenant=contact.tenant_id, contact=contact, unreachable_at__isnull=False
    ).update(unreachable_at=None, unreachable_reason="")
    if opened:
        audit.record(contact.tenant, actor, "contact.reachable", subject=f"contact {contact.pk}", addresses=opened)
    return opened
