"""What operators fill in. Which paths, sizes and authors are allowed is the verbs' affair, not the forms'."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from memory.admin.pages import MANY, people_of
from memory.models import Audience, Document, Folder
from tenants_app.models import Contact, Tenant

NAME = re.compile(r"[^\W_][\w-]*")
LONGEST = 400_000  # characters; far beyond any folder's budget


class TextField(forms.CharField):
    """Text as it was typed: blanks stay, and the browser's line ends become one character."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, required=False, max_length=LONGEST, widget=forms.Textarea, **options)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return text.replace("\r\n", "\n") if isinstance(text, str) else text


class ContactField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def __init__(self, **options: Any) -> None:
        super().__init__(Contact.objects.none(), required=False, empty_label="nobody in particular", **options)

    def offer(self, tenant: Tenant, *more: Contact | None) -> None:
        """Any contact of the tenant is taken; the first by name, and `more`, are offered."""
        self.queryset = Contact.objects.filter(tenant=tenant)
        people = people_of(tenant, *more)
        self.choices = [("", self.empty_label), *((row.pk, f"{row} · {row.role}") for row in people)]
        self.help_text = f"The first {MANY} by name; for others begin on their own page." if len(people) > MANY else ""


class ReasonedForm(forms.Form):
    reason = forms.CharField(
        max_length=300, label="Why", help_text="Kept with the revision; people and the assistant can read it."
    )


class EditForm(ReasonedForm):
    content = TextField(label="Text")
    base = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class NewForm(ReasonedForm):
    folder = forms.ChoiceField()
    name = forms.CharField(max_length=200, label="File name", help_text="Such as listings.md, or homes/elm-street.md")
    about = forms.CharField(
        max_length=200,
        required=False,
        label="Description",
        help_text="One line: what the assistant sees of it until it opens it. Left empty, the first line is taken.",
    )
    audience = forms.ChoiceField(
        label="Who knows of it", choices=[("", "as the folder says"), *Audience.choices], required=False
    )
    contact = ContactField(label="About")
    content = TextField(label="Text")
    field_order = ("folder", "name", "about", "audience", "contact", "content", "reason")

    def __init__(self, *args: Any, tenant: Tenant, contact: Contact | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        folders = Folder.objects.filter(tenant=tenant)
        folder: Any = self.fields["folder"]
        folder.choices = [(each.name, f"{each.name}/ {each.about}".strip()) for each in folders]
        person: Any = self.fields["contact"]
        person.offer(tenant, contact)

    @property
    def path(self) -> str:
        name: str = self.cleaned_data["name"].strip().strip("/")
        return f"{self.cleaned_data['folder']}/{name if name.endswith('.md') else f'{name}.md'}"


class SettingsForm(forms.Form):
    title = forms.CharField(max_length=200, required=False)
    about = forms.CharField(
        max_length=200,
        required=False,
        label="Description",
        help_text="One line: what the assistant sees of it until it opens it.",
    )
    audience = forms.ChoiceField(label="Who knows of it", choices=Audience.choices)
    contact = ContactField(label="About")

    def __init__(self, *args: Any, document: Document, contact: Contact | None = None, **options: Any) -> None:
        values = {
            "title": document.title,
            "about": document.about,
            "audience": document.audience,
            "contact": contact or document.contact,
        }
        super().__init__(*args, **{**options, "initial": values})
        person: Any = self.fields["contact"]
        person.offer(document.tenant, contact, document.contact)


class RenameForm(ReasonedForm):
    path = forms.CharField(max_length=300, label="Folder and name")
    base = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    field_order = ("path", "reason", "base")


class DeleteForm(ReasonedForm):
    base = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class RestoreForm(forms.Form):
    number = forms.IntegerField(min_value=1)
    reason = forms.CharField(max_length=300, required=False)


class LockForm(forms.Form):
    locked = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])


class FolderForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Folder
        fields = "__all__"  # noqa: DJ007 - the admin names them
        labels = {
            "order": "Place in the list",
            "about": "What belongs in it",
            "audience": "New ones are known to",
            "growth": "How they grow",
            "document_bytes": "Room for one",
            "most_documents": "How many",
            "inline": "In every prompt",
            "is_profile": "The owner's alone",
        }

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip().lower()
        if not NAME.fullmatch(name):
            raise forms.ValidationError("A folder's name has letters, digits, - and _, and begins with none of these.")
        return name
