"""An account's health: its service is asked what is wrong, and what that is stands in rows until it is mended.

Nothing waits for the service inside a transaction; the owner is told in the same one in which that is noted.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone

from messaging import issues, templates, work
from messaging.channels import get_channel
from messaging.channels.base import AccountNotice, Channel, Credentials, Finding, Inspection, TransportError
from messaging.channels.findings import REFUSED, UNASKED, unasked, worded
from messaging.commands.menu import set_menu
from messaging.credentials import Route, load_credentials
from messaging.models import ChannelAccount, Conversation, Delivery, Template, Work
from messaging.owners import lock_chats
from messaging.patience import insist
from messaging.troubles import WORDS
from tenants_app.literals import Literal
from tenants_app.models import Contact, ContactAddress
from tenants_app.scope import tenant_scope
from tooling import credential_health

logger = logging.getLogger(__name__)

EVERY = timedelta(hours=1)
AT_ONCE = 20  # accounts that one tick looks at, one after the other
RESUMED_AT_ONCE = 1000  # conversations; the others' sends come again by themselves within minutes
OWNER_UNREACHABLE = "owner_unreachable"
BAD_TEMPLATES = (Template.Status.REJECTED, Template.Status.PAUSED, Template.Status.DISABLED)
HOUSE_CODES = frozenset({OWNER_UNREACHABLE, *(f"template_{status}" for status in BAD_TEMPLATES)})


def check_due() -> None:
    """Look at the accounts that were not looked at for so long; what can't be asked is left for the next time.

    With them at what their tenants' tools sign in with.
    """
    with connection.cursor() as cursor:
        values: list[Any] = [AT_ONCE, EVERY]
        cursor.execute("SELECT tenant_id, account_id FROM messaging_accounts_to_check(%s, %s)", values)
        due = cursor.fetchall()
    connection.close()
    for tenant_id, account_id in due:
        try:
            check(tenant_id, account_id)
        except Exception:  # one account's trouble, whatever it is, must not keep the others from being looked at
            logger.exception("account.check_failed", extra={"account": str(account_id)})
    for tenant_id in dict.fromkeys(tenant_id for tenant_id, _ in due):
        try:
            credential_health.watch(tenant_id)
        except Exception:  # as above
            logger.exception("credential.watch_failed", extra={"tenant": str(tenant_id)})


def check(tenant_id: uuid.UUID, account_id: uuid.UUID) -> list[Finding]:
    """Ask the service, and bring the account's issues up to date. Outside of any scope.

    Where the service cannot be asked, that is the finding (`UNASKED`), and all else stays as it was known.
    """
    credentials = load_credentials(tenant_id, account_id)  # as they stand now, not as this process remembers them
    with tenant_scope(tenant_id):
        account = ChannelAccount.objects.select_related("tenant").filter(tenant=tenant_id, pk=account_id).first()
    if account is None or credentials is None:
        return []
    channel = get_channel(account.kind)
    try:
        inspection = channel.inspect(credentials, account.webhook_url)
        inspection = replace(inspection, looked_at=inspection.looked_at | {UNASKED})
    except TransportError as error:
        logger.warning("account.unasked", extra={"account": str(account_id), "code": error.code})
        inspection = Inspection(findings=(unasked(channel, error),))
    else:
        if REFUSED not in {finding.code for finding in inspection.findings}:
            refresh(account, channel, credentials)
    return written(account, inspection)


def refresh(account: ChannelAccount, channel: Channel, credentials: Credentials) -> None:
    """What else is kept the same here and there: the catalogue of templates, the menu of commands."""
    try:
        templates.sync(account.tenant_id, account.pk)
        set_menu(channel, credentials)
    except TransportError as error:
        logger.warning("account.unrefreshed", extra={"account": str(account.pk), "code": error.code})


def look_again(tenant_id: uuid.UUID, account_id: uuid.UUID) -> None:
    """After its templates or addresses have changed here: bring its issues up to date without asking the service."""
    with tenant_scope(tenant_id):
        account = ChannelAccount.objects.select_related("tenant").filter(tenant=tenant_id, pk=account_id).first()
    if account is not None:
        written(account, Inspection(), asked=False)


def written(account: ChannelAccount, inspection: Inspection, *, asked: bool = True) -> list[Finding]:
    extra: dict[str, object] = {"account": str(account.pk)}
    findings, mended = insist(lambda _: reconcile(account, inspection, asked), "account.check_unwritten", extra)
    if mended:
        resume_sends(account.tenant_id, account.pk)
    return findings


def reconcile(account: ChannelAccount, inspection: Inspection, asked: bool) -> tuple[list[Finding], bool]:
    """Write down what was found, tell the owner what is new, and answer all of it and whether the token works again."""
    now = timezone.now()
    with tenant_scope(account.tenant_id):
        lock_chats(account.tenant_id)
        findings = [*inspection.findings, *of_templates(account), *of_owners(account)]
        by_code = {finding.code: finding for finding in findings}
        for finding in by_code.values():
            issues.keep(account, finding, now)
        issues.mend(account, inspection.looked_at | HOUSE_CODES, now, but=by_code)
        mended = follow_token(account, by_code.get(REFUSED), inspection)
        if asked:
            ChannelAccount.objects.filter(tenant=account.tenant_id, pk=account.pk).update(checked_at=now)
        issues.tell(account, by_code, now)
    return list(by_code.values()), mended


def follow_token(account: ChannelAccount, refusal: Finding | None, inspection: Inspection) -> bool:
    """Whether the token was refused until now, and is taken again."""
    row = ChannelAccount.objects.filter(tenant=account.tenant_id, pk=account.pk)
    if refusal is not None:
        row.update(status=ChannelAccount.Status.REFUSED, status_reason=refusal.text[:300])
        return False
    if REFUSED not in inspection.looked_at:
        return False
    refused = row.filter(status=ChannelAccount.Status.REFUSED)
    return bool(refused.update(status=ChannelAccount.Status.ACTIVE, status_reason=""))


def resume_sends(tenant_id: uuid.UUID, account_id: uuid.UUID) -> None:
    """Have what waited for the token sent now. Being called again does no harm."""
    later = Delivery.objects.filter(
        tenant=tenant_id,
        status__in=[Literal(Delivery.Status.PENDING), Literal(Delivery.Status.SENDING)],
        due_at__gt=timezone.now(),
    )
    with tenant_scope(tenant_id):
        waiting = later.filter(conversation__account=account_id).values_list("conversation_id", flat=True)
        chosen = list(waiting.distinct()[:RESUMED_AT_ONCE])
    for conversation_id in chosen:
        with tenant_scope(tenant_id, first=work.locked(conversation_id)):
            if later.filter(conversation=conversation_id, status=Delivery.Status.PENDING).update(due_at=None):
                work.schedule(tenant_id, conversation_id, Work.Kind.SEND)


def of_templates(account: ChannelAccount) -> Iterable[Finding]:
    """One that the assistant has no use for is no trouble of the owner's."""
    for template in Template.objects.filter(tenant=account.tenant_id, account=account, status__in=BAD_TEMPLATES):
        yield worded(
            WORDS,
            f"template_{template.status}",
            "warning" if template.purpose else "info",
            which=str(template.pk),
            service=get_channel(account.kind).label,
            name=template.name[:100],
            language=template.language,
            reason=f": {template.reason[:100]}" if template.reason else "",
        )


def of_owners(account: ChannelAccount) -> Iterable[Finding]:
    """Owners whom this channel does not reach any more."""
    owners = Contact.objects.filter(tenant=account.tenant_id, role=Contact.Role.OWNER)
    chats = Conversation.objects.filter(tenant=account.tenant_id, account=account, chat_id=OuterRef("address"))
    lost = ContactAddress.objects.filter(
        Exists(chats), tenant=account.tenant_id, kind=account.kind, contact__in=owners.values("pk")
    ).exclude(unreachable_at=None)
    service, name = get_channel(account.kind).label, account.address or account.external_id
    for address in lost:
        yield worded(WORDS, OWNER_UNREACHABLE, "warning", which=str(address.pk), service=service, account=name)


def take_notice(route: Route, notice: AccountNotice) -> None:
    """What the service tells unasked opens and ends the same issues as a check. Outside of any scope."""
    if notice.finding is None and not notice.mends:
        return
    now = timezone.now()
    with tenant_scope(route.tenant_id):
        lock_chats(route.tenant_id)
        account = ChannelAccount.objects.select_related("tenant").get(tenant=route.tenant_id, pk=route.account_id)
        issues.mend(account, notice.mends, now)
        if notice.finding is not None:
            issues.keep(account, notice.finding, now)
            issues.tell(account, {notice.finding.code: notice.finding}, now)


def note_trouble(account_id: uuid.UUID, finding: Finding) -> None:
    """What a send met: kept at once, and the account is looked at by the next tick, which tells the owner.

    Not told here: the caller has locked one conversation, and others must not be locked after it.
    """
    account = ChannelAccount.objects.select_related("tenant").get(pk=account_id)
    if not issues.open_issues(account).filter(code=finding.code).exists():
        issues.keep(account, finding, timezone.now())
        ChannelAccount.objects.filter(pk=account_id).update(checked_at=None)
