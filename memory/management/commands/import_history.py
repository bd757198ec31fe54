"""`manage.py import_history`: what was said in a messenger before, searchable when the command returns."""

from __future__ import annotations

import getpass
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone

from memory.importing import Import, Told
from memory.imports import jsonlines, telegram, whatsapp
from memory.imports.dates import ORDERS, Order
from memory.imports.items import LONGEST_NAME, LONGEST_TEXT, ExportError, Item
from memory.imports.progress import Progress
from memory.imports.reading import Export, opened
from tenants_app.models import Tenant

NAMES = {"whatsapp": "WhatsApp", "telegram": "Telegram", "jsonlines": "JSON lines"}
LISTED = 20
NOT_ALL = 2  # exit code: imported, except for what could not be read


class Command(BaseCommand):
    help = (
        "Bring along a chat that WhatsApp or Telegram exported, or JSON lines of {id, speaker, text, at}. Safe to run "
        "again, also with a longer export of the same chat. Exit code 2: imported, but not all of it could be read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="WhatsApp's .txt or .zip, Telegram's result.json, or .jsonl")
        parser.add_argument("--tenant", required=True, metavar="SLUG", help="the tenant's short name")
        parser.add_argument("--chat", default="", metavar="NAME", help="the chat's name; default: what the file says")
        parser.add_argument("--date-order", choices=ORDERS, help="of WhatsApp's dates, where nothing in them tells")
        parser.add_argument("--tz", metavar="ZONE", help="of times without an offset; default: the tenant's")
        parser.add_argument("--me", default="", metavar="NAME", help="what the owner is called in the chat")
        parser.add_argument("--dry-run", action="store_true", help="read and count, and write nothing")

    def handle(self, *_: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {options['tenant']!r}.")
        zone = zone_of(options["tz"] or tenant.timezone)
        path: Path = options["file"]
        try:
            export = opened(path)
            for note in export.notes:
                self.stderr.write(self.style.WARNING(note))
            told = self.bring(tenant, export, zone, options)
        except ExportError as error:
            raise CommandError(f"{path.name}: {error}") from error
        except LookupError as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            raise CommandError("The database was lost. Run this again: it goes on where it was.") from error
        if told.broken:
            raise CommandError("Not all of the file could be read; see above.", returncode=NOT_ALL)

    def bring(self, tenant: Tenant, export: Export, zone: ZoneInfo, options: dict[str, Any]) -> Told:
        chat = options["chat"].strip()[:LONGEST_NAME]
        work = Import(
            tenant,
            chat=chat or export.name,
            actor=f"operator:{getpass.getuser()}",
            me=options["me"],
            now=timezone.now(),
            dry_run=options["dry_run"],
        )
        progress = Progress(self.draw, export.size, terminal=self.stderr.isatty())
        broke: ExportError | None = None
        try:
            for item in items_of(export, zone, chat, options["date_order"]):
                work.take(item)
                progress.at(export.position, work.told.messages)
        except ExportError as error:  # what came before is kept, and known when the rest comes
            broke = error
        finally:
            progress.clear()
        work.finish(format=export.format)
        if broke is None or work.told.messages:
            self.report(work.told, export, zone, dry_run=options["dry_run"])
        if broke is not None:
            raise broke
        return work.told

    def draw(self, text: str) -> None:
        self.stderr.write(text, style_func=str, ending="")
        self.stderr.flush()

    def report(self, told: Told, export: Export, zone: ZoneInfo, *, dry_run: bool) -> None:
        for line in lines_about(told, export, zone, dry_run=dry_run):
            self.stdout.write(line)
        for each in told.shown:
            self.stderr.write(self.style.WARNING(f"{each.where} {each.why}"))
        if told.broken > len(told.shown):
            self.stderr.write(self.style.WARNING(f"and {told.broken - len(told.shown):,} more"))


def zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise CommandError(f"There is no time zone {name!r}; one is named like America/Chicago.") from error


def items_of(export: Export, zone: ZoneInfo, chat: str, order: Order | None) -> Iterator[Item]:
    """What stands in the file; raises ExportError where it breaks off, or where the operator has to say something."""
    if export.format == "jsonlines":
        with export.text() as file:
            yield from jsonlines.read(file, zone)
    elif export.format == "telegram":
        with export.text() as file:
            names = telegram.names_of(file)
        with export.text() as file:
            yield from telegram.Reader(zone, [chat] if chat and len(names) == 1 else names, chat).read(file)
    else:
        with export.text() as file:
            layout = whatsapp.layout_of(file, timezone.now().date(), order)
        with export.text() as file:
            yield from whatsapp.Reader(zone, layout).read(file)


def lines_about(told: Told, export: Export, zone: ZoneInfo, *, dry_run: bool) -> Iterator[str]:
    """The summary that people read."""
    chats = ", ".join(f"{name} ({count:,})" for name, count in told.chats.most_common(LISTED))
    more = f" and {len(told.chats) - LISTED} more chats" if len(told.chats) > LISTED else ""
    yield f"{NAMES[export.format]}: {chats or 'no messages'}{more}"
    would = "would be new" if dry_run else "new"
    yield f"  {told.messages:,} messages: {told.new:,} {would}, {told.there:,} already there"
    if told.first is not None and told.last is not None:
        yield f"  from {shown(told.first, zone)} to {shown(told.last, zone)} ({zone.key})"
    if told.differing:
        yield f"  {told.differing:,} of those already there have other words now; what was stored first stays"
    if told.cut:
        yield f"  {told.cut:,} are longer than {LONGEST_TEXT:,} characters; the rest of them is not stored"
    for why, count in told.left_out.most_common():
        yield f"  left out: {count:,} {why}"
    if told.broken:
        yield f"  could not be read: {told.broken:,}"
    linked = [f"{speaker} is {contact}" for speaker, contact in sorted(told.linked.items())]
    yield f"  linked to contacts: {'; '.join(linked[:LISTED]) or 'nobody'}"
    if told.unlinked:
        yield f"  no one contact is named: {', '.join(sorted(told.unlinked)[:LISTED])}"
    if dry_run:
        yield "Nothing was written."


def shown(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
