"""What a phrase says about time."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from scheduling.language.cronline import cron_line
from scheduling.language.meaning import mean
from scheduling.language.misread import Code, Misread
from scheduling.language.parting import part
from scheduling.language.recurring import checked
from scheduling.language.slots import Now
from scheduling.language.text import Text, read
from scheduling.language.vocabulary import Tongue, speech
from scheduling.rules import Rule, RuleError

Error = Code
Language = Literal["en", "es", "auto"]
LONGEST = 500  # characters
SHORTEST = timedelta(minutes=5)
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, kw_only=True)
class Parsed:
    phrase: str
    rule: Rule | None = None  # None: an error
    subject: str = ""  # what is to be done, as it was said
    error: Error | None = None
    hint: str = ""  # to whoever said it: what was not understood and how it can be said


def parse(phrase: str, *, now: datetime, zone: ZoneInfo, language: Language = "auto") -> Parsed:
    """Never a guess: what is not fully understood is an error. `now` is aware."""
    tongue: Tongue = "es" if language == "es" else "en"
    try:
        said = _unquoted(phrase)
        cron = cron_line(said)
        if cron:
            return Parsed(phrase=phrase, rule=_kept(_cron(cron[0]), now, zone), subject=cron[1])
        tongues = _tongues(said, language)
        tongue = tongues[0]
        found = [_said(said, each, now, zone, is_sure=len(tongues) == 1) for each in tongues]
        return replace(_chosen(found), phrase=phrase)
    except Misread as misread:
        return Parsed(phrase=phrase, error=misread.code, hint=misread.hint(tongue))


def tongue_of(phrase: str) -> Tongue | None:
    """The language it is said in; None where nothing in it tells."""
    tongues = _tongues(phrase[:LONGEST], "auto")
    return tongues[0] if len(tongues) == 1 else None


def _unquoted(phrase: str) -> str:
    if len(phrase) > LONGEST:
        raise Misread("long")
    phrase = UNSEEN.sub(" ", phrase).strip()  # no database keeps a NUL, and nobody sees what turns a line around
    is_quoted = phrase[:1] + phrase[-1:] in {'""', "''", "“”", "«»", "``"}
    return phrase[1:-1] if is_quoted and len(phrase) > 1 and phrase.count(phrase[0]) <= len('""') else phrase


def _cron(line: str) -> Rule:
    try:
        return Rule(f"cron {line}")
    except RuleError as error:
        raise Misread("never" if "never" in str(error) else "cron") from error


def _said(phrase: str, tongue: Tongue, now: datetime, zone: ZoneInfo, *, is_sure: bool) -> Parsed:
    try:
        heard = part(_text(phrase, tongue), speech(tongue))
        clock = Now.at(now, zone, month_first=(tongue == "en") if is_sure else None)
        rule = checked(mean(heard.groups, clock))
        return Parsed(phrase=phrase, rule=_kept(rule, now, zone), subject=heard.subject)
    except Misread as misread:
        return Parsed(phrase=phrase, error=misread.code, hint=misread.hint(tongue))


def _text(phrase: str, tongue: Tongue) -> Text:
    return read(phrase, speech(tongue).lexicon)


def _tongues(phrase: str, language: Language) -> list[Tongue]:
    """The language whose words are in it; both where they tell nothing."""
    if language != "auto":
        return [language]
    known = {tongue: _known(_text(phrase, tongue)) for tongue in ("en", "es")}
    if known["en"] == known["es"]:
        return ["en", "es"]
    return ["es" if known["es"] > known["en"] else "en"]


def _known(text: Text) -> int:
    return sum(
        token.kind == "word" and bool(text.lexemes[at].keys() - {"PLAIN"}) for at, token in enumerate(text.tokens)
    )


def _chosen(found: list[Parsed]) -> Parsed:
    understood = [each for each in found if each.rule]
    if len({each.rule.text for each in understood if each.rule}) > 1:
        raise Misread("order")
    return understood[0] if understood else found[0]


def _kept(rule: Rule, now: datetime, zone: ZoneInfo) -> Rule:
    if rule.next_after(now, zone) is None:
        raise Misread("past")
    gap = rule.shortest_gap(zone, now) if rule.kind == "recurring" else None
    if gap is not None and gap < SHORTEST:
        raise Misread("frequent")
    return rule
