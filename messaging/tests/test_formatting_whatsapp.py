from __future__ import annotations

import pytest

from messaging.formatting import whatsapp_parts


def text(markdown: str) -> str:
    (part,) = whatsapp_parts(markdown)
    return part[0]


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("**bold** and *it* and ~~gone~~", "*bold* and _it_ and ~gone~"),
        ("***both***", "*_both_*"),
        ("**a *b* c**", "*a _b_ c*"),
        ("**¡Hola, Ñandú!** 😀", "*¡Hola, Ñandú!* 😀"),
        ("(**x**), **y**.", "(*x*), *y*."),
        ("`code`", "`code`"),
        ("**see `x`**", "*see `x`*"),
        ("`` a`b ``", "a`b"),
        ("```python\na\n  b\n```", "```a\n  b```"),
        ("# Title **x**", "*Title x*"),
        ("> **q**\n>\n> r", "> *q*\n>\n> r"),
        ("- a\n- b\n  - c", "- a\n- b\n  - c"),
        ("2. a\n3. b", "2. a\n3. b"),
        ("[site](https://a.com)", "site (https://a.com)"),
        ("**[site](https://a.com)**", "*site* (https://a.com)"),
        ("<https://a.com>", "https://a.com"),
        ("[https://a.com](https://a.com)", "https://a.com"),
    ],
)
def test_it_writes_markdown_as_whatsapp_shows_it(markdown: str, expected: str) -> None:
    assert text(markdown) == expected


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("in**fix**ed", "infixed"),  # inside a word
        ("这是**重点**内容", "这是重点内容"),
        ("**two\nlines**", "*two*\n*lines*"),  # marks end with the line
        ("**a**_b_", "ab"),  # two marks with nothing between them
        ("**2\\*3**", "2*3"),  # the sign is in the text
        ("\\*note: **important**", "*note: important"),  # would pair with ours
        ("2 * 3 = **6**", "2 * 3 = *6*"),  # stands free, pairs with nothing
        ("snake_case and _it_", "snake_case and _it_"),
    ],
)
def test_it_leaves_out_marks_that_whatsapp_would_not_render(markdown: str, expected: str) -> None:
    assert text(markdown) == expected


def test_a_space_at_the_edge_of_a_mark_stands_outside() -> None:
    assert text("# Title `x` \nafter") == "*Title `x`*\n\nafter"


def test_blank_text_is_nothing_to_send() -> None:
    assert whatsapp_parts(" \n\u200b") == []
