"""The stand-in: answers by rules where no script is queued, for people who try the product without a key.

It is no model, and says so. It sees what a model would see, the request, and reaches tools only as a model does: by
answering with tool_use where a fitting tool is offered, and phrasing an answer from the tool_result. The rules stand
in `rules.py`; adding one there is all it takes. Those that take several steps are in `memory_rules.py` and
`schedule_rules.py`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from simulators.anthropic import memory_rules, schedule_rules
from simulators.anthropic.prompt import Block, Prompt
from simulators.anthropic.reply import Draft
from simulators.anthropic.rules import RULES, Ask, otherwise, report_unknown
from simulators.anthropic.schema import minimal


def answer(prompt: Prompt) -> Draft:
    form = (prompt.body.get("output_config") or {}).get("format")
    if form:
        return _said(json.dumps(minimal(form["schema"])))
    ask = Ask.of(prompt)
    may_call = (prompt.body.get("tool_choice") or {}).get("type") != "none"
    for rules in (schedule_rules, memory_rules) if may_call else ():
        if (step := rules.step(ask, prompt)) is not None:
            return _said(step) if isinstance(step, str) else Draft(content=_as_calls(step, prompt))
    if prompt.tool_results:
        return _said(_report(ask, prompt))
    if calls := _calls(ask, prompt):
        return Draft(content=calls)
    for rule in RULES:
        if rule.say is not None and rule.pattern.search(ask.text):
            return _said(rule.say(ask))
    return _said(otherwise(ask))


def _said(text: str) -> Draft:
    return Draft(content=[{"type": "text", "text": text}])


def _as_calls(step: Sequence[memory_rules.Call], prompt: Prompt) -> list[Block]:
    schemas = {tool["name"]: tool.get("input_schema") for tool in prompt.tools}
    return [
        {"type": "tool_use", "name": name, "input": given}
        if (schema := schemas.get(name)) is None  # one of the service's own, whose arguments the model knows
        else _call(name, schema, given)
        for name, given in step
    ]


def _calls(ask: Ask, prompt: Prompt) -> list[Block]:
    """One tool_use for everything that the text asks for and a tool is offered for."""
    if (prompt.body.get("tool_choice") or {}).get("type") == "none":
        return []
    offered = {tool["name"]: tool for tool in prompt.tools}
    calls: list[Block] = []
    for rule in RULES:
        if rule.tool in offered and rule.tool is not None and (matches := list(rule.pattern.finditer(ask.text))):
            schema = offered[rule.tool].get("input_schema", {})
            wanted = dict.fromkeys(json.dumps(rule.arguments(match)) for match in matches[: rule.most])
            calls += [_call(rule.tool, schema, json.loads(known)) for known in wanted]
    return calls


def _call(tool: str, schema: dict[str, Any], known: dict[str, Any]) -> Block:
    """Give what the schema has room for, and the least it takes for what else it requires."""
    properties = schema.get("properties") or {}
    given = {name: value for name, value in known.items() if name in properties}
    for name in schema.get("required") or []:
        if name not in given:
            given[name] = minimal(properties.get(name, {}))
    return {"type": "tool_use", "name": tool, "input": given}


def _report(ask: Ask, prompt: Prompt) -> str:
    reports = {rule.tool: rule.report for rule in RULES if rule.tool}
    return "\n\n".join(reports.get(result.tool, report_unknown)(ask, result) for result in prompt.tool_results)
