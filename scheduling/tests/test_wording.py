"""Rules in people's words: what there are words for is told in them, and nothing is told as simpler than it is."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from scheduling.wording import day_and_time, in_words

NOW = datetime(2026, 3, 11, 15, 0, tzinfo=UTC)
CHICAGO = ZoneInfo("America/Chicago")


@pytest.mark.parametrize(
    ("rule", "english", "spanish"),
    [
        (
            "at 2026-03-12T09:00:00",
            "once, Thursday 2026-03-12 at 9:00",
            "una vez, el jueves 2026-03-12 a las 9:00",
        ),
        (
            "at 2026-03-11T18:20:00Z",
            "once, Wednesday 2026-03-11 at 13:20",
            "una vez, el miércoles 2026-03-11 a las 13:20",
        ),
        ("cron 30 8 * * 1-5", "every weekday at 8:30", "todos los días laborables a las 8:30"),
        ("cron 0 1 * * *", "every day at 1:00", "todos los días a la 1:00"),
        ("cron 0 9,17 * * *", "every day at 9:00 and 17:00", "todos los días a las 9:00 y a las 17:00"),
        ("cron 0 18 * * MON,THU", "every Monday and Thursday at 18:00", "todos los lunes y jueves a las 18:00"),
        ("cron 0 10 * * 0,6", "every Saturday and Sunday at 10:00", "todos los sábados y domingos a las 10:00"),
        ("cron 0 10 * * 7", "every Sunday at 10:00", "todos los domingos a las 10:00"),
        ("cron 0 9 * * 1#1", "on the first Monday of each month at 9:00", "el primer lunes de cada mes a las 9:00"),
        ("cron 0 16 * * 5L", "on the last Friday of each month at 16:00", "el último viernes de cada mes a las 16:00"),
        ("cron 0 17 L * *", "on the last day of each month at 17:00", "el último día de cada mes a las 17:00"),
        (
            "cron 0 17 LW * *",
            "on the last weekday of each month at 17:00",
            "el último día laborable de cada mes a las 17:00",
        ),
        (
            "cron 0 9 1,15,L * *",
            "on the 1st, the 15th and the last day of each month at 9:00",
            "los días 1 y 15 y el último día de cada mes a las 9:00",
        ),
        (
            "cron 0 9 1 1,4,7,10 *",
            "on the 1st of January, April, July and October at 9:00",
            "el día 1 de enero, abril, julio y octubre a las 9:00",
        ),
        ("cron 0 10 1 6 *", "every year on June 1 at 10:00", "cada año el 1 de junio a las 10:00"),
        ("cron 0 9 * 6 1", "every Monday in June at 9:00", "todos los lunes en junio a las 9:00"),
        ("cron */15 * * * *", "every 15 minutes", "cada 15 minutos"),
        ("cron 0 * * * *", "every hour", "cada hora"),
        (
            "cron 30 * * * *",
            "every hour, 30 minutes past the hour",
            "cada hora, 30 minutos después de la hora en punto",
        ),
        ("cron 0 */6 * * *", "every 6 hours", "cada 6 horas"),
        (
            "cron 0 9-17 * * 1-5",
            "every weekday, every hour from 9:00 to 17:00",
            "todos los días laborables, cada hora de 9:00 a 17:00",
        ),
        ("cron */30 8-11 * * *", "every 30 minutes from 8:00 to 11:30", "cada 30 minutos de 8:00 a 11:30"),
        ("cron 15 8,12 * * 2", "every Tuesday at 8:15 and 12:15", "todos los martes a las 8:15 y a las 12:15"),
        (
            "rrule 20260313T120000 FREQ=WEEKLY;INTERVAL=2;BYDAY=FR",
            "every other Friday at 12:00, from 2026-03-13 on",
            "cada 2 semanas, el viernes a las 12:00, desde el 2026-03-13",
        ),
        (
            "rrule 20260302T120000 FREQ=WEEKLY;INTERVAL=2;BYDAY=FR",
            "every other Friday at 12:00",
            "cada 2 semanas, el viernes a las 12:00",
        ),
        ("rrule 20260301T090000 FREQ=DAILY;INTERVAL=3", "every 3 days at 9:00", "cada 3 días a las 9:00"),
        (
            "rrule 20260301T090000 FREQ=DAILY;UNTIL=20260601T235959",
            "every day at 9:00, until 2026-06-01",
            "todos los días a las 9:00, hasta el 2026-06-01",
        ),
        (
            "rrule 20260310T090000 FREQ=DAILY;COUNT=5",
            "every day at 9:00, until 2026-03-14 at 9:00",
            "todos los días a las 9:00, hasta el 2026-03-14 a las 9:00",
        ),
        (
            "rrule 20260301T170000 FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "on the last weekday of each month at 17:00",
            "el último día laborable de cada mes a las 17:00",
        ),
        (
            "rrule 20260301T090000 FREQ=MONTHLY;INTERVAL=2",
            "every other month on the 1st at 9:00",
            "cada 2 meses, el día 1 a las 9:00",
        ),
        (
            "rrule 20260301T090000 FREQ=MONTHLY;BYDAY=2TU",
            "on the second Tuesday of each month at 9:00",
            "el segundo martes de cada mes a las 9:00",
        ),
        (
            "rrule 20240229T090000 FREQ=YEARLY;INTERVAL=4",
            "every 4 years on February 29 at 9:00",
            "cada 4 años el 29 de febrero a las 9:00",
        ),
        ("rrule 20260311T150000Z FREQ=MINUTELY;INTERVAL=90", "every 90 minutes", "cada 90 minutos"),
        (
            "cron 30 8 * * 1-5\ncron 0 10 * * 6",
            "every weekday at 8:30, and every Saturday at 10:00",
            "todos los días laborables a las 8:30, y todos los sábados a las 10:00",
        ),
    ],
)
def test_a_rule_in_both_languages(rule: str, english: str, spanish: str) -> None:
    assert in_words(rule, "en", CHICAGO, NOW) == english
    assert in_words(rule, "es-MX", CHICAGO, NOW) == spanish
    assert in_words(rule, "fr", CHICAGO, NOW) == english


@pytest.mark.parametrize(
    "rule",
    [
        "cron 0 9 13 * 5",  # the 13th and each Friday
        "cron 0 9 */2 * 1",
        "cron 1,5,7 * * * *",
        "cron 7-20 9 * * *",
        "cron 0 9 * * 1,5L",
        "cron 0,10 0-3,20-23 * * *",
        "rrule 20260301T090000 FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR",
        "rrule 20260301T090000 FREQ=MONTHLY;BYMONTHDAY=-2",
        "rrule 20260301T090000 FREQ=YEARLY;BYDAY=20MO",
        "rrule 20260301T090000 FREQ=YEARLY;BYWEEKNO=20",
        "rrule 20260301T090000 FREQ=YEARLY;BYDAY=-3MO;BYMONTH=5",
        "rrule 20260301T090000 FREQ=YEARLY;INTERVAL=2;BYDAY=1MO;BYMONTH=5",
        "rrule 20260301T090000 FREQ=MONTHLY;BYDAY=MO;INTERVAL=2",
        "rrule 20260301T090000 FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=2",
        "rrule 20260301T090000 FREQ=MONTHLY;BYDAY=MO;BYHOUR=9,17;BYSETPOS=2",
        "rrule 20260301T090000 FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1",
        "rrule 20260301T150000Z FREQ=DAILY;INTERVAL=2",
        "rrule 20260301T150000Z FREQ=MINUTELY;INTERVAL=90;UNTIL=20270101T000000Z",
        "rrule 20260301T093000 FREQ=HOURLY;INTERVAL=5;BYHOUR=9,10,11",
        "rrule 20260301T093000 FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11",
        "rrule 20260301T090000 FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,11",
        "rrule 20260301T090000 FREQ=DAILY;INTERVAL=2;BYDAY=MO",
    ],
)
def test_what_there_are_no_words_for_is_given_as_it_stands(rule: str) -> None:
    assert in_words(rule, "en", CHICAGO, NOW) == f"by the rule “{rule}”"
    assert in_words(rule, "es", CHICAGO, NOW) == f"según la regla «{rule}»"


def test_a_time_as_it_stands_in_a_list() -> None:
    at = datetime(2026, 3, 12, 14, 5, tzinfo=UTC).astimezone(CHICAGO)
    assert day_and_time(at, "en") == "Thu 2026-03-12 9:05"
    assert day_and_time(at, "es") == "jue 2026-03-12 9:05"
