"""HTML as the Bot API reads it: entities, and the errors that a sender has to live with."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.telegram.entities import as_html, parse_html, written_entities
from simulators.telegram.errors import ApiError


def entity(kind: str, offset: int, length: int, **more: Any) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("a &lt; b &amp; c &gt; &quot;d&quot; &#241;&#x1F600;", 'a < b & c > "d" ñ😀', []),
        ("a & b &nbsp; &copy;", "a & b &nbsp; &copy;", []),
        ("<B>x</b> <em>y</em>", "x y", [entity("bold", 0, 1), entity("italic", 2, 1)]),
        ("😀<s>é</s>", "😀é", [entity("strikethrough", 2, 1)]),
        ("<u><ins>x</ins></u>", "x", [entity("underline", 0, 1), entity("underline", 0, 1)]),
        ("<b></b>x", "x", []),
        ("  <b> x </b> ", "x", [entity("bold", 0, 1)]),
        ("<a href='https://e.org/?a=1&amp;b'>x</a>", "x", [entity("text_link", 0, 1, url="https://e.org/?a=1&b")]),
        ("<a href='/relative'>x</a>", "x", []),
        ('<pre><code class="language-python">x</code></pre>', "x", [entity("pre", 0, 1, language="python")]),
        ("<code>a&lt;b</code>", "a<b", [entity("code", 0, 3)]),
        ("<blockquote expandable>q</blockquote>", "q", [entity("expandable_blockquote", 0, 1)]),
        (
            '<span class="tg-spoiler">s</span><tg-spoiler>t</tg-spoiler>',
            "st",
            [entity("spoiler", n, 1) for n in (0, 1)],
        ),
        ("<b>x</>", "x", [entity("bold", 0, 1)]),
    ],
)
def test_it_reads(source: str, text: str, entities: list[dict[str, Any]]) -> None:
    assert parse_html(source) == (text, entities)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("ñ<p>x</p>", 'Unsupported start tag "p" at byte offset 2'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("1 <2", "Unclosed start tag at byte offset 2"),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b>x<i>y</b></i>", 'Unmatched end tag at byte offset 8, expected "</i>", found "</b>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ('<a href="x', 'Unclosed start tag "a" at byte offset 0'),
        ("<a href=x/y>z</a>", "Unexpected end of name token at byte offset 8"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<br/>", 'Unsupported start tag "br/" at byte offset 0'),
    ],
)
def test_it_refuses(source: str, reason: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse_html(source)
    assert refused.value.description == f"Bad Request: can't parse entities: {reason}"


def test_what_people_write() -> None:
    found = written_entities("😀 /help@my_bot and/or a@b.org see https://e.org/x")
    assert found == [entity("bot_command", 3, 12), entity("url", 35, 15)]


def test_the_phone_gets_nothing_but_the_subset() -> None:
    hostile = "<script>alert(1)</script>"
    entities = [entity("bold", 0, 8), entity("text_link", 8, 3, url='javascript:"x'), entity("strange", 0, 2)]
    shown = as_html(hostile, entities)
    assert shown == "<b>&lt;script&gt;</b>alert(1)&lt;/script&gt;"
    quoted = as_html("x", [entity("text_link", 0, 1, url='https://e.org/"><script>')])
    assert "<script>" not in quoted
