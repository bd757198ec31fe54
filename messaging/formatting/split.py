"""Cutting a long text where a person would: between paragraphs, else lines, sentences, words, else anywhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

_PARAGRAPH = re.compile(r"\n(?:[ \t]*\n)+")
_EMPTY_LINES = re.compile(r"(?:[^\S\n]*\n)*")
_LINE = re.compile(r"\n+")
_SENTENCE = re.compile(r"(?<=[.!?…。！？])[\"'”’»)\]]*(?P<gap>\s+)|(?<=[。！？])(?P<none>)")
_WORD = re.compile(r"\s+")
_LONGEST_CLUSTER = 64  # code points that belong together; a longer "character" is cut like any text
_JOINER = "\u200d"


def split(text: str, longest: int, fits: Callable[[int, int], bool]) -> Iterator[tuple[int, int]]:
    """The pieces of `text` as (start, end) offsets, in order; white space at the cuts is left out, nothing else.

    `fits` tells whether a piece may be sent as it is, `longest` is a length in code points that no piece can exceed.
    A single character is taken to fit.
    """
    start = _skip(text, 0)
    while start < len(text):
        end = _furthest(start, min(len(text), start + longest), fits)
        cut, resume = (end, end) if end == len(text) else _cut(text, start, end)
        while cut - start > 1 and not fits(start, cut):  # a marker may appear by the cut itself
            cut, resume = _cut(text, start, cut - 1)
        yield start, cut
        start = _skip(text, resume)


def _skip(text: str, start: int) -> int:
    """Past empty lines, keeping the indentation of the line that follows."""
    match = _EMPTY_LINES.match(text, start)
    return match.end() if match else start


def _furthest(start: int, high: int, fits: Callable[[int, int], bool]) -> int:
    if fits(start, high):
        return high
    low = start + 1
    while high - low > 1:
        middle = (low + high) // 2
        if fits(start, middle):
            low = middle
        else:
            high = middle
    return low


def _cut(text: str, start: int, end: int) -> tuple[int, int]:
    """Where to end a piece that may reach to `end`, and where the next begins."""
    enough = start + (end - start) // 4  # a paragraph's end is no reason to send two words by themselves
    for pattern, earliest in ((_PARAGRAPH, enough), (_LINE, enough), (_SENTENCE, enough), (_WORD, start + 1)):
        found = _last(pattern, text, max(earliest, start + 1), end)
        if found:
            return found
    for cut in range(end, max(start, end - _LONGEST_CLUSTER), -1):
        if is_boundary(text, cut):
            return cut, cut
    return end, end


def _last(pattern: re.Pattern[str], text: str, earliest: int, end: int) -> tuple[int, int] | None:
    found = None
    for match in pattern.finditer(text, earliest):
        group: int | str = 0
        if match.re.groups:
            group = "gap" if match.group("gap") is not None else "none"
        if match.start(group) > end:
            break
        found = match.start(group), match.end(group)
    return found


def is_boundary(text: str, index: int) -> bool:
    """Whether `text` may be cut before `index` without tearing what people see as one character.

    The rules of Unicode's extended grapheme clusters as far as chats need them: combining marks, emoji sequences, skin
    tones, flags, keycaps, tags, CR LF and Korean syllables.
    """
    if index <= 0 or index >= len(text):
        return True
    before, after = text[index - 1], text[index]
    if before == "\r" and after == "\n":
        return False
    if before == _JOINER or _extends(after):
        return False
    if _is_flag_half(before) and _is_flag_half(after):
        return _flag_halves_before(text, index) % 2 == 0
    return not (_is_jamo(before) and _is_jamo(after))


def _extends(char: str) -> bool:
    return (
        unicodedata.category(char) in {"Mn", "Me", "Mc"}
        or char in {_JOINER, "\u200c"}
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\U000e0020" <= char <= "\U000e007f"
    )


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flag_halves_before(text: str, index: int) -> int:
    count = 0
    while count < index and _is_flag_half(text[index - 1 - count]):
        count += 1
    return count


def _is_jamo(char: str) -> bool:
    return "\u1100" <= char <= "\u11ff"
