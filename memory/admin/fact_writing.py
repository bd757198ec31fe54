"""Adding, correcting and closing facts in the admin, through the verb that everybody else uses."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse

from memory import facts
from memory.admin.forms import ContactField
from memory.admin.pages import MemoryPages, author_of, chosen_contact, timeline_url
from memory.facts import LONGEST_PREDICATE, LONGEST_SUBJECT, LONGEST_VALUE, Proposal
from memory.models import Audience, Fact
from memory.moments import EARLIEST, LATEST, OUT_OF_REACH
from memory.problems import MemoryProblem
from tenants_app.admin.base import actor_of
from tenants_app.admin.pages import chosen_tenant
from tenants_app.crossings import note_act
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope

CHANGED, WRONG = "changed", "wrong"
ISO = "%Y-%m-%d"


class DayField(forms.DateField):
    """A day that a fact can begin or end on, written as browsers send it: 04/05 is another day elsewhere."""

    default_error_messages = {"invalid": "This is no day. Write it as 2024-05-01."}

    def __init__(self, **options: Any) -> None:
        day = forms.DateInput(attrs={"type": "date"}, format=ISO)
        super().__init__(required=False, widget=day, input_formats=[ISO], **options)

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value is not None and not EARLIEST <= value.year <= LATEST:
            raise forms.ValidationError(OUT_OF_REACH)


class ValueField(forms.CharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_VALUE, widget=forms.Textarea(attrs={"rows": 2}), **options)


class FactForm(forms.Form):
    subject = forms.CharField(max_length=LONGEST_SUBJECT, required=False, label="About whom or what")
    contact = ContactField(label="Or one of the contacts")
    predicate = forms.CharField(
        max_length=LONGEST_PREDICATE, label="What about them", help_text="A short word: budget, lives in, child."
    )
    value = ValueField(label="What is so", help_text="In the language it was said in.")
    since = DayField(label="Since", help_text="Left empty: since now.")
    until = DayField(label="Until", help_text="Left empty: it still is so.")
    audience = forms.ChoiceField(label="Who knows of it", choices=Audience.choices, initial=Audience.TEAM)
    several = forms.BooleanField(
        required=False, label="Others may hold beside it", help_text="Such as children; else a new one ends the last."
    )

    def __init__(self, *args: Any, tenant: Tenant, contact: Contact | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        person: Any = self.fields["contact"]
        person.offer(tenant, contact)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not given.get("subject") and not given.get("contact"):
            self.add_error("subject", "Say whom or what it is about, or choose a contact.")
        if given.get("since") and given.get("until") and given["until"] < given["since"]:
            self.add_error("until", "It would end before it began.")
        return given


class CorrectForm(forms.Form):
    value = ValueField(label="What is so instead")
    how = forms.ChoiceField(
        label="What was written down",
        choices=[(CHANGED, "was so, and has changed"), (WRONG, "never was so")],
        initial=CHANGED,
    )
    since = DayField(label="Since", help_text="Left empty: since now; for what never was so, since when that began.")


class CloseForm(forms.Form):
    until = DayField(label="Was so until")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["until"].required = True


def begins(day: date | None, tenant: Tenant) -> datetime | None:
    """The day's first moment, by the clock of the business."""
    return datetime.combine(day, time(), tenant.zone) if day else None


class FactWriting(MemoryPages):
    def urls_of_writing(self) -> list[URLPattern]:
        return [
            self.at("of/<uuid:tenant_id>/new/", self.new_view, "memory_fact_new"),
            self.at("<uuid:fact_id>/correct/", self.correct_view, "memory_fact_correct"),
            self.at("<uuid:fact_id>/close/", self.close_view, "memory_fact_close"),
        ]

    def new_view(self, request: HttpRequest, tenant_id: uuid.UUID) -> HttpResponse:
        self.require(request, "add")
        tenant = chosen_tenant(tenant_id)
        contact = chosen_contact(tenant, request.GET.get("contact", ""))
        initial = {"contact": contact, "subject": request.GET.get("subject", ""), "audience": Audience.TEAM}
        form = FactForm(request.POST or None, tenant=tenant, contact=contact, initial=initial)
        done = self.proposed(request, tenant, form, "fact.added", new_proposal)
        if done is not None:
            return redirect(timeline_url(tenant.pk, subject=done.subject_key))
        back = timeline_url(tenant.pk, **({"contact": str(contact.pk)} if contact else {}))
        context = {"title": "A new fact", "form": form, "back": back, "button": "Write it down"}
        return self.page(request, "fact/form", tenant, context)

    def correct_view(self, request: HttpRequest, fact_id: uuid.UUID) -> HttpResponse:
        fact = self.chosen(request, fact_id)
        form = CorrectForm(request.POST or None, initial={"value": fact.value})

        def proposal(tenant: Tenant, given: dict[str, Any]) -> Proposal:
            return about_the_same(
                fact,
                value=given["value"],
                since=begins(given["since"], tenant),
                correction=given["how"] == WRONG,
            )

        return self.form_of(request, fact, form, "fact.corrected", proposal, "Correct it")

    def close_view(self, request: HttpRequest, fact_id: uuid.UUID) -> HttpResponse:
        fact = self.chosen(request, fact_id)
        form = CloseForm(request.POST or None)

        def proposal(tenant: Tenant, given: dict[str, Any]) -> Proposal:
            return about_the_same(fact, value=fact.value, until=begins(given["until"], tenant))

        return self.form_of(request, fact, form, "fact.closed", proposal, "It is over")

    def chosen(self, request: HttpRequest, fact_id: uuid.UUID) -> Fact:
        if not self.may(request, "change"):
            raise PermissionDenied
        fact = Fact.objects.select_related("tenant", "contact").filter(pk=fact_id).first()
        if fact is None:
            raise Http404("There is no such fact.")
        return fact

    def form_of(
        self,
        request: HttpRequest,
        fact: Fact,
        form: forms.Form,
        act: str,
        proposal: Callable[[Tenant, dict[str, Any]], Proposal],
        button: str,
    ) -> HttpResponse:
        if self.proposed(request, fact.tenant, form, act, proposal) is not None:
            return redirect(timeline_url(fact.tenant_id, subject=fact.subject_key))
        back = reverse("admin:memory_fact_change", args=[fact.pk])
        context = {"title": f"{fact.subject}: {fact.predicate}", "form": form, "fact": fact, "back": back}
        return self.page(request, "fact/form", fact.tenant, context | {"button": button})

    def proposed(
        self,
        request: HttpRequest,
        tenant: Tenant,
        form: forms.Form,
        act: str,
        proposal: Callable[[Tenant, dict[str, Any]], Proposal],
    ) -> Fact | None:
        """What became of the form; None where it was not filled in well, or the verb refused."""
        if not form.is_valid():
            return None
        try:
            with tenant_scope(tenant):
                fact = facts.remember(tenant, proposal(tenant, form.cleaned_data), author_of(request))
                note_act(actor_of(request), fact, act)
        except MemoryProblem as problem:
            form.add_error(None, str(problem))
            return None
        messages.success(request, f"{fact.subject}: {fact.predicate} is written down.")
        return fact


def new_proposal(tenant: Tenant, given: dict[str, Any]) -> Proposal:
    contact = given["contact"]
    return Proposal(
        subject=given["subject"] or str(contact),
        predicate=given["predicate"],
        value=given["value"],
        since=begins(given["since"], tenant),
        until=begins(given["until"], tenant),
        several=given["several"] or None,
        audience=given["audience"],
        contact_id=contact.pk if contact else None,
    )


def about_the_same(fact: Fact, **said: Any) -> Proposal:
    return Proposal(
        subject=fact.subject,
        predicate=fact.predicate,
        audience=fact.audience,
        contact_id=fact.contact_id,
        language=fact.language,
        **said,
    )
