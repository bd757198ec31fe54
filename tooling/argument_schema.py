"""The JSON schema of a tool's arguments, as somebody we don't trust wrote it: checked before it is used. Pure.

It is applied outside of the sandbox, so it may not refer to anything outside of itself, go in circles or take long.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

import jsonschema
from jsonschema import Draft202012Validator

from tooling import patterns

MOST_BYTES = 16 * 1024
DEEPEST = 24  # of JSON inside of JSON
MOST_PARTS = 2000  # schemas inside of it, each counted as often as it is referred to
DIALECT = "https://json-schema.org/draft/2020-12/schema"
NOT_AT_TOP = ("allOf", "anyOf", "oneOf")  # the Messages API refuses them there
UNSUPPORTED = (
    "$anchor", "$dynamicAnchor", "$dynamicRef", "$id", "$vocabulary", "patternProperties", "unevaluatedItems",
    "unevaluatedProperties",
)  # fmt: skip

_NAME = re.compile(r"[a-zA-Z0-9_.-]{1,64}")  # the API's rule for the arguments of a tool
_NAMED = ("properties", "$defs", "definitions", "dependentSchemas")
_LISTED = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLE = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")


class SchemaError(ValueError):
    """What is wrong with a schema and what to do, in words for whoever wrote it."""


def closed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """With unknown arguments refused, unless it says something of its own about them."""
    return {**schema, **({} if "additionalProperties" in schema else {"additionalProperties": False})}


def check(schema: Any) -> None:
    """Raises SchemaError."""
    _check_size(schema)
    _check_top(schema)
    _check_form(schema, "the schema")
    _Walk(schema).check()


def depth_of(value: Any) -> int:
    """How deep lists and objects stand in each other; without recursion, whatever it is."""
    depth, level = 0, [value]
    while level:
        level = [inner for each in level for inner in _inside(each)]
        depth += 1
    return depth


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, list | tuple):
        yield from value


def _check_size(schema: Any) -> None:
    if not isinstance(schema, dict):
        raise SchemaError('It must be an object, such as {"type": "object", "properties": {}}.')
    if depth_of(schema) > DEEPEST:
        raise SchemaError(f"It is nested more than {DEEPEST} deep: make it flatter.")
    try:
        size = len(json.dumps(schema, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise SchemaError(f"It is no JSON: {error}.") from None
    if size > MOST_BYTES:
        raise SchemaError(f"It has {size:,} bytes, and may have {MOST_BYTES:,}: shorten its descriptions and lists.")


def _check_top(schema: dict[str, Any]) -> None:
    if schema.get("type") != "object":
        raise SchemaError('Its "type" must be "object": a tool is given named arguments.')
    if schema.get("$schema", DIALECT) != DIALECT:
        raise SchemaError(f'Leave "$schema" out, or make it {DIALECT}.')
    if found := [keyword for keyword in NOT_AT_TOP if keyword in schema]:
        raise SchemaError(f'"{found[0]}" may not stand at the top: describe the arguments in "properties".')
    properties = schema.get("properties", {})
    names = properties if isinstance(properties, dict) else ()
    if bad := [name for name in names if not _NAME.fullmatch(name)]:
        raise SchemaError(
            f"properties: {bad[0][:80]!r} is no name for an argument; use letters, digits and _, 64 at most."
        )


def _check_form(schema: dict[str, Any], name: str) -> None:
    try:
        Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        where = "/".join(str(part) for part in error.absolute_path) or name
        raise SchemaError(f"{where}: {error.message[:300]}") from None


class _Walk:
    """Through all schemas inside of one, following what they refer to."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root
        self._counts: dict[int, int] = {}  # parts by the identity of what was walked; the root holds them all
        self._open: set[int] = set()

    def check(self) -> None:
        if self._count(self._root, "the schema") > MOST_PARTS:
            raise SchemaError(f"It has more than {MOST_PARTS} parts, counting what it refers to: make it simpler.")

    def _count(self, node: Any, where: str) -> int:
        if not isinstance(node, dict):
            return 1
        if id(node) in self._open:
            raise SchemaError(f"{where}: it refers to itself in a circle; write out how deep it may go.")
        if id(node) not in self._counts:
            self._check_keywords(node, where)
            self._open.add(id(node))
            self._counts[id(node)] = 1 + sum(self._count(inner, place) for place, inner in self._parts(node, where))
            self._open.discard(id(node))
        return self._counts[id(node)]

    def _check_keywords(self, node: dict[str, Any], where: str) -> None:
        if found := [keyword for keyword in UNSUPPORTED if keyword in node]:
            raise SchemaError(f'{where}: "{found[0]}" cannot be used; say it with "properties", "items" and "$defs".')
        if "pattern" in node and (reason := patterns.why_not(node["pattern"])):
            raise SchemaError(f'{where}: its "pattern" {reason}. Or leave it out, and let run() check the text.')

    def _parts(self, node: dict[str, Any], where: str) -> Iterator[tuple[str, Any]]:
        for keyword in _NAMED:
            for name, inner in node.get(keyword, {}).items():
                yield f"{where}/{keyword}/{name}"[:200], inner
        for keyword in _LISTED:
            for inner in node.get(keyword, []):
                yield f"{where}/{keyword}"[:200], inner
        for keyword in _SINGLE:
            if keyword in node:
                yield f"{where}/{keyword}"[:200], node[keyword]
        if "$ref" in node:
            yield node["$ref"][:200], self._found(node["$ref"], where)

    def _found(self, reference: str, where: str) -> Any:
        if not reference.startswith("#/"):
            raise SchemaError(f'{where}: a "$ref" must lead into this schema, such as "#/$defs/address".')
        node: Any = self._root
        for part in unquote(reference[2:]).split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            node = node.get(key) if isinstance(node, dict) else None
        if not isinstance(node, dict):
            raise SchemaError(f'{where}: there is nothing at "{reference[:100]}".')
        _check_form(node, reference[:100])  # it may stand where nothing else takes it for a schema
        return node
