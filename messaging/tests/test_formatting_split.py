"""Long texts: nothing lost, everything within limits, cut where a reader would cut."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.formatting import telegram_parts, whatsapp_parts
from messaging.formatting.split import is_boundary
from messaging.formatting.telegram_html import utf16_units
from messaging.tests.telegram_rules import visible

LIMIT = 60

word = st.from_regex(r"[a-zé😀ñ]{1,12}", fullmatch=True)
phrase = st.lists(word, min_size=1, max_size=12).map(" ".join)
inline = st.one_of(
    phrase,
    phrase.map(lambda text: f"**{text}**"),
    phrase.map(lambda text: f"*{text}*"),
    phrase.map(lambda text: f"~~{text}~~"),
    phrase.map(lambda text: f"**a *{text}* b**"),
    phrase.map(lambda text: f"`{text}`"),
    phrase.map(lambda text: f"[{text}](https://a.com/b?c=1&d)"),
    phrase.map(lambda text: f"{text} & <b> 3 > 2."),
)
paragraph = st.lists(inline, min_size=1, max_size=6).map(" ".join)
block = st.one_of(
    paragraph,
    phrase.map(lambda text: f"## {text}"),
    st.lists(paragraph, min_size=1, max_size=4).map(lambda items: "\n".join(f"- {item}" for item in items)),
    st.lists(paragraph, min_size=1, max_size=4).map(lambda items: "\n".join(f"7. {item}" for item in items)),
    st.lists(paragraph, min_size=1, max_size=4).map(lambda lines: "\n".join(f"> {line}" for line in lines)),
    st.lists(phrase, min_size=1, max_size=6).map(lambda lines: "```python\n" + "\n  ".join(lines) + "\n```"),
    st.lists(phrase, min_size=3, max_size=3).map(
        lambda cells: "| A | B | C |\n|---|---|---|\n| " + " | ".join(cells) + " |"
    ),
)
document = st.lists(block, min_size=1, max_size=6).map("\n\n".join)
noise = st.text(alphabet="*_~`[]()<>#-+.!|\\&\"' \n\t19aé😀👨\u200d👩\u0301🇪🇸\u00a0:/", max_size=300)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-zé😀ñ]+", text.replace("https://a.com/b?c=1&d", "").replace("python", ""))


@settings(max_examples=40, deadline=None)
@given(document)
def test_telegram_parts_hold_every_word_in_order_within_the_limit(markdown: str) -> None:
    whole = "".join(visible(html) for html, _ in telegram_parts(markdown, 1_000_000))
    assert words_of(whole) == words_of(markdown)
    parts = telegram_parts(markdown, LIMIT)
    assert squeezed("".join(visible(html) for html, _ in parts)) == squeezed(whole)
    assert all(utf16_units(visible(html)) <= LIMIT and utf16_units(plain) <= LIMIT for html, plain in parts)


@settings(max_examples=40, deadline=None)
@given(document)
def test_whatsapp_parts_hold_everything_within_the_limit(markdown: str) -> None:
    ((_, whole),) = whatsapp_parts(markdown, 1_000_000)
    parts = whatsapp_parts(markdown, LIMIT)
    assert squeezed("".join(plain for _, plain in parts)) == squeezed(whole)
    assert all(len(text) <= LIMIT and len(plain) <= LIMIT for text, plain in parts)
    assert all(text.count("```") % 2 == 0 for text, _ in parts)


@settings(deadline=None)
@given(noise)
def test_whatever_the_model_writes_can_be_sent(markdown: str) -> None:
    for html, plain in telegram_parts(markdown, LIMIT):
        assert visible(html).strip()
        assert utf16_units(visible(html)) <= utf16_units(plain) <= LIMIT
    for text, plain in whatsapp_parts(markdown, LIMIT):
        assert text.strip()
        assert len(text) <= LIMIT
        assert len(plain) <= LIMIT


@settings(deadline=None)
@given(noise)
def test_splitting_loses_nothing_of_what_one_message_would_show(markdown: str) -> None:
    whole = "".join(plain for _, plain in telegram_parts(markdown, 1_000_000))
    parts = "".join(plain for _, plain in telegram_parts(markdown, LIMIT))
    assert squeezed(parts).replace("\u200d", "") == squeezed(whole).replace(
        "\u200d", ""
    )  # invisible parts are not sent


def test_the_real_limits_count_in_the_channels_own_units() -> None:
    text = "😀" * 4096
    assert [utf16_units(html) for html, _ in telegram_parts(text)] == [4096, 4096]
    assert [len(part) for part, _ in whatsapp_parts(text)] == [4096]
    assert [utf16_units(html) for html, _ in telegram_parts("&" * 4096)] == [4096 * 5]  # counted after the entities


@pytest.mark.parametrize(
    ("markdown", "parts"),
    [
        ("a " * 15 + "\n\n" + "b " * 20, ["a " * 14 + "a", "b " * 19 + "b"]),  # the paragraph
        ("A a. " * 5 + "\n" + "b. " * 13, ["A a. " * 4 + "A a.", "b. " * 12 + "b."]),  # the line
        ("One one one. Two two two. Three three three four", ["One one one. Two two two.", "Three three three four"]),
        ("one two three four five six seven eight nine", ["one two three four five six seven eight", "nine"]),
        ("x" * 50, ["x" * 40, "x" * 10]),
        ("Hi\n\n" + "word " * 12, ["Hi\n\n" + "word " * 6 + "word", "word " * 4 + "word"]),  # not two letters alone
    ],
)
def test_it_cuts_where_a_reader_would(markdown: str, parts: list[str]) -> None:
    assert [plain for _, plain in telegram_parts(markdown, 40)] == parts


def test_a_code_block_is_reopened_in_the_next_part() -> None:
    markdown = "```sql\nselect one\n  from two\n where three\n```"
    opening = '<pre><code class="language-sql">'
    assert [html for html, _ in telegram_parts(markdown, 25)] == [
        f"{opening}select one\n  from two</code></pre>",
        f"{opening} where three</code></pre>",
    ]
    assert [text for text, _ in whatsapp_parts(markdown, 28)] == ["```select one\n  from two```", "``` where three```"]


def test_bold_goes_on_in_the_next_part() -> None:
    assert [text for text, _ in whatsapp_parts("**one two three four**", 12)] == ["*one two*", "*three four*"]


@pytest.mark.parametrize(
    "cluster", ["👨\u200d👩\u200d👧\u200d👦", "🇪🇸", "n\u0303", "👍🏽", "1\ufe0f\u20e3", "\u1112\u1161\u11ab"]
)
def test_what_people_see_as_one_character_stays_whole(cluster: str) -> None:
    for offset in range(4):
        text = "x" * offset + cluster * 30
        for part, _ in whatsapp_parts(text, 24):
            assert part.lstrip("x").replace(cluster, "") == ""


def test_marks_without_end_are_cut_all_the_same() -> None:
    parts = whatsapp_parts("e" + "\u0301" * 500, 100)
    assert sum(len(part) for part, _ in parts) == 501


def test_flags_are_told_apart_by_pairs() -> None:
    text = "🇪🇸🇫🇷"
    assert [index for index in range(5) if is_boundary(text, index)] == [0, 2, 4]


def test_a_link_keeps_its_address_with_its_last_word() -> None:
    parts = telegram_parts("[one two three four five six](https://a.com/12345)", 40)
    assert [plain for _, plain in parts] == ["one two three four five", "six (https://a.com/12345)"]
    assert all('<a href="https://a.com/12345">' in html for html, _ in parts)
