from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tooling.egress.redaction import Redactor, Stream

SECRET = "sk-live/Ñandú+7 key=\"9&\\'%zz"
Encode = Callable[[bytes], bytes]


def full_percent(value: bytes) -> bytes:
    return b"".join(b"%%%02X" % byte for byte in value)


def half_percent(value: bytes) -> bytes:
    """Every other byte, in lower case."""
    return b"".join(b"%%%02x" % byte if index % 2 or byte == 37 else bytes([byte]) for index, byte in enumerate(value))


ENCODINGS: dict[str, Encode] = {
    "plain": bytes,
    "base64": base64.b64encode,
    "base64 with new lines": base64.encodebytes,
    "base64 without padding": lambda value: base64.b64encode(value).rstrip(b"="),
    "base64 url-safe": base64.urlsafe_b64encode,
    "base64 after one byte": lambda value: base64.b64encode(b"\x00" + value),
    "base64 after two bytes": lambda value: base64.b64encode(b"ab" + value),
    "base64 in the middle": lambda value: base64.b64encode(b"user:" + value + b"tail"),
    "base64 in a url": lambda value: quote(base64.b64encode(b"u:" + value), safe="").encode(),
    "hex": lambda value: value.hex().encode(),
    "HEX": lambda value: value.hex().upper().encode(),
    "hex with colons": lambda value: value.hex(":").encode(),
    "HEX with dashes": lambda value: value.hex("-").upper().encode(),
    "hex with spaces, in twos": lambda value: value.hex(" ", 2).encode(),
    "base64 in indented lines": lambda value: b"\r\n    ".join(re.findall(b".{1,16}", base64.b64encode(value))),
    "url": lambda value: quote(value, safe="").encode(),
    "url with plus": lambda value: quote_plus(value).encode(),
    "url, whole": full_percent,
    "url, half": half_percent,
    "url twice": lambda value: quote(quote(value, safe=""), safe="").encode(),
    "json": lambda value: json.dumps(value.decode()).encode(),
    "json as it is": lambda value: json.dumps(value.decode(), ensure_ascii=False).encode(),
    "json in json": lambda value: json.dumps(json.dumps(value.decode())).encode(),
    "url in json": lambda value: json.dumps({"u": full_percent(value).decode()}).encode(),
    "repr": lambda value: repr(value.decode()).encode(),
    "repr in ASCII": lambda value: ascii(value.decode()).encode(),
    "repr of bytes": lambda value: repr(value).encode(),
}
secrets = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs"]), min_size=4, max_size=40).filter(
    lambda value: len(value.strip()) >= 4
)
around = st.text(st.sampled_from("abc /+=%\\u0041é\n"), max_size=12)


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_secret_is_taken_out_however_it_is_spelt(name: str) -> None:
    encoded = ENCODINGS[name](SECRET.encode())
    redacted = Redactor([SECRET]).bytes(b"before <" + encoded + b"> after")
    assert b"[redacted]" in redacted
    assert redacted.startswith(b"before <")
    assert redacted.rstrip().endswith(b"> after")
    assert len(redacted) < len(b"before <> after[redacted]") + 14  # what stood around it inside the encoding


@given(secret=secrets, name=st.sampled_from(sorted(ENCODINGS)), before=around, after=around)
def test_no_secret_survives_in_any_surroundings(secret: str, name: str, before: str, after: str) -> None:
    value = secret.strip().encode()
    encoded = ENCODINGS[name](value)
    redacted = Redactor([secret]).bytes(before.encode() + b"<" + encoded + b">" + after.encode())
    inner = encoded.strip().strip(b"\"'=\\")
    assert b"[redacted]" in redacted
    assert inner not in redacted.replace(b"[redacted]", b"\x00") or len(inner) < 4


@given(secret=secrets, text=st.text(st.characters(exclude_categories=[]), max_size=200))
def test_what_holds_no_secret_stays_as_it_is(secret: str, text: str) -> None:
    redacted = Redactor([secret]).text(text)
    assert redacted == text or "[redacted]" in redacted
    assert Redactor([]).text(text) == text
    assert Redactor(["\ue000never said"]).text(text) == text


@given(
    secret=secrets, pieces=st.lists(st.binary(max_size=300), max_size=8), at=st.integers(0, 8), step=st.integers(1, 700)
)
def test_what_comes_in_pieces_is_redacted_as_the_whole_is(secret: str, pieces: list[bytes], at: int, step: int) -> None:
    pieces.insert(min(at, len(pieces)), secret.strip().encode())
    whole = b"".join(pieces)
    stream = Stream(Redactor([secret]))
    told = b"".join(stream.feed(whole[start : start + step]) for start in range(0, len(whole), step)) + stream.end()
    assert told == Redactor([secret]).bytes(whole)


@given(raw=st.binary(max_size=200))
def test_no_bytes_break_it(raw: bytes) -> None:
    redactor = Redactor(["\\u00e9é%41", "abcd"])
    redactor.bytes(raw)
    redactor.text(raw.decode("utf-8", "surrogateescape"))


def test_a_basic_credential_is_found_by_its_password_alone() -> None:
    header = "Basic " + base64.b64encode(b"maria:correct horse").decode()
    assert "Y29ycmVjd" not in Redactor(["correct horse"]).text(header)
    assert Redactor(["correct horse"]).text(header).startswith("Basic bWFyaWE6")


@pytest.mark.parametrize(
    ("value", "redacted"),
    [
        ({"a": ["x hunter22 y", {"hunter22": 1}]}, {"a": ["x [redacted] y", {"[redacted]": 1}]}),
        ([12345678, 123, True, None, 1.5], ["[redacted]", 123, True, None, 1.5]),
        ("aHVudGVyMjI=", "[redacted]"),
        ("abc", "abc"),
        ([31.41592, 0.31415], ["[redacted]", 0.31415]),
        (
            {"hunter22": 1, "12345678": 2, "[redacted]": 3, "[redacted] (2)": 4},
            {"[redacted]": 1, "[redacted] (2)": 2, "[redacted] (3)": 3, "[redacted] (2) (2)": 4},
        ),
    ],
)
def test_json_keeps_its_form(value: Any, redacted: Any) -> None:
    assert Redactor(["hunter22", "12345678", "31.41592", "abc"]).json(value) == redacted


def test_secrets_that_hold_or_overlap_one_another_leave_nothing() -> None:
    assert Redactor(["abcdef", "cdefgh", "bcde"]).text("1 abcdefgh 2 bcde 3") == "1 [redacted] 2 [redacted] 3"


def test_a_hostile_secret_and_text_take_no_longer_than_others() -> None:
    """A search that begins anew at every letter would need a thousand million steps for this."""
    redactor = Redactor(["a" * 8000 + "b", "%41" * 2000])
    text = "a" * 2_000_000
    assert redactor.text(text) == text
    escapes = "%61" * 200_000 + "\\u0061" * 50_000
    assert redactor.text(escapes) == escapes


def test_secrets_in_broken_lines_are_found() -> None:
    long = "k" + "0123456789abcdef" * 8
    text = base64.encodebytes(b"id:" + long.encode()).decode()
    assert "MDEyMzQ1" not in Redactor([long]).text(text)
    assert "3031" not in Redactor([long]).text(binascii.hexlify(long.encode()).decode())
