"""A form made from a tool's JSON schema, to try the tool with."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from django import forms

from tooling.admin.forms import JSONCodeField
from tooling.admin.pages import pretty
from tooling.schema import BadArgumentsError

LONG = 200  # characters from which on a text gets more than a line
WHOLE = "arguments"  # the field of a schema that cannot be shown as single ones
MOST_FIELDS = 40
SIMPLE = ("string", "integer", "number", "boolean")
_MISSING = re.compile(r"'([^']+)' is a required property")


class ListField(forms.CharField):
    """One entry a line."""

    def __init__(self, items: Mapping[str, Any], **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 3}), **options)
        self.items = items

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(shown(each) for each in value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[Any] | None:
        lines = [line.strip() for line in str(super().clean(value)).splitlines() if line.strip()]
        return [self.entry(line) for line in lines] or None

    def entry(self, line: str) -> Any:
        if kind_of(self.items) == "string":
            return line
        try:
            return json.loads(line)
        except ValueError:
            raise forms.ValidationError(f"“{line[:60]}” is no {kind_of(self.items)}.") from None


class TryForm(forms.Form):
    use_required_attribute = False  # an argument that is left out is left out; the schema says whether that may be

    reach_hosts = forms.BooleanField(required=False, label="Let it reach its hosts")
    real_credentials = forms.BooleanField(required=False, label="Use the real credentials")

    def __init__(self, schema: Mapping[str, Any], data: Any = None, *, example: Mapping[str, Any]) -> None:
        super().__init__(data)
        self.names = names_in(schema)
        own = {f"arg_{name}": field_of(schema["properties"][name]) for name in self.names}
        for name in self.names:
            field = own[f"arg_{name}"]
            field.label = name
            field.initial = example.get(name, schema["properties"][name].get("default"))
            if name in schema.get("required", ()):
                field.widget.attrs["aria-required"] = "true"
                field.label_suffix = "*"
        if not self.names:
            own = {f"arg_{WHOLE}": JSONCodeField(8, label=WHOLE, required=False, initial=pretty(dict(example)))}
        self.fields = {**own, **self.fields}

    @property
    def asked(self) -> list[forms.BoundField]:
        """The tool's arguments."""
        return [self[name] for name in self.fields if name.startswith("arg_")]

    @property
    def arguments(self) -> dict[str, Any]:
        given = self.cleaned_data
        if not self.names:
            return given[f"arg_{WHOLE}"] or {}
        found = {name: given[f"arg_{name}"] for name in self.names}
        return {name: value for name, value in found.items() if value is not None and value != ""}

    def clean(self) -> None:
        if not self.names and not isinstance(self.cleaned_data.get(f"arg_{WHOLE}", {}) or {}, dict):
            self.add_error(f"arg_{WHOLE}", "It must be an object.")

    def refuse(self, problem: BadArgumentsError) -> None:
        """Each complaint beside its argument, as far as it names one."""
        for each in problem.complaints:
            missing = _MISSING.search(each)
            name = missing.group(1) if missing else each.partition(":")[0].partition(".")[0]
            field = f"arg_{name}" if f"arg_{name}" in self.fields else None
            self.add_error(field, "It is missing." if missing and field else each)


def names_in(schema: Mapping[str, Any]) -> list[str]:
    """The arguments that get a field each; none where the schema takes others, too, or too many."""
    names = list(schema.get("properties", {}))
    is_open = schema.get("additionalProperties", False) is not False
    return [] if is_open or len(names) > MOST_FIELDS else names


def field_of(schema: Any) -> forms.Field:
    """All but text left empty is an argument left out."""
    schema = schema if isinstance(schema, Mapping) else {}
    options: dict[str, Any] = {"required": False, "help_text": str(schema.get("description", ""))}
    if isinstance(schema.get("enum"), list):
        return choice_of(schema["enum"], options)
    match kind_of(schema):
        case "boolean":
            return choice_of([True, False], options)
        case "integer":
            return forms.IntegerField(**options, **bounds_of(schema))
        case "number":
            return forms.FloatField(**options, **bounds_of(schema), widget=forms.NumberInput(attrs={"step": "any"}))
        case "string":
            is_long = schema.get("maxLength", 0) > LONG
            widget = forms.Textarea(attrs={"rows": 3}) if is_long else forms.TextInput(attrs={"autocomplete": "off"})
            return forms.CharField(**options, strip=False, widget=widget)
        case "array" if kind_of(items := schema.get("items", {})) in SIMPLE:
            options["help_text"] = f"{options['help_text']} One per line.".strip()
            return ListField(items, **options)
    options["help_text"] = f"{options['help_text']} As JSON.".strip()
    return JSONCodeField(4, **options)


def choice_of(values: list[Any], options: Mapping[str, Any]) -> forms.Field:
    choices = [("", "–"), *((json.dumps(value), shown(value)) for value in values)]
    return ChosenField(choices=choices, coerce=json.loads, empty_value=None, **options)


class ChosenField(forms.TypedChoiceField):
    def prepare_value(self, value: Any) -> Any:
        """The first value comes from an example; what was sent is JSON already."""
        known = {key for key, _ in self.choices}  # type: ignore[union-attr,misc]
        return value if value in ("", None) or (isinstance(value, str) and value in known) else json.dumps(value)


def bounds_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{end}_value": schema[name] for end, name in (("min", "minimum"), ("max", "maximum")) if name in schema}


def kind_of(schema: Any) -> str:
    """Its only type, beside null; "" where there is no such thing."""
    kind = schema.get("type", "") if isinstance(schema, Mapping) else ""
    kinds = [each for each in kind if each != "null"] if isinstance(kind, list) else [kind]
    return str(kinds[0]) if len(kinds) == 1 else ""


def shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
