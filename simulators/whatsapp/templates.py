"""The approved message templates that every simulated WABA has."""

from __future__ import annotations

import re
from typing import Any

from simulators.whatsapp.errors import GraphError, invalid

VARIABLE = re.compile(r"\{\{[0-9]+\}\}")


def _template(number: int, name: str, language: str, category: str, body: str) -> dict[str, Any]:
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


def find_template(name: str, language: str) -> dict[str, Any]:
    """The template; raises GraphError 132001 where there is none of that name in that language."""
    for template in TEMPLATES:
        if template["name"] == name and template["language"] == language:
            return template
    raise GraphError(132001, f"template name ({name}) does not exist in {language}")


def check_template(name: str, language: str, components: object) -> None:
    """Raises GraphError where the template does not exist or its variables do not fit."""
    expected = len(VARIABLE.findall(find_template(name, language)["components"][0]["text"]))
    given = len(body_parameters(components))
    if given != expected:
        details = f"body: number of localizable_params ({given}) does not match the expected number of params"
        raise GraphError(132000, f"{details} ({expected})")


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


def filled(template: dict[str, Any]) -> str:
    """A template message's text as the person sees it."""
    found = find_template(template["name"], template["language"]["code"])
    values = body_parameters(template.get("components", []))
    return VARIABLE.sub(lambda match: values[int(match[0].strip("{}")) - 1], found["components"][0]["text"])
