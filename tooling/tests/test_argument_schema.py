"""Schemas of people we don't trust: what is taken is bounded, closed and applies as JSON Schema says."""

from __future__ import annotations

from typing import Any

import pytest

from tooling.argument_schema import SchemaError, check, closed, depth_of
from tooling.arguments import SchemaArguments
from tooling.schema import BadArgumentsError

ADDRESS = {
    "type": "object",
    "required": ["street"],
    "properties": {
        "street": {"type": "string", "minLength": 1},
        "zip": {"type": "string", "pattern": r"^\d{5}$"},
        "pattern": {"type": "string"},
        "$id": {"type": "integer"},
    },
}
GOOD: dict[str, Any] = {
    "type": "object",
    "required": ["address", "price"],
    "properties": {
        "address": {"$ref": "#/$defs/address"},
        "other_address": {"$ref": "#/$defs/address"},
        "price": {"type": "number", "exclusiveMinimum": 0},
        "kind": {"enum": ["house", "condo"]},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 3, "uniqueItems": True},
    },
    "$defs": {"address": ADDRESS},
}


def with_property(schema: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"x": schema}}


def bomb(levels: int) -> dict[str, Any]:
    """Small to write, and applied twice as often with each level."""
    defs: dict[str, Any] = {f"a{level}": {"allOf": [{"$ref": f"#/$defs/a{level + 1}"}] * 2} for level in range(levels)}
    return {**with_property({"$ref": "#/$defs/a0"}), "$defs": {**defs, f"a{levels}": {"type": "string"}}}


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = with_property(schema)
    return schema


def test_a_good_one_is_taken() -> None:
    check(GOOD)
    check({"type": "object"})
    check({**GOOD, "$schema": "https://json-schema.org/draft/2020-12/schema"})


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ([], "must be an object"),
        ({}, 'Its "type" must be "object"'),
        ({"type": "array"}, 'Its "type" must be "object"'),
        ({"type": "object", "anyOf": [{}]}, "may not stand at the top"),
        ({"type": "object", "properties": {"a b": {}}}, "no name for an argument"),
        ({"type": "object", "properties": []}, "properties: "),
        ({"type": "object", "required": "x"}, "required: "),
        (with_property({"type": "text"}), "properties/x/type: "),
        ({"type": "object", "$schema": "http://json-schema.org/draft-07/schema#"}, 'Leave "\\$schema" out'),
        (with_property({"$ref": "https://evil.example/schema.json"}), "must lead into this schema"),
        (with_property({"$ref": "file:///etc/passwd"}), "must lead into this schema"),
        (with_property({"$ref": "#"}), "must lead into this schema"),
        (with_property({"$ref": "#/properties/x"}), "in a circle"),
        (with_property({"items": {"$ref": "#/properties/x"}}), "in a circle"),
        (with_property({"$ref": "#/$defs/none"}), "there is nothing at"),
        ({**with_property({"$ref": "#/note"}), "note": {"type": "nonsense"}}, "#/note|type"),
        ({**with_property({"$ref": "#/note"}), "note": {"pattern": "(a+)+"}}, "no groups"),
        (with_property({"patternProperties": {"^a": {}}}), "cannot be used"),
        (with_property({"$dynamicRef": "#x"}), "cannot be used"),
        (with_property({"unevaluatedProperties": False}), "cannot be used"),
        ({"type": "object", "$id": "https://example.com"}, "cannot be used"),
        (with_property({"type": "string", "pattern": "^(a+)+$"}), "no groups"),
        (with_property({"description": "x" * 20_000}), "may have 16,384"),
        (nested(20), "nested more than 24 deep"),
        (bomb(30), "more than 2000 parts"),
        (with_property({"const": float("nan")}), "no JSON"),
        (with_property({"default": object()}), "no JSON"),
    ],
)
def test_what_is_wrong_is_said(schema: Any, why: str) -> None:
    with pytest.raises(SchemaError, match=why):
        check(schema)


def test_it_is_closed_unless_it_says_otherwise() -> None:
    assert closed({"type": "object"})["additionalProperties"] is False
    assert closed({"type": "object", "additionalProperties": True})["additionalProperties"] is True


def test_depth_is_found_without_recursion() -> None:
    value: Any = []
    for _ in range(100_000):
        value = [value]
    assert depth_of(value) == 100_001


def complaints(arguments: dict[str, Any], schema: dict[str, Any] = GOOD) -> str:
    with pytest.raises(BadArgumentsError) as caught:
        SchemaArguments(closed(schema)).check(arguments)
    return str(caught.value)


def test_arguments_that_fit_come_back_as_they_are() -> None:
    given = {"address": {"street": "Elm", "zip": "78704", "$id": 3}, "price": 3.5, "tags": ["a"], "kind": "condo"}
    assert SchemaArguments(closed(GOOD)).check(given) == given


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"price": "5"}, "price: '5' is not of type 'number'"),
        ({"price": True}, "price: True is not of type 'number'"),
        ({"price": 0}, "price: 0 is less than or equal to the minimum of 0"),
        ({"kind": "castle"}, "kind: 'castle' is not one of ['house', 'condo']"),
        ({"more": 1}, "arguments: Additional properties are not allowed ('more' was unexpected)"),
        ({"address": {"street": "Elm", "zip": "7870"}}, r"address.zip: '7870' does not match '^\\d{5}$'"),
        ({"address": {}}, "address: 'street' is a required property"),
        ({"tags": ["a", 1]}, "tags.1: 1 is not of type 'string'"),
        ({"tags": ["x" * 70_000]}, "arguments: they have 70,"),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(change: dict[str, Any], complaint: str) -> None:
    assert complaints({"address": {"street": "Elm"}, "price": 1, **change}).startswith(complaint)


def test_at_most_five_complaints_each_of_a_bounded_length() -> None:
    schema = with_property({"type": "array", "items": {"type": "integer"}})
    text = complaints({"x": ["word" * 300] * 20}, schema)
    assert text.count("x.") == 5
    assert len(text) < 5 * 310
