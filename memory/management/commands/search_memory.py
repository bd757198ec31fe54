"""`manage.py search_memory --tenant SLUG "…"`: what the search finds, with ids, so that it can be measured.

Without a question on the command line it reads one a line from stdin and answers each with one JSON list a line.
"""

from __future__ import annotations

import getpass
import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from memory.search.finding import search
from memory.search.types import Hit, Viewer
from tenants_app.crossings import note_act, operator
from tenants_app.models import Tenant
from tenants_app.scope import tenant_scope

MOST = 1000


class Command(BaseCommand):
    help = "Find what was said, written down and noted in a tenant, as its owner would."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", required=True)
        parser.add_argument("--limit", type=int, default=10, metavar="N", help="hits at most for each question (10)")
        parser.add_argument("--json", action="store_true", help="print one JSON list a question and nothing else")
        parser.add_argument("--single", action="store_true", help="messages alone, without those around them")
        parser.add_argument("query", nargs="?", help="the question; without it, questions are read from stdin")

    def handle(self, *_: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant “{options['tenant']}”.")
        if not 1 <= options["limit"] <= MOST:
            raise CommandError(f"--limit must be from 1 to {MOST}.")
        query: str | None = options["query"]
        if query is not None and not query.strip():
            raise CommandError("The question is empty.")
        try:
            with tenant_scope(tenant):
                note_act(operator(getpass.getuser()), tenant, "memory.searched")
            for each in [query] if query is not None else questions():
                hits = self.find(tenant, each, options)
                self.answer(hits, as_json=options["json"] or query is None)
        except DatabaseError as error:
            raise CommandError(f"The database could not be asked: {error}") from error

    def find(self, tenant: Tenant, query: str, options: dict[str, Any]) -> list[Hit]:
        viewer = Viewer(role="owner")
        return search(tenant, viewer, query, limit=options["limit"], single=options["single"], now=timezone.now())

    def answer(self, hits: list[Hit], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps([shown(hit) for hit in hits], ensure_ascii=False))
            self.stdout.flush()  # whoever asks through a pipe waits for it
            return
        for hit in hits:
            self.stdout.write(self.style.MIGRATE_HEADING(f"{hit.score:8.2f}  {hit.source}  {hit.reference}"))
            self.stdout.write("\n".join(f"          {line}" for line in hit.text.splitlines()))
        if not hits:
            self.stdout.write("Nothing was found.")


def questions() -> Any:
    """Lines as they come. An empty one is answered too, so that answers stay beside their questions."""
    return (line.rstrip("\n") for line in iter(sys.stdin.readline, ""))


def shown(hit: Hit) -> dict[str, Any]:
    return {"source": hit.source, "ids": list(hit.ids), "score": hit.score, "text": hit.text}
