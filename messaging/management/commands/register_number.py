"""`manage.py register_number`: registers a tenant's number with its service, so that it can send and receive."""

from __future__ import annotations

import getpass
import re
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from messaging.channels import get_channel
from messaging.channels.base import TransportError
from messaging.credentials import load_credentials
from messaging.health import check
from messaging.issues import label
from messaging.management.commands.check_channels import accounts
from messaging.models import ChannelAccount
from tenants_app.crossings import note_act, operator


class Command(BaseCommand):
    help = "Register a tenant's WhatsApp number, with the six digits of its two-step verification."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", required=True)
        parser.add_argument("--number", metavar="ID", help="the service's id of the number, where there are several")
        parser.add_argument("--pin", help="six digits; asked for where it is not given. A new number gets this PIN")

    def handle(self, *_: Any, **options: Any) -> None:
        account = chosen(options["tenant"], options["number"])
        pin = options["pin"] or getpass.getpass("PIN of the two-step verification (six digits): ").strip()
        if not re.fullmatch(r"[0-9]{6}", pin):
            raise CommandError("The PIN has six digits. For a number that has none yet, choose one and keep it.")
        credentials = load_credentials(account.tenant_id, account.pk)
        if credentials is None:
            raise CommandError("The account is gone.")
        note_act(operator(getpass.getuser()), account, "account.registered")
        try:
            get_channel(account.kind).register(credentials, pin)
        except TransportError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(self.style.SUCCESS(f"{label(account)} is registered."))
        check(account.tenant_id, account.pk)


def chosen(slug: str, number: str | None) -> ChannelAccount:
    """The one account that is meant; raises CommandError where that is not clear."""
    found = accounts(slug)
    if number:
        account = found.filter(external_id=number).first()
        if account is None:
            raise CommandError(f"“{slug}” has no account with the id {number}.")
        return account
    registrable = [account for account in found if get_channel(account.kind).capabilities.registers]
    if not registrable:
        raise CommandError(f"“{slug}” has no number to be registered.")
    if len(registrable) > 1:
        ids = ", ".join(account.external_id for account in registrable)
        raise CommandError(f"“{slug}” has several numbers; say which with --number: {ids}.")
    return registrable[0]
