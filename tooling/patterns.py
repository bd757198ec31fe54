"""Regular expressions of people we don't trust, as far as matching them takes little time. Pure.

Python's `re` goes back and tries again, and nothing can interrupt it: a few characters can keep it busy for hours.
"""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST = 200  # characters of a pattern
MOST_TEXT = 1000  # characters that are matched; a longer text counts as one that doesn't match
MOST_WAYS = 1_000_000  # in which the repetitions could share a text out between them

# One character, however it is described, and how often: no groups, no alternatives, so nothing is repeated inside of
# what is repeated.
_PIECE = re.compile(
    r"""(?:[^\\\[\](){}*+?|^$]
        | \\[dwsDWSnrt\\.\-+*?()\[\]{}|/^$@#:,]
        | \[\^?(?:[^\\\]\[]|\\[dwsDWSnrt\\.\-+*?()\[\]{}|/^$@#:,])+\])
        (\?|\*|\+|\{\d{1,3}(?:,\d{0,3})?\})?""",
    re.VERBOSE | re.DOTALL,
)


def why_not(pattern: str) -> str:
    """What keeps this pattern from being used; "" where nothing does."""
    if len(pattern) > LONGEST:
        return f"is longer than {LONGEST} characters"
    inner = pattern.removeprefix("^")
    if inner.endswith("$") and not inner.endswith("\\$"):
        inner = inner[:-1]
    position, ways = 0, 1 if pattern.startswith("^") else MOST_TEXT
    while position < len(inner):
        piece = _PIECE.match(inner, position)
        if piece is None:
            return "may hold characters, classes such as [A-Z] or \\d, and how often; no groups and no alternatives"
        ways *= _ways(piece[1] or "")
        position = piece.end()
    if ways > MOST_WAYS:
        return "could take too long to match: begin it with ^, and repeat fewer parts with *, + or {n,m}"
    try:
        _compiled(pattern)
    except (re.error, OverflowError) as error:
        return f"is no regular expression ({error})"
    return ""


def fits(pattern: str, text: str) -> bool:
    """Whether it is found in the text. Only for patterns that `why_not` has nothing against."""
    return len(text) <= MOST_TEXT and _compiled(pattern).search(text) is not None


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _ways(repetition: str) -> int:
    """In how many lengths this can match."""
    if repetition in ("*", "+"):
        return MOST_TEXT
    if repetition.startswith("{"):
        least, comma, most = repetition[1:-1].partition(",")
        return (int(most) - int(least) + 1 if most else MOST_TEXT) if comma else 1
    return 2 if repetition else 1
