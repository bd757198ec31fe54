"""`manage.py export_memory --tenant SLUG [--contact ID] --out FILE.zip`: memory as a zip of Markdown."""

from __future__ import annotations

import os
import shutil
import uuid
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from memory.export import export_contact, export_tenant
from tenants_app import audit
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope

ACTOR = "command:export_memory"


class Command(BaseCommand):
    help = "Write a tenant's memory, or what there is of one contact, as a zip of Markdown."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help="the tenant's short name")
        parser.add_argument("--contact", type=uuid.UUID, help="the contact's id; without it, everything")
        parser.add_argument("--out", required=True, type=Path, help="the file to write")

    def handle(self, *_: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {options['tenant']!r}.")
        contact = self.contact(tenant, options["contact"]) if options["contact"] else None
        out: Path = options["out"]
        unfinished = out.with_name(f"{out.name}.part")
        with export_contact(contact) if contact is not None else export_tenant(tenant) as archive:
            try:
                with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                    shutil.copyfileobj(archive, file)
                unfinished.replace(out)
            except OSError as error:
                raise CommandError(f"{out} cannot be written: {error.strerror}.") from error
        with tenant_scope(tenant):
            audit.record(tenant, ACTOR, "memory.exported", f"contact {contact.pk}" if contact else "")
        self.stdout.write(f"{out}: {out.stat().st_size:,} bytes. It holds what people said: keep it like a secret.")

    def contact(self, tenant: Tenant, pk: uuid.UUID) -> Contact:
        found = Contact.objects.select_related("tenant").filter(tenant=tenant, pk=pk).first()
        if found is None:
            raise CommandError(f"{tenant.slug} has no contact {pk}. Ids stand in the address of a contact's page.")
        return found
