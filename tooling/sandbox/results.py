"""The one document in which a run ends, read as if the script had forged it. No Django."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Never

RESULT_BYTES = 256 * 1024
_DEPTH = 32
_DIGITS = 4300  # more than that Python itself does not read
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")
_NEVER = re.compile("[\x00\ud800-\udfff]")


class Unfit(ValueError):
    """Why this is no result, in words that the model may read."""


def strict(data: bytes) -> Any:
    """Raises Unfit."""
    if len(data) > RESULT_BYTES:
        raise Unfit(f"it has more than {RESULT_BYTES // 1024} KiB")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise Unfit("it is not UTF-8") from None
    _check_depth(text)  # before anything recurses through it
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_int
        )
    except Unfit:
        raise
    except ValueError:
        raise Unfit("it is not one JSON document") from None
    _check_strings(value)
    return value


def _check_depth(text: str) -> None:
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > _DEPTH:
            raise Unfit(f"it is nested more than {_DEPTH} deep")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise Unfit("it names a key twice")
    return result


def _constant(name: str) -> Never:
    raise Unfit(f"{name} is no JSON")


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise Unfit("it holds a number that is too large")
    return value


def _int(text: str) -> int:
    if len(text.removeprefix("-")) > _DIGITS:
        raise Unfit(f"it holds a number of more than {_DIGITS:,} digits")
    return int(text)


def _check_strings(value: Any) -> None:
    if isinstance(value, str):
        if _NEVER.search(value):
            raise Unfit("a text in it holds NUL or half a surrogate pair")
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_strings(key)
            _check_strings(item)
    elif isinstance(value, list):
        for item in value:
            _check_strings(item)
