"""How many tokens a request's prompt may have at the most, before anybody has counted them. Pure: no Django, no SDK.

What a tokenizer makes of a text is known only afterwards, so this errs on the dear side. Tokenizers of this kind start
from bytes and merge what is frequent: a token is never less than a byte, and only in running text is it much more.

- Lower-case ASCII letters count half a token each. English, Spanish and the like have 3 to 4 of them a token,
  identifiers and made-up words 2 or more.
- Every other byte counts a whole token: blanks, digits, capitals, punctuation and JSON's own marks (2 to 3 bytes a
  token in practice), every byte of accents, other scripts and emoji (1.3 to 3), base64 and hexadecimal (1.3 to 2).

On running text that is 2.4 times what is billed. As the prompt is then priced at the dearest rate (2 x the input for a
cache write of an hour, where messages are written for five minutes at 1.25 x), the sum still holds for a tokenizer that
makes 1.6 times as many tokens as this counts, eight of any ten bytes. The double counts a token for four bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

FIXED = 1000  # tokens that the service adds of its own, for tools above all (264 to 804 by its documents)
IMAGE = 5000  # tokens; the service scales larger ones down to about 4,800
PAGE = IMAGE + 3000  # tokens of a page of a PDF: it is shown as an image, and its text is read (1,500 to 3,000)
CHEAP = b"abcdefghijklmnopqrstuvwxyz"
SENT = ("tools", "system", "messages", "tool_choice", "output_config", "thinking")

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def prompt_tokens(request: Mapping[str, Any]) -> int:
    """Of a request as `request.build` makes it. A document counts by the pages that its source names; without them, by
    the size of its encoding."""
    seen = 0
    sent: dict[str, Any] = {}
    for name in SENT:
        if name in request:
            sent[name], found = _without_pictures(request[name])
            seen += found
    return FIXED + seen + of_text(_ENCODER.encode(sent))


def of_text(text: str) -> int:
    encoded = text.encode("utf-8", "surrogatepass")
    dear = len(encoded.translate(None, CHEAP))
    return dear + -(-(len(encoded) - dear) // 2)


def _without_pictures(value: Any) -> tuple[Any, int]:
    """The value with what is looked at taken out, and how many tokens that may be."""
    if isinstance(value, dict):
        if value.get("type") == "image":
            return {"type": "image"}, IMAGE
        if value.get("type") == "document" and isinstance(pages := value.get("source", {}).get("pages"), int):
            return {"type": "document", "title": value.get("title", "")}, PAGE * pages
        if not isinstance(value.get("content"), list):
            return value, 0
        content, found = _without_pictures(value["content"])
        return ({**value, "content": content}, found) if found else (value, 0)
    if isinstance(value, list):
        pairs = [_without_pictures(each) for each in value]
        found = sum(count for _, count in pairs)
        return ([each for each, _ in pairs], found) if found else (value, 0)
    return value, 0
