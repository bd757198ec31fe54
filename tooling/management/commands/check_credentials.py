"""`manage.py check_credentials`: asks the services now whether tenants' credentials are valid."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants_app.models import Tenant
from tooling import credential_health
from tooling.models import Credential


class Command(BaseCommand):
    help = "Check the credentials of tenants' tools. Ends with 1 where one is refused or has expired."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="only this tenant's")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *_: Any, **options: Any) -> None:
        rows = Credential.objects.select_related("tenant").order_by("tenant__slug", "name")
        if options["tenant"]:
            tenant = Tenant.objects.filter(slug=options["tenant"]).first()
            if tenant is None:
                raise CommandError(f"There is no tenant “{options['tenant']}”.")
            rows = rows.filter(tenant=tenant)
        checked = [credential_health.check(row.tenant, row.pk) for row in rows]
        if options["json"]:
            self.stdout.write(json.dumps({"credentials": [credential_health.shown(row) for row in checked]}))
        else:
            for row in checked:
                self.stdout.write(f"{row.tenant.slug}  {row.name}: {credential_health.in_words(row)}")
            if not checked:
                self.stdout.write("There are no credentials. `manage.py add_credential` stores one.")
        failed = sum(credential_health.is_failure(row) for row in checked)
        if failed:
            raise CommandError(f"{failed} of {len(checked)} credentials do not work.", returncode=1)
