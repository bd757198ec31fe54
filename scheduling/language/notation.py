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
        self._matchers: dict[str, Matcher] = {}
        self._actions = actions
        alternatives: dict[str, list[str]] = {}
        for line in re.sub(r"\n +", " ", productions).splitlines():
            name, found, right = line.partition("=")
            if found:
                alternatives.setdefault(name.strip(), []).append(right.strip())
        for name, rights in alternatives.items():
            self._matchers[name] = _Compiler(" | ".join(rights), self).whole()

    def read(self, name: str, text: Text, memo: Memo, at: int) -> Readings:
        known = memo.get((name, at))
        if known is None:
            known = memo[name, at] = self._acted(name, self._matchers[name](text, memo, at))
        return known

    def _acted(self, name: str, readings: Readings) -> Readings:
        action = self._actions.get(name)
        if action is None:
            return readings
        results = {end: action(*values) for end, values in readings.items()}
        return {end: (value,) for end, value in results.items() if value is not None}


class _Compiler:
    def __init__(self, text: str, grammar: Grammar) -> None:
        self.grammar = grammar
        found = list(SYMBOL.finditer(text))
        if re.sub(r"\s", "", "".join(match.group() for match in found)) != re.sub(r"\s", "", text):
            raise ValueError(f"Not understood: {text}")
        self.symbols = [(str(match.lastgroup), match.group(str(match.lastgroup))) for match in found]
        self.at = 0

    def whole(self) -> Matcher:
        matcher = self._choice()
        if self.at < len(self.symbols):
            raise ValueError(f"Not understood from {self.symbols[self.at]} on.")
        return matcher

    def _next(self, *signs: str) -> bool:
        return self.at < len(self.symbols) and self.symbols[self.at] in {("sign", sign) for sign in signs}

    def _choice(self) -> Matcher:
        options = [self._sequence()]
        while self._next("|"):
            self.at += 1
            options.append(self._sequence())
        return _any_of(options) if len(options) > 1 else options[0]

    def _sequence(self) -> Matcher:
        parts: list[Matcher] = []
        while self.at < len(self.symbols) and not self._next("|", ")"):
            parts.append(self._repeated())
        return _all_of(parts) if len(parts) != 1 else parts[0]

    def _repeated(self) -> Matcher:
        part = self._single()
        while self._next("?", "*", "+"):
            part = {"?": _maybe, "*": _many, "+": _some}[self.symbols[self.at][1]](part)
            self.at += 1
        return part

    def _single(self) -> Matcher:
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
            return lambda text, memo, at: {at: (symbol,)}
        return lambda text, memo, at: self.grammar.read(symbol, text, memo, at)


def _of_class(name: str) -> Matcher:
    def match(text: Text, memo: Memo, at: int) -> Readings:
        found = text.lexemes[at].get(name) if at < len(text.lexemes) else None
        if found is None:
            return {}
        value, end = found
        return {end: () if value is None else (value,)}

    return match


def _any_of(options: list[Matcher]) -> Matcher:
    def match(text: Text, memo: Memo, at: int) -> Readings:
        readings: Readings = {}
        for option in options:
            for end, values in option(text, memo, at).items():
                readings.setdefault(end, values)
        return readings

    return match


def _all_of(parts: list[Matcher]) -> Matcher:
    def match(text: Text, memo: Memo, at: int) -> Readings:
        readings: Readings = {at: ()}
        for part in parts:
            longer: Readings = {}
            for end, values in readings.items():
                for further, more in part(text, memo, end).items():
                    longer.setdefault(further, values + more)
            if not longer:
                return {}
            readings = longer
        return readings

    return match


def _maybe(part: Matcher) -> Matcher:
    return _any_of([part, lambda text, memo, at: {at: ()}])


def _some(part: Matcher) -> Matcher:
    return _all_of([part, _many(part)])


def _many(part: Matcher) -> Matcher:
    def match(text: Text, memo: Memo, at: int) -> Readings:
        readings: Readings = {at: ()}
        last = readings
        for _ in range(MOST_REPEATS):
            longer: Readings = {}
            for end, values in last.items():
                for further, more in part(text, memo, end).items():
                    if further not in readings:
                        longer.setdefault(further, values + more)
            if not longer:
                break
            readings |= longer
            last = longer
        return readings

    return match


def _unless(part: Matcher) -> Matcher:
    return lambda text, memo, at: {} if part(text, memo, at) else {at: ()}
