"""Taking known secret values out of what leaves a run, however it spells them. Pure.

Values are searched for as literals, by a search that is linear whatever the text, in a few readings of it: as it
stands, and with URL and string escapes undone, up to two of them around each other. What is found is cut where it is.
"""

from __future__ import annotations

import re
from array import array
from base64 import b64encode
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

MASK = b"[redacted]"
SHORTEST = 4  # characters: what is shorter stands in any text by chance
NESTED = 2  # escapes around escapes: a URL in JSON, JSON in JSON

Span = tuple[int, int]
Raw = bytes  # inside of Redactor, `bytes` is its method
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_PLUS = re.compile(rb"%([0-9A-Fa-f]{2})|\+")
_PAIR = rb"\\u([dD][89abAB][0-9A-Fa-f]{2})\\u([dD][c-fC-F][0-9A-Fa-f]{2})"
_POINT = rb"\\U(00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})"
_STRING = re.compile(_PAIR + rb"|" + _POINT + rb"|\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})|\\(.)", re.DOTALL)
_BREAKS = re.compile(rb"[\r\n]\s*")
_BETWEEN_BYTES = re.compile(rb"(?<=[0-9A-Fa-f]{2})[\s:,-]+(?=[0-9A-Fa-f]{2})")
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


class _Reading:
    """A text in which some passages were replaced by what they mean, and where each byte of it came from."""

    def __init__(self, data: bytes, parent: _Reading | None = None) -> None:
        self.data = data
        self._parent = parent
        self._marks = tuple(array("Q") for _ in range(4))  # of each replaced passage: its begin and end here and there

    def undone(self, pattern: re.Pattern[bytes], meaning: Callable[[re.Match[bytes]], bytes]) -> _Reading | None:
        """This text with what the pattern finds replaced; nothing where it finds nothing."""
        pieces: list[bytes] = []
        reading = _Reading(b"", self)
        done = length = 0
        for match in pattern.finditer(self.data):
            plain, meant = self.data[done : match.start()], meaning(match)
            pieces += (plain, meant)
            begin = length + len(plain)
            done, length = match.end(), begin + len(meant)
            for marks, mark in zip(reading._marks, (begin, length, match.start(), done), strict=True):
                marks.append(mark)
        if not pieces:
            return None
        reading.data = b"".join(pieces) + self.data[done:]
        return reading

    def origin(self, span: Span) -> Span:
        """Where the passage stands in the text that was first."""
        return span if self._parent is None else self._parent.origin(self.within_parent(span))

    def within_parent(self, span: Span) -> Span:
        return self._there(span[0])[0], self._there(span[1] - 1)[1]

    def _there(self, position: int) -> Span:
        """What the byte at the position stands for in the parent's text."""
        begins, ends, begins_there, ends_there = self._marks
        index = bisect_right(begins, position) - 1
        if index < 0:
            return position, position + 1
        if position < ends[index]:
            return begins_there[index], ends_there[index]
        there = ends_there[index] + position - ends[index]
        return there, there + 1


class _Base64:
    """A value inside base64 of something longer: of its first and last character only a part may be the value's."""

    def __init__(self, value: bytes, shift: int) -> None:
        whole = (shift + len(value)) * 8 // 6
        self._core = b64encode(bytes(shift) + value, b"-_")[(0, 2, 3)[shift] : whole]
        self._shared_first = shift > 0
        self._shared_last = (shift + len(value)) % 3 > 0

    def spans(self, data: bytes) -> Iterator[Span]:
        """In a text of the URL-safe alphabet."""
        for start, end in _found(data, self._core):
            first = start - 1 if self._shared_first and start and data[start - 1] in _BASE64 else start
            last = end + 1 if self._shared_last and data[end : end + 1] and data[end] in _BASE64 else end
            while self._shared_last and data[last : last + 1] == b"=":
                last += 1
            yield first, last


class Redactor:
    """Knows a run's secret values. Those shorter than four characters are left alone."""

    def __init__(self, values: Iterable[str]) -> None:
        known = {value.strip() for value in values}
        self._values = sorted({_bytes(value) for value in known if len(value) >= SHORTEST}, key=len, reverse=True)
        self._base64 = [_Base64(value, shift) for value in self._values for shift in range(3)]
        self._hex = [value.hex().encode() for value in self._values]
        plus = any(b" " in value for value in self._values)
        beyond_ascii = any(not value.isascii() for value in self._values)
        self._escapes = [
            (_PERCENT, _percent),
            (_STRING, _string),
            *([(_STRING, _string_of_letters)] if beyond_ascii else []),
            *([(_PLUS, _percent)] if plus else []),
        ]

    @property
    def longest(self) -> int:
        """Bytes that a value can take up, in whichever spelling is looked for."""
        return 20 * len(self._values[0]) if self._values else 0

    def text(self, text: str) -> str:
        return self.bytes(_bytes(text)).decode("utf-8", "surrogatepass") if self._values else text

    def json(self, value: Any) -> Any:
        """The same value with every string and key redacted, and every number that holds a secret. Keys stay apart."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return self._object(value)
        if isinstance(value, list):
            return [self.json(each) for each in value]
        if isinstance(value, int | float) and not isinstance(value, bool):
            changed = self.text(str(value))
            return value if changed == str(value) else changed
        return value

    def _object(self, value: dict[str, Any]) -> dict[str, Any]:
        redacted: dict[str, Any] = {}
        times: Counter[str] = Counter()
        for key, each in value.items():
            name = plain = self.text(key)
            while name in redacted:
                times[plain] += 1
                name = f"{plain} ({times[plain] + 1})"
            redacted[name] = self.json(each)
        return redacted

    def bytes(self, data: Raw) -> Raw:
        return masked(data, self.spans(data))

    def spans(self, data: Raw) -> list[Span]:
        """Where secrets stand, in order, none touching the next."""
        if not self._values:
            return []
        found = {reading.origin(span) for reading in self._readings(data) for span in self._in(reading)}
        return _merged(sorted(found))

    def _readings(self, data: Raw) -> Iterator[_Reading]:
        level = [_Reading(data)]
        for depth in range(NESTED + 1):
            yield from level
            if depth < NESTED:
                undone = [reading.undone(*escape) for reading in level for escape in self._escapes]
                level = [reading for reading in undone if reading is not None]

    def _in(self, reading: _Reading) -> Iterator[Span]:
        for value in self._values:
            yield from _found(reading.data, value)
        yield from self._encoded_in(reading.data)
        unbroken = reading.undone(_BREAKS, lambda _: b"")  # encoders put a new line after every 76 characters
        if unbroken is not None:
            yield from (unbroken.within_parent(span) for span in self._encoded_in(unbroken.data))
        joined = reading.undone(_BETWEEN_BYTES, lambda _: b"")  # 73:6b-2d 6c
        if joined is not None:
            yield from (joined.within_parent(span) for span in self._hex_in(joined.data))

    def _encoded_in(self, data: Raw) -> Iterator[Span]:
        url_safe = data.translate(_URL_SAFE)
        for spelling in self._base64:
            yield from spelling.spans(url_safe)
        yield from self._hex_in(data)

    def _hex_in(self, data: Raw) -> Iterator[Span]:
        lower = data.lower()
        for digits in self._hex:
            yield from _found(lower, digits)


class Stream:
    """Redacts what comes in pieces; holds back what may be the beginning of a secret."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        self._held += data
        if len(self._held) < 2 * self._redactor.longest:  # so that each byte is looked at twice at most
            return b""
        cut = len(self._held) - self._redactor.longest
        spans = [span for span in self._redactor.spans(self._held) if span[0] < cut]
        cut = max(cut, spans[-1][1]) if spans else cut
        ready, self._held = self._held[:cut], self._held[cut:]
        return masked(ready, spans)

    def end(self) -> bytes:
        held, self._held = self._held, b""
        return self._redactor.bytes(held)


def masked(data: bytes, spans: Iterable[Span]) -> bytes:
    pieces, done = [], 0
    for start, end in spans:
        pieces += [data[done:start], MASK]
        done = end
    return b"".join([*pieces, data[done:]])


def _found(data: bytes, value: bytes) -> Iterator[Span]:
    start = data.find(value)
    while start >= 0:
        yield start, start + len(value)
        start = data.find(value, start + len(value))


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _percent(match: re.Match[bytes]) -> bytes:
    return bytes.fromhex(match[1].decode()) if match[1] else b" "


def _string(match: re.Match[bytes]) -> bytes:
    high, low, eight, four, two, letter = match.groups()
    if high:
        return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00).encode()
    if eight or four:
        return _bytes(chr(int(eight or four, 16)))
    if two:
        return bytes.fromhex(two.decode())
    return _LETTERS.get(letter, letter)


def _string_of_letters(match: re.Match[bytes]) -> bytes:
    r"""In Python's text \xe9 is a letter, in its bytes it is a byte."""
    return chr(int(match[5], 16)).encode() if match[5] else _string(match)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
