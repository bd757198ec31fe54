"""An HTML page as readable text: headings, lists and paragraphs kept, scripts and markup gone. Pure."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

SKIPPED = {"script", "style", "noscript", "template", "svg", "math", "select"}
BREAKS = {
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
}
BREAKS |= {"footer", "form", "header", "hr", "main", "nav", "ol", "p", "pre", "section", "table", "tr", "ul", "option"}
HEADINGS = {f"h{level}": f"{'#' * level} " for level in range(1, 7)}

CHUNK = 16 * 1024  # characters parsed before the clock is looked at: hostile markup makes the parser slow
SPACE = re.compile(r"\s+")


def readable(html: str, *, seconds: float = 2.0) -> tuple[str, str]:
    """Title and text of the page; parsing that takes longer than `seconds` stops with what it has."""
    reader = _Reader()
    until = time.monotonic() + seconds
    html = html.replace("<![", "<!")  # the standard parser raises AssertionError on marked sections it does not know
    for start in range(0, len(html), CHUNK):
        reader.feed(html[start : start + CHUNK])
        if time.monotonic() > until:
            break
    reader.feed("<p>")  # gives out the last text; `close` would, too, but takes quadratic time on unfinished markup
    return SPACE.sub(" ", "".join(reader.title)).strip(), reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title: list[str] = []
        self._lines: list[list[str]] = [[]]
        self._skipping: list[str] = []  # open elements whose content is left out, outermost first
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "title" and not self.title:
            self._in_title = True
        elif tag in SKIPPED:
            self._skipping.append(tag)
        elif tag in HEADINGS or tag == "li":
            self._lines.append([HEADINGS.get(tag, "- ")])
        elif tag in BREAKS:
            self._lines.append([])
        elif tag in ("td", "th") and self._lines[-1]:
            self._add(" | ")
        elif tag == "img":
            self._add(dict(attrs).get("alt") or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in SKIPPED:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        elif tag in self._skipping:
            del self._skipping[self._skipping.index(tag) :]
        elif tag in BREAKS or tag in HEADINGS or tag == "li":
            self._lines.append([])

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title.append(data)
        else:
            self._add(data)

    def _add(self, data: str) -> None:
        if not self._skipping:
            self._lines[-1].append(data)

    def text(self) -> str:
        lines = (SPACE.sub(" ", "".join(line)).strip() for line in self._lines)
        return "\n".join(line for line in lines if line.strip("-#| "))
