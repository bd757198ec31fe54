"""A document shown to operators runs nothing and fetches nothing, whoever wrote it."""

from __future__ import annotations

import pytest

from memory.admin.rendered import rendered


def test_markdown_reads_as_it_was_meant() -> None:
    html = rendered("# Prices\n\nA **cut** costs ~~25~~ 30.\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    for part in ("<h1>Prices</h1>", "<strong>cut</strong>", "<s>25</s>", "<td>2</td>"):
        assert part in html


def test_markup_is_text() -> None:
    html = rendered("<script>alert(1)</script>\n\n<img src=x onerror=alert(1)> <b>b</b>")
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;b&gt;b&lt;/b&gt;" in html


@pytest.mark.parametrize(
    "url",
    [
        *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "vbscript:x", "data:text/html,<script>1</script>"),
        *("data:image/png;base64,AAAA", "file:///etc/passwd", "/admin/logout/", "//example.com", "&#106;avascript:1"),
        *("java\tscript:alert(1)", "\x01javascript:alert(1)", "admin.html"),
    ],
)
def test_a_link_leads_only_to_the_web_mail_or_a_phone(url: str) -> None:
    for markdown in (f"[here](<{url}>)", f"[here][1]\n\n[1]: <{url}>", f"<{url}>"):
        assert "<a " not in rendered(markdown)


@pytest.mark.parametrize("url", ["https://example.com/a?b=1&c", "http://example.com", "mailto:a@b.co", "tel:+1555"])
def test_a_link_tells_the_page_it_leads_to_nothing(url: str) -> None:
    html = rendered(f"[here]({url})")
    assert f'<a href="{url.replace("&", "&amp;")}" rel="noopener noreferrer nofollow" target="_blank">here</a>' in html


def test_a_picture_is_words_and_is_not_fetched() -> None:
    html = rendered('![a "photo" <b>](https://example.com/p.png) ![](https://example.com/q.png)')
    assert "<img" not in html
    assert "[picture: a &quot;photo&quot; &lt;b&gt;]" in html
    assert "[picture: https://example.com/q.png]" in html


def test_what_is_nested_beyond_reason_stands_as_it_was_typed() -> None:
    text = ">" * 20_000 + " x <b>"
    html = rendered(text)
    assert "x &lt;b&gt;" in html
    assert html.count("&gt;") >= 1


def test_what_a_page_cannot_hold_is_replaced() -> None:
    assert rendered("a\x00b\ud800c") == "<p>a\ufffdb\ufffdc</p>\n"
