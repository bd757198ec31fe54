from __future__ import annotations

import pytest

from messaging.formatting import telegram_parts
from messaging.tests.telegram_rules import visible


def html(markdown: str) -> str:
    (part,) = telegram_parts(markdown)
    visible(part[0])
    return part[0]


def plain(markdown: str) -> str:
    (part,) = telegram_parts(markdown)
    return part[1]


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("**bold** and __bold__", "<b>bold</b> and <b>bold</b>"),
        ("*it* and _it_", "<i>it</i> and <i>it</i>"),
        ("~~gone~~", "<s>gone</s>"),
        ("***both***", "<b><i>both</i></b>"),
        ("**a *b* c**", "<b>a <i>b</i> c</b>"),
        ("in**fix**ed", "in<b>fix</b>ed"),
        ("`a < b`", "<code>a &lt; b</code>"),
        ("**see `x`**", "<b>see </b><code>x</code>"),
        ("snake_case 2 * 3 * 4", "snake_case 2 * 3 * 4"),
        ("Tom & Jerry <b>raw</b>", "Tom &amp; Jerry &lt;b&gt;raw&lt;/b&gt;"),
        ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
        ("# Title *x*", "<b>Title <i>x</i></b>"),
        ("a\nb", "a\nb"),
        ("a  \nb", "a\nb"),
        ("a\n\n---\n\nb", "a\n\n———\n\nb"),
        ("> q\n> r\n\nafter", "<blockquote>q\nr</blockquote>\n\nafter"),
        ("> a\n>> b", "<blockquote>a\n\nb</blockquote>"),
        ("```python\nx < 1\n```", '<pre><code class="language-python">x &lt; 1</code></pre>'),
        ('```"><b>\nx\n```', "<pre>x</pre>"),
        ("```\na\n\n  b\n```", "<pre>a\n\n  b</pre>"),
        ("[site](https://a.com/?a=1&b=2)", '<a href="https://a.com/?a=1&amp;b=2">site</a>'),
        ('[x](https://a.com/"q")', '<a href="https://a.com/%22q%22">x</a>'),
        ("[`x`](https://a.com)", '<a href="https://a.com">x</a>'),
        ("[chat](tg://user?id=5)", '<a href="tg://user?id=5">chat</a>'),
        ("[call](tel:+34600)", "call (tel:+34600)"),
        ("[file](/etc/passwd)", "file (/etc/passwd)"),
        ("[x](javascript:alert)", "[x](javascript:alert)"),
        ("<https://a.com>", "https://a.com"),
        ("[https://a.com](https://a.com)", "https://a.com"),
        ("[a.com](https://a.com/)", "https://a.com/"),
        ("<a@b.com>", "a@b.com"),
        ("[](https://a.com)", "https://a.com"),
        ("![a cat](https://a.com/c.png)", "a cat (https://a.com/c.png)"),
        ("![](https://a.com/c.png)", "https://a.com/c.png"),
        ("[1]: https://a.com", "[1]: https://a.com"),
    ],
)
def test_it_writes_markdown_as_telegrams_html(markdown: str, expected: str) -> None:
    assert html(markdown) == expected


def test_lists_keep_their_numbers_and_nest() -> None:
    markdown = "3. three\n4. four\n   - a\n     - deep\n   - b\n5. five\n\n   more of five"
    assert plain(markdown) == "3. three\n\n4. four\n   • a\n     ◦ deep\n   • b\n\n5. five\n\n   more of five"


def test_code_in_a_list_keeps_its_own_indentation() -> None:
    assert html("- run\n\n  ```\n  a\n    b\n  ```\n") == "• run\n\n<pre>a\n  b</pre>"
    assert html("- ```\n  a\n  ```\n- c") == "•\n<pre>a</pre>\n• c"


def test_a_table_of_two_columns_becomes_lines() -> None:
    assert html("| Day | Open |\n|---|---|\n| Mon | 9 |\n| Tue | **10** |") == (
        "<b>Day – Open</b>\nMon – 9\nTue – <b>10</b>"
    )


def test_a_wider_table_becomes_records() -> None:
    markdown = "| Name | Day | Price |\n|---|---|---|\n| Ana | Mon | 5 € |\n| Bo | | 6 € |"
    assert plain(markdown) == "Name: Ana\nDay: Mon\nPrice: 5 €\n\nName: Bo\nDay: –\nPrice: 6 €"


def test_the_plain_text_names_the_links() -> None:
    assert plain("see [**our** site](https://a.com) <b>") == "see our site (https://a.com) <b>"


@pytest.mark.parametrize("markdown", ["", "  \n\n ", "\u200b", "\u2060\n\u200d", "\x00", "\ud800"])
def test_nothing_to_see_is_nothing_to_send(markdown: str) -> None:
    assert telegram_parts(markdown) == []


def test_characters_that_cannot_be_sent_are_left_out() -> None:
    assert plain("a\x00b\ud83dc") == "abc"


def test_absurd_nesting_is_shown_as_it_is() -> None:
    markdown = ">" * 5000 + " deep"
    assert "deep" in "".join(text for _, text in telegram_parts(markdown))
