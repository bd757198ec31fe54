"""The signature of an error: its kind, without what differs from one run to the next. Pure."""

from __future__ import annotations

import re

LONGEST = 200
READ = 2_000  # characters of the line that tells what went wrong
HEAD = "Traceback (most recent call last):"

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]+")
_QUOTED = (
    r'"(?:[^"\\]|\\.)*"'
    r"|(?<!\w)'(?:[^'\\]|\\.)*'(?!\w)"
    r"|`[^`]*`|“[^”]*”|«[^»]*»|(?<!\w)‘[^’]*’(?!\w)"
)
# In this order: what holds others stands before them. A status of HTTP stays, as it tells one failure from another.
_VARYING = re.compile(
    rf"""
    (?P<status>\b(?:http|status)(?:\ (?:error|code|status))?[ :=]{{1,2}}[1-5][0-9]{{2}}\b)
    |(?P<text>{_QUOTED})
    |(?P<url>\b[a-z][a-z0-9+.-]{{1,15}}://[^\s<>]+)
    |(?P<address>[\w.+-]{{1,64}}@[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{0,8}})
    |(?P<uuid>\b[0-9a-f]{{8}}-(?:[0-9a-f]{{4}}-){{3}}[0-9a-f]{{12}}\b)
    |(?P<date>\b\d{{4}}-\d\d-\d\d(?:[t\ ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:z|[+-]\d\d:?\d\d)?)?\b)
    |(?P<path>(?<![\w/.<>])(?:[a-z]:\\|~?/|\.\.?/)[^\s:,;<>"'()]*)
    |(?P<id>(?<![\w<])(?=[\w-]{{0,40}}\d)(?=[\w-]{{0,40}}[^\W\d])[\w-]+)
    |(?P<n>[-+]?\d[\d.,:_/-]*(?<=\d))
    """,
    re.VERBOSE | re.IGNORECASE,
)


def signature_of(error: str) -> str:
    """Of a traceback, its exception; of anything else, its first line. At most 200 characters; "" for no error."""
    line = _UNPRINTABLE.sub(" ", _telling_line(error))[:READ]
    folded = _VARYING.sub(_fold, line)
    return " ".join(folded.split())[:LONGEST].rstrip()


def _telling_line(error: str) -> str:
    lines = error.rpartition(HEAD)[2].splitlines()
    plain = (line for line in lines if line.strip() and not line[0].isspace())
    return next(plain, next((line for line in error.splitlines() if line.strip()), ""))


def _fold(match: re.Match[str]) -> str:
    return match[0] if match.lastgroup == "status" else f"<{match.lastgroup}>"
