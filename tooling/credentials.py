"""What a tenant's tools sign in with: sealed when it is saved, opened for a run or a check, never shown."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils import timezone

from tenants_app import audit
from tenants_app.envelope import SealError
from tenants_app.models import AuditEntry, Secret, Tenant
from tenants_app.vault import open_secret, put_secret
from tooling.egress import Allowed, HostError, Injection
from tooling.egress.redaction import SHORTEST
from tooling.models import Credential, ToolVersion
from tooling.registry import ToolError

logger = logging.getLogger(__name__)

LONGEST = 8000  # characters of a value
DEFAULT_HEADER = "X-Api-Key"
USED = "credential.used"


class CredentialError(ValueError):
    """What keeps a credential from being saved, by its field; never with the value."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field
        self.text = text


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All of a credential but its value."""

    kind: str = Credential.Kind.API_KEY
    header: str = ""
    parameter: str = ""
    check_url: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Held:
    """What a run holds: `secrets` go to the script, `injections` to the proxy, by host; `known` no one may see."""

    secrets: Mapping[str, str] = field(repr=False)
    injections: Mapping[str, Injection] = field(repr=False)
    known: tuple[str, ...] = field(repr=False)


def save(tenant: Tenant, name: str, facts: Facts, value: str | None, *, actor: str) -> Credential:
    """Inside the tenant's scope. Without a value, that of the credential is kept; raises CredentialError."""
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)  # two savings of one name, one after the other
    row = Credential.objects.select_related("secret").filter(tenant=tenant, name=name).first()
    if row is None and value is None:
        raise CredentialError("value", "A value is needed.")
    is_new = row is None
    row = row or Credential(tenant=tenant, name=name)
    _write(row, facts)
    if value is not None:
        _check_value(row, value)
        row.secret = put_secret(tenant, f"tool:{name}", value)
        row.health, row.health_detail, row.checked_at = Credential.Health.UNKNOWN, "", None
    _check_fields(row)
    row.save(force_insert=is_new)
    audit.resolve_alert(tenant, alert_kind(row))
    action = "credential.added" if is_new else "credential.changed"
    audit.record(tenant, actor, action, subject_of(row), name=name, kind=row.kind, value=value is not None)
    return row


def delete(credential: Credential, *, actor: str) -> None:
    """Inside the tenant's scope. With its value, for good; tools that declare it then say that it is missing."""
    audit.resolve_alert(credential.tenant, alert_kind(credential))
    audit.record(credential.tenant, actor, "credential.deleted", subject_of(credential), name=credential.name)
    Secret.objects.filter(tenant=credential.tenant, pk=credential.secret_id).delete()  # the row itself goes with it


def for_version(tenant: Tenant, version: ToolVersion) -> Held:
    """What a run of the version needs, counted as used. Inside the tenant's scope.

    Raises ToolError where a credential is not stored or does not open.
    """
    if not version.credentials:
        return Held(secrets={}, injections={}, known=())
    names = {declared["name"] for declared in version.credentials}
    rows = {
        row.name: row
        for row in Credential.objects.select_related("secret__data_key").filter(tenant=tenant, name__in=names)
    }
    values = {name: _opened(rows.get(name), name) for name in names}
    made = {name: injection_of(rows[name], value) for name, value in values.items()}
    _note_use(tenant, version.tool.name, rows.values())
    return Held(
        secrets={each["name"]: values[each["name"]] for each in version.credentials if not each.get("host")},
        injections={each["host"]: made[each["name"]] for each in version.credentials if each.get("host")},
        known=tuple(dict.fromkeys([*values.values(), *(secret for each in made.values() for secret in each.secrets)])),
    )


def missing(tenant: Tenant, version: ToolVersion) -> list[str]:
    """The names of those that it declares and that are not stored. Inside the tenant's scope."""
    names = {declared["name"] for declared in version.credentials}
    stored = Credential.objects.filter(tenant=tenant, name__in=names).values_list("name", flat=True)
    return sorted(names - set(stored))


def injection_of(credential: Credential, value: str) -> Injection:
    """Where it goes in a request; raises ValueError for a value that does not go there."""
    match credential.kind:
        case Credential.Kind.BASIC:
            user, _, password = value.partition(":")
            return Injection.basic(user, password)
        case Credential.Kind.BEARER:
            return Injection.bearer(value)
        case _ if credential.parameter:
            return Injection.query(credential.parameter, value)
    return Injection.header(credential.header or DEFAULT_HEADER, value)


def host_of(url: str) -> Allowed:
    """The entry that allows an address; raises HostError."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.netloc:
        raise HostError("it must be a whole address, such as https://api.example.com/me")
    return Allowed.parse(f"{parts.scheme}://{parts.netloc}")


def subject_of(credential: Credential) -> str:
    return f"credential {credential.pk}"


def alert_kind(credential: Credential) -> str:
    return f"credential.{credential.pk.hex}"


def _write(row: Credential, facts: Facts) -> None:
    if facts.kind != Credential.Kind.API_KEY and (facts.header or facts.parameter):
        raise CredentialError("header", "Only an API key has a header or a parameter of its own.")
    if facts.header and facts.parameter:
        raise CredentialError("parameter", "An API key goes into a header or into a parameter, not into both.")
    row.kind, row.header, row.parameter = facts.kind, facts.header, facts.parameter
    row.check_url, row.expires_at = facts.check_url, facts.expires_at
    if facts.check_url:
        try:
            host_of(facts.check_url)
        except (HostError, ValueError) as error:
            raise CredentialError("check_url", f"This address cannot be checked: {error}.") from None


def _check_value(row: Credential, value: str) -> None:
    shown = value.partition(":")[2] if row.kind == Credential.Kind.BASIC else value
    if row.kind == Credential.Kind.BASIC and not shown:
        raise CredentialError("value", "It must be user:password.")
    if len(shown) < SHORTEST:
        raise CredentialError("value", f"It must have {SHORTEST} characters at least.")
    if len(value) > LONGEST or "\0" in value or not value.isprintable():
        raise CredentialError("value", f"It must be printable text on one line, {LONGEST} characters at most.")
    try:
        injection_of(row, value)
    except ValueError as error:
        raise CredentialError("value", f"It cannot be sent: {error}.") from None


def _check_fields(row: Credential) -> None:
    """By the model's own rules."""
    try:
        row.clean_fields(exclude=["secret"])
    except ValidationError as error:
        name, texts = next(iter(error.message_dict.items()))
        raise CredentialError(name, texts[0]) from None


def _opened(row: Credential | None, name: str) -> str:
    if row is None:
        raise ToolError(
            f"The credential “{name}” that this tool signs in with is not stored; nothing was done. Whoever runs this "
            "assistant can add it."
        )
    try:
        return open_secret(row.secret)
    except SealError:
        logger.exception("credential.unreadable", extra={"tenant": str(row.tenant_id), "credential": str(row.pk)})
        raise ToolError(
            f"The credential “{name}” cannot be read; nothing was done. Whoever runs this assistant can enter it anew."
        ) from None


def _note_use(tenant: Tenant, tool: str, rows: Iterable[Credential]) -> None:
    """Counted each time, and in the trail once a day for each tool."""
    now = timezone.now()
    used = list(rows)
    Credential.objects.filter(pk__in=[row.pk for row in used]).update(uses=F("uses") + 1, used_at=now)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    actor = f"tool:{tool}"
    noted = AuditEntry.objects.filter(tenant=tenant, at__gte=today, actor=actor, action=USED)
    known = set(noted.values_list("subject", flat=True))
    for row in used:
        if subject_of(row) not in known:
            audit.record(tenant, actor, USED, subject_of(row), name=row.name)
