"""The tags by which Claude knows our own words, and what others wrote made unable to look like them. No Django."""

from __future__ import annotations

import re
import unicodedata

LONGEST_NAME = 80
OUR_TAGS = re.compile(
    r"<(?=\W{0,8}(?:(?:earlier_)?context|written_by_team|memory_(?:document|index|facts))\b)", re.IGNORECASE
)


def outside_tags(text: str) -> str:
    """The text with the tags by which Claude knows our own words turned into something else; the rest as it was."""
    return OUR_TAGS.sub("‹", text)


def one_line(text: str, longest: int) -> str:
    """The text as a part of a line of ours: no line break, control or direction character, and no tag."""
    kept = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in text[: 4 * longest])
    line = outside_tags(" ".join(kept.split()))
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def one_name(text: str) -> str:
    """A name that somebody gave themselves, unable to be more than a part of the line it stands in.

    Line breaks, invisible and direction characters, and what separates or quotes in our own lines go.
    """
    kept = "".join(" " if unicodedata.category(each)[0] in "CZ" or each in '<>,;:"[]{}|' else each for each in text)
    return " ".join(kept.split())[:LONGEST_NAME].strip()
