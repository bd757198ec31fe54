"""What somebody wrote as a tool, checked before it becomes a version: all that is wrong with it at once. Pure."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, get_args

from tooling import argument_schema
from tooling.arguments import SchemaArguments
from tooling.egress import Allowed, HostError
from tooling.registry import NAME, Autonomy, Registry, Role, registry
from tooling.schema import BadArgumentsError

LONGEST_DESCRIPTION = 2000
LARGEST_SOURCE = 100_000  # bytes
MOST_HOSTS = 20
MOST_CREDENTIALS = 10
MOST_TESTS = 50
LARGEST_TESTS = 64 * 1024
SECONDS = (1, 120)
MEMORY_MB = (64, 1024)
ROLES = get_args(Role)
AUTONOMIES = get_args(Autonomy)
EFFECTS = ("none", "notes", "outward", "spends", "deletes")  # a script cannot reach identity, boundaries or tools
TEST_KEYS = {"name", "args", "returns", "raises", "secrets", "network", "replies", "now"}
REPLY_KEYS = {"url", "method", "status", "json", "text", "headers"}


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A tool as somebody wrote it; see the fields of the same names in `tooling.models.ToolVersion`."""

    name: str
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "object", "properties": {}})
    source: str
    hosts: Sequence[str] = ()
    credentials: Sequence[Mapping[str, str]] = ()
    roles: Sequence[str] = ("owner", "staff")
    autonomy: str = "auto"
    effect: str = "outward"
    repeatable: bool = False
    seconds: int = 30
    memory_mb: int = 256
    tests: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, kw_only=True)
class Complaint:
    field: str
    text: str


class InvalidTool(ValueError):
    """All that is wrong with a draft, each with its field."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__("\n".join(f"{each.field}: {each.text}" for each in complaints))
        self.complaints = complaints

    @property
    def by_field(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for each in self.complaints:
            found.setdefault(each.field, []).append(each.text)
        return found


def checked(draft: Draft, built_in: Registry = registry) -> Draft:
    """The draft in the form in which it is kept; raises InvalidTool."""
    complaints = [Complaint(field=name, text=text) for name, check in CHECKS.items() for text in check(draft)]
    if isinstance(draft.name, str) and built_in.get(draft.name) is not None:
        complaints.append(Complaint(field="name", text=f"{draft.name} is one of the assistant's own tools."))
    if complaints:
        raise InvalidTool(complaints)
    return replace(
        draft,
        description=draft.description.strip(),
        schema=argument_schema.closed(draft.schema),
        source=draft.source.replace("\r\n", "\n"),
        hosts=sorted({str(Allowed.parse(entry)) for entry in draft.hosts}),
        credentials=[_kept(each) for each in draft.credentials],
        roles=[role for role in ROLES if role in draft.roles],
        tests=[dict(test) for test in draft.tests],
    )


def from_table(table: Mapping[str, Any], **more: Any) -> Draft:
    """From what a file or form holds; raises InvalidTool for what is missing or belongs to no tool."""
    known = {each.name for each in fields(Draft)}
    given = {**table, **more}
    complaints = [Complaint(field=name, text="A tool has no such field.") for name in given if name not in known]
    complaints += [
        Complaint(field=name, text="It is missing.") for name in ("name", "description", "source") if name not in given
    ]
    if complaints:
        raise InvalidTool(complaints)
    return Draft(**given)


def _kept(credential: Mapping[str, str]) -> dict[str, str]:
    host = credential.get("host", "")
    return {"name": credential["name"], **({"host": str(Allowed.parse(host))} if host else {})}


# --- One field each ---------------------------------------------------------------------------------------------------


def _name(draft: Draft) -> Iterator[str]:
    if not isinstance(draft.name, str) or not NAME.fullmatch(draft.name):
        yield "Use lower-case letters, digits and underscores, beginning with a letter, 64 at most."


def _description(draft: Draft) -> Iterator[str]:
    text = draft.description
    if not isinstance(text, str) or not text.strip():
        yield "Say what it does and when to use it: it is all that Claude knows of it."
    elif len(text) > LONGEST_DESCRIPTION:
        yield f"It has {len(text):,} characters, and may have {LONGEST_DESCRIPTION:,}."
    elif not _storable(text):
        yield "It holds characters that no text has, such as NUL."


def _schema(draft: Draft) -> Iterator[str]:
    try:
        argument_schema.check(draft.schema)
    except argument_schema.SchemaError as error:
        yield str(error)


def _source(draft: Draft) -> Iterator[str]:
    source = draft.source
    if not isinstance(source, str) or not source.strip():
        yield "There is no source; write def run(args, context)."
    elif not _storable(source):
        yield "It holds characters that no text has, such as NUL."
    elif len(source.encode()) > LARGEST_SOURCE:
        yield f"It has {len(source.encode()):,} bytes, and may have {LARGEST_SOURCE:,}."
    else:
        yield from _syntax(source)


def _syntax(source: str) -> Iterator[str]:
    try:
        tree = ast.parse(source, "tool.py")
    except SyntaxError as error:
        yield f"Line {error.lineno}: {error.msg}."
        return
    except (ValueError, RecursionError, MemoryError):
        yield "Python cannot read it: it is nested too deep."
        return
    run = next((node for node in reversed(tree.body) if getattr(node, "name", "") == "run"), None)
    if not isinstance(run, ast.FunctionDef):
        yield "It has no def run(args, context) at its top level."
        return
    taken = run.args
    if len(taken.posonlyargs) + len(taken.args) != 2 or None in taken.kw_defaults:
        yield f"Line {run.lineno}: run must take two arguments, run(args, context)."


def _hosts(draft: Draft) -> Iterator[str]:
    if not _texts(draft.hosts):
        yield 'It must be a list of names such as ["api.example.com"].'
        return
    if len(draft.hosts) > MOST_HOSTS:
        yield f"There are {len(draft.hosts)}, and may be {MOST_HOSTS}."
    for entry in draft.hosts:
        try:
            Allowed.parse(entry)
        except HostError as error:
            yield f"{entry[:100]!r}: {error}."


def _credentials(draft: Draft) -> Iterator[str]:
    if not isinstance(draft.credentials, list | tuple) or len(draft.credentials) > MOST_CREDENTIALS:
        yield f'It must be a list such as [{{"name": "mls", "host": "api.example.com"}}], {MOST_CREDENTIALS} at most.'
        return
    hosts, names = _allowed(draft), set()
    for each in draft.credentials:
        problem = _credential(each, hosts)
        if problem:
            yield problem
            continue
        key = each.get("host", "") and str(Allowed.parse(each["host"]))
        if (key or each["name"]) in names:
            yield f"{key or each['name']} stands there twice."
        names.add(key or each["name"])


def _credential(each: Any, hosts: Sequence[Allowed] | None) -> str:
    if not isinstance(each, Mapping) or not set(each) <= {"name", "host"} or not _texts(list(each.values())):
        return 'Each is a "name" and, where the proxy puts it in, a "host".'
    if not NAME.fullmatch(each.get("name", "")):
        return f"{each.get('name', '')[:64]!r} is no name: use lower-case letters, digits and underscores."
    if not each.get("host"):
        return ""
    try:
        entry = Allowed.parse(each["host"])
    except HostError as error:
        return f"{each['host'][:100]!r}: {error}."
    if entry.scheme == "http":
        return f"{entry} would get it in the clear, for all on the way to read: only https:// is given a credential."
    plain = not entry.host.startswith("*.")
    if (
        hosts is None
        or entry in hosts
        or (plain and any(host.covers(entry.scheme, entry.host, entry.port) for host in hosts))
    ):
        return ""
    return f"{entry} is not among the tool's hosts: add it there."


def _roles(draft: Draft) -> Iterator[str]:
    if not _texts(draft.roles) or not draft.roles or not set(draft.roles) <= set(ROLES):
        yield f"Name one or more of {', '.join(ROLES)}."
    elif draft.autonomy == "owner" and "owner" not in draft.roles:
        yield "A tool for the owner only must have the owner among its roles."


def _one_of(name: str, choices: Sequence[str]) -> Callable[[Draft], Iterator[str]]:
    def check(draft: Draft) -> Iterator[str]:
        if getattr(draft, name) not in choices:
            yield f"Choose one of {', '.join(choices)}."

    return check


def _between(name: str, bounds: tuple[int, int]) -> Callable[[Draft], Iterator[str]]:
    def check(draft: Draft) -> Iterator[str]:
        value = getattr(draft, name)
        if type(value) is not int or not bounds[0] <= value <= bounds[1]:
            yield f"It must be a whole number from {bounds[0]} to {bounds[1]}."

    return check


def _repeatable(draft: Draft) -> Iterator[str]:
    if draft.repeatable not in (True, False):
        yield "It is true or false."


def _tests(draft: Draft) -> Iterator[str]:
    tests = draft.tests
    if not isinstance(tests, list | tuple) or not all(isinstance(test, dict) for test in tests):
        yield 'It must be a list such as [{"args": {}, "returns": {}}].'
        return
    if len(tests) > MOST_TESTS or not _is_small_json(tests):
        yield f"There may be {MOST_TESTS} of them with {LARGEST_TESTS:,} bytes of JSON in all, nested as usual."
        return
    takes = None if list(_schema(draft)) else SchemaArguments(argument_schema.closed(draft.schema))
    for number, test in enumerate(tests, 1):
        for problem in _test(test, takes):
            yield f"Test {number}: {problem}"


def _test(test: dict[str, Any], takes: SchemaArguments | None) -> Iterator[str]:
    if unknown := sorted(set(test) - TEST_KEYS):
        yield f"it has no field {unknown[0]!r}; there are {', '.join(sorted(TEST_KEYS))}."
    if not isinstance(test.get("args", {}), dict):
        yield '"args" must be an object.'
    elif takes is not None:
        try:
            takes.check(test.get("args", {}))
        except BadArgumentsError as error:
            yield f"its arguments do not fit the schema: {error}."
    if "returns" in test and "raises" in test:
        yield 'it either "returns" something or "raises" an error.'
    if not isinstance(test.get("raises", ""), str):
        yield '"raises" is a part of the error\'s text.'
    secrets = test.get("secrets", {})
    if not isinstance(secrets, dict) or not _texts(list(secrets.values())):
        yield '"secrets" are made-up values by the names of credentials.'
    if type(test.get("network", False)) is not bool:
        yield '"network" is true or false.'
    if "now" in test and not _is_aware(test["now"]):
        yield '"now" is a time with its zone, such as "2026-05-01T09:00:00-05:00".'
    yield from _replies(test)


def _replies(test: dict[str, Any]) -> Iterator[str]:
    replies = test.get("replies", [])
    if not isinstance(replies, list) or not all(isinstance(reply, dict) for reply in replies):
        yield '"replies" is a list of what hosts answer, such as [{"url": "https://api.example.com/x", "json": {}}].'
        return
    if replies and test.get("network"):
        yield 'it has "replies" or the "network", not both.'
    for reply in replies:
        if set(reply) - REPLY_KEYS or not isinstance(reply.get("url"), str):
            yield f'each of "replies" has a "url" and may have {", ".join(sorted(REPLY_KEYS - {"url"}))}.'
        elif type(reply.get("status", 200)) is not int or not isinstance(reply.get("headers", {}), dict):
            yield 'in "replies", "status" is a number and "headers" is an object.'


CHECKS: dict[str, Callable[[Draft], Iterator[str]]] = {
    "name": _name,
    "description": _description,
    "schema": _schema,
    "source": _source,
    "hosts": _hosts,
    "credentials": _credentials,
    "roles": _roles,
    "autonomy": _one_of("autonomy", AUTONOMIES),
    "effect": _one_of("effect", EFFECTS),
    "repeatable": _repeatable,
    "seconds": _between("seconds", SECONDS),
    "memory_mb": _between("memory_mb", MEMORY_MB),
    "tests": _tests,
}


# --- What they have in common -----------------------------------------------------------------------------------------


def _allowed(draft: Draft) -> list[Allowed] | None:
    """Nothing where they have complaints of their own."""
    return None if list(_hosts(draft)) else [Allowed.parse(entry) for entry in draft.hosts]


def _texts(values: Any) -> bool:
    return isinstance(values, list | tuple) and all(isinstance(value, str) for value in values)


def _is_aware(text: Any) -> bool:
    try:
        return isinstance(text, str) and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _storable(text: str) -> bool:
    """Whether PostgreSQL and UTF-8 take it."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _is_small_json(value: Any) -> bool:
    try:
        deep = argument_schema.depth_of(value) > argument_schema.DEEPEST
        return not deep and len(json.dumps(value, allow_nan=False)) <= LARGEST_TESTS
    except (TypeError, ValueError):
        return False
