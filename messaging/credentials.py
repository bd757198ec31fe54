"""What the web and the workers know of accounts and apps, opened once and kept for some seconds in the process.

A credential changed in the admin holds everywhere after `KEPT_SECONDS` at most.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from django.conf import settings
from django.db import connection

from messaging.channels import get_channel
from messaging.channels.base import Credentials
from messaging.models import ChannelAccount, ChannelApp
from tenants_app.envelope import open_sealed, place
from tenants_app.models import Secret, Tenant
from tenants_app.scope import tenant_scope
from tenants_app.vault import master_keys, open_secret

KEPT_SECONDS = 10.0
LOADING_SECONDS = 2.0
KEPT_ROWS = 10_000

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """A small cache of what `load` answers, for some seconds; None is not kept."""

    def __init__(self, load: Callable[..., Value | None]) -> None:
        self._load = load
        self._rows: dict[Hashable, tuple[float, Value]] = {}
        self._lock = threading.Lock()

    def get(self, *key: Hashable) -> Value | None:
        now = time.monotonic()
        with self._lock:
            row = self._rows.get(key)
            if row is not None and row[0] > now:
                return row[1]
            if row is not None:  # this thread loads it anew; the others go on with what was known meanwhile
                self._rows[key] = (now + LOADING_SECONDS, row[1])
        try:
            value = self._load(*key)
        finally:
            if not connection.in_atomic_block:
                connection.close()  # else it stays with this thread, which soon takes a second one out of the pool
        with self._lock:
            if len(self._rows) >= KEPT_ROWS:
                self._rows.clear()
            if value is not None:
                self._rows[key] = (now + KEPT_SECONDS, value)
            else:
                self._rows.pop(key, None)
        return value

    def clear(self) -> None:
        with self._lock:
            self._rows.clear()


@dataclass(frozen=True, kw_only=True)
class AppSecret:
    """What verifying a webhook of a channel app needs."""

    app_id: uuid.UUID
    kind: str
    secret: str = field(repr=False)
    verify_token: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Route:
    """The account that a webhook is for, and what storing its messages needs to know of the tenant."""

    tenant_id: uuid.UUID
    account_id: uuid.UUID
    kind: str
    quiet_seconds: float
    quiet_limit_seconds: float
    external_id: str = ""  # as the service knows the account: the sender of what it says
    handle: str = ""  # by which people name it in a group, in lower case: "acme_bot"
    secret: str = field(repr=False, default="")  # of the account's own webhook, where it has one


APP_PLACE = ("messaging_channelapp", "ciphertext")
APP_KEY_PLACE = ("messaging_channelapp", "wrapped")


def load_app(kind: str, app_id: uuid.UUID) -> AppSecret | None:
    app = ChannelApp.objects.filter(pk=app_id, kind=kind).first()
    if app is None:
        return None
    return AppSecret(app_id=app.pk, kind=app.kind, secret=open_app_secret(app), verify_token=app.verify_token)


def open_app_secret(app: ChannelApp) -> str:
    master = master_keys()[app.master_version]
    key = open_sealed(master, bytes(app.wrapped), place("installation", *APP_KEY_PLACE, app.pk))
    return open_sealed(key, bytes(app.ciphertext), place("installation", *APP_PLACE, app.pk)).decode()


def load_app_route(kind: str, app_id: uuid.UUID, keys: tuple[str, ...]) -> Route | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, account_id FROM messaging_route(%s, %s, %s)", [kind, app_id, list(keys)])
        row = cursor.fetchone()
    return load_route(row[0], row[1]) if row else None


def load_account_route(kind: str, account_id: uuid.UUID) -> Route | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, kind FROM messaging_account(%s)", [account_id])
        row = cursor.fetchone()
    return load_route(row[0], account_id) if row and row[1] == kind else None


def load_route(tenant_id: uuid.UUID, account_id: uuid.UUID) -> Route | None:
    with tenant_scope(tenant_id):
        account = ChannelAccount.objects.select_related("webhook_secret__data_key").filter(pk=account_id).first()
        tenant = Tenant.objects.filter(pk=tenant_id).first()
        if account is None or tenant is None:
            return None  # deleted in between
        return Route(
            tenant_id=tenant_id,
            account_id=account_id,
            kind=account.kind,
            quiet_seconds=tenant.quiet_seconds,
            quiet_limit_seconds=tenant.quiet_limit_seconds,
            external_id=account.external_id,
            handle=account.address.lower().removeprefix("@"),
            secret=open_secret(account.webhook_secret) if account.webhook_secret else "",
        )


def load_credentials(tenant_id: uuid.UUID, account_id: uuid.UUID) -> Credentials | None:
    with tenant_scope(tenant_id):
        account = ChannelAccount.objects.select_related("token__data_key").filter(pk=account_id).first()
        return credentials_of(account, account.token) if account else None


def credentials_of(account: ChannelAccount, token: Secret) -> Credentials:
    return Credentials(
        external_id=account.external_id,
        token=open_secret(token),
        base_url=base_url_of(account.kind),
        config=account.config,
    )


def base_url_of(kind: str) -> str:
    """Where the channel's service answers: as the settings say, else as its folder does."""
    set_here: str | None = settings.CHANNEL_BASE_URLS.get(kind)
    return set_here or get_channel(kind).base_url


apps = Kept(load_app)
app_routes = Kept(load_app_route)
account_routes = Kept(load_account_route)
credentials = Kept(load_credentials)


def forget_all() -> None:
    """Have everything read anew, in this process."""
    for kept in (apps, app_routes, account_routes, credentials):
        kept.clear()
