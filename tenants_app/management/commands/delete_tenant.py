"""`manage.py delete_tenant SLUG`: everything of a tenant goes, rows and files, for good."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants_app.deletion import delete_tenant, remove_leftovers, was_deleted
from tenants_app.models import Tenant

ACTOR = "command:delete_tenant"


class Command(BaseCommand):
    help = "Delete a tenant with everything that is its own: messages, contacts, secrets, journals, files. For good."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the tenant's short name")
        parser.add_argument("--yes", action="store_true", help="don't ask for the name to be typed again")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *_: Any, **options: Any) -> None:
        slug: str = options["slug"]
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is None:
            if not was_deleted(slug):
                raise CommandError(f"There is no tenant {slug!r}. There are: {known()}.")
            folders = remove_leftovers()
        else:
            if not options["yes"]:
                self.confirm(tenant)
            folders = delete_tenant(tenant, ACTOR)
        self.answer(slug, folders, deleted=tenant is not None, as_json=options["json"])

    def confirm(self, tenant: Tenant) -> None:
        """Have the name typed. The question goes to stderr: stdout may be read by a machine."""
        self.stderr.write(f"Everything of {tenant.name} goes for good. Type {tenant.slug} to delete it: ", ending="")
        if sys.stdin.readline().strip() != tenant.slug:
            raise CommandError(f"{tenant.slug} was not typed: nothing was deleted.")

    def answer(self, slug: str, folders: int, *, deleted: bool, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"tenant": slug, "deleted": deleted, "folders_removed": folders}))
        elif deleted:
            self.stdout.write(f"{slug} is deleted; {folders} folders of files were removed.")
        else:
            self.stdout.write(f"{slug} was deleted before; {folders} folders left behind were removed.")


def known() -> str:
    return ", ".join(Tenant.objects.values_list("slug", flat=True)[:50]) or "none"
