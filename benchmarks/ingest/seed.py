"""`python -m benchmarks.ingest.seed`: tenants with a WhatsApp number and a Meta app each, and people known to them.

Asked {"people": [n of the first tenant, n of the second, …]} it answers {"store": SQL, "accounts": [one each, …]}:
all that a load generator and a bare handler need to know. Runs as the operator.
"""

from __future__ import annotations

from typing import Any

import django

from benchmarks.probe import serve


def make(request: dict[str, Any]) -> dict[str, Any]:
    from messaging import inbox

    accounts = [make_account(place, people) for place, people in enumerate(request["people"])]
    return {"store": inbox.STORE_MESSAGE, "accounts": accounts}


def make_account(place: int, people: int) -> dict[str, Any]:
    from messaging.accounts import app_for, keep_account
    from messaging.channels.base import AccountFacts, Credentials
    from tenants_app.models import Tenant

    secret = f"{place:032x}"
    tenant = Tenant.objects.create(slug=f"ingest-{place}", name=f"Ingest {place}")
    given = Credentials(
        external_id=f"10000000000{place:04d}",
        token=f"EAAbench{place}",
        base_url="http://127.0.0.1:1",  # nobody is asked: no worker runs
        config={"waba_id": f"20000000000{place:04d}"},
    )
    facts = AccountFacts(external_id=given.external_id, display_name=f"Ingest {place}", address=f"+1555{place:07d}")
    app = app_for("whatsapp", secret)
    account = keep_account(tenant, "whatsapp", given, facts, app, "benchmark")
    return {
        "app": str(app.pk),
        "secret": secret,
        "phone_number_id": given.external_id,
        "waba_id": given.config["waba_id"],
        "tenant": str(tenant.pk),
        "account": str(account.pk),
        "quiet": tenant.quiet_seconds,
        "limit": tenant.quiet_limit_seconds,
        "chats": make_chats(tenant, account, place, people),
    }


def make_chats(tenant: Any, account: Any, place: int, people: int) -> dict[str, list[str]]:
    """Contacts with a chat each, as earlier messages would have left them: {phone: [conversation, contact]}."""
    from messaging.models import Conversation, Lane, Work
    from tenants_app.models import Contact, ContactAddress
    from tenants_app.scope import tenant_scope

    phones = [f"1555{place:03d}{number:05d}" for number in range(people)]
    with tenant_scope(tenant):
        contacts = Contact.objects.bulk_create([Contact(tenant=tenant, name=f"Person {phone}") for phone in phones])
        pairs = list(zip(phones, contacts, strict=True))
        ContactAddress.objects.bulk_create(
            [ContactAddress(tenant=tenant, contact=contact, kind="whatsapp", address=phone) for phone, contact in pairs]
        )
        chats = Conversation.objects.bulk_create(
            [Conversation(tenant=tenant, account=account, contact=contact, chat_id=phone) for phone, contact in pairs]
        )
        kinds = Work.Kind.values
        Work.objects.bulk_create(
            [Work(tenant=tenant, conversation=chat, kind=kind) for chat in chats for kind in kinds]
        )
        Lane.objects.bulk_create([Lane(tenant=tenant, kind=kind) for kind in kinds], ignore_conflicts=True)
    return {chat.chat_id: [str(chat.pk), str(chat.contact_id)] for chat in chats}


if __name__ == "__main__":
    django.setup()
    serve(make)
