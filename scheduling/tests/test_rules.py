"""Rules: what is one, which times it has, and that it has them like dateutil where no clock is changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from scheduling.clock import place
from scheduling.rules import Rule, RuleError

CHICAGO = ZoneInfo("America/Chicago")
NOON = datetime(2026, 3, 11, 12, tzinfo=CHICAGO)


def times(text: str, after: datetime = NOON, number: int = 3, zone: ZoneInfo = CHICAGO) -> list[str]:
    return [each.isoformat() for each in islice(Rule(text).after(after, zone), number)]


def test_a_time_that_the_clocks_leave_out_comes_right_after_the_gap() -> None:
    gap = datetime(2026, 3, 8, tzinfo=CHICAGO)
    assert times("at 2026-03-08T02:30:00", gap) == ["2026-03-08T03:00:00-05:00"]
    assert times("cron 30 2 * * *", gap, 2) == ["2026-03-08T03:00:00-05:00", "2026-03-09T02:30:00-05:00"]
    assert times("rrule 20260307T023000 FREQ=DAILY", gap, 1) == ["2026-03-08T03:00:00-05:00"]
    assert place(datetime.fromisoformat("2026-03-08T02:00:00"), CHICAGO).isoformat() == "2026-03-08T03:00:00-05:00"
    assert place(datetime.fromisoformat("2026-03-08T02:59:59.5"), CHICAGO).isoformat() == "2026-03-08T03:00:00-05:00"


def test_a_day_that_a_zone_leaves_out_comes_at_the_beginning_of_the_next() -> None:
    apia = ZoneInfo("Pacific/Apia")
    eve = datetime(2011, 12, 29, 20, tzinfo=apia)
    assert times("cron 0 9 * * *", eve, 2, apia) == ["2011-12-31T00:00:00+14:00", "2011-12-31T09:00:00+14:00"]


def test_a_time_that_the_clocks_show_twice_comes_the_first_time() -> None:
    eve = datetime(2026, 10, 31, 12, tzinfo=CHICAGO)
    assert times("at 2026-11-01T01:30:00", eve) == ["2026-11-01T01:30:00-05:00"]
    assert times("cron 30 1 * * *", eve, 2) == ["2026-11-01T01:30:00-05:00", "2026-11-02T01:30:00-06:00"]
    again = datetime(2026, 11, 1, 1, 15, fold=1, tzinfo=CHICAGO)
    assert times("cron 30 1 * * *", again, 1) == ["2026-11-02T01:30:00-06:00"]
    assert times("rrule 20260101T013000 FREQ=DAILY", again, 1) == ["2026-11-02T01:30:00-06:00"]


def test_every_quarter_of_an_hour_stays_so_while_clocks_are_changed() -> None:
    forth, back = datetime(2026, 3, 8, 1, 40, tzinfo=CHICAGO), datetime(2026, 11, 1, 1, 40, tzinfo=CHICAGO)
    assert times("cron */15 * * * *", forth, 2) == ["2026-03-08T01:45:00-06:00", "2026-03-08T03:00:00-05:00"]
    assert times("cron */15 * * * *", back, 2) == ["2026-11-01T01:45:00-05:00", "2026-11-01T01:00:00-06:00"]


def test_times_in_an_hour_that_happens_twice_equal_those_of_the_database() -> None:
    first, second = islice(Rule("cron 30 * * * *").after(datetime(2026, 11, 1, 6, tzinfo=UTC), CHICAGO), 2)
    assert first == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert second == datetime(2026, 11, 1, 7, 30, tzinfo=UTC)
    assert second - first == timedelta(hours=1)


def test_an_instant_is_the_same_in_every_zone() -> None:
    assert times("at 2026-03-12T15:20:00Z") == ["2026-03-12T10:20:00-05:00"]
    assert times("rrule 20260301T000000Z FREQ=HOURLY;INTERVAL=36", number=2) == [
        "2026-03-12T19:00:00-05:00",
        "2026-03-14T07:00:00-05:00",
    ]


def test_lengths_of_real_time_do_not_change_with_the_clocks() -> None:
    found = list(
        islice(Rule("rrule 20260307T180000Z FREQ=HOURLY;INTERVAL=10").after(NOON - timedelta(days=5), CHICAGO), 20)
    )
    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(hours=10)}


def test_times_are_strictly_later() -> None:
    nine = datetime(2026, 3, 12, 9, tzinfo=CHICAGO)
    assert times("cron 0 9 * * *", nine, 1) == ["2026-03-13T09:00:00-05:00"]
    assert times("cron 0 9 * * *", nine - timedelta(microseconds=1), 1) == ["2026-03-12T09:00:00-05:00"]
    assert times("cron 0 9 * * *", nine + timedelta(microseconds=1), 1) == ["2026-03-13T09:00:00-05:00"]
    assert times("cron */5 * * * *", nine + timedelta(microseconds=1), 1) == ["2026-03-12T09:05:00-05:00"]
    assert times("at 2026-03-12T09:00:00", nine) == []
    assert Rule("at 2026-03-12T09:00:00").next_after(nine, CHICAGO) is None


def test_several_lines_are_one_schedule() -> None:
    assert times("cron 30 8 * * 1-5\ncron 0 10 * * 6\nat 2026-03-14T15:00:00Z", number=4) == [
        "2026-03-12T08:30:00-05:00",
        "2026-03-13T08:30:00-05:00",
        "2026-03-14T10:00:00-05:00",  # both the second and the third line's
        "2026-03-16T08:30:00-05:00",
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("at 2026-03-12T09:00:00", "once"),
        ("\n at 2026-03-12T09:00:00Z \n", "once"),
        ("at 2026-03-12T09:00:00\nat 2026-03-12T17:00:00", "recurring"),
        ("cron 0 9 * * *", "recurring"),
        ("rrule 20260312T090000 FREQ=DAILY;COUNT=1", "recurring"),
    ],
)
def test_only_a_single_time_is_once(text: str, kind: str) -> None:
    assert Rule(text).kind == kind


def test_a_rule_that_began_long_ago_keeps_its_interval_and_its_end() -> None:
    assert times("rrule 19800101T000000Z FREQ=MINUTELY;INTERVAL=7", number=1) == ["2026-03-11T12:04:00-05:00"]
    assert times("rrule 20200110T120000 FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", number=1) == ["2026-03-13T12:00:00-05:00"]
    assert times("rrule 20260301T090000 FREQ=DAILY;COUNT=13") == [
        "2026-03-12T09:00:00-05:00",
        "2026-03-13T09:00:00-05:00",
    ]
    assert times("rrule 20260301T090000 FREQ=DAILY;COUNT=11") == []


@pytest.mark.parametrize(
    ("until", "number"),
    [
        ("20260313T090000", 2),  # included
        ("20260313T085959", 1),
        ("20260313", 2),  # the whole day
        ("20260313T140000Z", 2),
        ("20260313T135959Z", 1),
    ],
)
def test_a_rule_ends_by_the_wall_clock_or_at_an_instant(until: str, number: int) -> None:
    assert len(times(f"rrule 20260301T090000 FREQ=DAILY;UNTIL={until}")) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "every day",
        "at tomorrow",
        "at 2026-02-30T09:00:00",
        "at 2026-03-12T09:00:00-05:00",
        "at 2026-03-12",
        "at 99999-03-12T09:00:00",
        "at 9999-12-31T23:59:59",
        "at 0001-01-01T00:00:00",
        "at ２０２６-03-12T09:00:00",
        "cron",
        "cron 0 9 * *",
        "cron 0 0 9 * * *",
        "cron 60 9 * * *",
        "cron @daily",
        "cron 0 0 30 2 *",
        "cron 0 0 */31 * 1#2",  # the second Monday is never the first of the month
        "cron " + "1" * 5000 + " * * * *",
        "cron 0 9 * * *\n" * 21,
        "rrule FREQ=DAILY",
        "rrule 20260313 FREQ=DAILY",
        "rrule 20260230T090000 FREQ=DAILY",
        "rrule 20260313T090000",
        "rrule 20260313T090000 FREQ=SECONDLY",
        "rrule 20260313T090000 FREQ=DAILY;FREQ=DAILY",
        "rrule 20260313T090000 FREQ=DAILY;X=1",
        "rrule 20260313T090000 FREQ=DAILY;INTERVAL=0",
        "rrule 20260313T090000 FREQ=DAILY;INTERVAL=٣",
        "rrule 20260313T090000 FREQ=DAILY;COUNT=1000000",
        "rrule 20260313T090000 FREQ=DAILY;COUNT=2;UNTIL=20260401",
        "rrule 20260313T090000Z FREQ=DAILY;UNTIL=20260401",
        "rrule 20260313T090000 FREQ=DAILY;UNTIL=20260301",
        "rrule 20260313T090000Z FREQ=DAILY;UNTIL=20260301T000000Z",
        "rrule 20260313T090000 FREQ=HOURLY;BYSETPOS=5",
        "rrule 20260313T090000 FREQ=DAILY;BYDAY=1MO",
        "rrule 20260313T090000 FREQ=DAILY;BYDAY=",
        "rrule 20260313T090000 FREQ=MONTHLY;BYMONTHDAY=0",
        "rrule 20260313T090000 FREQ=WEEKLY;BYMONTHDAY=5",
        "rrule 20260313T090000 FREQ=DAILY;BYEASTER=1",
        "rrule 20260313T090000 FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "rrule 20260313T090000 FREQ=DAILY;INTERVAL=7;BYDAY=TU",  # it begins on a Friday
        "rrule 20260313T090000 FREQ=MINUTELY;BYHOUR=5;BYMONTH=2;BYMONTHDAY=30",
        "rrule 20260313T090000 FREQ=MINUTELY;INTERVAL=60;BYMINUTE=5",
    ],
)
def test_what_is_no_rule_or_never_happens_is_refused(text: str) -> None:
    with pytest.raises(RuleError):
        Rule(text)


@pytest.mark.parametrize(
    ("text", "gap"),
    [
        ("at 2026-03-12T09:00:00", None),
        ("cron 0 9 * * *", timedelta(days=1)),
        ("cron 0 9 * * 1-5", timedelta(days=1)),
        ("cron 0 9,17 * * *", timedelta(hours=8)),
        ("cron 58 23 * * *\ncron 2 0 * * *", timedelta(minutes=4)),
        ("cron * * * * *", timedelta(minutes=1)),
        ("cron */5 * * * *", timedelta(minutes=5)),
        ("cron */7 * * * *", timedelta(minutes=4)),  # from 56 to 0
        ("cron */30 * * * *\ncron 2 9 24 12 *", timedelta(minutes=2)),  # on Christmas Eve
        ("cron 30 2 * * *\ncron 1 3 * * *", timedelta(minutes=31)),  # in March they are a minute apart once
        ("rrule 20260313T090000 FREQ=YEARLY", None),
        ("rrule 20250313T090000Z FREQ=MINUTELY;INTERVAL=3", timedelta(minutes=3)),
    ],
)
def test_the_shortest_gap_tells_a_rule_that_is_too_frequent(text: str, gap: timedelta | None) -> None:
    assert Rule(text).shortest_gap(CHICAGO, NOON) == gap


def numbers(least: int, most: int) -> st.SearchStrategy[str]:
    some = st.lists(
        st.integers(least, most).filter(bool) if least < 0 else st.integers(least, most), min_size=1, max_size=4
    )
    return some.map(lambda found: ",".join(map(str, found)))


WEEKDAYS = st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"])
COUNTED = st.tuples(st.sampled_from(["1", "2", "5", "-1", "-2"]), WEEKDAYS).map("".join)
COMMON = {"BYMONTH": numbers(1, 12), "BYHOUR": numbers(0, 23), "BYMINUTE": numbers(0, 59), "WKST": WEEKDAYS}
BY_DAY = {"BYDAY": st.lists(WEEKDAYS, min_size=1, max_size=4, unique=True).map(",".join)}
BY_COUNTED_DAY = {"BYDAY": st.lists(COUNTED, min_size=1, max_size=4, unique=True).map(",".join)}
POSITIONS = {"BYSETPOS": numbers(-6, 6)}
OF_MONTH, OF_YEAR = {"BYMONTHDAY": numbers(-31, 31)}, {"BYYEARDAY": numbers(-366, 366)}
PARTS = {
    "YEARLY": st.one_of(
        st.fixed_dictionaries({}, optional=COMMON | POSITIONS | OF_MONTH | OF_YEAR | BY_COUNTED_DAY),
        st.fixed_dictionaries({}, optional=COMMON | POSITIONS | BY_DAY | {"BYWEEKNO": numbers(-53, 53)}),
    ),
    "MONTHLY": st.one_of(
        st.fixed_dictionaries({}, optional=COMMON | POSITIONS | OF_MONTH | BY_COUNTED_DAY),
        st.fixed_dictionaries({}, optional=COMMON | POSITIONS | OF_MONTH | BY_DAY),
    ),
    "WEEKLY": st.fixed_dictionaries({}, optional=COMMON | BY_DAY),
    "DAILY": st.fixed_dictionaries({}, optional=COMMON | POSITIONS | OF_MONTH | BY_DAY),
    "HOURLY": st.fixed_dictionaries({}, optional=COMMON | POSITIONS | OF_MONTH | OF_YEAR | BY_DAY),
    "MINUTELY": st.fixed_dictionaries({}, optional=COMMON | OF_MONTH | OF_YEAR | BY_DAY),
}


@st.composite
def recurrences(draw: st.DrawFn) -> str:
    frequency = draw(st.sampled_from(list(PARTS)))
    parts = draw(PARTS[frequency]) | {"INTERVAL": str(draw(st.integers(1, 100 if frequency == "MINUTELY" else 6)))}
    return ";".join([f"FREQ={frequency}", *(f"{name}={value}" for name, value in parts.items())])


@settings(deadline=None, max_examples=60, phases=[Phase.explicit, Phase.generate, Phase.shrink])
@given(
    text=recurrences(),
    start=st.integers(0, 10**9).map(lambda seconds: datetime(1999, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)),
    later=st.integers(0, 100_000),
)
def test_recurrences_are_those_of_dateutil(text: str, start: datetime, later: int) -> None:
    """From the first time on, and from any later moment. Of plain and counted weekdays together dateutil takes none."""
    try:
        rule = Rule(f"rrule {start:%Y%m%dT%H%M%S} {text}")
    except RuleError:
        return  # it never happens: dateutil would look until the year 9999
    zone = ZoneInfo("UTC")
    found = list(islice(rule.after(start - timedelta(seconds=1), zone), 12))
    theirs = list(islice(rrulestr(text, dtstart=start), len(found)))
    assert found == theirs
    span = (found[-1] - found[0]) // timedelta(seconds=1)  # whole: a timedelta of centuries bears no large factor
    moment = found[0] + timedelta(seconds=span * later // 100_000)
    assert list(islice(rule.after(moment, zone), 12))[: sum(each > moment for each in found)] == [
        each for each in found if each > moment
    ]
