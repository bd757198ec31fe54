"""`manage.py check_channels`: asks the services now what is wrong with each account, and says what mends it."""

from __future__ import annotations

import getpass
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from messaging.channels.base import Finding
from messaging.channels.findings import UNASKED
from messaging.health import check
from messaging.issues import filled, label
from messaging.models import ChannelAccount
from tenants_app.crossings import note_act, operator
from tenants_app.models import Tenant

WORST_FIRST = ("error", "warning", "info")


class Command(BaseCommand):
    help = "Ask the services what is wrong with each account. Ends with 1 where something keeps one from working."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="only this tenant's accounts")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *_: Any, **options: Any) -> None:
        checked = [(account, self.look(account)) for account in accounts(options["tenant"])]
        if options["json"]:
            self.stdout.write(json.dumps({"accounts": [shown(account, findings) for account, findings in checked]}))
        else:
            self.print(checked)
        failed = sum(any(is_failure(finding) for finding in findings) for _, findings in checked)
        if failed:
            raise CommandError(f"{failed} of {len(checked)} accounts need something.", returncode=1)

    def look(self, account: ChannelAccount) -> list[Finding]:
        note_act(operator(getpass.getuser()), account, "account.checked")
        findings = check(account.tenant_id, account.pk)
        return sorted(findings, key=lambda finding: WORST_FIRST.index(finding.severity))

    def print(self, checked: list[tuple[ChannelAccount, list[Finding]]]) -> None:
        if not checked:
            self.stdout.write("There are no accounts. `manage.py onboard` connects one.")
        for account, findings in checked:
            simulated = " (simulated)" if account.is_simulated else ""
            name = f"{account.tenant.slug}  {label(account)}{simulated}"
            if not findings:
                self.stdout.write(f"{self.style.SUCCESS('ok      ')} {name}")
            for finding in findings:
                style = self.style.WARNING if finding.severity != "error" else self.style.ERROR
                self.stdout.write(f"{style(finding.severity.ljust(8))} {name}")
                self.stdout.write(f"         {filled(finding.text, account.tenant)}")
                self.stdout.write(f"         → {filled(finding.fix, account.tenant)}")


def accounts(slug: str | None) -> QuerySet[ChannelAccount]:
    found = ChannelAccount.objects.select_related("tenant").order_by("tenant__slug", "kind", "pk")
    if slug is None:
        return found
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise CommandError(f"There is no tenant “{slug}”.")
    return found.filter(tenant=tenant)


def is_failure(finding: Finding) -> bool:
    """That a service could not be asked is no trouble of the account's, but nobody knows that all is well either."""
    return finding.severity == "error" or finding.code == UNASKED


def shown(account: ChannelAccount, findings: list[Finding]) -> dict[str, Any]:
    return {
        "tenant": account.tenant.slug,
        "kind": account.kind,
        "id": str(account.pk),
        "external_id": account.external_id,
        "address": account.address,
        "simulated": account.is_simulated,
        "findings": [
            {
                "code": finding.code,
                "severity": finding.severity,
                "text": filled(finding.text, account.tenant),
                "fix": filled(finding.fix, account.tenant),
            }
            for finding in findings
        ],
    }
