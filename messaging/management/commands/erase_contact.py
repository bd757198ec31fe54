"""`manage.py erase_contact --tenant SLUG --contact ID [--mentions] [--yes]`: a person goes, everywhere and for good."""

from __future__ import annotations

import sys
import uuid
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from messaging.erasure import NotErasable, Report, erase_contact
from tenants_app.models import Contact, Tenant
from tenants_app.traces import Trace, summary

ACTOR = "command:erase_contact"
SHOWN = 50  # mentions


class Command(BaseCommand):
    help = "Erase a contact: messages, files, facts, documents, what journals and sessions hold of them. For good."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help="the tenant's short name")
        parser.add_argument("--contact", required=True, type=uuid.UUID, help="the contact's id")
        parser.add_argument("--mentions", action="store_true", help="also what others wrote that names them")
        parser.add_argument("--yes", action="store_true", help="don't ask for the id to be typed again")

    def handle(self, *_: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {options['tenant']!r}.")
        pk: uuid.UUID = options["contact"]
        contact = Contact.objects.select_related("tenant").filter(tenant=tenant, pk=pk).first()
        if contact is None:
            raise CommandError(f"{tenant.slug} has no contact {pk}: it never was there, or is erased already.")
        if not options["yes"]:
            self.confirm(contact)
        try:
            report = erase_contact(contact, actor=ACTOR, with_mentions=options["mentions"])
        except NotErasable as error:
            raise CommandError(str(error)) from error
        self.tell(report)

    def confirm(self, contact: Contact) -> None:
        """Have the id typed. The question goes to stderr: stdout may be kept as a record."""
        self.stderr.write(f"Everything of this {contact.role} goes for good. Type {contact.pk} to erase: ", ending="")
        if sys.stdin.readline().strip() != str(contact.pk):
            raise CommandError("The id was not typed: nothing was erased.")

    def tell(self, report: Report) -> None:
        gone = ", ".join(f"{number} {kind}" for kind, number in sorted(report.counts.items()) if number)
        self.stdout.write(f"Erased: {gone or 'the contact alone'}.")
        self.traces("Before, their name, numbers and words stood in", report.before)
        self.traces("Now they stand in", report.left)
        for mention in report.mentions[:SHOWN]:
            self.stdout.write(f"  stays: {mention.place} ({mention.remedy})")
        if len(report.mentions) > SHOWN:
            self.stdout.write(f"  and {len(report.mentions) - SHOWN} more like these")

    def traces(self, heading: str, traces: Sequence[Trace]) -> None:
        self.stdout.write(f"{heading} {len(traces)} places{':' if traces else '.'}")
        for place, number in sorted(summary(traces).items()):
            self.stdout.write(f"  {place}: {number}")
