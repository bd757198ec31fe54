"""Facts: a list of all, each with its sources, and the timeline of a subject or of a person."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import truncatechars
from django.template.loader import render_to_string
from django.urls import URLPattern
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.safestring import SafeString

from memory.admin.fact_writing import FactWriting
from memory.admin.forgetting import Forgetting
from memory.admin.origins import behind_facts
from memory.admin.pages import chosen_contact, names_of, timeline_url, written_by
from memory.admin.timelines import STATES, state_of, timeline_of
from memory.models import Document, Fact
from tenants_app.admin.base import TENANT_FILTER, TenantJournal
from tenants_app.admin.pages import chosen_tenant
from tenants_app.admin.unfolded import display
from tenants_app.crossings import subject_of
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope

DAY = timedelta(days=1)
HOLDING = Q(valid_to=None, withdrawn_at=None)
DOCUMENTS = 50  # about one person
SHOWN = 80  # characters of a value in the list


class HoldsFilter(SimpleListFilter):
    title = "holds now"
    parameter_name = "holds"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "holds"), ("no", "is over or taken back")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Fact]) -> QuerySet[Fact]:
        if self.value() == "yes":
            return queryset.filter(HOLDING)
        return queryset.exclude(HOLDING) if self.value() == "no" else queryset


@admin.register(Fact)
class FactAdmin(FactWriting, Forgetting, TenantJournal):
    audit_list = True
    change_form_template = "admin/memory/fact/page.html"
    list_display = (
        "shown_subject",
        "predicate",
        "shown_value",
        "shown_state",
        "from_when",
        "origin",
        "trusted",
        "tenant",
    )
    list_display_links = ("predicate", "shown_value")
    list_filter = (TENANT_FILTER, HoldsFilter, "origin", "untrusted", "audience")
    search_fields = ("subject", "predicate", "tenant__slug")
    search_help_text = "A subject, a predicate or a tenant's slug"
    fields = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Fact]:
        rows: QuerySet[Fact] = super().get_queryset(request)
        return rows.select_related("tenant", "contact", "replaced_by")

    def get_urls(self) -> list[URLPattern]:
        timeline = self.at("of/<uuid:tenant_id>/", self.timeline_view, "memory_timeline")
        return [timeline, *self.urls_of_writing(), *self.urls_of_forgetting(), *super().get_urls()]

    def page_context(self, request: HttpRequest, row: Any) -> Mapping[str, Any]:
        with tenant_scope(row.tenant_id):
            sources = behind_facts([row.pk]).get(row.pk, [])
        state = state_of(row, timezone.now())
        return {
            "title": f"{row.subject}: {row.predicate}",
            "fact": row,
            "tenant": row.tenant,
            "state": state,
            "colour": STATES[state],
            "by": written_by(row.actor_kind, row.actor, names_of(row.tenant_id, [row.actor])),
            "sources": sources,
            "timeline": timeline_url(row.tenant_id, subject=row.subject_key),
            "may_write": self.may(request, "change"),
            "may_forget": self.may(request, "delete") and request.user.has_perm("memory.change_document"),
        }

    def timeline_view(self, request: HttpRequest, tenant_id: uuid.UUID) -> HttpResponse:
        """`?subject=` (its key) or `?contact=`; `?on=2025-03-01` marks what held at the end of that day."""
        self.require(request, "view")
        tenant, now = chosen_tenant(tenant_id), timezone.now()
        contact = chosen_contact(tenant, request.GET.get("contact", ""))
        subject, day = request.GET.get("subject", "")[:200], day_in(request.GET.get("on", ""))
        facts = Fact.objects.filter(tenant=tenant)
        if contact is not None:
            facts = facts.filter(contact=contact)
        elif subject:
            facts = facts.filter(subject_key=subject)
        timeline = timeline_of(tenant, facts, now, end_of(day, tenant) if day else None)
        named = contact or (timeline.strands[0].subject if subject and timeline.strands else subject)
        context = {
            "title": f"What is known of {named}" if named else f"What {tenant.name} knows of whom",
            "timeline": timeline,
            "contact": contact,
            "subject": subject,
            "named": named,
            "day": day,
            "documents": documents_about(tenant, contact),
            "may_write": self.may(request, "add"),
        }
        about = subject_of(contact) if contact else "one subject" if subject else "all"
        return self.page(request, "fact/timeline", tenant, context, subject=f"facts of {about}")

    @display(description="about", ordering="subject")
    def shown_subject(self, fact: Fact) -> SafeString:
        url = timeline_url(fact.tenant_id, subject=fact.subject_key)
        return render_to_string("admin/memory/fact/subject.html", {"fact": fact, "url": url})

    @display(description="what")
    def shown_value(self, fact: Fact) -> str:
        return str(truncatechars(fact.value, SHOWN))

    @display(description="state", label=STATES)
    def shown_state(self, fact: Fact) -> str:
        return state_of(fact, timezone.now())

    @display(description="from", ordering="valid_from")
    def from_when(self, fact: Fact) -> date:
        return fact.valid_from.astimezone(fact.tenant.zone).date()

    @display(description="trusted", boolean=True)
    def trusted(self, fact: Fact) -> bool:
        return not fact.untrusted


def day_in(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def end_of(day: date, tenant: Tenant) -> datetime:
    """The last moment of that day by the clock of the business."""
    try:
        return datetime.combine(day + DAY, time(), tenant.zone) - timedelta(microseconds=1)
    except OverflowError:
        return datetime.max.replace(tzinfo=tenant.zone)


def documents_about(tenant: Tenant, contact: Contact | None) -> list[Document]:
    if contact is None:
        return []
    rows = Document.objects.filter(tenant=tenant, contact=contact, deleted_at=None).defer("content")
    return list(rows.order_by("path")[:DOCUMENTS])
