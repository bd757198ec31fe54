"""A pattern in English. No Django."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

from scheduling.wording.pattern import LAST, WORKING_DAYS, Clock, Days, Pattern, Times

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", LAST: "last"}
EVEN_END = time(23, 59)


def words(pattern: Pattern) -> str:
    said = f"{days_and_times(pattern.days, pattern.times)}"
    if pattern.start is not None:
        said += f", from {pattern.start:%Y-%m-%d} on"
    if pattern.until is not None:
        said += f", until {moment(pattern.until)}"
    return said


def once(at: datetime) -> str:
    return f"once, {WEEKDAYS[at.weekday()]} {at:%Y-%m-%d} at {clock((at.hour, at.minute))}"


def fallback(text: str) -> str:
    return f"by the rule “{text}”"


def both(parts: Sequence[str]) -> str:
    return ", and ".join(parts)


def moment(at: datetime) -> str:
    is_end = at.time().replace(second=0) == EVEN_END
    return f"{at:%Y-%m-%d}" if is_end else f"{at:%Y-%m-%d} at {clock((at.hour, at.minute))}"


def days_and_times(days: Days, times: Times) -> str:
    if times.at:
        return f"{days_in(days)} at {listed([clock(each) for each in times.at])}"
    each = every(times)
    return each if days.is_every_day else f"{days_in(days)}, {each}"


def every(times: Times) -> str:
    if times.minutes:
        said = "every minute" if times.minutes == 1 else f"every {times.minutes} minutes"
    else:
        said = "every hour" if times.hours == 1 else f"every {times.hours} hours"
    if times.window is not None:
        return f"{said} from {clock(times.window[0])} to {clock(times.window[1])}"
    return f"{said}, {times.minute} minutes past the hour" if times.minute else said


def days_in(days: Days) -> str:
    if days.unit == "day":
        return counted("day", days.interval) + months_in(days)
    if days.unit == "week":
        return weeks(days) + months_in(days)
    if days.unit == "year":
        return f"{counted('year', days.interval)} on {dates(days)}"
    which = month_days(days)
    if days.interval > 1:
        return f"{counted('month', days.interval)} on {which}" + months_in(days)
    of = listed([MONTHS[month - 1] for month in days.months]) if days.months else "each month"
    return f"on {which} of {of}"


def weeks(days: Days) -> str:
    if days.interval > 1 and len(days.weekdays) == 1:
        return counted(WEEKDAYS[days.weekdays[0]], days.interval)
    if days.interval > 1:
        return f"{counted('week', days.interval)} on {listed([WEEKDAYS[day] for day in days.weekdays])}"
    if tuple(days.weekdays) == WORKING_DAYS:
        return "every weekday"
    return f"every {listed([WEEKDAYS[day] for day in days.weekdays])}"


def month_days(days: Days) -> str:
    if days.working_day:
        return f"the {ORDINALS[days.working_day]} weekday"
    if days.nth:
        return listed([f"the {ORDINALS[which]} {WEEKDAYS[day]}" for day, which in days.nth])
    return listed([f"the {ordinal(day)}" if day > 0 else "the last day" for day in days.month_days])


def dates(days: Days) -> str:
    month, day = MONTHS[days.months[0] - 1], days.month_days[0]
    return f"{month} {day}" if day > 0 else f"the last day of {month}"


def months_in(days: Days) -> str:
    return f" in {listed([MONTHS[month - 1] for month in days.months])}" if days.months else ""


def counted(unit: str, interval: int) -> str:
    if interval == 1:
        return f"every {unit}"
    if interval == 2:
        return f"every other {unit}"
    return f"every {interval} {unit}s"


def ordinal(number: int) -> str:
    ending = "th" if number in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def clock(at: Clock) -> str:
    return f"{at[0]}:{at[1]:02}"


def listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
