"""Tool definitions, as strict as the service takes them."""

from __future__ import annotations

import re
from typing import Any

from simulators.anthropic.blocks import as_list, check_cache_control, no_extra, want
from simulators.anthropic.errors import ApiError, invalid

NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_CUSTOM = {
    "type",
    "name",
    "description",
    "input_schema",
    "strict",
    "cache_control",
    "allowed_callers",
    "defer_loading",
    "eager_input_streaming",
    "input_examples",
}
# The service's own tools, and the name each must have; "" where it has none.
OWN = {
    "memory_20250818": "memory",
    "bash_20250124": "bash",
    "text_editor_20250124": "str_replace_editor",
    "text_editor_20250429": "str_replace_based_edit_tool",
    "text_editor_20250728": "str_replace_based_edit_tool",
    "web_search_20250305": "web_search",
    "web_search_20260209": "web_search",
    "web_search_20260318": "web_search",
    "web_fetch_20250910": "web_fetch",
    "web_fetch_20260209": "web_fetch",
    "web_fetch_20260309": "web_fetch",
    "web_fetch_20260318": "web_fetch",
    "code_execution_20250522": "code_execution",
    "code_execution_20250825": "code_execution",
    "code_execution_20260120": "code_execution",
    "code_execution_20260521": "code_execution",
    "tool_search_tool_bm25_20251119": "tool_search_tool_bm25",
    "tool_search_tool_regex_20251119": "tool_search_tool_regex",
}


def check_tools(tools: object) -> set[str]:
    """Raises ApiError where the service would refuse; otherwise the tools' names."""
    tools = as_list(tools, "tools")
    names: set[str] = set()
    for index, tool in enumerate(tools):
        path = f"tools.{index}"
        want(tool, dict, path, "dictionary")
        _check_tool(tool, path)
        if tool["name"] in names:
            raise ApiError(400, "tools: Tool names must be unique.")
        names.add(tool["name"])
    return names


def _check_tool(tool: dict[str, Any], path: str) -> None:
    if tool.get("cache_control") is not None:
        check_cache_control(tool["cache_control"], f"{path}.cache_control")
    kind = tool.get("type") or "custom"
    if kind == "custom":
        _check_custom(tool, f"{path}.custom")
    elif kind not in OWN:
        expected = ", ".join(f"'{name}'" for name in ("custom", *OWN))
        raise invalid(
            path, f"Input tag '{kind}' found using 'type' does not match any of the expected tags: {expected}"
        )
    elif tool.get("name") != OWN[kind]:
        raise invalid(f"{path}.{kind}.name", f"Input should be '{OWN[kind]}'")


def _check_custom(tool: dict[str, Any], path: str) -> None:
    for name in ("name", "input_schema"):
        if name not in tool:
            raise invalid(f"{path}.{name}", "Field required")
    no_extra(tool, _CUSTOM, path)
    want(tool["name"], str, f"{path}.name", "string")
    if not NAME.fullmatch(tool["name"]):
        raise invalid(f"{path}.name", f"String should match pattern '^{NAME.pattern}$'")
    want(tool.get("description", ""), str, f"{path}.description", "string")
    schema, at = tool["input_schema"], f"{path}.input_schema"
    want(schema, dict, at, "dictionary")
    if "type" not in schema:
        raise invalid(f"{at}.type", "Field required")
    if schema["type"] != "object":
        raise invalid(f"{at}.type", "Input should be 'object'")
    if {"oneOf", "allOf", "anyOf"} & schema.keys():
        raise invalid(at, "input_schema does not support oneOf, allOf, or anyOf at the top level")
    want(schema.get("properties") or {}, dict, f"{at}.properties", "dictionary")
    want(schema.get("required") or [], list, f"{at}.required", "list")
    if tool.get("strict"):
        check_schema(schema, at)


def check_schema(schema: object, path: str) -> None:
    """A schema that answers are held to closes every object: additionalProperties is false."""
    if isinstance(schema, list):
        for index, part in enumerate(schema):
            check_schema(part, f"{path}.{index}")
    elif isinstance(schema, dict):
        if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
            raise invalid(path, "For 'object' type, 'additionalProperties' must be explicitly set to false")
        for key, part in schema.items():
            check_schema(part, f"{path}.{key}")
