"""Scripted trouble: a queue of faults that calls take as they come in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulators.common.control import ControlError

CONTAINS = "_contains"


def matches(wanted: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    """Whether the facts of a call are those wanted: `name` by equality, `name_contains` by containment."""
    for key, value in wanted.items():
        if key.endswith(CONTAINS):
            if str(value) not in str(facts.get(key.removesuffix(CONTAINS), "")):
                return False
        elif facts.get(key) != value:
            return False
    return True


def checked_match(match: object, facts: Collection[str]) -> dict[str, Any]:
    """The match as given; raises ControlError where it names facts that the double does not have."""
    if match is None:
        return {}
    if not isinstance(match, dict):
        raise ControlError("match must be an object")
    for key in match:
        if key.removesuffix(CONTAINS) not in facts:
            raise ControlError(
                f"match: unknown fact {key!r}; known are {', '.join(sorted(facts))}, each also with _contains"
            )
    return match


@dataclass(slots=True, eq=False)
class Fault:
    kind: str
    settings: dict[str, Any] = field(default_factory=dict)  # what else was said of it: retry_after, seconds, …
    match: dict[str, Any] = field(default_factory=dict)
    times: int | None = 1  # None: always
    after: int = 0

    def as_dict(self) -> dict[str, Any]:
        times = "always" if self.times is None else self.times
        return {"kind": self.kind, **self.settings, "match": self.match, "times": times, "after": self.after}

    def number(self, name: str, default: float) -> float:
        value = self.settings.get(name, default)
        return float(value) if isinstance(value, int | float) else default


class FaultQueue:
    """`kinds` and `facts` are those that the double knows; anything else is refused when it is queued."""

    def __init__(self, *, kinds: Collection[str], facts: Collection[str]) -> None:
        self._kinds, self._facts = frozenset(kinds), frozenset(facts)
        self._queue: list[Fault] = []

    def clear(self) -> None:
        self._queue.clear()

    def pending(self) -> list[dict[str, Any]]:
        return [fault.as_dict() for fault in self._queue]

    def add_all(self, body: Mapping[str, Any]) -> int:
        """Queue the faults of a control body; raises ControlError and queues none where one is wrong."""
        given = body.get("faults")
        if not isinstance(given, list):
            raise ControlError("faults must be a list")
        defaults = {key: body[key] for key in ("times", "after", "match") if key in body}
        faults = [self._read(fault, defaults) for fault in given]
        self._queue.extend(faults)
        return len(faults)

    def _read(self, given: object, defaults: Mapping[str, Any]) -> Fault:
        if not isinstance(given, dict):
            raise ControlError("each fault must be an object")
        settings = {**defaults, **given}
        kind = settings.pop("kind", None)
        if kind not in self._kinds:
            raise ControlError(f"unknown kind {kind!r}; known are {', '.join(sorted(self._kinds))}")
        times, after = settings.pop("times", 1), settings.pop("after", 0)
        if times != "always" and not (type(times) is int and times > 0):
            raise ControlError('times must be a positive integer or "always"')
        if type(after) is not int or after < 0:
            raise ControlError("after must be an integer, 0 or more")
        match = checked_match(settings.pop("match", None), self._facts)
        return Fault(kind, settings, match, None if times == "always" else times, after)

    def take(self, facts: Mapping[str, Any]) -> Fault | None:
        """The first fault that fits the call, used up by one; None where none does."""
        for fault in self._queue:
            if not matches(fault.match, facts):
                continue
            if fault.after:
                fault.after -= 1
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self._queue.remove(fault)
            return fault
        return None
