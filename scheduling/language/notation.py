"""A small engine for grammars over classes of tokens.

A grammar is text: one production a line, `name = alternative | alternative`; an indented line goes on with the one
above. CLASS stands for words of that class and gives their value, `name` for another production, `<word>` for nothing
at all and gives the word itself, `!X` says that no X follows; `?`, `*`, `+` and brackets as in regular expressions.
A class whose value is None gives nothing. What the parts of a production gave goes to the action of the same name, if
there is one; an action that returns None refuses that reading.

Every way to read is followed, so no order of alternatives hides a longer reading; of two that end at the same token
the one that stands first counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from scheduling.language.text import Text

Values = tuple[Any, ...]
Readings = dict[int, Values]  # where a reading ends → what it gave
Memo = dict[tuple[str, int], Readings]
Matcher = Callable[[Text, Memo, int], Readings]
Action = Callable[..., Any]

SYMBOL = re.compile(r"\s*(?:(?P<token>[A-Z]+)|(?P<name>[a-z_]+)|<(?P<word>\w+)>|(?P<sign>[()|?*+!]))")
MOST_REPEATS = 12


class Grammar:
    def __init__(self, productions: str, actions: Mapping[str, Action]) -> None:
        self._actions = actions
        alternatives: dict[str, list[str]] = {}
        for line in re.sub(r"\n +", " ", productions).splitlines():
            name, found, right = line.partition("=")
            if found:
                alternatives.setdefault(name.strip(), []).append(right.strip())
        self.parts: dict[str, _Part] = {
            name: _Compiler(" | ".join(rights), self).whole() for name, rights in alternatives.items()
        }

    def read(self, name: str, text: Text, memo: Memo, at: int) -> Readings:
        known = memo.get((name, at))
        if known is None:
            part = self.parts[name]
            known = self._acted(name, part.match(text, memo, at)) if part.may_begin(text, at) else {}
            memo[name, at] = known
        return known

    def _acted(self, name: str, readings: Readings) -> Readings:
        action = self._actions.get(name)
        if action is None or not readings:
            return readings
        results = {end: action(*values) for end, values in readings.items()}
        return {end: (value,) for end, value in results.items() if value is not None}


@dataclass(frozen=True)
class _Part:
    match: Matcher
    inner: tuple[_Part | _Reference, ...] = ()
    name: str = ""  # of a class
    is_optional: bool = False
    is_choice: bool = False

    @cached_property
    def is_empty(self) -> bool:
        """Whether it may be nothing at all."""
        if self.is_optional or self.name:
            return self.is_optional
        return (any if self.is_choice else all)(each.is_empty for each in self.inner)

    @cached_property
    def beginnings(self) -> frozenset[str]:
        """The classes of the tokens that it may begin with."""
        found = {self.name} if self.name else set()
        for each in self.inner:
            found |= each.beginnings
            if not self.is_choice and not each.is_empty:
                break
        return frozenset(found)

    def may_begin(self, text: Text, at: int) -> bool:
        return self.is_empty or (at < len(text.lexemes) and not self.beginnings.isdisjoint(text.lexemes[at]))


@dataclass(frozen=True)
class _Reference:
    grammar: Grammar
    name: str

    @cached_property
    def is_empty(self) -> bool:
        return self.grammar.parts[self.name].is_empty

    @cached_property
    def beginnings(self) -> frozenset[str]:
        return self.grammar.parts[self.name].beginnings

    def match(self, text: Text, memo: Memo, at: int) -> Readings:
        return self.grammar.read(self.name, text, memo, at)


_Any = _Part | _Reference


class _Compiler:
    def __init__(self, text: str, grammar: Grammar) -> None:
        self.grammar = grammar
        found = list(SYMBOL.finditer(text))
        if re.sub(r"\s", "", "".join(match.group() for match in found)) != re.sub(r"\s", "", text):
            raise ValueError(f"Not understood: {text}")
        self.symbols = [(str(match.lastgroup), match.group(str(match.lastgroup))) for match in found]
        self.at = 0

    def whole(self) -> _Part:
        part = self._choice()
        if self.at < len(self.symbols):
            raise ValueError(f"Not understood from {self.symbols[self.at]} on.")
        return part if isinstance(part, _Part) else _all_of([part])

    def _next(self, *signs: str) -> bool:
        return self.at < len(self.symbols) and self.symbols[self.at] in {("sign", sign) for sign in signs}

    def _choice(self) -> _Any:
        options = [self._sequence()]
        while self._next("|"):
            self.at += 1
            options.append(self._sequence())
        return _any_of(options) if len(options) > 1 else options[0]

    def _sequence(self) -> _Any:
        parts: list[_Any] = []
        while self.at < len(self.symbols) and not self._next("|", ")"):
            parts.append(self._repeated())
        return _all_of(parts) if len(parts) != 1 else parts[0]

    def _repeated(self) -> _Any:
        part = self._single()
        while self._next("?", "*", "+"):
            part = {"?": _maybe, "*": _many, "+": _some}[self.symbols[self.at][1]](part)
            self.at += 1
        return part

    def _single(self) -> _Any:
        kind, symbol = self.symbols[self.at]
        self.at += 1
        if symbol == "!" and kind == "sign":
            return _unless(self._single())
        if symbol == "(" and kind == "sign":
            inner = self._choice()
            self.at += 1  # its closing bracket
            return inner
        if kind == "token":
            return _of_class(symbol)
        if kind == "word":
            return _constant(symbol)
        return _Reference(self.grammar, symbol)


def _constant(word: str) -> _Part:
    def match(_text: Text, _memo: Memo, at: int) -> Readings:
        return {at: (word,)}

    return _Part(match, is_optional=True)


def _of_class(name: str) -> _Part:
    def match(text: Text, memo: Memo, at: int) -> Readings:
        found = text.lexemes[at].get(name) if at < len(text.lexemes) else None
        if found is None:
            return {}
        value, end = found
        return {end: () if value is None else (value,)}

    return _Part(match, name=name)


def _any_of(options: list[_Any]) -> _Part:
    def match(text: Text, memo: Memo, at: int) -> Readings:
        readings: Readings = {}
        classes = text.lexemes[at] if at < len(text.lexemes) else {}
        for option in options:
            if option.is_empty or not option.beginnings.isdisjoint(classes):
                for end, values in option.match(text, memo, at).items():
                    readings.setdefault(end, values)
        return readings

    return _Part(match, inner=tuple(options), is_choice=True)


def _all_of(parts: list[_Any]) -> _Part:
    def match(text: Text, memo: Memo, at: int) -> Readings:
        readings: Readings = {at: ()}
        for part in parts:
            longer: Readings = {}
            for end, values in readings.items():
                for further, more in part.match(text, memo, end).items():
                    longer.setdefault(further, values + more)
            if not longer:
                return {}
            readings = longer
        return readings

    return _Part(match, inner=tuple(parts))


def _maybe(part: _Any) -> _Part:
    def match(text: Text, memo: Memo, at: int) -> Readings:
        return {**part.match(text, memo, at), at: ()}

    return _Part(match, inner=(part,), is_optional=True)


def _some(part: _Any) -> _Part:
    return _all_of([part, _many(part)])


def _many(part: _Any) -> _Part:
    def match(text: Text, memo: Memo, at: int) -> Readings:
        readings: Readings = {at: ()}
        last = readings
        for _ in range(MOST_REPEATS):
            longer: Readings = {}
            for end, values in last.items():
                for further, more in part.match(text, memo, end).items():
                    if further not in readings:
                        longer.setdefault(further, values + more)
            if not longer:
                break
            readings |= longer
            last = longer
        return readings

    return _Part(match, inner=(part,), is_optional=True)


def _unless(part: _Any) -> _Part:
    return _Part(lambda text, memo, at: {} if part.match(text, memo, at) else {at: ()}, is_optional=True)
