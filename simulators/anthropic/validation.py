"""Whether the service would take a request: every refusal that the product could meet, in the service's own shape."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from simulators.anthropic.blocks import as_list, as_object, check_block, check_cache_control, no_extra, want
from simulators.anthropic.errors import ApiError, invalid
from simulators.anthropic.history import check_messages
from simulators.anthropic.models import MAX_OUTPUT, MODELS, Model
from simulators.anthropic.prompt import blocks_of
from simulators.anthropic.signatures import Emitted
from simulators.anthropic.tools import check_schema, check_tools

MAX_BREAKPOINTS = 4
VERSIONS = ("2023-06-01", "2026-10-21")
SAMPLING = ("temperature", "top_p", "top_k")
COUNTED = {
    "model",
    "messages",
    "system",
    "tools",
    "tool_choice",
    "thinking",
    "output_config",
    "cache_control",
    "speed",
}
CREATED = COUNTED | {
    "max_tokens",
    "stream",
    "stop_sequences",
    "metadata",
    "service_tier",
    "container",
    "diagnostics",
    "inference_geo",
}
EFFORTS = ("low", "medium", "high", "xhigh", "max")
THINKING: dict[str, set[str]] = {
    "adaptive": {"type", "display"},
    "between_tools": {"type"},
    "disabled": {"type"},
    "enabled": {"type", "budget_tokens", "display"},
}
MIN_BUDGET = 1024
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def parse(raw: bytes) -> dict[str, Any]:
    """The JSON object of a body; raises ApiError."""
    try:
        body = json.loads(raw, parse_constant=_refuse_constant)
        if _SURROGATE.search(raw):
            json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ApiError(400, "The request body is not valid JSON: no low surrogate in string") from None
    except (ValueError, RecursionError) as error:
        raise ApiError(400, f"The request body is not valid JSON: {error}") from None
    if not isinstance(body, dict):
        raise ApiError(400, "Input should be a valid dictionary")
    return body


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def check_version(headers: Mapping[str, str]) -> None:
    version = headers.get("anthropic-version")
    if version is None:
        raise invalid("anthropic-version", "header is required")
    if version not in VERSIONS:
        raise invalid("anthropic-version", f'"{version}" is not a valid version')


def check_create(body: dict[str, Any], emitted: Emitted) -> None:
    """Raises ApiError where POST /v1/messages would refuse the body."""
    model = _check_common(body, CREATED, emitted)
    if "max_tokens" not in body:
        raise invalid("max_tokens", "Field required")
    want(body["max_tokens"], int, "max_tokens", "integer")
    if body["max_tokens"] < 0:
        raise invalid("max_tokens", "Input should be greater than or equal to 0")
    if body["max_tokens"] > MAX_OUTPUT:
        limit = (
            f"{body['max_tokens']} > {MAX_OUTPUT}, which is the maximum allowed number of output tokens for {model.id}"
        )
        raise invalid("max_tokens", limit)
    want(body.get("stream", False), bool, "stream", "boolean")
    _check_stop_sequences(body.get("stop_sequences", []))
    _check_metadata(body.get("metadata", {}))
    if body.get("service_tier", "auto") not in {"auto", "standard_only"}:
        raise invalid("service_tier", "Input should be 'auto' or 'standard_only'")
    budget = (body.get("thinking") or {}).get("budget_tokens")
    if budget is not None and budget >= body["max_tokens"]:
        raise invalid("", "`max_tokens` must be greater than `thinking.budget_tokens`")


def check_count(body: dict[str, Any], emitted: Emitted) -> None:
    """Raises ApiError where POST /v1/messages/count_tokens would refuse the body."""
    _check_common(body, COUNTED, emitted)


def _check_common(body: dict[str, Any], fields: set[str], emitted: Emitted) -> Model:
    for name in ("model", "messages"):
        if name not in body:
            raise invalid(name, "Field required")
    for name in SAMPLING:
        if name in body:
            raise invalid(name, f"`{name}` is not supported by this version of the API")
    no_extra(body, fields, "")
    model = _known_model(body["model"])
    _check_system(body.get("system"))
    tools = check_tools(body.get("tools", []))
    _check_tool_choice(body.get("tool_choice"), tools, model)
    _check_thinking(body.get("thinking"), model)
    _check_output_config(body.get("output_config"))
    turns = check_messages(body["messages"], model, emitted)
    if not tools and any(block["type"] in {"tool_use", "tool_result"} for _, blocks in turns for block in blocks):
        raise invalid("", "Requests which include `tool_use` or `tool_result` blocks must define tools")
    _check_breakpoints(body)
    return model


def _known_model(name: object) -> Model:
    want(name, str, "model", "string")
    model = MODELS.get(str(name))
    if model is None:
        raise ApiError(404, f"model: {name}")
    return model


def _check_system(system: object) -> None:
    if system is None or isinstance(system, str):
        return
    system = as_list(system, "system")
    for index, block in enumerate(system):
        check_block(block, {"text"}, f"system.{index}")


def _check_tool_choice(choice: object, tools: set[str], model: Model) -> None:
    if choice is None:
        return
    choice = as_object(choice, "tool_choice")
    kind = choice.get("type")
    if kind not in {"auto", "any", "tool", "none"}:
        raise invalid("tool_choice", "Input tag found using 'type' must be one of 'auto', 'any', 'tool', 'none'")
    extra = {"tool": {"name", "disable_parallel_tool_use"}, "none": set[str]()}.get(kind, {"disable_parallel_tool_use"})
    no_extra(choice, {"type", *extra}, f"tool_choice.{kind}")
    if not tools:
        raise invalid("tool_choice", "tool_choice may only be specified while providing tools")
    if kind in {"any", "tool"} and not model.forced_tools:
        raise invalid("tool_choice", f"tool_choice '{kind}' is not supported by {model.id}; use 'auto' or 'none'")
    if kind == "tool" and choice.get("name") not in tools:
        raise invalid("tool_choice", f"Tool '{choice.get('name')}' not found in provided tools")


def _check_thinking(thinking: object, model: Model) -> None:
    if thinking is None:
        return
    thinking = as_object(thinking, "thinking")
    kind = thinking.get("type")
    if kind not in THINKING:
        expected = ", ".join(f"'{name}'" for name in THINKING)
        raise invalid("thinking", f"Input tag found using 'type' must be one of {expected}")
    if (kind == "enabled" or "budget_tokens" in thinking) and not model.budget:
        raise invalid("thinking", f"'enabled' with budget_tokens is not supported by {model.id}; use 'adaptive'")
    no_extra(thinking, THINKING[kind], f"thinking.{kind}")
    if kind == "enabled":
        want(thinking.get("budget_tokens"), int, "thinking.enabled.budget_tokens", "integer")
        if thinking["budget_tokens"] < MIN_BUDGET:
            raise invalid("thinking.enabled.budget_tokens", f"Input should be greater than or equal to {MIN_BUDGET}")
    if thinking.get("display") not in {None, "summarized", "omitted"}:
        raise invalid(f"thinking.{kind}.display", "Input should be 'summarized' or 'omitted'")


def _check_output_config(config: object) -> None:
    if config is None:
        return
    config = as_object(config, "output_config")
    no_extra(config, {"effort", "format"}, "output_config")
    if config.get("effort") not in {None, *EFFORTS}:
        raise invalid("output_config.effort", f"Input should be one of {', '.join(EFFORTS)}")
    form = config.get("format")
    if form is None:
        return
    want(form, dict, "output_config.format", "dictionary")
    if form.get("type") != "json_schema":
        raise invalid("output_config.format.type", "Input should be 'json_schema'")
    no_extra(form, {"type", "schema"}, "output_config.format")
    want(form.get("schema"), dict, "output_config.format.schema", "dictionary")
    check_schema(form["schema"], "output_config.format.schema")


def _check_stop_sequences(sequences: object) -> None:
    sequences = as_list(sequences, "stop_sequences")
    for index, sequence in enumerate(sequences):
        want(sequence, str, f"stop_sequences.{index}", "string")
        if not sequence.strip():
            raise invalid("stop_sequences", "each stop sequence must contain non-whitespace")


def _check_metadata(metadata: object) -> None:
    metadata = as_object(metadata, "metadata")
    no_extra(metadata, {"user_id"}, "metadata")


def _check_breakpoints(body: dict[str, Any]) -> None:
    """At most four, and none of 1h after one of 5m, in the order tools, system, messages."""
    marks = [tool["cache_control"] for tool in body.get("tools", []) if tool.get("cache_control")]
    system = body.get("system")
    for block in blocks_of(system) if system else ():
        marks += [block["cache_control"]] if block.get("cache_control") else []
    for message in body["messages"]:
        for block in blocks_of(message["content"]):
            marks += [block["cache_control"]] if block.get("cache_control") else []
    if (automatic := body.get("cache_control")) is not None:
        check_cache_control(automatic, "cache_control")
        marks.append(automatic)
    if len(marks) > MAX_BREAKPOINTS:
        message = f"A maximum of {MAX_BREAKPOINTS} blocks with cache_control may be provided. Found {len(marks)}."
        raise ApiError(400, message)
    lives = [mark.get("ttl", "5m") for mark in marks]
    if "5m" in lives and "1h" in lives[lives.index("5m") :]:
        raise ApiError(
            400,
            "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. "
            "Note that blocks are processed in the following order: `tools`, `system`, `messages`.",
        )
