"""The estimate of a prompt is never below what it can be billed at: by the double, and by tokenizers like the real."""

from __future__ import annotations

import base64
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.anthropic import cache
from simulators.anthropic.prompt import Prompt
from tenants_app.models import Price, UsageRow
from tooling import request
from tooling.estimate import IMAGE, of_text, prompt_tokens
from tooling.request import Section

SONNET = Price(
    model="claude-sonnet-5-5",
    input=Decimal(2),
    output=Decimal(10),
    cache_read=Decimal("0.1"),
    cache_write_5m=Decimal("2.5"),
    cache_write_1h=Decimal(4),
)
ENGLISH = "The quick brown fox jumps over the lazy dog, and tomorrow at nine it will call you about the house. "
SPANISH = "Mañana a las nueve llamaré al señor Muñoz; quizá venga también su mujer a ver el piso del centro. "
CHINESE = "明天早上九点我会给你打电话，谈谈那套房子的事情。"
EMOJI = "👍🏽🎉👩‍👩‍👧"
CODE = 'for (let i = 0; i < rows.length; i++) { total += rows[i]["price_in_cents"] ?? 0; }\n'
BASE64 = base64.b64encode(bytes(range(256)) * 4).decode()
DIGITS = "4929 1838 2210 9987, 0034 612 345 678; "
TEXTS = [ENGLISH, SPANISH, CHINESE, EMOJI, CODE, BASE64, DIGITS, ENGLISH.upper(), "x", ""]


def built(*texts: str, tools: int = 2) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"url": {"type": "string", "description": ENGLISH}}}
    return request.build(
        model="claude-sonnet-5-5",
        max_tokens=1000,
        sections=[Section(name="framework", text=ENGLISH * 3, group="framework")],
        tools=[{"name": f"tool_{n}", "description": SPANISH, "input_schema": schema} for n in range(tools)],
        messages=[{"role": "user", "content": [{"type": "text", "text": text} for text in texts or ("hi",)]}],
    )


def billed_by_double(body: dict[str, Any]) -> int:
    return cache.positions(Prompt(body, "key"))[-1].tokens


def pieces(text: str) -> int:
    """Like a merging tokenizer that knows short words only: runs of four lower-case letters with the blank before
    them, single digits, two capitals, and for the rest a token for each byte but one of a character."""
    found = re.findall(r" ?[a-z]{1,4}|[A-Z]{1,2}|\s|.", text, re.DOTALL)
    return sum(1 if piece.isascii() else max(len(piece.encode()) - 1, 1) for piece in found)


@pytest.mark.parametrize("text", TEXTS)
def test_the_double_never_bills_more_tokens(text: str) -> None:
    body = built(text or "hi", ENGLISH)
    assert billed_by_double(body) <= prompt_tokens(body)


@settings(deadline=None)
@given(texts=st.lists(st.text(min_size=1), min_size=1, max_size=8), tools=st.integers(0, 4))
def test_the_double_never_bills_more_tokens_whatever_is_written(texts: list[str], tools: int) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    body = built(*texts, tools=tools)
    assert billed_by_double(body) <= prompt_tokens(body)


@pytest.mark.parametrize("text", TEXTS)
def test_a_poor_tokenizer_makes_no_more(text: str) -> None:
    assert pieces(text) <= of_text(text)


@pytest.mark.parametrize("text", TEXTS)
def test_the_ceiling_holds_for_a_tokenizer_that_merges_next_to_nothing(text: str) -> None:
    """Eight tokens for ten bytes of whatever kind, written to the cache for five minutes as messages are."""
    used = UsageRow(cache_write_5m_tokens=len(text.encode()) * 8 // 10)
    assert SONNET.cost(used) <= SONNET.ceiling(of_text(text), 0)


def test_running_text_is_not_estimated_at_many_times_what_it_is() -> None:
    """Four bytes a token is what English has; much more would stop tenants long before their budget."""
    for text in (ENGLISH, SPANISH):
        assert 1.9 < of_text(text * 100) / (len((text * 100).encode()) / 4) < 2.8


def test_an_image_counts_by_its_kind_and_not_by_its_bytes() -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * 1_000_000}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": [image]}
    body = {"messages": [{"role": "user", "content": [image, result, {"type": "text", "text": "look"}]}]}
    assert 2 * IMAGE < prompt_tokens(body) < 2 * IMAGE + 2000
    assert body["messages"][0]["content"][0] is image, "the request itself stays as it was"


@settings(deadline=None)
@given(
    counts=st.tuples(*[st.integers(0, 500_000)] * 4),
    output=st.integers(0, 4096),
    boundary=st.none() | st.integers(0, 1_000_000),
    factor=st.sampled_from(["1", "5", "0.5"]),
)
def test_no_call_within_the_estimate_costs_more_than_its_ceiling(
    counts: tuple[int, int, int, int], output: int, boundary: int | None, factor: str
) -> None:
    price = Price(
        input=SONNET.input,
        output=SONNET.output,
        cache_read=SONNET.cache_read,
        cache_write_5m=SONNET.cache_write_5m,
        cache_write_1h=SONNET.cache_write_1h,
        long_prompt_tokens=boundary,
        long_prompt_factor=Decimal(factor),
    )
    names = ("input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens")
    used = UsageRow(**dict(zip(names, counts, strict=True)), output_tokens=output)
    assert price.cost(used) <= price.ceiling(sum(counts), 4096)


def test_the_ceiling_is_a_cache_write_of_an_hour_and_the_longest_answer() -> None:
    assert SONNET.ceiling(100_000, 4096) == Decimal("0.44096")
