"""A version of a tool as operators write it. What may become one is the affair of `drafts`, not the form's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django import forms

from tooling.admin.pages import pretty
from tooling.drafts import AUTONOMIES, EFFECTS, LONGEST_DESCRIPTION, ROLES, Draft, InvalidTool
from tooling.models import ToolVersion

SOURCE = '''"""What the tool does, in a line."""


def run(args, context):
    """args: what Claude gives, by the schema below. context: .now, .timezone, .language and .secrets."""
    return {"greeting": f"Hello, {args['name']}!"}
'''
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string", "description": "whom to greet"}},
    "required": ["name"],
}
TESTS = [{"name": "it greets", "args": {"name": "Nora"}, "returns": {"greeting": "Hello, Nora!"}}]
HOST = "api.example.com"


def labelled(choices: Sequence[tuple[str, Any]], kept: Sequence[str]) -> list[tuple[str, str]]:
    return [(value, str(label)) for value, label in choices if value in kept]


class CodeField(forms.CharField):
    """Text whose blanks and line ends matter, in an editor that colours it."""

    def __init__(self, language: str, rows: int, **options: Any) -> None:
        attributes = {"rows": rows, "data-code": language, "spellcheck": "false", "autocapitalize": "off"}
        super().__init__(widget=forms.Textarea(attrs={**attributes, "wrap": "off"}), strip=False, **options)

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")  # as browsers send line ends


class JSONCodeField(CodeField):
    def __init__(self, rows: int, **options: Any) -> None:
        super().__init__("json", rows, **options)

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else pretty(value)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return json.loads(text) if text.strip() else None
        except json.JSONDecodeError as error:
            raise forms.ValidationError(f"Line {error.lineno}, column {error.colno}: {error.msg}.") from None
        except RecursionError:
            raise forms.ValidationError("It is nested too deep.") from None


class VersionForm(forms.Form):
    name = forms.CharField(
        max_length=64,
        label="Name",
        help_text="By which Claude calls it: lower-case letters, digits and underscores.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    description = forms.CharField(
        max_length=LONGEST_DESCRIPTION,
        label="What it does, and when to use it",
        help_text="All that Claude knows of it.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    source = CodeField("python", 22, label="Python")
    schema = JSONCodeField(12, label="Arguments", help_text="A JSON schema of an object.")
    tests = JSONCodeField(
        12,
        label="Self-test",
        required=False,
        help_text="Each with “args”, and what it “returns” or which error it “raises”. Without one it cannot go live.",
    )
    hosts = forms.CharField(
        required=False,
        label="Hosts that it may reach",
        help_text=f"One per line, such as {HOST}.",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    credentials = forms.CharField(
        required=False,
        label="Credentials",
        help_text=f"One per line: its name, and the host whose requests get it, such as: mls {HOST}. "
        "Without a host the script itself gets it.",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    roles = forms.MultipleChoiceField(
        choices=[(role, role) for role in ROLES], label="Who may use it", widget=forms.CheckboxSelectMultiple
    )
    autonomy = forms.ChoiceField(choices=labelled(ToolVersion.Autonomy.choices, AUTONOMIES), label="It runs")
    effect = forms.ChoiceField(choices=labelled(ToolVersion.Effect.choices, EFFECTS), label="What it does outside")
    repeatable = forms.BooleanField(required=False, label="Running it twice does the same as once")
    seconds = forms.IntegerField(label="Seconds at most")
    memory_mb = forms.IntegerField(label="MiB of memory at most")

    def __init__(self, data: Any = None, *, draft: Draft | None = None) -> None:
        super().__init__(data, initial=initial_of(draft) if draft is not None else FIRST)
        if draft is not None:
            del self.fields["name"]

    def draft(self, name: str) -> Draft:
        given = self.cleaned_data
        return Draft(
            name=name,
            description=given["description"].replace("\r\n", "\n"),
            schema=given["schema"],
            source=given["source"],
            hosts=given["hosts"].split(),
            credentials=credentials_in(given["credentials"]),
            roles=given["roles"],
            autonomy=given["autonomy"],
            effect=given["effect"],
            repeatable=given["repeatable"],
            seconds=given["seconds"],
            memory_mb=given["memory_mb"],
            tests=given["tests"] if given["tests"] is not None else [],
        )

    def refuse(self, problem: InvalidTool) -> None:
        """Each complaint beside its field."""
        for each in problem.complaints:
            self.add_error(each.field if each.field in self.fields else None, each.text)


def credentials_in(text: str) -> list[dict[str, str]]:
    lines = [line.split() for line in text.splitlines() if line.strip()]
    return [{"name": name, **({"host": " ".join(host)} if host else {})} for name, *host in lines]


def initial_of(draft: Draft) -> dict[str, Any]:
    return {
        "description": draft.description,
        "source": draft.source,
        "schema": pretty(draft.schema),
        "tests": pretty(draft.tests),
        "hosts": "\n".join(draft.hosts),
        "credentials": "\n".join(f"{each['name']} {each.get('host', '')}".strip() for each in draft.credentials),
        "roles": list(draft.roles),
        "autonomy": draft.autonomy,
        "effect": draft.effect,
        "repeatable": draft.repeatable,
        "seconds": draft.seconds,
        "memory_mb": draft.memory_mb,
    }


FIRST = {
    **initial_of(Draft(name="", description="", source=SOURCE, schema=SCHEMA, tests=TESTS)),
    "effect": ToolVersion.Effect.NONE,
}
