"""Phrases about time and what they mean, worked out by hand from the rules in docs/schedules.md."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.language import Parsed, parse
from scheduling.language.parsed import Language

HERE = Path(__file__).parent
ERRORS = {"unrecognized", "past", "ambiguous", "too_frequent"}
CHICAGO = ZoneInfo("America/Chicago")
WEDNESDAY = datetime(2026, 3, 11, 10, tzinfo=CHICAGO)
SHOWN = 3


class Case(NamedTuple):
    language: Language
    now: datetime
    zone: ZoneInfo
    phrase: str
    expected: str
    subject: str | None


def cases(language: Language) -> Iterator[Case]:
    now, zone = WEDNESDAY, CHICAGO
    for line in (HERE / f"phrases_{language}.tsv").read_text().splitlines():
        if line.startswith("# now "):
            wall, name = line.removeprefix("# now ").split()
            zone = ZoneInfo(name)
            now = datetime.fromisoformat(wall).replace(tzinfo=zone)
        elif line and not line.startswith("#"):
            phrase, expected, *subject = line.split("\t")
            yield Case(language, now, zone, phrase, expected, subject[0] if subject else None)


CASES = [*cases("en"), *cases("es")]


def shown(found: Parsed, case: Case) -> str:
    if found.rule is None:
        return str(found.error)
    times = islice(found.rule.after(case.now, case.zone), SHOWN)
    written = [each.isoformat() for each in times]
    return ("* " if found.rule.kind == "recurring" else "") + ",".join(written)


def wanted(case: Case) -> str:
    if case.expected in ERRORS:
        return case.expected
    mark = "* " if case.expected.startswith("* ") else ""
    return mark + ",".join(_full(each, case.zone) for each in case.expected.removeprefix("* ").split(","))


def _full(text: str, zone: ZoneInfo) -> str:
    time = datetime.fromisoformat(text if text[4:5] == "-" else f"2026-{text}")
    return (time if time.tzinfo else time.replace(tzinfo=zone)).isoformat()


@pytest.mark.parametrize("case", CASES, ids=[f"{case.language}: {case.phrase} ({case.now:%d.%m.})" for case in CASES])
def test_a_phrase_means_what_its_words_say(case: Case) -> None:
    found = parse(case.phrase, now=case.now, zone=case.zone, language=case.language)
    assert shown(found, case) == wanted(case), found
    assert bool(found.error) is bool(found.hint)
    if case.subject is not None:
        assert found.subject == case.subject


ORDER_OF_THE_LANGUAGE = {"3/4", "03/04/2027", "5.4.2027"}  # nothing but the language says which is the month


def test_the_language_is_told_by_the_words() -> None:
    differing = [
        case.phrase
        for case in CASES
        if shown(parse(case.phrase, now=case.now, zone=case.zone, language="auto"), case) != wanted(case)
    ]
    assert set(differing) <= ORDER_OF_THE_LANGUAGE


@pytest.mark.parametrize("phrase", sorted(ORDER_OF_THE_LANGUAGE))
def test_without_a_word_nobody_knows_which_number_is_the_month(phrase: str) -> None:
    assert parse(phrase, now=WEDNESDAY, zone=CHICAGO).error == "ambiguous"


def test_hints_come_in_the_language_of_the_phrase() -> None:
    assert "Say" in parse("soon", now=WEDNESDAY, zone=CHICAGO).hint
    assert "Di " in parse("más tarde", now=WEDNESDAY, zone=CHICAGO).hint
    assert "Di " in parse("", now=WEDNESDAY, zone=CHICAGO, language="es").hint


def test_what_nobody_sees_is_no_part_of_the_task() -> None:
    found = parse("tomorrow\x00 at 9 \u202ecall Bob\x07", now=WEDNESDAY, zone=CHICAGO)
    assert found.subject == "call Bob"
    assert found.rule
    assert found.rule.text == "at 2026-03-12T09:00:00"


def test_what_is_too_long_is_not_read() -> None:
    assert parse("every day " * 51, now=WEDNESDAY, zone=CHICAGO).error == "unrecognized"


def test_an_instant_stays_one_when_clocks_are_changed_and_a_day_keeps_the_clock() -> None:
    before = datetime(2026, 3, 7, 12, tzinfo=CHICAGO)
    hours = parse("in 24 hours", now=before, zone=CHICAGO).rule
    days = parse("in 1 day", now=before, zone=CHICAGO).rule
    assert hours
    assert hours.next_after(before, CHICAGO) == before.astimezone(UTC) + timedelta(hours=24)
    assert days
    assert days.next_after(before, CHICAGO) == datetime(2026, 3, 8, 12, tzinfo=CHICAGO)


WORDS = sorted(
    {word for case in CASES for word in case.phrase.split()} | {"", "0", "99999999", "-", "\x00", "ß", "٣", "🕘"}
)
MOMENTS = st.integers(min_value=31_536_000, max_value=6_942_000_000).map(lambda each: datetime.fromtimestamp(each, UTC))
ZONES = st.sampled_from(["America/Chicago", "Australia/Lord_Howe", "Pacific/Apia", "Europe/Dublin", "Asia/Kathmandu"])
PHRASES = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join))


@settings(max_examples=300, deadline=None)
@given(phrase=PHRASES, now=MOMENTS, zone=ZONES, language=st.sampled_from(["en", "es", "auto"]))
def test_whatever_is_said_the_answer_is_a_time_to_come_or_an_error(
    phrase: str, now: datetime, zone: str, language: Language
) -> None:
    found = parse(phrase, now=now, zone=ZoneInfo(zone), language=language)
    assert (found.rule is None) == (found.error in ERRORS)
    assert found.phrase == phrase
    assert parse(phrase, now=now, zone=ZoneInfo(zone), language=language) == found
    if found.rule:
        first = found.rule.next_after(now, ZoneInfo(zone))
        assert first is not None
        assert first > now
