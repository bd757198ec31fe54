"""`manage.py upgrade_framework`: shows what another version of the framework would change, and applies it."""

from __future__ import annotations

import getpass
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count, Q
from django.utils import timezone

from memory import framework
from memory.models import Framework
from messaging.models import Turn
from tenants_app.crossings import operator
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope

ENOUGH = 5  # answered turns of a canary
RULE = (
    "--all needs a canary: a tenant that is on the version, and in sessions begun since has answered {turns} turns "
    "or more and apologised for none. Apply it to one first: --tenant SLUG --version {version}."
)


class Command(BaseCommand):
    help = (
        "Show what another version of the framework would change for tenants, and apply it, newer or older. One tenant "
        "first; all of them once that one has answered with it."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """With a `--version` of our own: Django's tells which Django this is."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", action="append", default=[], help="may be given more than once")
        parser.add_argument("--all", action="store_true", help="every tenant that is not on the version")
        parser.add_argument("--version", metavar="N", type=int, help="newer or older than theirs (default: the newest)")
        parser.add_argument("--diff", action="store_true", help="only show what would change")
        parser.add_argument("--yes", action="store_true", help="don't ask")
        parser.add_argument("--after-turns", metavar="N", type=int, default=ENOUGH, help=f"of the canary ({ENOUGH})")
        parser.add_argument(
            "--after-hours", metavar="H", type=float, help="or the canary has been on it so long and has answered one"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        number = framework.newest() if options["version"] is None else options["version"]
        try:
            what = framework.changes_in(number)
        except framework.UnknownVersion as error:
            raise CommandError(str(error)) from error
        if not options["tenant"] and not options["all"]:
            self.list(number, what)
            return
        tenants = [tenant for tenant in chosen(options) if framework.version_of(tenant) != number]
        self.stdout.write(f"Version {number}: {what}")
        for tenant in tenants:
            self.show(tenant, number)
        if not tenants:
            self.stdout.write(f"Nothing to do: version {number} holds already.")
        elif not options["diff"]:
            if options["all"]:
                self.require_canary(number, options)
            self.apply(tenants, number, ask=not options["yes"])

    def list(self, number: int, what: str) -> None:
        self.stdout.write(f"Version {number}: {what}")
        for tenant in Tenant.objects.order_by("slug"):
            held = framework.version_of(tenant)
            self.stdout.write(f"{tenant.slug}: version {held}{'' if held == number else f', not {number}'}")
        self.stdout.write("--tenant SLUG or --all shows what would change, and applies it.")

    def show(self, tenant: Tenant, number: int) -> None:
        for roles, diff in framework.differences(tenant, number):
            self.stdout.write(f"\n{tenant.slug}, as told in chats of: {', '.join(roles)}")
            for line in diff.splitlines():
                style = {"+": self.style.SUCCESS, "-": self.style.ERROR}.get(line[:1], str)
                self.stdout.write(style(line))

    def require_canary(self, number: int, options: dict[str, Any]) -> None:
        """Raises CommandError where no tenant has tried the version."""
        canary = canary_for(number, options["after_turns"], options["after_hours"])
        if canary is None:
            raise CommandError(RULE.format(turns=options["after_turns"], version=number))
        self.stdout.write(f"\n{canary.slug} has answered with version {number} and apologised for nothing.")

    def apply(self, tenants: Sequence[Tenant], number: int, *, ask: bool) -> None:
        names = ", ".join(tenant.slug for tenant in tenants)
        if ask and input(f"\nApply version {number} to {names}? Their sessions begin anew. [y/N] ").strip() != "y":
            raise CommandError("Nothing was changed.")
        actor = operator(getpass.getuser())
        for tenant in tenants:
            with tenant_scope(tenant):
                framework.apply(tenant, number, actor)
            self.stdout.write(f"{tenant.slug} is on version {number}.")


def chosen(options: dict[str, Any]) -> list[Tenant]:
    if options["all"]:
        return list(Tenant.objects.order_by("slug"))
    found = {tenant.slug: tenant for tenant in Tenant.objects.filter(slug__in=options["tenant"])}
    missing = [slug for slug in options["tenant"] if slug not in found]
    if missing:
        raise CommandError(f"There is no tenant “{missing[0]}”.")
    return [found[slug] for slug in dict.fromkeys(options["tenant"])]


def canary_for(number: int, turns: int, hours: float | None) -> Tenant | None:
    """A tenant that has tried the version well enough for all others to have it."""
    tried = Framework.objects.filter(version=number).select_related("tenant").order_by("applied_at", "pk")
    for row in tried.iterator():
        if framework.version_of(row.tenant) != number:
            continue
        since = Turn.objects.filter(tenant=row.tenant_id, session__opened_at__gte=row.applied_at)
        counts = since.aggregate(
            answered=Count("pk", filter=Q(status=Turn.Status.ANSWERED)),
            apologised=Count("pk", filter=Q(status=Turn.Status.APOLOGISED)),
        )
        is_old = hours is not None and row.applied_at <= timezone.now() - timedelta(hours=hours)
        enough = 1 if is_old else turns
        if counts["answered"] >= max(enough, 1) and not counts["apologised"]:
            return row.tenant
    return None
