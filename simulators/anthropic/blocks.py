"""The shape of content blocks and cache breakpoints, as strict as the service: unknown fields are refused."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection, Mapping
from typing import Any

from simulators.anthropic.errors import invalid

IDENTIFIER = re.compile(r"[a-zA-Z0-9_-]+")
IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")

# Required and optional fields of each type of block.
_FIELDS: dict[str, tuple[set[str], set[str]]] = {
    "text": ({"text"}, {"cache_control", "citations"}),
    "image": ({"source"}, {"cache_control", "transformations"}),
    "document": ({"source"}, {"cache_control", "citations", "context", "title"}),
    "search_result": ({"content", "source", "title"}, {"cache_control", "citations"}),
    "container_upload": ({"file_id"}, {"cache_control"}),
    "tool_use": ({"id", "name", "input"}, {"cache_control", "caller", "toolset_name"}),
    "tool_result": ({"tool_use_id"}, {"cache_control", "content", "is_error", "toolset_name"}),
    "thinking": ({"thinking", "signature"}, set()),
    "redacted_thinking": ({"data"}, set()),
    "server_tool_use": ({"id", "name", "input"}, {"cache_control", "caller"}),
}
_SERVER_RESULT = ({"tool_use_id", "content"}, {"cache_control", "caller"})
SERVER_RESULTS = {
    "web_search_tool_result",
    "web_fetch_tool_result",
    "code_execution_tool_result",
    "bash_code_execution_tool_result",
    "text_editor_code_execution_tool_result",
    "tool_search_tool_result",
}
_USER = {"text", "image", "document", "search_result", "container_upload", "tool_result"}
_ASSISTANT = {"text", "thinking", "redacted_thinking", "tool_use", "server_tool_use", *SERVER_RESULTS}
BY_ROLE: dict[str, set[str]] = {"user": _USER, "assistant": _ASSISTANT, "system": {"text"}}
IN_TOOL_RESULT = {"text", "image", "document", "search_result"}


def want(value: object, kind: type | tuple[type, ...], path: str, name: str) -> None:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
        raise invalid(path, f"Input should be a valid {name}")


def as_object(value: object, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise invalid(path, "Input should be a valid dictionary")
    return value


def as_list(value: object, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise invalid(path, "Input should be a valid list")
    return value


def no_extra(given: Mapping[str, Any], allowed: Collection[str], path: str) -> None:
    for key in given:
        if key not in allowed:
            raise invalid(f"{path}.{key}" if path else key, "Extra inputs are not permitted")


def check_content(content: object, role: str, path: str) -> None:
    """A message's content: a string, or a list of the blocks that the role may have."""
    if isinstance(content, str):
        check_text(content, path)
        return
    content = as_list(content, path)
    for index, block in enumerate(content):
        check_block(block, BY_ROLE[role], f"{path}.{index}")


def check_text(text: object, path: str) -> None:
    want(text, str, path, "string")
    if not text:
        raise invalid(path, "text content blocks must be non-empty")
    if not str(text).strip():
        raise invalid(path, "text content blocks must contain non-whitespace text")


def check_block(block: object, allowed: Collection[str], path: str) -> None:
    block = as_object(block, path)
    kind = block.get("type")
    if kind is None:
        raise invalid(f"{path}.type", "Field required")
    if kind not in allowed:
        expected = ", ".join(f"'{name}'" for name in sorted(allowed))
        raise invalid(
            path, f"Input tag '{kind}' found using 'type' does not match any of the expected tags: {expected}"
        )
    path = f"{path}.{kind}"
    required, optional = _FIELDS.get(kind, _SERVER_RESULT)
    for name in sorted(required):
        if name not in block:
            raise invalid(f"{path}.{name}", "Field required")
    no_extra(block, {"type", *required, *optional}, path)
    if block.get("cache_control") is not None:
        check_cache_control(block["cache_control"], f"{path}.cache_control")
    _check_fields(kind, block, path)


def _check_fields(kind: str, block: dict[str, Any], path: str) -> None:
    match kind:
        case "text":
            check_text(block["text"], f"{path}.text")
        case "image":
            _check_image(block["source"], f"{path}.source")
        case "document":
            _check_document(block["source"], f"{path}.source")
        case "tool_use" | "server_tool_use":
            _check_identifier(block["id"], f"{path}.id")
            want(block["input"], dict, f"{path}.input", "dictionary")
            _check_identifier(block["name"], f"{path}.name")
        case "tool_result":
            _check_tool_result(block, path)
        case "thinking":
            want(block["thinking"], str, f"{path}.thinking", "string")
            want(block["signature"], str, f"{path}.signature", "string")


def _check_identifier(value: object, path: str) -> None:
    want(value, str, path, "string")
    if not IDENTIFIER.fullmatch(str(value)):
        raise invalid(path, f"String should match pattern '^{IDENTIFIER.pattern}$'")


def _check_tool_result(block: dict[str, Any], path: str) -> None:
    _check_identifier(block["tool_use_id"], f"{path}.tool_use_id")
    want(block.get("is_error", False), bool, f"{path}.is_error", "boolean")
    content = block.get("content", "")
    want(content, (str, list), f"{path}.content", "string or list")
    for index, part in enumerate(content if isinstance(content, list) else ()):
        check_block(part, IN_TOOL_RESULT, f"{path}.content.{index}")
        if block.get("is_error") and part["type"] != "text":
            raise invalid(f"{path}.content", "all content must be type `text` if `is_error` is true")


def _check_image(source: object, path: str) -> None:
    source = as_object(source, path)
    match source.get("type"):
        case "base64":
            if source.get("media_type") not in IMAGE_TYPES:
                raise invalid(f"{path}.base64.media_type", f"Input should be one of {', '.join(IMAGE_TYPES)}")
            _check_base64(source.get("data"), f"{path}.base64.data")
        case "url":
            _check_url(source.get("url"), f"{path}.url.url")
        case "file":
            want(source.get("file_id"), str, f"{path}.file.file_id", "string")
        case _:
            raise invalid(path, "Input tag found using 'type' does not match any of: 'base64', 'url', 'file'")


def _check_document(source: object, path: str) -> None:
    source = as_object(source, path)
    match source.get("type"):
        case "base64":
            if source.get("media_type") != "application/pdf":
                raise invalid(f"{path}.base64.media_type", "Input should be 'application/pdf'")
            _check_base64(source.get("data"), f"{path}.base64.data")
        case "text":
            want(source.get("data"), str, f"{path}.text.data", "string")
        case "url":
            _check_url(source.get("url"), f"{path}.url.url")
        case "content":
            want(source.get("content"), (str, list), f"{path}.content.content", "string or list")
        case "file":
            want(source.get("file_id"), str, f"{path}.file.file_id", "string")
        case _:
            raise invalid(path, "Input tag found using 'type' does not match any expected tag")


def _check_base64(data: object, path: str) -> None:
    want(data, str, path, "string")
    try:
        empty = not base64.b64decode(str(data), validate=True)
    except (binascii.Error, ValueError):
        raise invalid(path, "Invalid base64 data") from None
    if empty:
        raise invalid(path, "data cannot be empty")


def _check_url(url: object, path: str) -> None:
    want(url, str, path, "string")
    if not str(url).startswith(("https://", "http://")):
        raise invalid(path, "Only HTTP and HTTPS URLs are supported")


def check_cache_control(mark: object, path: str) -> None:
    mark = as_object(mark, path)
    if mark.get("type") != "ephemeral":
        raise invalid(f"{path}.type", "Input should be 'ephemeral'")
    no_extra(mark, {"type", "ttl"}, f"{path}.ephemeral")
    if mark.get("ttl", "5m") not in {"5m", "1h"}:
        raise invalid(f"{path}.ephemeral.ttl", "Input should be '5m' or '1h'")
