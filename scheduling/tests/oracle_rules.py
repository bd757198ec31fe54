"""Rules as text, and what they mean in days and minutes, said a second time."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

Days = Callable[[date], bool]
MO, TU, WE, TH, FR, SA, SU = range(7)
WORKDAYS = range(5)
NONE: frozenset[int] = frozenset()
LONG_AGO = date(2005, 1, 3)  # a Monday, before the ten years of any zone


@dataclass(frozen=True)
class Line:
    days: Days
    minutes: frozenset[int]  # of the day
    repeats: bool = False  # as often as the clocks show it; else once, also where they leave it out
    is_real_time: bool = False  # days and minutes are UTC's
    step: tuple[date, int] | None = None  # instead of minutes of the day: every so many since a day began

    def minutes_from(self, first: date, days: int) -> bytes:
        """A byte for each minute: whether it is one of the line's."""
        dates = (first + timedelta(days=index) for index in range(days))
        if self.step is None:
            wanted = a_day_with(self.minutes)
            return b"".join(wanted if self.days(each) else bytes(1440) for each in dates)
        since, length = self.step
        found = bytearray(days * 1440)
        begins = -(first - since).days * 1440 % length
        found[begins::length] = bytes([1]) * len(found[begins::length])
        for index, each in enumerate(dates):
            if not self.days(each):
                found[index * 1440 : (index + 1) * 1440] = bytes(1440)
        return bytes(found)


@cache
def a_day_with(minutes: frozenset[int]) -> bytes:
    return bytes(minute in minutes for minute in range(1440))


def at(*times: str) -> frozenset[int]:
    return frozenset(int(hour) * 60 + int(minute) for hour, minute in (each.split(":") for each in times))


def each(step: int, first: str = "0:00", last: str = "23:59") -> frozenset[int]:
    (begins,), (ends,) = at(first), at(last)
    return frozenset(range(begins, ends + 1, step))


def daily(day: date) -> bool:
    return True


def on(*weekdays: int) -> Days:
    return lambda day: day.weekday() in weekdays


def the(*numbers: int, months: Collection[int] = range(1, 13)) -> Days:
    """Days of the month; -1 is the last."""
    return lambda day: day.month in months and not {day.day, day.day - length(day) - 1}.isdisjoint(numbers)


def nth(which: int, weekday: int) -> Days:
    """-1 is the last."""
    return lambda day: (
        day.weekday() == weekday
        and (length(day) - day.day < 7 if which == -1 else 7 * (which - 1) < day.day <= 7 * which)
    )


def length(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def last_workday(day: date) -> bool:
    later = [day.replace(day=number) for number in range(day.day + 1, length(day) + 1)]
    return day.weekday() in WORKDAYS and not any(each.weekday() in WORKDAYS for each in later)


def every(number: int, since: date = LONG_AGO) -> Days:
    return lambda day: day >= since and (day - since).days % number == 0


def either(*several: Days) -> Days:
    return lambda day: any(each(day) for each in several)


def both(*several: Days) -> Days:
    return lambda day: all(each(day) for each in several)


def between(first: date, last: date) -> Days:
    return lambda day: first <= day <= last


RULES: dict[str, list[Line]] = {
    # once a day, in hours that clocks leave out or show twice somewhere
    "cron 0 9 * * *": [Line(daily, at("9:00"))],
    "cron 30 2 * * *": [Line(daily, at("2:30"))],
    "cron 0 2 * * *": [Line(daily, at("2:00"))],
    "cron 15 2 * * *": [Line(daily, at("2:15"))],
    "cron 30 1 * * *": [Line(daily, at("1:30"))],
    "cron 0 1 * * *": [Line(daily, at("1:00"))],
    "cron 0 3 * * *": [Line(daily, at("3:00"))],
    "cron 0 0 * * *": [Line(daily, at("0:00"))],
    "cron 1 0 * * *": [Line(daily, at("0:01"))],
    "cron 30 0 * * *": [Line(daily, at("0:30"))],
    "cron 59 23 * * *": [Line(daily, at("23:59"))],
    "cron 30 23 * * *": [Line(daily, at("23:30"))],
    # several times a day
    "cron 0 9,17 * * *": [Line(daily, at("9:00", "17:00"))],
    "cron 0,30 1-3 * * *": [Line(daily, each(30, "1:00", "3:59"))],
    "cron 5-55/10 2 * * *": [Line(daily, each(10, "2:05", "2:55"))],
    "cron 0-59/15 1,2 * * 0": [Line(on(SU), each(15, "1:00", "2:59"))],
    "cron 0 0,12 * * *": [Line(daily, at("0:00", "12:00"))],
    "cron 0 0-23/2 * * *": [Line(daily, each(120))],
    "cron 0-59/20 0-23 * * *": [Line(daily, each(20))],
    "cron 0 9-17/2 * * 1-5": [Line(on(*WORKDAYS), each(120, "9:00", "17:00"))],
    # weekdays
    "cron 0 9 * * 1-5": [Line(on(*WORKDAYS), at("9:00"))],
    "cron 30 8 * * MON-FRI": [Line(on(*WORKDAYS), at("8:30"))],
    "cron 0 18 * * 1,4": [Line(on(MO, TH), at("18:00"))],
    "cron 30 2 * * 0": [Line(on(SU), at("2:30"))],
    "cron 45 1 * * 7": [Line(on(SU), at("1:45"))],
    "cron 15 0 * * 0": [Line(on(SU), at("0:15"))],
    "cron 0 0 * * 6": [Line(on(SA), at("0:00"))],
    "cron 0 0 * * FRI,SAT": [Line(on(FR, SA), at("0:00"))],
    # days of the month
    "cron 0 10 1 * *": [Line(the(1), at("10:00"))],
    "cron 0 9 1,15 * *": [Line(the(1, 15), at("9:00"))],
    "cron 0 9 31 * *": [Line(the(31), at("9:00"))],
    "cron 0 9 30 12 *": [Line(the(30, months=[12]), at("9:00"))],
    "cron 0 17 L * *": [Line(the(-1), at("17:00"))],
    "cron 0 2 L * *": [Line(the(-1), at("2:00"))],
    "cron 0 9 LW * *": [Line(last_workday, at("9:00"))],
    "cron 0 9 * * 1#1": [Line(nth(1, MO), at("9:00"))],
    "cron 30 2 * * 0#2": [Line(nth(2, SU), at("2:30"))],
    "cron 0 9 * * 3#5": [Line(nth(5, WE), at("9:00"))],
    "cron 30 16 * * 5L": [Line(nth(-1, FR), at("16:30"))],
    "cron 30 1 * * 0L": [Line(nth(-1, SU), at("1:30"))],
    "cron 0 9 13 * 5": [Line(either(the(13), on(FR)), at("9:00"))],
    "cron 0 9 */2 * 1": [Line(both(the(*range(1, 32, 2)), on(MO)), at("9:00"))],
    "cron 15 2 25-31 3,10 *": [Line(the(*range(25, 32), months=[3, 10]), at("2:15"))],
    # months and years
    "cron 0 9 1 1,4,7,10 *": [Line(the(1, months=[1, 4, 7, 10]), at("9:00"))],
    "cron 0 9 1 */3 *": [Line(the(1, months=[1, 4, 7, 10]), at("9:00"))],
    "cron 0 10 1 6 *": [Line(the(1, months=[6]), at("10:00"))],
    "cron 0 0 1 1 *": [Line(the(1, months=[1]), at("0:00"))],
    "cron 0 9 29 2 *": [Line(the(29, months=[2]), at("9:00"))],
    # as often as the clocks show it
    "cron */15 * * * *": [Line(daily, each(15), repeats=True)],
    "cron 0 * * * *": [Line(daily, each(60), repeats=True)],
    "cron 30 * * * *": [Line(daily, each(60, "0:30"), repeats=True)],
    "cron 0 */2 * * *": [Line(daily, each(120), repeats=True)],
    "cron 0 */12 * * *": [Line(daily, each(720), repeats=True)],
    "cron */30 1 * * *": [Line(daily, each(30, "1:00", "1:59"), repeats=True)],
    "cron */20 2 * * 0": [Line(on(SU), each(20, "2:00", "2:59"), repeats=True)],
    "cron */15 9-17 * * 1-5": [Line(on(*WORKDAYS), each(15, "9:00", "17:59"), repeats=True)],
    "cron */10 0-1 * * 6": [Line(on(SA), each(10, "0:00", "1:59"), repeats=True)],
    "cron 45 */3 1 * *": [Line(the(1), each(180, "0:45"), repeats=True)],
    "cron * 0 1 1 *": [Line(the(1, months=[1]), each(1, "0:00", "0:59"), repeats=True)],
    # from a first time on, by the wall clock
    "rrule 20050101T023000 FREQ=DAILY": [Line(daily, at("2:30"))],
    "rrule 20050103T013000 FREQ=DAILY;INTERVAL=2": [Line(every(2), at("1:30"))],
    "rrule 20050103T090000 FREQ=DAILY;INTERVAL=3": [Line(every(3), at("9:00"))],
    "rrule 20050103T000000 FREQ=DAILY;BYHOUR=0,2,3;BYMINUTE=0,45": [
        Line(daily, at("0:00", "0:45", "2:00", "2:45", "3:00", "3:45"))
    ],
    "rrule 20050103T083000 FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR": [Line(on(*WORKDAYS), at("8:30"))],
    "rrule 20050107T120000 FREQ=WEEKLY;INTERVAL=2;BYDAY=FR": [Line(every(14, date(2005, 1, 7)), at("12:00"))],
    "rrule 20050103T020000 FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,SU": [
        Line(either(every(21), every(21, date(2005, 1, 9))), at("2:00"))
    ],
    "rrule 20050131T170000 FREQ=MONTHLY;BYMONTHDAY=-1": [Line(the(-1), at("17:00"))],
    "rrule 20050131T090000 FREQ=MONTHLY": [Line(the(31), at("9:00"))],
    "rrule 20050101T090000 FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1": [Line(last_workday, at("9:00"))],
    "rrule 20050101T020000 FREQ=MONTHLY;BYDAY=2SU": [Line(nth(2, SU), at("2:00"))],
    "rrule 20050101T003000 FREQ=MONTHLY;BYDAY=-1SU": [Line(nth(-1, SU), at("0:30"))],
    "rrule 20050101T090000 FREQ=MONTHLY;INTERVAL=3": [Line(the(1, months=[1, 4, 7, 10]), at("9:00"))],
    "rrule 20040229T090000 FREQ=YEARLY": [Line(the(29, months=[2]), at("9:00"))],
    "rrule 20050601T100000 FREQ=YEARLY;INTERVAL=2": [
        Line(both(the(1, months=[6]), lambda day: day.year % 2 == 1), at("10:00"))
    ],
    "rrule 20050327T013000 FREQ=YEARLY;BYMONTH=3,10;BYDAY=-1SU": [
        Line(both(nth(-1, SU), lambda day: day.month in {3, 10}), at("1:30"))
    ],
    "rrule 20050103T000000 FREQ=HOURLY;INTERVAL=2": [Line(daily, each(120))],
    "rrule 20050103T000000 FREQ=HOURLY;INTERVAL=5;BYDAY=SA,SU": [Line(on(SA, SU), NONE, step=(LONG_AGO, 300))],
    "rrule 20050103T000000 FREQ=MINUTELY;INTERVAL=50": [Line(daily, NONE, step=(LONG_AGO, 50))],
    "rrule 20180311T023000 FREQ=WEEKLY;COUNT=300": [
        Line(both(on(SU), between(date(2018, 3, 11), date(2018, 3, 11) + timedelta(weeks=299))), at("2:30"))
    ],
    "rrule 20050103T090000 FREQ=DAILY;UNTIL=20260601T090000": [Line(between(LONG_AGO, date(2026, 6, 1)), at("9:00"))],
    # by lengths of real time
    "rrule 20050103T000000Z FREQ=HOURLY;INTERVAL=36": [Line(daily, NONE, is_real_time=True, step=(LONG_AGO, 36 * 60))],
    "rrule 20050103T000000Z FREQ=MINUTELY;INTERVAL=425": [Line(daily, NONE, is_real_time=True, step=(LONG_AGO, 425))],
    "rrule 20050103T073000Z FREQ=DAILY": [Line(daily, at("7:30"), is_real_time=True)],
    # several lines
    "cron 30 8 * * 1-5\ncron 0 10 * * 6": [Line(on(*WORKDAYS), at("8:30")), Line(on(SA), at("10:00"))],
    "cron 30 2 * * *\ncron 0 3 * * *": [Line(daily, at("2:30", "3:00"))],
    "cron 0 * * * *\ncron 30 1 * * *\ncron 0 1 * * *": [
        Line(daily, each(60), repeats=True),
        Line(daily, at("1:00", "1:30")),
    ],
    # single times
    "at 2026-03-08T02:30:00": [Line(between(date(2026, 3, 8), date(2026, 3, 8)), at("2:30"))],
    "at 2011-12-30T12:00:00": [Line(between(date(2011, 12, 30), date(2011, 12, 30)), at("12:00"))],
    "at 2018-11-04T00:30:00\nat 2018-11-04T05:00:00Z": [
        Line(between(date(2018, 11, 4), date(2018, 11, 4)), at("0:30")),
        Line(between(date(2018, 11, 4), date(2018, 11, 4)), at("5:00"), is_real_time=True),
    ],
}
