"""`manage.py add_credential --tenant SLUG NAME`: what a tenant's tools sign in with, from standard input."""

from __future__ import annotations

import getpass
import json
import sys
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from tenants_app.crossings import operator
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope
from tooling import credential_health, credentials
from tooling.models import Credential


class Command(BaseCommand):
    help = "Store a credential for a tenant's tools, or replace one. Its value comes on standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", required=True)
        parser.add_argument("name", metavar="NAME", help="by which tools declare it, such as mls")
        parser.add_argument(
            "--kind", choices=Credential.Kind.values, default=Credential.Kind.API_KEY, help="basic: user:password"
        )
        parser.add_argument("--header", default="", help=f"of an API key; without it {credentials.DEFAULT_HEADER}")
        parser.add_argument("--parameter", default="", help="of an API key that goes into the address")
        parser.add_argument("--check-url", metavar="URL", default="", help="a GET of it tells whether it is valid")
        parser.add_argument("--expires", metavar="DATE", help="such as 2027-06-30; a warning comes two weeks before")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *_: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant “{options['tenant']}”.")
        facts = credentials.Facts(
            kind=options["kind"],
            header=options["header"],
            parameter=options["parameter"],
            check_url=options["check_url"],
            expires_at=moment(options["expires"], tenant),
        )
        try:
            with tenant_scope(tenant):
                row = credentials.save(tenant, options["name"], facts, read(), actor=operator(getpass.getuser()))
        except credentials.CredentialError as error:
            raise CommandError(f"{error.field}: {error.text}") from error
        if row.check_url:
            row = credential_health.check(tenant, row.pk)
        if options["json"]:
            self.stdout.write(json.dumps(credential_health.shown(row)))
        else:
            self.stdout.write(f"{row.name} is stored, and shown to nobody again. {credential_health.in_words(row)}")


def read() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Value: ")
    return sys.stdin.readline().rstrip("\r\n")


def moment(text: str | None, tenant: Tenant) -> datetime | None:
    """The end of a day, or a time, by the tenant's clock where it names no zone."""
    if text is None:
        return None
    try:
        found = parse_datetime(text) if "T" in text or " " in text else None
        day = parse_date(text) if found is None else None
    except ValueError:
        found = day = None
    if found is None and day is None:
        raise CommandError(f"--expires is a date such as 2027-06-30; got {text!r}.")
    whole = found or datetime.combine(day or timezone.now().date(), datetime.max.time())
    return whole if timezone.is_aware(whole) else timezone.make_aware(whole, tenant.zone)
