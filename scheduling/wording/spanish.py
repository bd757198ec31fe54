"""A pattern in Spanish. No Django."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from scheduling.wording.english import EVEN_END
from scheduling.wording.pattern import LAST, WORKING_DAYS, Clock, Days, Pattern, Times

WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
SEVERAL = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábados", "domingos")
MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
ORDINALS = {1: "primer", 2: "segundo", 3: "tercer", 4: "cuarto", 5: "quinto", LAST: "último"}


def words(pattern: Pattern) -> str:
    said = days_and_times(pattern.days, pattern.times)
    if pattern.start is not None:
        said += f", desde el {pattern.start:%Y-%m-%d}"
    if pattern.until is not None:
        said += f", hasta el {moment(pattern.until)}"
    return said


def once(at: datetime) -> str:
    return f"una vez, el {WEEKDAYS[at.weekday()]} {at:%Y-%m-%d} {at_clock((at.hour, at.minute))}"


def fallback(text: str) -> str:
    return f"según la regla «{text}»"


def both(parts: Sequence[str]) -> str:
    return ", y ".join(parts)


def moment(at: datetime) -> str:
    is_end = at.time().replace(second=0) == EVEN_END
    return f"{at:%Y-%m-%d}" if is_end else f"{at:%Y-%m-%d} {at_clock((at.hour, at.minute))}"


def days_and_times(days: Days, times: Times) -> str:
    if times.at:
        return f"{days_in(days)} {listed([at_clock(each) for each in times.at])}"
    each = every(times)
    return each if days.is_every_day else f"{days_in(days)}, {each}"


def every(times: Times) -> str:
    if times.minutes:
        said = "cada minuto" if times.minutes == 1 else f"cada {times.minutes} minutos"
    else:
        said = "cada hora" if times.hours == 1 else f"cada {times.hours} horas"
    if times.window is not None:
        return f"{said} de {clock(times.window[0])} a {clock(times.window[1])}"
    return f"{said}, {times.minute} minutos después de la hora en punto" if times.minute else said


def days_in(days: Days) -> str:
    if days.unit == "day":
        said = "todos los días" if days.interval == 1 else f"cada {days.interval} días"
        return said + months_in(days)
    if days.unit == "week":
        return weeks(days) + months_in(days)
    if days.unit == "year":
        said = "cada año" if days.interval == 1 else f"cada {days.interval} años"
        return f"{said} {date(days)}"
    which = month_days(days)
    if days.interval > 1:
        return f"cada {days.interval} meses, {which}" + months_in(days)
    return f"{which} de {listed([MONTHS[month - 1] for month in days.months]) if days.months else 'cada mes'}"


def weeks(days: Days) -> str:
    if days.interval > 1:
        return f"cada {days.interval} semanas, el {listed([WEEKDAYS[day] for day in days.weekdays])}"
    if tuple(days.weekdays) == WORKING_DAYS:
        return "todos los días laborables"
    return f"todos los {listed([SEVERAL[day] for day in days.weekdays])}"


def month_days(days: Days) -> str:
    if days.working_day:
        return f"el {ORDINALS[days.working_day]} día laborable"
    if days.nth:
        return listed([f"el {ORDINALS[which]} {WEEKDAYS[day]}" for day, which in days.nth])
    numbers = [str(day) for day in days.month_days if day > 0]
    last = ["el último día"] if LAST in days.month_days else []
    if not numbers:
        return last[0]
    return listed([f"el día {numbers[0]}" if len(numbers) == 1 else f"los días {listed(numbers)}", *last])


def date(days: Days) -> str:
    month, day = MONTHS[days.months[0] - 1], days.month_days[0]
    return f"el {day} de {month}" if day > 0 else f"el último día de {month}"


def months_in(days: Days) -> str:
    return f" en {listed([MONTHS[month - 1] for month in days.months])}" if days.months else ""


def clock(at: Clock) -> str:
    return f"{at[0]}:{at[1]:02}"


def at_clock(at: Clock) -> str:
    return f"{'a la' if at[0] == 1 else 'a las'} {clock(at)}"


def listed(parts: Sequence[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    return f"{', '.join(parts[:-1])} y {parts[-1]}"
