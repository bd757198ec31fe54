"""`python -m benchmarks.search.probe`: asks as a worker does.

{"do": "tenants", "sizes": […]} makes tenants and answers their ids; {"do": "import", "name", "lines"} makes one with a
dialogue as imported; {"do": "time", "asked": [[tenant, question], …]} answers milliseconds; {"do": "find", "tenant",
"questions"} the ids found for each.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import django

from benchmarks.probe import serve


def answer(request: dict[str, Any]) -> Any:
    acts: dict[str, Callable[..., Any]] = {"tenants": tenants, "import": import_dialogue, "time": timed, "find": found}
    return acts[request.pop("do")](**request)


def tenants(count: int) -> list[str]:
    from tenants_app.models import Tenant

    return [str(Tenant.objects.create(slug=f"search-{place}", name=f"Search {place}").pk) for place in range(count)]


def import_dialogue(name: str, lines: list[dict[str, str]]) -> str:
    from memory.models import ImportedChat, ImportedMessage
    from tenants_app.models import Tenant
    from tenants_app.scope import tenant_scope

    tenant = Tenant.objects.create(slug=name, name=name)
    with tenant_scope(tenant):
        chat = ImportedChat.objects.create(tenant=tenant, name=name, imported_at=datetime.now(UTC))
        ImportedMessage.objects.bulk_create(
            ImportedMessage(
                tenant=tenant,
                chat=chat,
                external_id=line["id"],
                seq=seq,
                speaker=line["speaker"],
                text=line["text"],
                at=datetime.fromisoformat(line["at"]).replace(tzinfo=UTC),
            )
            for seq, line in enumerate(lines, 1)
        )
    return str(tenant.pk)


def timed(asked: list[tuple[str, str]]) -> list[float]:
    return [one(tenant, question, single=False)[0] for tenant, question in asked]


def found(tenant: str, questions: list[str]) -> list[list[str]]:
    return [one(tenant, question, single=True)[1] for question in questions]


def one(tenant_id: str, question: str, *, single: bool) -> tuple[float, list[str]]:
    """Milliseconds, and the ids of what was found."""
    from memory.search.finding import search
    from memory.search.types import Viewer

    tenant = tenant_of(tenant_id)
    began = time.perf_counter()
    hits = search(tenant, Viewer(role="owner"), question, single=single, now=datetime.now(UTC))
    took = time.perf_counter() - began
    return 1000 * took, [external for hit in hits for external in hit.ids]


def tenant_of(tenant_id: str) -> Any:
    from tenants_app.models import Tenant
    from tenants_app.scope import tenant_scope

    with tenant_scope(uuid.UUID(tenant_id)):
        return Tenant.objects.get(pk=tenant_id)


if __name__ == "__main__":
    django.setup()
    from django.utils.module_loading import autodiscover_modules

    autodiscover_modules("recall")
    serve(answer)
