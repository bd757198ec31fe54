"""The catalogue of templates: messages that a service has approved for people to whom free text may not be sent.

It is the service's: synced from it, and corrected at once when the service tells of a change or refuses one.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from messaging import credentials
from messaging.channels import get_channel
from messaging.channels.base import ServiceTemplate, TemplateNews, TemplatePart
from messaging.credentials import Route
from messaging.models import ChannelAccount, Template
from tenants_app.scope import tenant_scope

logger = logging.getLogger(__name__)

MESSAGE = "message"  # the purpose that any text fits
GUESSED = {"assistant_message": MESSAGE, "reminder": "reminder"}  # the purposes of templates of these names
LONGEST = 1024  # characters of a template's text with its values in place
VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
REFRESHED = ["category", "status", "reason", "body", "components", "synced_at"]  # the purpose stays as it was set


def sync(tenant_id: uuid.UUID, account_id: uuid.UUID) -> int:
    """Bring the account's catalogue up to what its service lists; how many that is. Outside of any scope.

    Raises TransportError, and then nothing has changed.
    """
    opened = credentials.credentials.get(tenant_id, account_id)
    with tenant_scope(tenant_id):
        account = ChannelAccount.objects.filter(pk=account_id).first()
    if opened is None or account is None or not get_channel(account.kind).capabilities.templates:
        return 0
    listed = get_channel(account.kind).templates(opened)
    now = timezone.now()
    rows = {(each.name, each.language): row_of(account, each, now) for each in listed}
    with tenant_scope(tenant_id):
        Template.objects.bulk_create(
            rows.values(),
            update_conflicts=True,
            unique_fields=["tenant", "account", "name", "language"],
            update_fields=REFRESHED,
        )
        gone = Template.objects.filter(account=account, synced_at__lt=now).exclude(status=Template.Status.GONE)
        lost = gone.update(status=Template.Status.GONE)
    logger.info("templates.synced", extra={"account": str(account_id), "count": len(rows), "gone": lost})
    return len(rows)


def row_of(account: ChannelAccount, listed: ServiceTemplate, now: datetime) -> Template:
    return Template(
        tenant_id=account.tenant_id,
        account=account,
        name=listed.name,
        language=listed.language,
        category=listed.category[:30],
        status=listed.status,
        reason=listed.reason[:300],
        body=listed.body,
        components=list(listed.components),
        purpose=GUESSED.get(listed.name, ""),
        synced_at=now,
    )


def hear(route: Route, news: TemplateNews) -> None:
    """The service tells of one template, which every number of the same business has. Outside of any scope.

    Of one that is not known here it tells too little: then the account is looked at with the next tick.
    """
    with tenant_scope(route.tenant_id):
        own = ChannelAccount.objects.get(pk=route.account_id)
        accounts = ChannelAccount.objects.filter(kind=route.kind, config=own.config)
        rows = Template.objects.filter(account__in=accounts, name=news.name)
        if news.language:
            rows = rows.filter(language=news.language)
        changed = rows.update(status=news.state, reason=news.reason[:300])
        if not changed:
            accounts.update(checked_at=None)
    logger.info("template.changed", extra={"account": str(route.account_id), "state": news.state, "count": changed})


def mark(template_id: uuid.UUID, status: str, reason: str) -> None:
    """What the service said of it when it was to be sent. Inside the tenant's scope."""
    if Template.objects.filter(pk=template_id).update(status=status, reason=reason[:300]):
        logger.warning("template.refused", extra={"template": str(template_id), "status": status})


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An approved template with a text in it."""

    template_id: uuid.UUID
    part: TemplatePart


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What has to be said to whom."""

    text: str  # in one line
    purpose: str
    name: str  # of the person; "" where it isn't known
    languages: Sequence[str]  # IETF tags, the best first


def choose(account: ChannelAccount, wanted: Wanted, without: Collection[str] = ()) -> Choice | str:
    """The best template that takes the text, or why there is none. `without`: ids of those that were tried in vain."""
    purposes = list(dict.fromkeys([wanted.purpose or MESSAGE, MESSAGE]))
    rows = Template.objects.filter(account=account, purpose__in=purposes, status=Template.Status.APPROVED)
    ranked = sorted(ranks(rows, purposes, wanted.languages), key=lambda each: each[0])
    fitting = [row for _, row in ranked if str(row.pk) not in without]
    if not fitting:
        return f"the account has no approved template for a {' or '.join(purposes)} in {' or '.join(wanted.languages)}"
    for row in fitting:
        values = values_for(row, wanted)
        if values is not None and len(plain := filled(row.body, values)) <= LONGEST:
            part = TemplatePart(name=row.name, language=row.language, values=values, plain=plain)
            return Choice(template_id=row.pk, part=part)
    return f"no approved template takes it ({len(wanted.text)} characters)"


Rank = tuple[int, int, str]


def ranks(
    rows: Collection[Template] | Any, purposes: Sequence[str], languages: Sequence[str]
) -> Iterator[tuple[Rank, Template]]:
    """By purpose, then by language: the very one before another country's; what is in none of them is left out."""
    for row in rows:
        code = row.language.replace("-", "_").lower()
        for place, tag in enumerate(languages):
            wanted = tag.replace("-", "_").lower()
            if code.partition("_")[0] == wanted.partition("_")[0]:
                yield (purposes.index(row.purpose), 2 * place + (code != wanted), row.name), row
                break


def values_for(template: Template, wanted: Wanted) -> list[str] | None:
    """The text as {{1}}, or the name as {{1}} and the text as {{2}}; None where the template wants something else."""
    names = VARIABLE.findall(template.body)
    if any(wants_more(component) for component in template.components):
        return None
    if names == ["1"]:
        return [wanted.text]
    if names == ["1", "2"] and wanted.name:
        return [wanted.name, wanted.text]
    return None


def wants_more(component: Mapping[str, Any]) -> bool:
    """Whether something beside the body must be filled in: a picture on top, a word there, the end of a link."""
    kind = str(component.get("type", "")).upper()
    if kind == "BODY":
        return False
    is_media = kind == "HEADER" and str(component.get("format", "TEXT")).upper() != "TEXT"
    return (
        is_media or kind == "CAROUSEL" or bool(VARIABLE.search(repr(component.get("text"))) or has_open_link(component))
    )


def has_open_link(component: Mapping[str, Any]) -> bool:
    buttons = component.get("buttons")
    return any(
        isinstance(button, dict)
        and (VARIABLE.search(str(button.get("url", ""))) or button.get("type") in {"COPY_CODE", "OTP", "FLOW"})
        for button in (buttons if isinstance(buttons, list) else ())
    )


def filled(body: str, values: Sequence[str]) -> str:
    return VARIABLE.sub(lambda found: values[int(found[1]) - 1], body)


def in_one_line(text: str) -> str:
    """As a value of a template has to be: no new lines, no tabs, no row of spaces."""
    return " ".join(text.split())
