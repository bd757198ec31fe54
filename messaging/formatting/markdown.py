"""The model's Markdown (CommonMark with tables and strikethrough) as rich text for a chat.

Chat has no headings, tables, rules or pictures in a text, so those become lines that read well. Raw HTML is shown as
the text it is. Link definitions (`[1]: https://…`) stay visible instead of vanishing: nothing the model wrote is lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from messaging.formatting.rich import PLAIN, RichText, Run, Style

LONGEST_LINK = 1024  # a longer address is written out, so that it can be split like any text
_LISTS = {"bullet_list", "ordered_list"}
RULE = "———"
UNSENDABLE = re.compile("[\x00\ud800-\udfff]")

# maxNesting: markdown-it silently drops what is nested deeper than this; beyond Python's own depth we show plain text.
_parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 10_000}).enable(["strikethrough", "table"])
_parser.disable("reference")


_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def verbatim(text: str) -> str:
    """Markdown that shows the text as somebody typed it, who knows of no Markdown; blanks around lines go."""
    return "\n".join(_PUNCTUATION.sub(r"\\\1", line.strip()) for line in text.splitlines())


@dataclass(frozen=True, slots=True)
class Bullets:
    """What stands before the items of a list, outermost first; the last one serves all deeper levels."""

    signs: tuple[str, ...] = ("• ", "◦ ")

    def at(self, level: int) -> str:
        return self.signs[min(level, len(self.signs) - 1)]


def parse(markdown: str, bullets: Bullets = Bullets()) -> RichText:
    """The text as a person should see it; characters that cannot be sent (NUL, lone surrogates) are left out."""
    markdown = UNSENDABLE.sub("", markdown)
    try:
        root = SyntaxTreeNode(_parser.parse(markdown))
        return RichText(_blocks(root.children, _Place(bullets=bullets)))
    except RecursionError:  # hundreds of nested quotes or brackets: no reader is served by those
        return RichText([Run(markdown.strip())])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    bullets: Bullets
    style: Style = PLAIN
    level: int = 0  # of lists with bullets


def _blocks(nodes: Sequence[SyntaxTreeNode], place: _Place, separator: str = "\n\n") -> list[Run]:
    return _join([_block(node, place) for node in nodes], separator, place.style)


def _join(parts: Sequence[list[Run]], separator: str, style: Style) -> list[Run]:
    runs: list[Run] = []
    for part in parts:
        if not part:
            continue
        if runs:
            runs.append(Run(separator, style))
        runs += part
    return runs


def _block(node: SyntaxTreeNode, place: _Place) -> list[Run]:
    return _BLOCKS.get(node.type, _paragraph)(node, place)


def _paragraph(node: SyntaxTreeNode, place: _Place) -> list[Run]:
    return _inlines(node.children, place.style)


def _heading(node: SyntaxTreeNode, place: _Place) -> list[Run]:
    return _inlines(node.children, replace(place.style, bold=True))


def _code_block(node: SyntaxTreeNode, place: _Place) -> list[Run]:
    language = re.match(r"[\w+#.-]*", node.info.strip())
    text = node.content.removesuffix("\n")
    return [Run(text, replace(place.style, pre=language.group() if language else ""))] if text else []


def _quote(node: SyntaxTreeNode, place: _Place) -> list[Run]:
    return _blocks(node.children, replace(place, style=replace(place.style, quote=True)))


def _rule(_node: SyntaxTreeNode, place: _Place) -> list[Run]:
    return [Run(RULE, place.style)]


def _list(node: SyntaxTreeNode, place: _Place) -> list[Run]:
    ordered = node.type == "ordered_list"
    first = int(node.attrs.get("start", 1)) if ordered else 0
    inner = place if ordered else replace(place, level=place.level + 1)
    items = []
    for index, item in enumerate(node.children):
        sign = f"{first + index}. " if ordered else place.bullets.at(place.level)
        items.append(_item(sign, _item_body(item, inner), place.style))
    loose = any(child.type == "paragraph" and not child.hidden for item in node.children for child in item.children)
    return _join(items, "\n\n" if loose else "\n", place.style)


def _item_body(item: SyntaxTreeNode, place: _Place) -> list[Run]:
    """What an item holds, with empty lines between its paragraphs but none before a list within it."""
    runs: list[Run] = []
    for child in item.children:
        block = _block(child, place)
        if runs and block:
            close = child.type in _LISTS or (child.type == "paragraph" and child.hidden)
            runs.append(Run("\n" if close else "\n\n", place.style))
        runs += block
    return runs


def _item(sign: str, body: list[Run], style: Style) -> list[Run]:
    """A list item: the sign, and what hangs below it indented, except in code and quotes, which start a line."""
    if body and (body[0].style.pre is not None or body[0].style.quote != style.quote):
        return [Run(f"{sign.rstrip()}\n", style), *body]
    indent = "\n" + " " * (3 if len(sign) > 2 else 2)
    runs = [Run(sign, style)]
    for index, run in enumerate(body):
        own = run.style.pre is not None or run.style.quote != style.quote
        following = body[index + 1].style if index + 1 < len(body) else run.style
        text = run.text
        if following.pre is not None or following.quote != style.quote:
            text = text.rstrip("\n")
        tail = run.text[len(text) :]
        runs.append(run if own else replace(run, text=re.sub(r"\n(?!\n)", indent, text) + tail))
    return runs


def _table(node: SyntaxTreeNode, place: _Place) -> list[Run]:
    rows = [row.children for section in node.children for row in section.children]
    header, body = rows[0], rows[1:]
    strong = replace(place.style, bold=True)
    if len(header) <= 2 or not body:
        lines = [_join([_cell(cell, strong) for cell in header], " – ", strong)]
        lines += [_join([_cell(cell, place.style) for cell in row], " – ", place.style) for row in body]
        return _join(lines, "\n", place.style)
    records = []
    for row in body:
        cells = [_record_line(title, cell, place.style) for title, cell in zip(header, row, strict=False)]
        records.append(_join(cells, "\n", place.style))
    return _join(records, "\n\n", place.style)


def _cell(cell: SyntaxTreeNode, style: Style) -> list[Run]:
    return _inlines(cell.children, style)


def _record_line(title: SyntaxTreeNode, cell: SyntaxTreeNode, style: Style) -> list[Run]:
    name, value = _cell(title, style), _cell(cell, style)
    return [*name, Run(": ", style), *(value or [Run("–", style)])] if name else value


def _inlines(nodes: Sequence[SyntaxTreeNode], style: Style) -> list[Run]:
    return [run for node in nodes for run in _inline(node, style)]


def _inline(node: SyntaxTreeNode, style: Style) -> list[Run]:
    match node.type:
        case "inline":
            return _inlines(node.children, style)
        case "strong":
            return _inlines(node.children, replace(style, bold=True))
        case "em":
            return _inlines(node.children, replace(style, italic=True))
        case "s":
            return _inlines(node.children, replace(style, strike=True))
        case "code_inline":
            return [Run(node.content, replace(style, code=True))]
        case "softbreak" | "hardbreak":  # in a chat a line that the model broke is a line
            return [Run("\n", style)]
        case "link":
            return _link(node, style)
        case "image":
            return _address(_text(node), str(node.attrs["src"]), style)
        case _:
            return [Run(node.content, style)] if node.content else []


def _link(node: SyntaxTreeNode, style: Style) -> list[Run]:
    url = str(node.attrs["href"])
    runs = _inlines(node.children, style)
    words = "".join(run.text for run in runs)
    if not url:
        return runs
    if _same(words, url) or len(url) > LONGEST_LINK or not words.strip():
        return _address("" if _same(words, url) else words, url, style)
    linked = [replace(run, style=replace(run.style, link=url)) for run in runs]
    linked[-1] = replace(linked[-1], aside=linked[-1].aside + f" ({url})")
    return linked


def _same(words: str, url: str) -> bool:
    """Whether a link's words are its address, as typed or as a browser would show it."""
    shown = {url, _parser.normalizeLinkText(url)}
    shown |= {form.removeprefix("mailto:").removeprefix("https://").removeprefix("http://") for form in shown}
    return words.strip() in shown | {form.removesuffix("/") for form in shown}


def _address(words: str, url: str, style: Style) -> list[Run]:
    words = words.strip()
    shown = url.removeprefix("mailto:")
    if not shown:
        return [Run(words, style)] if words else []
    return [Run(f"{words} ({shown})" if words else shown, style)]


def _text(node: SyntaxTreeNode) -> str:
    if not node.children:
        return "\n" if node.type in {"softbreak", "hardbreak"} else node.content
    return "".join(_text(child) for child in node.children)


_BLOCKS: dict[str, Callable[[SyntaxTreeNode, _Place], list[Run]]] = {
    "paragraph": _paragraph,
    "heading": _heading,
    "fence": _code_block,
    "code_block": _code_block,
    "blockquote": _quote,
    "hr": _rule,
    "bullet_list": _list,
    "ordered_list": _list,
    "table": _table,
}
