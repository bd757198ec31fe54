"""Text with entities: HTML parsed as the Bot API parses it, commands found in what people write, HTML for the phone.

The grammar and the words of the errors follow TDLib's `parse_html`. Offsets and lengths count UTF-16 units; the
offsets in error messages count bytes of UTF-8.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any

from simulators.telegram.errors import bad

Entity = dict[str, Any]
TAGS = {
    "a": "text_link",
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "u": "underline",
    "ins": "underline",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
    "pre": "pre",
    "code": "code",
    "blockquote": "blockquote",
}
SHOWN_TAGS = {"bold": "b", "italic": "i", "strikethrough": "s", "underline": "u", "code": "code", "pre": "pre"}
SHOWN_TAGS |= {"blockquote": "blockquote", "expandable_blockquote": "blockquote", "spoiler": "span"}
HTML_ENTITY = re.compile(r"&(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|(lt|gt|amp|quot));?")
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
SPACES = " \t\r\n\0\v\f"
NAME_TOKEN = re.compile(r"[A-Za-z0-9.-]*")
WRITTEN = re.compile(
    r"(?P<bot_command>(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?)"
    r"|(?P<mention>(?<![\w@])@[A-Za-z0-9_]{3,32})"
    r"|(?P<url>https?://[^\s<>\"]+)"
)


def units(text: str) -> int:
    """The length in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass
class _Open:
    tag: str
    argument: str
    offset: int


@dataclass
class _Parser:
    source: str
    at: int = 0
    text: list[str] = field(default_factory=list)
    offset: int = 0
    stack: list[_Open] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)

    def run(self) -> tuple[str, list[Entity]]:
        while self.at < len(self.source):
            char = self.source[self.at]
            if char == "<":
                self._tag()
            elif char == "&" and (found := HTML_ENTITY.match(self.source, self.at)):
                self._put(_decode(found))
                self.at = found.end()
            else:
                self._put(char)
                self.at += 1
        if self.stack:
            raise _unparsed(f'Can\'t find end tag corresponding to start tag "{self.stack[-1].tag}"')
        return "".join(self.text), self.entities

    def _put(self, text: str) -> None:
        self.text.append(text)
        self.offset += units(text)

    def _byte(self, at: int) -> int:
        return len(self.source[:at].encode("utf-8", "surrogatepass"))

    def _peek(self) -> str:
        return self.source[self.at] if self.at < len(self.source) else ""

    def _skip(self, characters: str) -> None:
        while self._peek() and self._peek() in characters:
            self.at += 1

    def _until(self, characters: str) -> str:
        start = self.at
        while self._peek() and self._peek() not in characters:
            self.at += 1
        return self.source[start : self.at]

    def _tag(self) -> None:
        begin = self.at
        self.at += 1
        if self._peek() == "/":
            self._end_tag(begin)
            return
        tag = self._until(SPACES + ">").lower()
        if not self._peek():
            raise _unparsed(f"Unclosed start tag at byte offset {self._byte(begin)}")
        if tag not in TAGS:
            raise _unparsed(f'Unsupported start tag "{tag}" at byte offset {self._byte(begin)}')
        argument = ""
        while True:
            self._skip(SPACES)
            if self._peek() == ">":
                break
            argument = self._attribute(tag, begin) or argument
        if tag == "span" and argument != "tg-spoiler":
            raise _unparsed(f'Tag "span" must have class "tg-spoiler" at byte offset {self._byte(begin)}')
        self.at += 1
        self.stack.append(_Open(tag, argument, self.offset))

    def _attribute(self, tag: str, begin: int) -> str:
        """What the attribute means for the entity; "" where nothing."""
        name = self._until(SPACES + "=>").lower()
        if not name:
            place = f"at byte offset {self._byte(begin)}"
            raise _unparsed(
                f'Empty attribute name in the tag "{tag}" {place}' if self._peek() else _unclosed(tag, place)
            )
        self._skip(SPACES)
        if self._peek() != "=":
            return "expandable" if (tag, name) == ("blockquote", "expandable") else ""
        self.at += 1
        self._skip(SPACES)
        value = self._value(tag, begin)
        meant = {("a", "href"), ("code", "class"), ("span", "class"), ("tg-emoji", "emoji-id")}
        if (tag, name) == ("blockquote", "expandable"):
            return "expandable"
        return value if (tag, name) in meant else ""

    def _value(self, tag: str, begin: int) -> str:
        quote = self._peek()
        if quote and quote in "'\"":
            self.at += 1
            value = self._until(quote)
            self.at += 1
        else:
            start, found = self.at, NAME_TOKEN.match(self.source, self.at)
            value = found[0].lower() if found else ""
            self.at += len(value)
            if self._peek() and self._peek() not in SPACES + ">":
                raise _unparsed(f"Unexpected end of name token at byte offset {self._byte(start)}")
        if not self._peek():
            raise _unparsed(_unclosed(tag, f"at byte offset {self._byte(begin)}"))
        return HTML_ENTITY.sub(_decode, value)

    def _end_tag(self, begin: int) -> None:
        place = f"at byte offset {self._byte(begin)}"
        if not self.stack:
            raise _unparsed(f"Unexpected end tag {place}")
        self.at += 1
        tag = self._until(SPACES + ">").lower()
        self._skip(SPACES)
        if self._peek() != ">":
            raise _unparsed(f"Unclosed end tag {place}")
        opened = self.stack.pop()
        if tag not in {"", opened.tag}:
            raise _unparsed(f'Unmatched end tag {place}, expected "</{opened.tag}>", found "</{tag}>"')
        self.at += 1
        if self.offset > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        length = self.offset - opened.offset
        entity: Entity = {"type": TAGS[opened.tag], "offset": opened.offset, "length": length}
        if opened.tag == "a":
            entity["url"] = opened.argument or "".join(self.text)[-length:]
            if not re.match(r"(https?|tg|mailto|tel)://?|mailto:|tel:|[\w.-]+\.\w{2,}", entity["url"]):
                return  # like the real service: a link that is none stays plain text
        elif opened.tag == "tg-emoji":
            entity["custom_emoji_id"] = opened.argument
        elif opened.tag == "blockquote" and opened.argument:
            entity["type"] = "expandable_blockquote"
        elif opened.tag == "code" and opened.argument.startswith("language-"):
            entity["language"] = opened.argument.removeprefix("language-")
        elif opened.tag == "pre":
            self._merge_language(entity)
        self.entities.append(entity)

    def _merge_language(self, pre: Entity) -> None:
        """`<pre><code class="language-x">` is one entity."""
        inner = self.entities[-1] if self.entities else {}
        if (inner.get("type"), inner.get("offset"), inner.get("length")) == ("code", pre["offset"], pre["length"]):
            self.entities.pop()
            if "language" in inner:
                pre["language"] = inner["language"]


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Text and entities; raises ApiError "can't parse entities: …"."""
    text, entities = _Parser(source).run()
    for entity in entities:
        if entity["type"] == "code":
            entity.pop("language", None)  # a language belongs to pre
    return trimmed(text, sorted(entities, key=lambda entity: (entity["offset"], -entity["length"])))


def trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Without the white space around it, as the service shows it; entities keep to what is left."""
    stripped = text.strip(" \t\r\n")
    lead = units(text[: len(text) - len(text.lstrip(" \t\r\n"))])
    size = units(stripped)
    kept = []
    for entity in entities:
        start = max(0, entity["offset"] - lead)
        end = min(size, entity["offset"] + entity["length"] - lead)
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return stripped, kept


def written_entities(text: str) -> list[Entity]:
    """What Telegram finds in a person's text by itself: commands, mentions, links."""
    return [
        {"type": found.lastgroup, "offset": units(text[: found.start()]), "length": units(found[0])}
        for found in WRITTEN.finditer(text)
    ]


def as_html(text: str, entities: list[Entity]) -> str:
    """A safe subset of HTML with the same look; entities nest, as the service sees to."""
    encoded = text.encode("utf-16-le", "surrogatepass")
    marks: dict[int, str] = {}
    for entity in sorted(entities, key=lambda entity: (entity["offset"], -entity["length"])):
        opening, closing = _tags(entity)
        start, end = entity["offset"], entity["offset"] + entity["length"]
        marks[start] = marks.get(start, "") + opening
        marks[end] = closing + marks.get(end, "")
    out, last = [], 0
    for place in sorted(marks):
        out += [_escaped(encoded, last, place), marks[place]]
        last = place
    return "".join([*out, _escaped(encoded, last, len(encoded) // 2)])


def _escaped(encoded: bytes, start: int, end: int) -> str:
    return html.escape(encoded[start * 2 : end * 2].decode("utf-16-le", "replace"), quote=False)


def _tags(entity: Entity) -> tuple[str, str]:
    kind = entity["type"]
    if kind == "text_link" and entity["url"].startswith(("http://", "https://", "tg://", "mailto:", "tel:")):
        return f'<a href="{html.escape(entity["url"])}" rel="noopener noreferrer">', "</a>"
    if kind == "spoiler":
        return '<span class="spoiler">', "</span>"
    tag = SHOWN_TAGS.get(kind)
    return (f"<{tag}>", f"</{tag}>") if tag else ("", "")


def _decode(found: re.Match[str]) -> str:
    decimal, hexadecimal, name = found.groups()
    if name:
        return NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else found[0]


def _unclosed(tag: str, place: str) -> str:
    return f'Unclosed start tag "{tag}" {place}'


def _unparsed(reason: str) -> Exception:
    return bad(f"can't parse entities: {reason}")
