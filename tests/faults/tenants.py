"""`python -m tests.faults.tenants`: sets up the tenants of a fault run, as an operator would; prints their accounts.

Needs the environment of a command, with the doubles running.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import django

from tests.faults import cast


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ["PROXYSTAFF_PROCESS"] = "command"
    django.setup()
    sys.stdout.write(json.dumps([row for number in cast.TENANTS for row in set_up(number)]))


def set_up(number: int) -> list[dict[str, Any]]:
    """A tenant whose front desk answers everybody at once."""
    from messaging.onboarding import ensure_tenant
    from tenants_app.models import Contact, Tenant

    tenant, _ = ensure_tenant(f"tenant-{number}", {"name": f"Tenant {number}"}, "faults")
    Tenant.objects.filter(pk=tenant.pk).update(quiet_seconds=0, quiet_limit_seconds=0)
    if number == cast.LEAVING:
        Contact.objects.bulk_create(
            Contact(id=cast.leaver(each), tenant=tenant, role=Contact.Role.CUSTOMER, name=f"Quimby Leaver{each}")
            for each in range(cast.LEAVERS)
        )
    return [connected(tenant, number, kind) for kind in cast.CHANNELS]


def connected(tenant: Any, number: int, kind: str) -> dict[str, Any]:
    from django.conf import settings

    from messaging.channels import get_channel
    from messaging.models import ChannelAccount
    from messaging.onboarding import AccountRequest, connect
    from tenants_app.scope import tenant_scope
    from tenants_app.vault import get_secret

    values = {
        "phone_number_id": cast.phone_number_id(number),
        "waba_id": cast.waba_id(number),
        "access_token": cast.access_token(number),
        "app_secret": cast.APP_SECRETS[number],
        "bot_token": cast.bot_token(number),
    }
    credentials, app_secret = get_channel(kind).account_from(values, settings.CHANNEL_BASE_URLS[kind])
    wanted = AccountRequest(kind=kind, credentials=credentials, app_secret=app_secret)
    made = connect(tenant, wanted, "faults")
    with tenant_scope(tenant):
        ChannelAccount.objects.filter(pk=made.account.pk).update(front_desk=True)
        secret = app_secret or get_secret(tenant, f"channel:{made.account.pk}:webhook")
    return {
        "tenant": number,
        "channel": kind,
        "path": made.account.webhook_url.removeprefix(settings.PUBLIC_URL),
        "secret": secret,
        "verify_token": made.verify_token,
    }


if __name__ == "__main__":
    main()
