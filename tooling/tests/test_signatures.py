"""Errors that differ only in what varies from run to run have one signature; others have another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tooling.signatures import LONGEST, signature_of

TRACEBACK = """Traceback (most recent call last):
  File "<tool>", line {line}, in run
    return args["price"] / {number}
ValueError: listing {number} of '{word}' has no price
"""

SAME = [
    ("KeyError: 'address'", "KeyError: 'price'"),
    ("No listing 4411 within 12 km", "No listing 7 within 3,5 km"),
    ("row 0193ee52-8a7e-7aaf-8d4f-aa00bb11cc22 is gone", "row 6f2b1a30-0000-4aaa-9bbb-0123456789ab is gone"),
    ("cannot open /srv/data/a.csv: no such file", "cannot open /tmp/x/y/b.csv: no such file"),
    ("bea@example.com bounced", "max.power+x@mail.example.org bounced"),
    ("nothing free at 2026-11-23T10:00:00+01:00", "nothing free at 2027-01-02 09:30"),
    ("call toolu_01AbCdEf failed", "call toolu_9zZ failed"),
    ("GET https://api.example.com/v1?x=1 failed", "GET https://api.example.com/v2/other failed"),
    ("10.0.0.1 did not answer", "192.168.7.44 did not answer"),
    (TRACEBACK.format(line=3, number=12, word="Elm"), TRACEBACK.format(line=40, number=9, word="Oak Street 3")),
]

DIFFERENT = [
    ("KeyError: 'address'", "ValueError: 'address'"),
    ("HTTP Error 404: Not Found", "HTTP Error 500: Not Found"),
    ("took longer than 30 seconds", "used more than 256 MiB"),
]


@pytest.mark.parametrize(("first", "second"), SAME)
def test_what_varies_is_folded(first: str, second: str) -> None:
    assert signature_of(first) == signature_of(second) != ""


@pytest.mark.parametrize(("first", "second"), DIFFERENT)
def test_what_tells_failures_apart_stays(first: str, second: str) -> None:
    assert signature_of(first) != signature_of(second)


def test_of_a_traceback_it_is_the_exception_that_came_last() -> None:
    first = "Traceback (most recent call last):\n  File \"<tool>\", line 1, in run\nKeyError: 'a'\n"
    chained = f"{first}\nDuring handling of the above exception, another exception occurred:\n\n"
    chained += (
        'Traceback (most recent call last):\n  File "<tool>", line 2, in run\nmarket.Closed: come back at 9\nnote\n'
    )
    assert signature_of(chained) == "market.Closed: come back at <n>"


def test_an_apostrophe_opens_no_quotation() -> None:
    assert signature_of("it can't be done, don't ask") == "it can't be done, don't ask"


@given(st.text(max_size=3000))
def test_any_text_has_a_short_signature_of_one_line(text: str) -> None:
    signature = signature_of(text)
    assert len(signature) <= LONGEST
    assert signature.splitlines() in ([], [signature])
    assert "\0" not in signature
    assert signature.encode("utf-8") is not None  # which a lone surrogate would not let it be


@given(st.from_regex(r"[a-z ]{0,20}[0-9]{1,12}[a-z ]{0,20}", fullmatch=True))
def test_no_number_stays(text: str) -> None:
    assert not any(character.isdigit() for character in signature_of(f"failed {text}"))
