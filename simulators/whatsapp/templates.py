"""Message templates: five approved ones that every simulated WABA has, and what the control interface makes of them."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Any

from simulators.common import ControlError
from simulators.whatsapp.errors import GraphError, invalid

VARIABLE = re.compile(r"\{\{[0-9]+\}\}")
UNFIT = re.compile(r"[\n\t]| {5,}")  # that a value may not hold
LONGEST = 1024  # of a body with its values
PAGE = 25  # unless `limit` says otherwise
STATUSES = {"APPROVED", "PENDING", "REJECTED", "PAUSED", "DISABLED", "IN_APPEAL", "PENDING_DELETION", "DELETED"}
Template = dict[str, Any]


def _template(number: int, name: str, language: str, category: str, body: str) -> Template:
    return {
        "name": name,
        "language": language,
        "status": "APPROVED",
        "category": category,
        "parameter_format": "POSITIONAL",
        "components": [{"type": "BODY", "text": body}],
        "id": str(1600000000000000 + number),
    }


TEMPLATES = [
    _template(1, "hello_world", "en_US", "UTILITY", "Hello World\nWelcome and congratulations!!"),
    _template(2, "reminder", "en", "UTILITY", "Hello {{1}}, here is your reminder: {{2}}"),
    _template(3, "reminder", "es", "UTILITY", "Hola {{1}}, este es tu recordatorio: {{2}}"),
    _template(4, "assistant_message", "en", "UTILITY", "Your assistant has a message for you: {{1}}"),
    _template(5, "assistant_message", "es", "UTILITY", "Tu asistente tiene un mensaje para ti: {{1}}"),
]


class TemplateBook:
    """The templates of each WABA. What was never changed is as it stands in TEMPLATES."""

    def __init__(self) -> None:
        self._changed: dict[str, list[Template]] = {}

    def clear(self) -> None:
        self._changed.clear()

    def snapshot(self) -> dict[str, Any]:
        return dict(self._changed)

    def restore(self, kept: dict[str, Any]) -> None:
        self._changed = dict(kept)

    def of(self, waba: str) -> Sequence[Template]:
        return self._changed.get(waba, TEMPLATES)

    def set(self, waba: str, given: object) -> list[Template]:
        """Add or change templates as a control body says; those whose status changed. Raises ControlError."""
        if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
            raise ControlError('templates must be a list of {"name", "language", "status", "body"?, …}')
        rows = {(row["name"], row["language"]): dict(row) for row in self.of(waba)}
        changed = []
        for each in given:
            key = (str(each.get("name", "")), str(each.get("language", "en")))
            if each.get("status", "APPROVED") not in STATUSES or not key[0]:
                raise ControlError(f"a template needs a name, and a status of {', '.join(sorted(STATUSES))}")
            before = rows.get(key)
            row = before or _template(1000 + len(rows), *key, "UTILITY", "{{1}}")
            row |= {
                name: each[name] for name in ("status", "category", "rejected_reason", "components") if name in each
            }
            if isinstance(each.get("body"), str):
                row["components"] = [{"type": "BODY", "text": each["body"]}]
            if before is None or each.get("status") is not None:
                changed.append(row)
            if row["status"] == "DELETED":
                rows.pop(key, None)
            else:
                rows[key] = row
        self._changed[waba] = list(rows.values())
        return changed


def page_of(rows: Sequence[Template], limit: str | None, after: str | None, url: str) -> dict[str, Any]:
    """As Meta pages: a cursor is there also on the last page, the link to the next one is not."""
    size = int(limit) if limit is not None and limit.isdecimal() and 0 < int(limit) <= 1000 else PAGE
    first = _place(after) if after else 0
    data = list(rows[first : first + size])
    paging: dict[str, Any] = {"cursors": {"before": _cursor(first), "after": _cursor(first + len(data))}}
    if first + size < len(rows):
        paging["next"] = f"{url}?limit={size}&after={paging['cursors']['after']}"
    return {"data": data, "paging": paging} if data else {"data": []}


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(f"T{place}".encode()).decode()


def _place(cursor: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("T"))
    except ValueError:
        raise GraphError(100, message="(#100) The after cursor specified is not valid.") from None


def status_update(template: Template) -> dict[str, Any]:
    """The value of a `message_template_status_update`."""
    reason = template.get("rejected_reason") or "NONE"
    value = {
        "event": template["status"],
        "message_template_id": int(template["id"]),
        "message_template_name": template["name"],
        "message_template_language": template["language"],
        "message_template_category": template["category"],
        "reason": reason,
    }
    if template["status"] == "PAUSED":
        value["other_info"] = {"title": "FIRST_PAUSE", "description": "It was paused for 3 hours: low quality."}
    return value


def find_template(templates: Sequence[Template], name: str, language: str) -> Template:
    """The template; raises GraphError 132001 where none of that name in that language may be sent."""
    for template in templates:
        if template["name"] == name and template["language"] == language:
            if template["status"] == "PAUSED":
                raise GraphError(132015)
            if template["status"] == "DISABLED":
                raise GraphError(132016)
            if template["status"] == "APPROVED":
                return template
    raise GraphError(132001, f"template name ({name}) does not exist in {language}")


def check_template(templates: Sequence[Template], name: str, language: str, components: object) -> None:
    """Raises GraphError where the template may not be sent or its variables do not fit."""
    text = _body(find_template(templates, name, language))
    expected, values = len(VARIABLE.findall(text)), body_parameters(components)
    if len(values) != expected:
        details = f"body: number of localizable_params ({len(values)}) does not match the expected number of params"
        raise GraphError(132000, f"{details} ({expected})")
    if any(UNFIT.search(value) for value in values):
        raise GraphError(132018)
    if len(_filled(text, values)) > LONGEST:
        raise GraphError(132005)


def body_parameters(components: object) -> list[str]:
    """The body's values in order; raises GraphError where the components are not formed as Meta wants them."""
    if not isinstance(components, list) or not all(isinstance(component, dict) for component in components):
        raise invalid("Param template['components'] must be a list of objects")
    values: list[str] = []
    for component in components:
        if component.get("type") not in {"header", "body", "button"}:
            raise invalid("Param template['components'][]['type'] must be one of header, body, button")
        if component["type"] == "body":
            values += [_value(parameter) for parameter in component.get("parameters", [])]
    return values


def _value(parameter: object) -> str:
    if not isinstance(parameter, dict) or parameter.get("type") not in {"text", "currency", "date_time"}:
        raise GraphError(132012, "a body parameter must have a type of text, currency or date_time")
    value = parameter.get("text") if parameter["type"] == "text" else parameter.get(parameter["type"], {})
    if isinstance(value, dict):
        value = value.get("fallback_value")
    if not isinstance(value, str) or not value:
        raise GraphError(132012, "a body parameter must not be empty")
    return value


def _body(template: Template) -> str:
    return next((str(each["text"]) for each in template["components"] if each.get("type") == "BODY"), "")


def _filled(text: str, values: Sequence[str]) -> str:
    return VARIABLE.sub(lambda match: values[int(match[0].strip("{}")) - 1], text)


def filled(templates: Sequence[Template], template: dict[str, Any]) -> str:
    """A template message's text as the person sees it."""
    found = find_template(templates, template["name"], template["language"]["code"])
    return _filled(_body(found), body_parameters(template.get("components", [])))


def quick_replies(templates: Sequence[Template], template: dict[str, Any]) -> list[dict[str, str]]:
    """Its buttons that answer for the person: what a press sends is the text, unless the business gave it a payload."""
    found = find_template(templates, template["name"], template["language"]["code"])
    titles = [
        button["text"]
        for component in found["components"]
        for button in component.get("buttons", ())
        if button["type"] == "QUICK_REPLY"
    ]
    payloads = {
        str(component.get("index")): component["parameters"][0].get("payload")
        for component in template.get("components", ())
        if component.get("type") == "button" and component.get("parameters")
    }
    return [{"id": payloads.get(str(index)) or title, "title": title} for index, title in enumerate(titles)]
