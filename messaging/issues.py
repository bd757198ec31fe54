"""What is wrong with accounts, as rows: opened and ended, each with its alert, and told to the owner once.

All of it inside the tenant's scope. Whoever opens an issue and may have to tell of it locks the owners' chats first
(`owners.lock_chats`): a conversation's row comes before all others.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db.models import QuerySet

from messaging.channels import CHANNELS
from messaging.channels.base import Finding
from messaging.models import AccountIssue, ChannelAccount
from messaging.owners import tell_owners
from tenants_app import audit
from tenants_app.models import OperatorAlert, Tenant

logger = logging.getLogger(__name__)

INFO = AccountIssue.Severity.INFO
LONGEST = 500


def family(code: str) -> str:
    """What a code is about, without which of several: "template_rejected" of "template_rejected:reminder_en"."""
    return code.partition(":")[0]


def alert_kind(code: str) -> str:
    return f"account.{family(code)}"[:60]


def keep(account: ChannelAccount, finding: Finding, now: datetime) -> None:
    """Open an issue, or bring the open one up to date."""
    tenant = account.tenant
    values = {
        "severity": finding.severity,
        "text": filled(finding.text, tenant),
        "fix": filled(finding.fix, tenant),
        "seen_at": now,
    }
    known = open_issues(account).filter(code=finding.code).first()
    if known is None:
        row = AccountIssue(tenant=tenant, account=account, code=finding.code, **values)
        AccountIssue.objects.bulk_create([row], ignore_conflicts=True)
        logger.warning("account.issue", extra={"account": str(account.pk), "code": family(finding.code)})
    else:
        AccountIssue.objects.filter(pk=known.pk).update(**values)
    if finding.severity != INFO and (known is None or known.severity == INFO):
        audit.alert(tenant, alert_kind(finding.code), f"{label(account)}: {values['text']} {values['fix']}")


def mend(account: ChannelAccount, families: Collection[str], now: datetime, *, but: Iterable[str] = ()) -> None:
    """End the open issues of these families, but for those with one of these codes."""
    found = set(but)
    for issue in open_issues(account):
        if family(issue.code) in families and issue.code not in found:
            end(issue, now)


def end(issue: AccountIssue, now: datetime) -> bool:
    """Whether it was open. The alert ends with the last issue that it stands for."""
    if not AccountIssue.objects.filter(pk=issue.pk, resolved_at=None).update(resolved_at=now):
        return False
    logger.info("account.mended", extra={"account": str(issue.account_id), "code": family(issue.code)})
    kind = alert_kind(issue.code)
    others = AccountIssue.objects.filter(tenant=issue.tenant_id, resolved_at=None).exclude(severity=INFO)
    if not any(alert_kind(code) == kind for code in others.values_list("code", flat=True)):
        OperatorAlert.objects.filter(tenant=issue.tenant_id, kind=kind, resolved_at=None).update(resolved_at=now)
    return True


def tell(account: ChannelAccount, findings: Mapping[str, Finding], now: datetime) -> None:
    """Tell the owners of each open issue that they were not told of, in the words of these findings where it is there.

    The owners' chats are locked. Where no owner can be told yet, the next check tries again.
    """
    untold = open_issues(account).filter(told_at=None).exclude(severity=INFO)
    for issue in untold.order_by("found_at", "pk"):
        finding = findings.get(issue.code)
        told = tell_owners(
            account.tenant,
            "account_trouble",
            around=account if finding is not None and finding.silences else None,
            account=label(account),
            text=in_languages(issue.text, finding, 0, account.tenant),
            fix=in_languages(issue.fix, finding, 1, account.tenant),
        )
        if told:
            AccountIssue.objects.filter(pk=issue.pk, told_at=None).update(told_at=now)


def in_languages(words: str, finding: Finding | None, place: int, tenant: Tenant) -> dict[str, str]:
    others = finding.translations if finding is not None else {}
    return {"en": words, **{language: filled(told[place], tenant) for language, told in others.items()}}


def filled(words: str, tenant: Tenant) -> str:
    return words.replace("{tenant}", tenant.slug)[:LONGEST]


def label(account: ChannelAccount) -> str:
    channel = CHANNELS.get(account.kind)
    return f"{channel.label if channel else account.kind} {account.address or account.external_id}"


def open_issues(account: ChannelAccount) -> QuerySet[AccountIssue]:
    return AccountIssue.objects.filter(tenant=account.tenant_id, account=account, resolved_at=None)
