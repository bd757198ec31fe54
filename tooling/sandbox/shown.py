"""A run as anybody may see it: no control characters, no secret in whichever encoding, and cut where it is long.

Secrets are taken out before a text is cut: of one that the cut would divide, no part is left. No Django.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from urllib.parse import quote

from tooling.egress.redaction import MASK, SHORTEST, Redactor, masked
from tooling.sandbox.types import Run

OUTPUT_BYTES = 64 * 1024
SPARE_BYTES = 16 * 1024  # of output, read beyond what is shown so that a secret at the cut is seen whole
_LONGEST_REASON = 300
_LONGEST_TRACEBACK = 16_000
_SHORTEST_LINE = 8  # characters of a secret of several lines, such as a key in PEM
_SHORTEST_CODE = 8  # characters of an encoded secret whose beginning stands at a cut
# Terminals act on these, databases refuse some, and some turn the order in which the rest is read.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def seen(text: str) -> str:
    return _UNSEEN.sub("", text)


def in_one_line(text: str) -> str:
    return " ".join(seen(text).split())


def spellings(secrets: Iterable[str]) -> list[str]:
    """The secrets, as they stand in a text of which control characters or line breaks are gone, and their lines."""
    known: dict[str, None] = {}
    for secret in secrets:
        plain = seen(secret)
        lines = [line.strip() for line in plain.splitlines()]
        whole = [secret, plain, in_one_line(secret), "".join(lines)]
        known |= dict.fromkeys([*whole, *(line for line in lines if len(line) >= _SHORTEST_LINE)])
    return list(known)


def shown(run: Run, secrets: Iterable[str], *, bounded: bool = True) -> Run:
    """`bounded` is false only in tests that take the limit of output away."""
    known = spellings(secrets)
    redactor = Redactor(known)

    def text(text: str) -> str:
        return without_parts(redactor.text(text), known)

    def output(text_: str) -> str:
        data = text_.encode()
        return _beginning(data, redactor) if bounded and len(data) > OUTPUT_BYTES else text(text_)

    return replace(
        run,
        reason=_sentence(text(run.reason)),
        result=redactor.json(run.result),
        stdout=output(run.stdout),
        stderr=output(run.stderr),
        traceback=text(run.traceback)[-_LONGEST_TRACEBACK:],
    )


def without_parts(text: str, secrets: Sequence[str]) -> str:
    """A text that may be cut at either end, without the part of a secret that is left there."""
    mask = MASK.decode()
    for secret, shortest in _at_cuts(secrets):
        sizes = range(min(len(secret) - 1, len(text)), shortest - 1, -1)
        kept = next((size for size in sizes if text.endswith(secret[:size])), 0)
        text = f"{text[:-kept]}{mask}" if kept else text
        gone = next((size for size in sizes if text.startswith(secret[-size:])), 0)
        text = f"{mask}{text[gone:]}" if gone else text
    return text


def _at_cuts(secrets: Iterable[str]) -> Iterator[tuple[str, int]]:
    """How a secret may be spelt, and from how many characters on a part of it is taken for one."""
    for secret in secrets:
        if len(secret) >= SHORTEST:
            data = secret.encode("utf-8", "surrogatepass")
            yield secret, SHORTEST
            codes = {data.hex(), data.hex().upper(), quote(data, safe="")} - {secret}
            codes |= {b64encode(bytes(shift) + data).decode()[(0, 2, 3)[shift] :] for shift in range(3)}
            yield from ((code, _SHORTEST_CODE) for code in codes)


def _beginning(data: bytes, redactor: Redactor) -> str:
    spans = [span for span in redactor.spans(data) if span[0] < OUTPUT_BYTES]
    cut = max(OUTPUT_BYTES, spans[-1][1]) if spans else OUTPUT_BYTES
    return masked(data[:cut], spans).decode(errors="ignore")


def _sentence(text: str) -> str:
    return text if len(text) <= _LONGEST_REASON else text[: _LONGEST_REASON - 1] + "…"
