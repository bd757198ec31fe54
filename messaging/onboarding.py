"""Setting up a tenant: the tenant, its owner, accounts on channels, and the link with which the owner pairs.

Every step finds what an earlier run left and goes on from there. Runs as the operator.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError

from memory import framework
from memory.folders import make_folders
from messaging.accounts import Connected, connect_account
from messaging.channels import get_channel
from messaging.channels.base import Credentials, Sender
from messaging.pairing import link, new_code
from tenants_app import audit
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope


class OnboardingError(Exception):
    """Something that the operator gave, or a service answered, with what to do about it."""


@dataclass(frozen=True, kw_only=True)
class AccountRequest:
    kind: str
    credentials: Credentials
    app_secret: str = ""


def ensure_tenant(slug: str, fields: dict[str, str], actor: str) -> tuple[Tenant, bool]:
    """The tenant with this slug, made or brought up to date; True where it is new. Raises OnboardingError."""
    tenant = Tenant.objects.filter(slug=slug).first()
    is_new = tenant is None
    tenant = tenant or Tenant(slug=slug)
    for name, value in fields.items():
        if value:
            setattr(tenant, name, value)
    try:
        tenant.full_clean(validate_unique=False)
    except ValidationError as error:
        wrong = "; ".join(f"{name}: {' '.join(messages)}" for name, messages in error.message_dict.items())
        raise OnboardingError(f"The tenant cannot be kept so. {wrong}") from error
    tenant.save()
    with tenant_scope(tenant):
        if is_new:
            audit.record(tenant, actor, "tenant.created", subject=slug)
            make_folders(tenant)
            framework.begin(tenant, actor)
        if not Contact.objects.filter(tenant=tenant, role=Contact.Role.OWNER).exists():
            Contact.objects.create(tenant=tenant, role=Contact.Role.OWNER, language="")
    return tenant, is_new


def owner_of(tenant: Tenant) -> Contact:
    return Contact.objects.filter(tenant=tenant, role=Contact.Role.OWNER).order_by("created_at")[0]


def connect(tenant: Tenant, wanted: AccountRequest, actor: str) -> Connected:
    """Check and connect an account; raises OnboardingError, TransportError or AccountTaken."""
    if wanted.kind not in settings.SIMULATED and not settings.HTTPS:
        raise OnboardingError(
            f"{get_channel(wanted.kind).label} calls webhooks over https only; PUBLIC_URL is {settings.PUBLIC_URL}. "
            "Set PUBLIC_URL to the https address under which this installation is reached, restart, and run it again."
        )
    return connect_account(tenant, wanted.kind, wanted.credentials, app_secret=wanted.app_secret, actor=actor)


def link_owner(tenant: Tenant, kind: str, address: str) -> None:
    """Make the address the owner's; raises OnboardingError where it is not one."""
    digits = re.sub(r"[\s()+.-]", "", address)
    if not re.fullmatch(r"[0-9]{3,20}", digits):
        raise OnboardingError(
            f"“{address}” is no address of the owner on {kind}: give digits, a number with its country code or a "
            "numeric user id."
        )
    with tenant_scope(tenant):
        link(owner_of(tenant), kind, Sender(address=digits))


def pairing_links(tenant: Tenant, connected: Sequence[Connected]) -> list[str]:
    """One link for each account, all with the same fresh code; whoever opens one first within its time is the owner."""
    with tenant_scope(tenant):
        code = new_code(tenant, owner_of(tenant))
    return [get_channel(each.account.kind).pairing_link(each.facts, code) for each in connected]
