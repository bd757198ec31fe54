"""What is wrong with a tool is said all at once, each with its field."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tooling.drafts import Draft, InvalidTool, checked, from_table
from tooling.registry import Registry, ToolContext

SOURCE = "def run(args, context):\n    return {}\n"
GOOD = Draft(
    name="listing_lookup",
    description="Look a listing up.",
    source=SOURCE,
    hosts=["API.Example.com.", "*.files.example.com"],
    credentials=[{"name": "mls", "host": "api.example.com"}, {"name": "raw"}],
    roles=["staff", "owner"],
    tests=[{"args": {}, "returns": {}}],
)
nothing = Registry()


def complaints(**change: Any) -> dict[str, list[str]]:
    with pytest.raises(InvalidTool) as caught:
        checked(replace(GOOD, **change), nothing)
    return caught.value.by_field


def test_a_good_one_is_put_into_its_form() -> None:
    kept = checked(replace(GOOD, source="def run(args, context):\r\n    pass\r\n", description=" Look. "), nothing)
    assert kept.hosts == ["*.files.example.com", "api.example.com"]
    assert kept.roles == ["owner", "staff"]
    assert kept.schema["additionalProperties"] is False
    assert kept.source == "def run(args, context):\n    pass\n"
    assert kept.description == "Look."


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("name", "Listing", "lower-case"),
        ("name", "9lives", "lower-case"),
        ("name", "x" * 65, "64 at most"),
        ("name", 5, "lower-case"),
        ("name", "tool\n", "lower-case"),
        ("description", "  ", "all that Claude knows"),
        ("description", "x" * 2001, "may have 2,000"),
        ("description", "a\0b", "NUL"),
        ("schema", {"type": "array"}, 'must be "object"'),
        ("source", "", "no source"),
        ("source", "def run(args, context)\n  pass", "Line 1: expected ':'"),
        ("source", "x = 1", "no def run"),
        ("source", "async def run(args, context): pass", "no def run"),
        ("source", "class run: pass", "no def run"),
        ("source", "def f():\n    def run(args, context): pass", "no def run"),
        ("source", "def run(args): pass", "must take two arguments"),
        ("source", "def run(args, context, more): pass", "must take two arguments"),
        ("source", "def run(args, context, *, more): pass", "must take two arguments"),
        ("source", SOURCE + "\0", "NUL"),
        ("source", SOURCE + "# \ud800", "no text has"),
        ("source", SOURCE + "#" * 100_000, "may have 100,000"),
        ("source", SOURCE + "x = " + "-" * 60_000 + "1", "nested too deep|too many|Line"),
        ("source", SOURCE + "x = " + "(" * 300, "Line"),
        ("hosts", "api.example.com", "must be a list"),
        ("hosts", ["10.0.0.1"], "not an IP address"),
        ("hosts", ["localhost"], "full name"),
        ("hosts", ["https://api.example.com/path"], "not the name of a host"),
        ("hosts", [f"h{number}.example.com" for number in range(21)], "may be 20"),
        ("credentials", {"name": "mls"}, "must be a list"),
        ("credentials", [{"host": "api.example.com"}], "no name"),
        ("credentials", [{"name": "MLS"}], "no name"),
        ("credentials", [{"name": "mls", "value": "secret"}], 'Each is a "name"'),
        ("credentials", [{"name": "mls", "host": "evil.example.net"}], "not among the tool's hosts"),
        ("credentials", [{"name": "mls", "host": "http://api.example.com"}], "in the clear"),
        ("credentials", [{"name": "a", "host": "api.example.com"}, {"name": "b", "host": "API.example.com"}], "twice"),
        ("roles", [], "Name one or more"),
        ("roles", ["boss"], "Name one or more"),
        ("autonomy", "always", "Choose one of auto, confirm, owner"),
        ("effect", "identity", "Choose one of none"),
        ("repeatable", "yes", "true or false"),
        ("seconds", 0, "from 1 to 120"),
        ("seconds", 121, "from 1 to 120"),
        ("seconds", 3.5, "whole number"),
        ("seconds", True, "whole number"),
        ("memory_mb", 32, "from 64 to 1024"),
        ("tests", {}, "must be a list"),
        ("tests", ["x"], "must be a list"),
        ("tests", [{"args": []}], "Test 1: \"args\" must be an object"),
        ("tests", [{"args": {"more": 1}}], "do not fit the schema"),
        ("tests", [{"arguments": {}}], "no field 'arguments'"),
        ("tests", [{}, {"returns": 1, "raises": "x"}], "Test 2: it either"),
        ("tests", [{"network": 1}], "true or false"),
        ("tests", [{"secrets": {"mls": 5}}], "made-up values"),
        ("tests", [{"now": "2026-05-01"}], "a time with its zone"),
        ("tests", [{"replies": [{"json": 1}]}], 'has a "url"'),
        ("tests", [{"replies": [{"url": "https://api.example.com", "status": "200"}]}], "is a number"),
        ("tests", [{"replies": [{"url": "https://api.example.com"}], "network": True}], "not both"),
        ("tests", [{"returns": "x" * 70_000}], "65,536 bytes"),
        ("tests", [{"returns": float("nan")}], "JSON"),
        ("tests", [{}] * 51, "may be 50"),
    ],
)  # fmt: skip
def test_what_is_wrong_stands_with_its_field(field: str, value: Any, why: str) -> None:
    found = complaints(**{field: value})
    assert set(found) == {field}
    assert any(each in " ".join(found[field]) for each in why.split("|")), found


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = complaints(name="X", source="", seconds=0, hosts=["127.0.0.1"], roles=[])
    assert set(found) == {"name", "source", "seconds", "hosts", "roles"}


def test_a_tool_for_the_owner_only_is_for_the_owner() -> None:
    assert "roles" in complaints(autonomy="owner", roles=["staff"])


def test_no_tool_takes_the_name_of_a_built_in_one() -> None:
    built_in = Registry()

    @built_in.tool()
    def listing_lookup(context: ToolContext) -> str:
        """Ours."""
        return ""

    with pytest.raises(InvalidTool, match="the assistant's own"):
        checked(GOOD, built_in)


def test_a_table_is_read_strictly() -> None:
    assert from_table({"name": "a", "description": "b"}, source=SOURCE).seconds == 30
    with pytest.raises(InvalidTool) as caught:
        from_table({"name": "a", "hostz": []})
    assert set(caught.value.by_field) == {"hostz", "description", "source"}
