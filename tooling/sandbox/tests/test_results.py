"""The one document in which a run ends."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tooling.sandbox.results import RESULT_BYTES, Unfit, strict

REFUSED = {
    b"": "one JSON document",
    b"{": "one JSON document",
    b"{} {}": "one JSON document",
    b"{}\n{}": "one JSON document",
    b"'a'": "one JSON document",
    b"[1,]": "one JSON document",
    b'"\x00"': "one JSON document",
    b"\xef\xbb\xbf{}": "one JSON document",
    b"NaN": "NaN",
    b"[Infinity]": "Infinity",
    b"-Infinity": "Infinity",
    b"1e999": "too large",
    b'{"a":1,"a":2}': "twice",
    b'[{"a":1,"\\u0061":2}]': "twice",
    b'"\\u0000"': "NUL",
    b'{"\\u0000":1}': "NUL",
    b'"\\ud800"': "surrogate",
    b'{"a":["\\udfff"]}': "surrogate",
    b"\xff": "UTF-8",
    b'"\xed\xa0\x80"': "UTF-8",
    b"[" * 33 + b"]" * 33: "32 deep",
    b"[" * 200_000: "32 deep",
    b'{"a":' * 33 + b"1" + b"}" * 33: "32 deep",
    b'"' + b"a" * RESULT_BYTES + b'"': "256 KiB",
    b"1" * 5000: "4,300 digits",
}


@pytest.mark.parametrize("data", REFUSED, ids=lambda data: repr(data[:20]))
def test_what_is_no_single_small_honest_document_is_refused(data: bytes) -> None:
    with pytest.raises(Unfit, match=REFUSED[data]):
        strict(data)


@pytest.mark.parametrize(
    "data",
    [
        b"null",
        b" [1] ",
        b"[" * 32 + b"]" * 32,
        b'"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["',
        b'"\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["',
        b'"\\ud83d\\ude00"',
        b'"' + b"a" * (RESULT_BYTES - 2) + b'"',
    ],
    ids=lambda data: repr(data[:20]),
)
def test_what_is_one_is_taken(data: bytes) -> None:
    assert strict(data) == json.loads(data)


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # a busy machine is no finding
@given(values)
def test_every_value_that_json_has_comes_through(value: Any) -> None:
    assert strict(json.dumps(value).encode()) == value
    assert strict(json.dumps(value, ensure_ascii=False).encode()) == value


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.binary(max_size=200))
def test_nothing_but_its_own_error_comes_of_noise(data: bytes) -> None:
    with contextlib.suppress(Unfit):
        strict(data)
