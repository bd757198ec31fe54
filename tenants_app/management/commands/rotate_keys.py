"""`manage.py rotate_keys`: have the newest master key wrap everything, so that the older ones can be taken away."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from messaging.rotation import find_unreadable_apps, rewrap_apps
from tenants_app.audit import record, record_installation
from tenants_app.models import Tenant
from tenants_app.rotation import Rotated, find_unreadable, reseal_secrets, rewrap_data_keys
from tenants_app.scope import tenant_scope
from tenants_app.vault import master_keys

ACTOR = "command:rotate_keys"


class Command(BaseCommand):
    help = (
        "Wrap every data key by the newest version in MASTER_KEYS. Put the new version beside the old, restart, run "
        "this, then take the old one away. Safe to interrupt and to run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--data-keys",
            action="store_true",
            help="also give every tenant a new data key and seal its secrets with it",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            newest = master_keys().newest
        except ValueError as error:
            raise CommandError(str(error)) from error
        tenants = list(Tenant.objects.order_by("slug"))
        total = Rotated()
        for tenant in tenants:
            rotate(tenant, total, data_keys=options["data_keys"])
        apps = rewrap_apps()
        counts = {"master_version": newest, "data_keys": total.data_keys, "apps": apps, "secrets": total.secrets}
        record_installation("keys.rotated", ACTOR, **counts)
        unreadable = [{"tenant": each.slug, "name": name} for each in tenants for name in find_unreadable(each)]
        unreadable += [{"tenant": "", "name": name} for name in find_unreadable_apps()]
        self.answer(counts, unreadable, as_json=options["json"])

    def answer(self, counts: dict[str, int], unreadable: list[dict[str, str]], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({**counts, "unreadable": unreadable}))
            return
        self.stdout.write(
            f"Master key {counts['master_version']} now wraps {counts['data_keys']} more data keys and "
            f"{counts['apps']} more apps; {counts['secrets']} secrets were sealed anew."
        )
        for each in unreadable:
            self.stdout.write(f"Does not open: {each['name']} of {each['tenant'] or 'the installation'}")
        if unreadable:
            self.stdout.write(
                "Put the master key back that wrapped these, or enter the values anew; keep the old master keys."
            )
        else:
            self.stdout.write("Everything opens. Older master keys can be taken out of MASTER_KEYS.")


def rotate(tenant: Tenant, total: Rotated, *, data_keys: bool) -> None:
    done = Rotated()
    rewrap_data_keys(tenant, done)
    if data_keys:
        reseal_secrets(tenant, done)
    if done != Rotated():
        with tenant_scope(tenant):
            record(tenant, ACTOR, "keys.rotated", data_keys=done.data_keys, secrets=done.secrets)
    total.data_keys += done.data_keys
    total.secrets += done.secrets
