"""Connecting a tenant's account at a service: credentials checked and sealed, webhook registered. Safe to repeat."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from messaging import health, issues
from messaging.channels import get_channel
from messaging.channels.base import AccountFacts, Credentials, TransportError
from messaging.channels.findings import REFUSED
from messaging.credentials import APP_KEY_PLACE, APP_PLACE, forget_all, open_app_secret
from messaging.models import ChannelAccount, ChannelApp
from tenants_app import audit
from tenants_app.envelope import new_key, place, seal
from tenants_app.ids import new_id
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope
from tenants_app.vault import get_secret, master_keys, put_secret

TRIES = 3
LONGEST_WAIT = 10.0  # seconds

Answer = TypeVar("Answer")


class AccountTaken(Exception):
    """Another tenant has this number or bot; one account belongs to one tenant."""


@dataclass(frozen=True, kw_only=True)
class Connected:
    account: ChannelAccount
    facts: AccountFacts
    verify_token: str = field(default="", repr=False)  # to paste at the service, where the app's webhook is set by hand


def connect_account(tenant: Tenant, kind: str, given: Credentials, *, app_secret: str = "", actor: str) -> Connected:
    """Check the credentials with the service, keep them, and have its webhooks sent here.

    `app_secret` is needed where one app signs for many accounts. Raises TransportError where the service refuses, and
    AccountTaken. No transaction is open while the service is asked.
    """
    channel = get_channel(kind)
    facts = patiently(lambda: channel.check(given))
    app = app_for(kind, app_secret) if channel.capabilities.webhook_per_app else None
    account = keep_account(tenant, kind, given, facts, app, actor)
    forget_all()
    if app is not None:
        secret = app.verify_token
    else:
        with tenant_scope(tenant):
            secret = get_secret(tenant, webhook_secret_name(account))
    patiently(lambda: channel.connect(given, account.webhook_url, secret))
    health.refresh(account, channel, given)
    return Connected(account=account, facts=facts, verify_token=app.verify_token if app is not None else "")


def patiently(call: Callable[[], Answer]) -> Answer:
    """Make the call again when the service asks to wait a little: an operator is watching, not a queue."""
    for _ in range(TRIES - 1):
        try:
            return call()
        except TransportError as error:
            if error.retry_after is None or error.retry_after > LONGEST_WAIT:
                raise
            time.sleep(error.retry_after)
    return call()


def keep_account(
    tenant: Tenant, kind: str, given: Credentials, facts: AccountFacts, app: ChannelApp | None, actor: str
) -> ChannelAccount:
    with tenant_scope(tenant):
        account = ChannelAccount.objects.filter(tenant=tenant, kind=kind, external_id=facts.external_id).first()
        is_new = account is None
        account = account or ChannelAccount(id=new_id(), tenant=tenant, kind=kind, external_id=facts.external_id)
        account.name, account.address, account.config = facts.display_name, facts.address, dict(given.config)
        account.app, account.status, account.status_reason = app, ChannelAccount.Status.ACTIVE, ""
        account.checked_at = None  # the next tick looks at it
        account.token = put_secret(tenant, f"channel:{account.pk}:token", given.token)
        if app is None and account.webhook_secret is None:
            account.webhook_secret = put_secret(tenant, webhook_secret_name(account), secrets.token_urlsafe(32))
        try:
            with transaction.atomic():
                account.save(force_insert=is_new)
        except IntegrityError as error:
            raise AccountTaken(f"{kind} account {facts.external_id} belongs to another tenant.") from error
        issues.mend(account, [REFUSED], timezone.now())
        audit.record(
            tenant, actor, "account.connected", subject=str(account.pk), kind=kind, external_id=facts.external_id
        )
    return account


def webhook_secret_name(account: ChannelAccount) -> str:
    return f"channel:{account.pk}:webhook"


def fingerprint(kind: str, secret: str) -> str:
    """Finds an app by its secret without keeping the secret readable."""
    return hmac.new(settings.SECRET_KEY.encode(), f"{kind}|{secret}".encode(), hashlib.sha256).hexdigest()


def app_for(kind: str, secret: str) -> ChannelApp:
    """The app with this secret, made where it is new. Runs as the operator: an app belongs to no tenant."""
    known = ChannelApp.objects.filter(kind=kind, fingerprint=fingerprint(kind, secret)).first()
    if known is not None:
        return known
    known = next((app for app in ChannelApp.objects.filter(kind=kind) if open_app_secret(app) == secret), None)
    if known is not None:  # SECRET_KEY was changed since
        known.fingerprint = fingerprint(kind, secret)
        known.save(update_fields=["fingerprint"])
        return known
    masters = master_keys()
    app = ChannelApp(
        id=new_id(),
        kind=kind,
        fingerprint=fingerprint(kind, secret),
        verify_token=secrets.token_urlsafe(24),
        master_version=masters.newest,
    )
    key = new_key()
    app.wrapped = seal(masters[masters.newest], key, place("installation", *APP_KEY_PLACE, app.pk))
    app.ciphertext = seal(key, secret.encode(), place("installation", *APP_PLACE, app.pk))
    app.save(force_insert=True)
    return app
