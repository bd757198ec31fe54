"""The text of a document: how it is kept, and the title and description that are read off it. Pure."""

from __future__ import annotations

import hashlib
import re

LINE_BREAKS = re.compile(r"\r\n?")
SURROGATES = re.compile("[\ud800-\udfff]")
HEADING = re.compile(r"#{1,6}\s+(?P<text>.*)")
CLOSING = re.compile(r"[\s#]*")  # of a heading read backwards
NOT_SAID = re.compile(r"^(?:[-*_=\s]{3,}|```.*|~~~.*|\|.*)$")  # rules, fences and tables describe nothing
LEADING = re.compile(r"^(?:[-*+>]\s+|\d{1,3}[.)]\s+|\[[ xX]\]\s+)+")
LONGEST_LINE = 200


def clean(text: str) -> str:
    """As PostgreSQL can hold it, with one kind of line break."""
    return SURROGATES.sub("\ufffd", LINE_BREAKS.sub("\n", text.replace("\0", "")))


def one_line(text: str) -> str:
    return shortened(" ".join(clean(text).split()))


def hash_of(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def size_of(content: str) -> int:
    return len(content.encode())


def title_in(content: str) -> str:
    """The first heading."""
    for line in content.splitlines():
        found = HEADING.match(line.strip())
        if found and (text := _without_closing(found["text"])):
            return shortened(text)
    return ""


def _without_closing(heading: str) -> str:
    closing = CLOSING.match(heading[::-1])
    return heading[: len(heading) - closing.end()] if closing else heading


def about_in(content: str) -> str:
    """The first line that says something and is no heading."""
    for line in content.splitlines():
        said = line.strip()
        if said and not said.startswith("#") and not NOT_SAID.match(said):
            return shortened(LEADING.sub("", said))
    return ""


def shortened(line: str) -> str:
    if len(line) <= LONGEST_LINE:
        return line
    cut = line[: LONGEST_LINE - 1]
    return f"{cut.rpartition(' ')[0] or cut}…"
