"""`python -m benchmarks.people`: tenants with a WhatsApp number each and people who may write to it.

Asked {"tenants": n, "people": n each, "running": turns of one tenant at once} it answers
[{"account": phone number id, "phones": […]}, …]. Runs as the operator, beside the running web process.
"""

from __future__ import annotations

from typing import Any

import django

from benchmarks.probe import serve


def make(request: dict[str, Any]) -> list[dict[str, Any]]:
    from tenants_app.models import Tenant

    made = []
    for place in range(request["tenants"]):
        tenant = Tenant.objects.create(
            slug=f"bench-{place}",
            name=f"Bench {place}",
            quiet_seconds=0,
            max_running_turns=request["running"],
        )
        account = connect(tenant, place)
        phones = [f"1555{place:03d}{number:05d}" for number in range(request["people"])]
        made.append({"account": account, "phones": phones})
        link_all(tenant, phones)
    return made


def connect(tenant: Any, place: int) -> str:
    """Connect a number to the double, and tell the double what an operator pastes into Meta's dashboard."""
    import requests
    from django.conf import settings

    from messaging.accounts import connect_account
    from messaging.channels.base import Credentials

    base = settings.CHANNEL_BASE_URLS["whatsapp"]
    given = Credentials(
        external_id=f"10000000000{place:04d}",
        token=f"EAAbench{place}",
        base_url=base,
        config={"waba_id": f"20000000000{place:04d}"},
    )
    secret = f"bench-secret-{place}"
    connected = connect_account(tenant, "whatsapp", given, app_secret=secret, actor="benchmark")
    body = {
        "phone_number_id": given.external_id,
        "waba_id": given.config["waba_id"],
        "webhook_url": connected.account.webhook_url,
        "app_secret": secret,
        "verify_token": connected.verify_token,
    }
    control = base.removesuffix(f"/{settings.WHATSAPP_GRAPH_VERSION}")
    requests.post(f"{control}/_sim/accounts", json=body, timeout=30).raise_for_status()
    return given.external_id


def link_all(tenant: Any, phones: list[str]) -> None:
    """As staff, so that a turn has the tools and the whole prompt."""
    from messaging.channels.base import Sender
    from messaging.pairing import link
    from tenants_app.models import Contact
    from tenants_app.scope import tenant_scope

    with tenant_scope(tenant):
        for phone in phones:
            contact = Contact.objects.create(tenant=tenant, role=Contact.Role.STAFF, name=f"Person {phone}")
            link(contact, "whatsapp", Sender(address=phone, name=f"Person {phone}"))


if __name__ == "__main__":
    django.setup()
    serve(make)
