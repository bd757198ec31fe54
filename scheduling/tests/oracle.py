"""When a rule's times are, found the long way: what the clocks of a zone show is looked at minute by minute.

It shares nothing with the product: no cronsim, no dateutil, and rules are given as days and minutes, not as text.
`python -m scheduling.tests.oracle --all` compares every rule in every zone over its whole ten years.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from scheduling.rules import Rule
from scheduling.tests.oracle_rules import RULES, Line

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = 1440  # minutes
YEARS = 10
ZONES = {  # and the first of the ten years: those to come, or those in which something happened
    "UTC": 2024,
    "America/Chicago": 2024,
    "America/New_York": 2007,
    "America/Los_Angeles": 2024,
    "America/Phoenix": 2024,
    "America/St_Johns": 2006,  # changed at 00:01 until 2011
    "America/Havana": 2024,  # at midnight, into the day before
    "America/Sao_Paulo": 2010,  # at midnight, until 2019
    "America/Asuncion": 2016,
    "America/Santiago": 2022,
    "America/Caracas": 2007,  # half an hour back in 2007, and forth in 2016
    "America/Mexico_City": 2015,
    "America/Nuuk": 2019,
    "America/Scoresbysund": 2019,
    "America/Metlakatla": 2012,
    "Europe/London": 2024,
    "Europe/Dublin": 2024,  # its summer is standard time
    "Europe/Berlin": 2024,
    "Europe/Istanbul": 2008,
    "Europe/Volgograd": 2012,
    "Europe/Chisinau": 2021,
    "Africa/Casablanca": 2024,  # back for Ramadan
    "Africa/Cairo": 2014,
    "Africa/Windhoek": 2010,
    "Africa/Sao_Tome": 2012,
    "Antarctica/Troll": 2024,  # two hours
    "Antarctica/Casey": 2014,  # three hours
    "Asia/Beirut": 2024,
    "Asia/Gaza": 2016,
    "Asia/Tehran": 2014,
    "Asia/Kathmandu": 2024,
    "Asia/Kolkata": 2024,
    "Asia/Pyongyang": 2012,
    "Asia/Tokyo": 2024,
    "Asia/Amman": 2014,
    "Australia/Lord_Howe": 2024,  # half an hour
    "Australia/Adelaide": 2024,
    "Pacific/Apia": 2009,  # without 30 December 2011
    "Pacific/Auckland": 2024,
    "Pacific/Chatham": 2024,
    "Pacific/Norfolk": 2014,
    "Pacific/Easter": 2014,
    "Pacific/Tongatapu": 2010,
}


@dataclass(frozen=True)
class Stretch:
    """Minutes since 1970, from one to before another, in which clocks are so many minutes ahead of UTC."""

    begins: int
    ends: int
    ahead: int


@dataclass(frozen=True)
class Span:
    name: str
    begins: int
    ends: int
    stretches: Sequence[Stretch]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.name)

    @property
    def changes(self) -> list[int]:
        return [each.begins for each in self.stretches[1:]]

    def between(self, begins: int, ends: int) -> Span:
        clipped = [Stretch(max(begins, each.begins), min(ends, each.ends), each.ahead) for each in self.stretches]
        return Span(self.name, begins, ends, [each for each in clipped if each.begins < each.ends])


def walk(name: str, *, step: int = 15) -> Span:
    """The zone's ten years; the offset is read every so many minutes, and each minute between two that differ."""
    first = ZONES[name]
    begins, ends = minute_of(datetime(first, 1, 1, tzinfo=UTC)), minute_of(datetime(first + YEARS, 1, 1, tzinfo=UTC))
    zone, stretches, start = ZoneInfo(name), [], begins
    before = ahead(begins, zone)
    for minute in range(begins, ends, step):
        if ahead(minute + step, zone) != before:
            change = next(each for each in range(minute, minute + step + 1) if ahead(each, zone) != before)
            stretches.append(Stretch(start, change, before))
            start, before = change, ahead(minute + step, zone)
    return Span(name, begins, ends, [*stretches, Stretch(start, ends, before)])


def ahead(minute: int, zone: ZoneInfo) -> int:
    offset = (EPOCH + minute * MINUTE).astimezone(zone).utcoffset()
    assert offset is not None
    assert not offset % MINUTE
    return offset // MINUTE


def minute_of(moment: datetime) -> int:
    return (moment - EPOCH) // MINUTE


def expected(lines: Sequence[Line], span: Span) -> list[int]:
    found: set[int] = set()
    for line in lines:
        found.update(_by_real_time(line, span) if line.is_real_time else _by_clocks(line, span))
    return sorted(each for each in found if span.begins <= each < span.ends)


def _by_real_time(line: Line, span: Span) -> Iterator[int]:
    begins = span.begins - span.begins % DAY
    return (begins + each for each in _ones(line.minutes_from(_day(begins), (span.ends - begins) // DAY + 1)))


def _by_clocks(line: Line, span: Span) -> Iterator[int]:
    """Every minute as the clocks show it, and what they leave out at the beginning of a stretch."""
    origin = span.begins - span.begins % DAY - 2 * DAY
    wanted = line.minutes_from(_day(origin), (span.ends - origin) // DAY + 4)
    shown = span.begins + span.stretches[0].ahead  # until then
    for each in span.stretches:
        first, last = each.begins + each.ahead, each.ends + each.ahead
        if not line.repeats and 1 in wanted[shown - origin : first - origin]:
            yield each.begins
        first = first if line.repeats else max(first, shown)
        yield from (first + index - each.ahead for index in _ones(wanted[first - origin : last - origin]))
        shown = max(shown, last)


def _ones(minutes: bytes) -> Iterator[int]:
    index = minutes.find(1)
    while index >= 0:
        yield index
        index = minutes.find(1, index + 1)


def _day(minute: int) -> date:
    return (EPOCH + minute * MINUTE).date()


def found(text: str, span: Span) -> list[int]:
    """What the product finds."""
    times = Rule(text).after(EPOCH + span.begins * MINUTE - timedelta(seconds=1), span.zone)
    ends = EPOCH + span.ends * MINUTE
    seconds = [int(each.timestamp()) for each in takewhile(lambda each: each < ends, times)]
    assert not any(each % 60 for each in seconds)
    return [each // 60 for each in seconds]


def differences(text: str, span: Span, wanted: Sequence[int]) -> list[str]:
    """Between what is wanted and what the product finds, in words; the first few."""
    got = found(text, span)
    if wanted == got:
        return []
    odd = [(each, "missing") for each in set(wanted) - set(got)] + [
        (each, "too much") for each in set(got) - set(wanted)
    ]
    told = [f"{(EPOCH + each * MINUTE).astimezone(span.zone)} {what}" for each, what in sorted(odd)[:5]]
    return [f"{span.name}, {text!r}: {', '.join(told) or 'one time twice, or out of order'}"]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="every rule in every zone over all ten years")
    parser.add_argument("--zone", action="append", choices=ZONES, help="only this one (several times)")
    parser.add_argument("--rule", help="only rules whose text contains this")
    options = parser.parse_args(arguments)
    if not (options.all or options.zone or options.rule):
        parser.error("say --all, --zone or --rule")
    texts = [text for text in RULES if (options.rule or "") in text]
    began, wrong, times = time.monotonic(), 0, 0
    for name in options.zone or ZONES:
        span = walk(name)
        for text in texts:
            wanted = expected(RULES[text], span)
            told = differences(text, span, wanted)
            wrong, times = wrong + len(told), times + len(wanted)
            print(*told, sep="\n", end="\n" if told else "")
        print(f"{time.monotonic() - began:6.0f} s  {name} from {ZONES[name]}, {len(span.changes)} changes", flush=True)
    print(f"{len(options.zone or ZONES)} zones, {len(texts)} rules, {times:,} times, {wrong} rules differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
