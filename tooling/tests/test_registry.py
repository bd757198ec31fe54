from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import pytest

from tooling.registry import FAILED, Registry, Role, ToolContext, ToolError
from tooling.registry import registry as the_registry
from tooling.types import Ran, ToolResult


def context(role: Role = "owner", **more: Any) -> ToolContext:
    defaults: dict[str, Any] = {
        "tenant_id": "t",
        "conversation_id": "c",
        "contact_id": "p",
        "role": role,
        "timezone": "Europe/Madrid",
        "language": "es",
        "now": datetime(2026, 11, 22, 12, 30, tzinfo=UTC),
        "turn_id": "turn-1",
    }
    return ToolContext(**defaults | more)


@pytest.fixture
def registry() -> Registry:
    registry = Registry()

    @registry.tool(effect="outward")
    def send_note(
        context: ToolContext,
        to: Annotated[str, "who gets it"],
        times: int = 1,
        tone: Literal["warm", "dry"] = "warm",
        title: str | None = None,
        tags: list[str] | None = None,
        *,
        loud: bool = False,
        price: float = 0.0,
    ) -> str:
        """Send a note.

        Say what it is about.
        """
        return f"{context.role} {to} {times} {tone} {title} {tags} {loud} {price}"

    @registry.tool(roles=frozenset({"owner", "staff", "customer"}), repeatable=True)
    def break_down(context: ToolContext, how: str) -> ToolResult:
        """Fail in a given way."""
        if how == "known":
            raise ToolError("The printer is out of paper.")
        raise RuntimeError("secret internals")

    return registry


def test_the_schema_comes_from_the_signature_and_is_closed(registry: Registry) -> None:
    definition = registry.definitions("owner")[1]
    assert definition["name"] == "send_note"
    assert definition["description"] == "Send a note.\n\nSay what it is about."
    schema = definition["input_schema"]
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["to"]
    assert schema["properties"]["to"] == {"type": "string", "description": "who gets it"}
    assert schema["properties"]["tone"] == {"type": "string", "enum": ["warm", "dry"]}
    assert schema["properties"]["title"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert schema["properties"]["tags"]["anyOf"][0] == {"type": "array", "items": {"type": "string"}}
    assert "context" not in schema["properties"]


def test_definitions_are_the_same_bytes_whatever_the_order_of_registration() -> None:
    def register(*names: str) -> str:
        registry = Registry()
        for name in names:

            @registry.tool(name=name)
            def anything(context: ToolContext, a: int, b: str = "") -> str:
                """Do it."""
                return ""

        return json.dumps(registry.definitions("owner"))

    assert register("one", "two", "three") == register("three", "one", "two")


def test_the_role_decides_what_is_offered_and_is_checked_again(registry: Registry) -> None:
    assert [tool.name for tool in registry.tools_for("owner")] == ["break_down", "send_note"]
    assert [tool.name for tool in registry.tools_for("customer")] == ["break_down"]
    refused = registry.call("send_note", {"to": "Bob"}, context("customer"))
    unknown = registry.call("no_such_tool", {}, context("owner"))
    assert refused.is_error
    assert unknown.is_error
    assert refused.content == "There is no tool named send_note here."


def test_a_call_passes_what_was_given_and_leaves_the_defaults(registry: Registry) -> None:
    result = registry.call("send_note", {"to": "Bob", "times": 2, "price": 3, "tags": ["a"]}, context("staff"))
    assert result == ToolResult(content="staff Bob 2 warm None ['a'] False 3.0")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({}, "to: Field required"),
        ({"to": 5}, "to: "),
        ({"to": "Bob", "times": "5"}, "times: "),
        ({"to": "Bob", "times": True}, "times: "),
        ({"to": "Bob", "tone": "loud"}, "tone: "),
        ({"to": "Bob", "tags": ["a", 1]}, "tags.1: "),
        ({"to": "Bob", "cc": "Eve"}, "cc: "),
        ({"to": "Bob", "context": {}}, "context: "),
    ],
)
def test_wrong_arguments_are_a_result_that_says_which(
    registry: Registry, arguments: dict[str, Any], named: str
) -> None:
    result = registry.call("send_note", arguments, context())
    assert result.is_error
    assert named in str(result.content)


def test_a_known_failure_is_told_and_an_unknown_one_is_only_logged(
    registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    words = "The printer is out of paper."
    told = ToolResult(content=words, is_error=True, ran=Ran(outcome="error", error=words))
    assert registry.call("break_down", {"how": "known"}, context()) == told
    assert not caplog.records
    with caplog.at_level(logging.ERROR):
        failed = registry.call("break_down", {"how": "x"}, context())
    assert (failed.content, failed.is_error) == (FAILED, True)
    (record,) = caplog.records
    assert (record.message, record.__dict__["tool"], record.__dict__["turn_id"]) == (
        "tool.failed",
        "break_down",
        "turn-1",
    )
    assert record.exc_info


def test_what_may_run_twice_is_declared(registry: Registry) -> None:
    assert registry.repeatable("break_down")
    assert not registry.repeatable("send_note")
    assert not registry.repeatable("no_such_tool")


def test_a_tool_that_cannot_be_described_is_refused_at_definition() -> None:
    registry = Registry()

    def no_docstring(context: ToolContext) -> str:
        return ""

    def untyped(context, a):  # type: ignore[no-untyped-def]
        """Do it."""

    def loose(context: ToolContext, a: dict[str, Any]) -> str:
        """Do it."""
        return ""

    def starred(context: ToolContext, *a: str) -> str:
        """Do it."""
        return ""

    for function in (no_docstring, untyped, loose, starred):
        with pytest.raises(TypeError):
            registry.tool()(function)
    with pytest.raises(ValueError, match="no name"):
        registry.tool(name="Not a name")(no_docstring)


def test_of_a_tool_that_the_model_was_trained_on_the_request_has_the_name_and_calls_are_checked() -> None:
    registry = Registry()

    @registry.tool(native={"type": "memory_20250818", "name": "memory"})
    def memory(context: ToolContext, command: str) -> str:
        """Look and edit."""
        return command

    assert registry.definitions("owner") == [{"type": "memory_20250818", "name": "memory"}]
    registry.definitions("owner")[0]["cache_control"] = {"type": "ephemeral"}
    assert registry.definitions("owner") == [{"type": "memory_20250818", "name": "memory"}]
    assert registry.call("memory", {"command": 1}, context(role="owner")).is_error


def test_two_tools_may_not_share_a_name() -> None:
    registry = Registry()

    def mine(context: ToolContext) -> str:
        """Do it."""
        return ""

    def theirs(context: ToolContext) -> str:
        """Do it otherwise."""
        return ""

    theirs.__module__ = "another.app.tools"
    registry.tool(name="same")(mine)
    with pytest.raises(ValueError, match="two tools"):
        registry.tool(name="same")(theirs)


def test_the_built_in_tools_register_themselves() -> None:
    import tooling.tools

    assert tooling.tools.__all__ == ["current_time", "fetch_url"]
    assert {"current_time", "fetch_url"} <= {tool.name for tool in the_registry.tools_for("owner")}
    assert "fetch_url" not in {tool.name for tool in the_registry.tools_for("customer")}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "Sunday, 2026-11-22 13:30:00 Europe/Madrid (UTC+01:00"),
        ({"timezone": None}, "13:30:00 Europe/Madrid"),
        ({"timezone": "Asia/Kolkata"}, "18:00:00 Asia/Kolkata (UTC+05:30"),
        ({"timezone": "America/New_York"}, "07:30:00 America/New_York (UTC-05:00"),
    ],
)
def test_the_time_is_told_in_the_zone_asked_for(arguments: dict[str, Any], said: str) -> None:
    result = the_registry.call("current_time", arguments, context("customer"))
    assert not result.is_error
    assert said in str(result.content)


@pytest.mark.parametrize("name", ["Madrid", "Europe", "../../etc/passwd", "/etc/passwd", "a\x00b", " "])
def test_a_zone_that_is_none_is_explained(name: str) -> None:
    result = the_registry.call("current_time", {"timezone": name}, context())
    assert result.is_error
    assert "IANA" in str(result.content)
