"""Cron lines, maybe followed by what is to be done."""

from __future__ import annotations

import re

from scheduling.language.misread import Misread

FIELDS = 5
NAME = "(?:mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
FIELD = re.compile(rf"(?:\*|\?|L|LW|\d+W?|{NAME})(?:[-,/#L*?\d]|{NAME})*", re.IGNORECASE)
MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


def cron_line(phrase: str) -> tuple[str, str] | None:
    """The line and what follows it; None where the phrase is none. Six fields are no five with a task of one word."""
    words = phrase.split()
    if words and words[0].lower().rstrip(":") in {"cron", "crontab"}:
        words = words[1:]
    if words and words[0].lower() in MACROS:
        return MACROS[words[0].lower()], " ".join(words[1:])
    if words and re.fullmatch(r"@[a-z]+", words[0].lower()):
        raise Misread("cron")
    fields = 0
    while fields < len(words) and FIELD.fullmatch(words[fields]):
        fields += 1
    starts_like_one = len(words) >= FIELDS and all(re.fullmatch(r"[\d*L]\S*", word) for word in words[:3])
    if fields < FIELDS:
        if fields > 1 and any("*" in word for word in words[:fields]):
            raise Misread("cron")
        return None
    if not starts_like_one or not any("*" in word or "," in word or "-" in word for word in words[:FIELDS]):
        return None
    if fields > FIELDS:
        raise Misread("cron")
    return " ".join(words[:FIELDS]), " ".join(words[FIELDS:])
