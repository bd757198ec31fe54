"""The least value that a JSON schema takes."""

from __future__ import annotations

from typing import Any

_EMPTY: dict[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False, "array": [], "null": None}


def minimal(schema: dict[str, Any], root: dict[str, Any] | None = None) -> Any:
    root = schema if root is None else root
    if isinstance(reference := schema.get("$ref"), str):
        return minimal(_resolve(reference, root), root)
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    if schema.get("enum"):
        return schema["enum"][0]
    for name in ("anyOf", "oneOf", "allOf"):
        if schema.get(name):
            return minimal(schema[name][0], root)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kind, list):
        kind = kind[0]
    if kind != "object":
        return _EMPTY.get(kind)
    properties = schema.get("properties") or {}
    return {name: minimal(properties.get(name, {}), root) for name in schema.get("required") or []}


def _resolve(reference: str, root: dict[str, Any]) -> dict[str, Any]:
    found = root
    for name in reference.removeprefix("#/").split("/"):
        found = found.get(name, {})
    return found
