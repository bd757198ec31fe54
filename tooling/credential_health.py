"""Whether credentials work: asked of their services with one GET, and warned of before they expire."""

from __future__ import annotations

import http.client
import logging
import socket
import tempfile
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db.models import Q
from django.utils import timezone

from tenants_app import audit
from tenants_app.envelope import SealError
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope
from tenants_app.vault import open_secret
from tooling.credentials import alert_kind, host_of, injection_of
from tooling.egress import Injection, Limits, Proxy
from tooling.models import Credential

logger = logging.getLogger(__name__)

EVERY = timedelta(days=1)
WARNED_BEFORE = timedelta(days=14)
AT_ONCE = 5  # of one tenant, one after the other
LIMITS = Limits(requests=1, response_bytes=256 * 1024, seconds=15)
Health = Credential.Health
MakeProxy = Callable[..., Proxy]


def check(tenant: Tenant, credential_id: uuid.UUID, *, make_proxy: MakeProxy = Proxy) -> Credential:
    """Ask its service, where it has an address for that, and keep the answer. Outside of any scope.

    The request goes the way of the tools' own: through the proxy, to public hosts only, which puts the credential in.
    """
    with tenant_scope(tenant):
        row = Credential.objects.select_related("tenant", "secret__data_key").get(tenant=tenant, pk=credential_id)
        health, detail = _openable(row)
    if health is Health.WORKS and row.check_url:
        health, detail = ask(row.check_url, injection_of(row, open_secret(row.secret)), make_proxy)
    elif health is Health.WORKS:
        health = Health.UNKNOWN
    now = timezone.now()
    with tenant_scope(tenant):
        row.health, row.health_detail, row.checked_at = health, detail, now
        unchanged = Credential.objects.filter(tenant=tenant, pk=row.pk, changed_at=row.changed_at)
        if unchanged.update(health=health, health_detail=detail, checked_at=now):
            _follow(row, now)
    logger.info("credential.checked", extra={"credential": str(row.pk), "health": health})
    return row


def watch(tenant_id: uuid.UUID) -> None:
    """Check what was not checked for a day, and warn of what expires. Outside of any scope; harmless to run often."""
    now = timezone.now()
    with tenant_scope(tenant_id):
        tenant = Tenant.objects.get(pk=tenant_id)
        rows = Credential.objects.select_related("tenant").filter(tenant=tenant)
        for row in rows.filter(expires_at__lt=now + WARNED_BEFORE):
            _follow(row, now)
        stale = rows.exclude(check_url="").filter(Q(checked_at=None) | Q(checked_at__lt=now - EVERY))
        due = list(stale.order_by("checked_at").values_list("pk", flat=True)[:AT_ONCE])
    for credential_id in due:
        try:
            check(tenant, credential_id)
        except Credential.DoesNotExist:  # deleted meanwhile
            continue


def ask(url: str, injection: Injection, make_proxy: MakeProxy = Proxy) -> tuple[Health, str]:
    """What one GET of the address says of the credential, and in which words."""
    proxy = make_proxy(allowed=[host_of(url)], injections={str(host_of(url)): injection}, limits=LIMITS)
    with tempfile.TemporaryDirectory() as place, socket.socket(socket.AF_UNIX) as listener:
        path = Path(place) / "proxy"
        listener.bind(str(path))
        listener.listen()
        proxy.serve(listener)
        try:
            status, refused = _asked(path, quote(url, safe="%/:=&?~#+!$,;'@()*[]").partition("#")[0])
        except (OSError, http.client.HTTPException) as error:
            logger.warning("credential.unreached", extra={"error": type(error).__name__})
            status, refused = 0, "no answer"
        finally:
            proxy.close()
    if refused:
        return Health.UNREACHED, f"The service was not reached ({refused})."
    if status in (401, 403):
        return Health.REFUSED, f"The service refuses it ({status})."
    if 200 <= status < 400:
        return Health.WORKS, f"The service took it ({status})."
    return Health.UNREACHED, f"The service answered {status}, which does not tell whether it is valid."


def shown(row: Credential) -> dict[str, Any]:
    """All but its value."""
    return {
        "tenant": row.tenant.slug,
        "name": row.name,
        "kind": row.kind,
        "health": row.health,
        "detail": row.health_detail,
        "checked_at": row.checked_at.isoformat() if row.checked_at else None,
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        "expired": has_expired(row),
        "used_at": row.used_at.isoformat() if row.used_at else None,
        "uses": row.uses,
    }


def in_words(row: Credential) -> str:
    words = row.health_detail or "It has no address at which it could be checked."
    if row.expires_at is None:
        return words
    day = timezone.localtime(row.expires_at, row.tenant.zone).date()
    return f"{words} It {'expired' if has_expired(row) else 'expires'} on {day}."


def has_expired(row: Credential, now: datetime | None = None) -> bool:
    return row.expires_at is not None and row.expires_at <= (now or timezone.now())


def is_failure(row: Credential) -> bool:
    return row.health == Health.REFUSED or has_expired(row)


def _openable(row: Credential) -> tuple[Health, str]:
    try:
        open_secret(row.secret)
    except SealError:
        return Health.REFUSED, "Its value does not open with any master key at hand: enter it anew."
    return Health.WORKS, ""


def _follow(row: Credential, now: datetime) -> None:
    """An alert while something is wrong with it; where nobody knows, the one that there is stays."""
    expires = row.expires_at
    if row.health == Health.REFUSED:
        audit.alert(row.tenant, alert_kind(row), f"The credential “{row.name}” does not work: {row.health_detail}")
    elif expires is not None and expires < now + WARNED_BEFORE:
        day = timezone.localtime(expires, row.tenant.zone).date()
        word = "expired" if expires <= now else "expires"
        audit.alert(row.tenant, alert_kind(row), f"The credential “{row.name}” {word} on {day}: enter a new one.")
    elif row.health != Health.UNREACHED:
        audit.resolve_alert(row.tenant, alert_kind(row))


def _asked(path: Path, url: str) -> tuple[int, str]:
    """The status of the answer, and why it is the proxy's own, if it is."""
    connection = _ByPath(path)
    try:
        connection.request("GET", url, headers={"User-Agent": "ProxyStaff", "Accept": "*/*"})
        answer = connection.getresponse()
        return answer.status, (answer.headers["Proxy-Status"] or "").partition("error=")[2]
    finally:
        connection.close()


class _ByPath(http.client.HTTPConnection):
    """To a socket in a directory of ours, which nobody else on this machine can open."""

    def __init__(self, path: Path) -> None:
        super().__init__("proxy", timeout=LIMITS.seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
