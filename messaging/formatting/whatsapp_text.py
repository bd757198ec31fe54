"""Rich text as WhatsApp's own marks: https://faq.whatsapp.com/539178204879377.

WhatsApp renders `*bold*`, `_italic_` and `~strike~` only within a line, at the edges of words and with no space inside
the marks. Where it would not, the mark is left out, so that people do not see stray asterisks. So it is where the
model's own text has the same sign in a place where WhatsApp would pair it with ours.

Signs in the text itself stay as they are. WhatsApp has no way to escape them; whether invisible characters between them
help is not documented and differs between its apps, and they would spoil codes, links and names that people copy.
In Markdown such a pair is nearly always meant as emphasis anyway.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import Literal, NamedTuple

from messaging.formatting.markdown import Bullets, parse
from messaging.formatting.rich import Run, Style, plain_text
from messaging.formatting.split import split
from messaging.formatting.telegram_html import is_invisible

MAX_CHARACTERS = 4096
Mark = Literal["bold", "italic", "strike"]
_SIGNS: dict[Mark, str] = {"bold": "*", "italic": "_", "strike": "~"}
_PAIRABLE = {
    mark: re.compile(rf"(?<![^\W_]){re.escape(sign)}(?=\S)|(?<=\S){re.escape(sign)}(?![^\W_])")
    for mark, sign in _SIGNS.items()
}
_LIST_SIGNS = Bullets(("- ",))  # WhatsApp draws these as bullets


def whatsapp_parts(markdown: str, limit: int = MAX_CHARACTERS) -> list[tuple[str, str]]:
    """The messages for a Markdown text, each as (WhatsApp text, plain text), both of at most `limit` code points."""
    rich = parse(markdown, _LIST_SIGNS)

    @cache
    def piece(start: int, end: int) -> tuple[str, str]:
        runs = rich.cut(start, end)
        return to_whatsapp(runs), plain_text(runs)

    def fits(start: int, end: int) -> bool:
        return max(map(len, piece(start, end))) <= limit

    pieces = (piece(start, end) for start, end in split(rich.text, limit, fits))
    return [(text, plain) for text, plain in pieces if not is_invisible(plain)]


def to_whatsapp(runs: Sequence[Run]) -> str:
    out = []
    for is_code, group in groupby(
        _without_asides(runs), key=lambda run: run.style.pre is not None and not run.style.quote
    ):
        members = list(group)
        if is_code:
            out.append(_code_block("".join(run.text for run in members)))
        else:
            out.append("\n".join(_line(line) for line in _lines(members)))
    return "".join(out)


def _without_asides(runs: Sequence[Run]) -> Iterator[Run]:
    for run in runs:
        if run.aside:
            yield Run(run.text, run.style)
            yield Run(run.aside, Style(quote=run.style.quote))
        else:
            yield run


def _code_block(text: str) -> str:
    return text if "```" in text or is_invisible(text) else f"```{text}```"


def _lines(runs: Sequence[Run]) -> list[list[Run]]:
    lines: list[list[Run]] = [[]]
    for run in runs:
        first, *rest = run.text.split("\n")
        lines[-1].append(Run(first, run.style) if rest else run)
        lines += [[Run(text, run.style)] for text in rest]
    return lines


class _Place(NamedTuple):
    """A line's visible characters and what may not be marked there."""

    text: str
    blocked: frozenset[Mark]


def _line(runs: Sequence[Run]) -> str:
    marks = tuple(mark for mark in _SIGNS if any(getattr(run.style, mark) for run in runs))
    if marks:
        text = "".join(run.text for run in runs)
        loose = "".join("\0" if run.style.code else run.text for run in runs)
        blocked = frozenset(mark for mark in marks if _PAIRABLE[mark].search(loose))
        written = _marked(runs, 0, marks, _Place(text, blocked))
    else:
        written = "".join(_leaf(run) for run in runs)
    return f"> {written}".rstrip() if any(run.style.quote for run in runs) else written


def _marked(runs: Sequence[Run], at: int, marks: tuple[Mark, ...], place: _Place) -> str:
    """The runs, which start at offset `at` of the line, with the given marks where WhatsApp will render them."""
    if not marks:
        return "".join(_leaf(run) for run in runs)
    mark, *inner = marks
    out = []
    for is_marked, group in groupby(runs, key=lambda run: bool(getattr(run.style, mark))):
        members = list(group)
        length = sum(len(run.text) for run in members)
        written = _marked(members, at, tuple(inner), place)
        out.append(_wrap(written, mark, at, at + length, place) if is_marked else written)
        at += length
    return "".join(out)


def _wrap(written: str, mark: Mark, start: int, end: int, place: _Place) -> str:
    core = written.strip()
    text = place.text[start:end]
    start += len(text) - len(text.lstrip())
    end -= len(text) - len(text.rstrip())
    if (
        not core
        or mark in place.blocked
        or _SIGNS[mark] in text
        or _joins(place.text[max(start - 1, 0) : start])
        or _joins(place.text[end : end + 1])
    ):
        return written
    before, after = written[: len(written) - len(written.lstrip())], written[len(written.rstrip()) :]
    return f"{before}{_SIGNS[mark]}{core}{_SIGNS[mark]}{after}"


def _joins(neighbour: str) -> bool:
    """Whether a mark next to this character would stand inside a word."""
    return neighbour.isalnum() or (neighbour != "" and neighbour in "*_~`")


def _leaf(run: Run) -> str:
    text = run.text
    markable = run.style.code and text and text == text.strip() and "`" not in text
    return f"`{text}`" if markable else text
