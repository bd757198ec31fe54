"""A task as operators fill it in. What may be scheduled is the affair of `changes`, not the form's."""

from __future__ import annotations

from typing import Any

from django import forms

from memory.admin.pages import MANY
from scheduling.changes import LONGEST_PHRASE, LONGEST_TITLE, LONGEST_WORDS, Change, Wish, own_title
from scheduling.models import Task
from tenants_app.models import Contact, Tenant

KINDS = [
    (Task.Kind.REMINDER, "a reminder: the words are sent as they are, also without Claude"),
    (Task.Kind.TASK, "a task: the assistant does what the words say"),
]
FIRST = Task._meta.get_field("misfire_seconds").default


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the business: nothing is scheduled for customers."""

    def __init__(self) -> None:
        super().__init__(Contact.objects.none(), label="For whom", empty_label=None)

    def offer(self, tenant: Tenant) -> None:
        team = Contact.objects.filter(tenant=tenant, role__in=(Contact.Role.OWNER, Contact.Role.STAFF))
        self.queryset = team
        people = team.order_by("role", "name", "pk")[:MANY]
        self.choices = [(row.pk, f"{row} · {row.role}") for row in people]


class TaskForm(forms.Form):
    contact = PersonField()
    when = forms.CharField(
        max_length=LONGEST_PHRASE,
        label="When",
        help_text="In plain words, English or Spanish: every weekday at 8:30 · tomorrow at noon · cada lunes a las 10",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    kind = forms.ChoiceField(choices=KINDS, label="What it is")
    what = forms.CharField(
        max_length=LONGEST_WORDS,
        required=False,
        label="What",
        help_text="Empty: what the words above say beside the time.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    title = forms.CharField(
        max_length=LONGEST_TITLE, required=False, label="Title", help_text="Empty: the beginning of the words."
    )
    zone = forms.CharField(
        max_length=64,
        required=False,
        label="Time zone",
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
    )
    in_quiet_hours = forms.BooleanField(required=False, label="It comes in quiet hours too")
    misfire = forms.ChoiceField(choices=Task.Misfire.choices, label="If nothing ran at its time")
    misfire_minutes = forms.IntegerField(
        min_value=1,
        max_value=30 * 24 * 60,
        initial=FIRST // 60,
        label="Worth running for",
        help_text="Minutes after its time.",
    )
    misfire_most = forms.IntegerField(
        min_value=1, max_value=50, initial=5, label="At most", help_text="Where each is run: how many, the newest."
    )

    def __init__(self, *args: Any, tenant: Tenant, task: Task | None = None, **options: Any) -> None:
        if task is not None:
            options["initial"] = initial_of(task)
        else:
            options["initial"] = {"misfire": Task.Misfire.ONCE, **options.get("initial", {})}
        super().__init__(*args, **options)
        self.fields["zone"].help_text = f"Empty: the tenant's, {tenant.timezone}."
        if task is None:
            person: Any = self.fields["contact"]
            person.offer(tenant)
        else:
            del self.fields["contact"]  # what was said to one person before is told with the next time
            self.fields["what"].required, self.fields["what"].help_text = True, ""

    def clean_what(self) -> str:
        words: str = self.cleaned_data["what"]
        return words.replace("\r\n", "\n")  # as browsers send line ends

    @property
    def wish(self) -> Wish:
        given = self.cleaned_data
        return Wish(
            when=given["when"],
            what=given["what"],
            kind=given["kind"],
            title=given["title"],
            zone=given["zone"],
            in_quiet_hours=given["in_quiet_hours"],
            misfire=given["misfire"],
            misfire_seconds=given["misfire_minutes"] * 60,
            misfire_most=given["misfire_most"],
        )

    def change_of(self, task: Task) -> Change:
        """Only what differs: a phrase that stands as it did is not read anew, by another day's clock."""
        given = self.cleaned_data
        what = given["what"]
        return Change(
            when=given["when"] if given["when"] != task.phrase else None,
            what=what if what != task.instruction else None,
            kind=given["kind"],
            title=given["title"] or own_title(what),
            zone=given["zone"],
            in_quiet_hours=given["in_quiet_hours"],
            misfire=given["misfire"],
            misfire_seconds=given["misfire_minutes"] * 60,
            misfire_most=given["misfire_most"],
        )


def initial_of(task: Task) -> dict[str, Any]:
    return {
        "when": task.phrase,
        "kind": task.kind,
        "what": task.instruction,
        "title": "" if task.title == own_title(task.instruction) else task.title,
        "zone": task.timezone,
        "in_quiet_hours": task.in_quiet_hours,
        "misfire": task.misfire,
        "misfire_minutes": -(-task.misfire_seconds // 60),
        "misfire_most": task.misfire_most,
    }
