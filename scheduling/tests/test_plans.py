"""What becomes of a task's times: without a database, at chosen moments."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scheduling.plans import LATE, LEFT, MOST_TIMES, OVERTAKEN, QUIET, SINGLY, Due, Plan, Planned, plan
from scheduling.quiet import Quiet
from scheduling.rules import Rule, RuleError

CHICAGO, MADRID = ZoneInfo("America/Chicago"), ZoneInfo("Europe/Madrid")
DAILY = "cron 0 9 * * *"
NIGHT = Quiet(time(22), time(7), CHICAGO)


def at(text: str, zone: Any = CHICAGO) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def due(now: str | datetime, run_at: str | datetime, rule: str = DAILY, **fields: Any) -> Due:
    zone = fields.get("zone", CHICAGO)
    values: dict[str, Any] = {
        "now": at(now, zone) if isinstance(now, str) else now,
        "run_at": at(run_at, zone) if isinstance(run_at, str) else run_at,
        "rule": rule,
        "zone": zone,
        "placed_in": zone.key,
        "misfire": "once",
        "misfire_window": timedelta(hours=12),
        "misfire_most": 5,
        **fields,
    }
    for name in ("now", "run_at"):
        values[name] = values[name].astimezone(UTC)  # as the database gives them
    return Due(**values)


def told(found: Plan) -> list[tuple[str, str]]:
    """Each occurrence's time by Chicago's clocks, and when it runs or why it does not."""
    return [(local(each.scheduled_for), local(each.due_at) if each.due_at else each.reason) for each in rows(found)]


def rows(found: Plan) -> list[Planned]:
    return list(found.occurrences)


def local(moment: datetime) -> str:
    return f"{moment.astimezone(CHICAGO):%Y-%m-%d %H:%M}"


# --- times ------------------------------------------------------------------------------------------------------------


def test_on_time_it_runs_and_the_next_time_follows_from_the_intended_one() -> None:
    found = plan(due("2026-03-10T09:00:40", "2026-03-10T09:00"))
    assert told(found) == [("2026-03-10 09:00", "2026-03-10 09:00")]
    assert found.next_run_at == at("2026-03-11T09:00")


def test_once_has_no_next_time() -> None:
    found = plan(due("2026-03-10T09:00", "2026-03-10T09:00", "at 2026-03-10T09:00:00"))
    assert told(found) == [("2026-03-10 09:00", "2026-03-10 09:00")]
    assert found.next_run_at is None


def test_a_time_in_the_gap_of_the_clocks_runs_right_after_it() -> None:
    found = plan(due("2026-03-07T02:30", "2026-03-07T02:30", "cron 30 2 * * *"))
    assert found.next_run_at == at("2026-03-08T03:00")
    found = plan(due("2026-03-08T03:00", "2026-03-08T03:00", "cron 30 2 * * *"))
    assert told(found) == [("2026-03-08 03:00", "2026-03-08 03:00")]
    assert found.next_run_at == at("2026-03-09T02:30")


def test_a_time_that_comes_twice_runs_once() -> None:
    first = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)  # 1:30, still in daylight saving time
    found = plan(due(first, first, "cron 30 1 * * *"))
    assert found.next_run_at == at("2026-11-02T01:30")


def test_a_rule_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(RuleError):
        plan(due("2026-03-10T09:00", "2026-03-10T09:00", "whenever"))


# --- late -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("misfire", "expected"),
    [
        ("once", [("2026-03-10 09:00", "2026-03-10 09:00")]),
        ("all", [("2026-03-10 09:00", "2026-03-10 09:00")]),
        ("skip", [("2026-03-10 09:00", LATE)]),
    ],
)
def test_two_hours_late(misfire: str, expected: list[tuple[str, str]]) -> None:
    found = plan(due("2026-03-10T11:00", "2026-03-10T09:00", misfire=misfire))
    assert told(found) == expected
    assert found.next_run_at == at("2026-03-11T09:00")


@pytest.mark.parametrize("misfire", ["once", "all", "skip"])
def test_later_than_the_window_it_is_skipped_whatever_the_policy(misfire: str) -> None:
    found = plan(due("2026-03-10T21:01", "2026-03-10T09:00", misfire=misfire))
    assert told(found) == [("2026-03-10 09:00", LATE)]


def test_of_several_that_passed_the_newest_runs() -> None:
    found = plan(due("2026-03-10T11:30", "2026-03-10T08:00", "cron 0 * * * *"))
    assert told(found) == [
        ("2026-03-10 08:00", OVERTAKEN),
        ("2026-03-10 09:00", OVERTAKEN),
        ("2026-03-10 10:00", OVERTAKEN),
        ("2026-03-10 11:00", "2026-03-10 11:00"),
    ]
    assert found.next_run_at == at("2026-03-10T12:00")


def test_one_that_is_on_time_stands_for_those_that_passed() -> None:
    found = plan(due("2026-03-10T10:00:30", "2026-03-10T09:00", "cron 0 * * * *"))
    assert told(found) == [("2026-03-10 09:00", OVERTAKEN), ("2026-03-10 10:00", "2026-03-10 10:00")]


def test_all_of_them_up_to_a_number_and_within_the_window() -> None:
    fields: dict[str, Any] = {"misfire": "all", "misfire_most": 2, "misfire_window": timedelta(hours=4)}
    found = plan(due("2026-03-10T13:30", "2026-03-10T08:00", "cron 0 * * * *", **fields))
    assert told(found) == [
        ("2026-03-10 08:00", LATE),
        ("2026-03-10 09:00", LATE),
        ("2026-03-10 10:00", OVERTAKEN),
        ("2026-03-10 11:00", OVERTAKEN),
        ("2026-03-10 12:00", "2026-03-10 12:00"),
        ("2026-03-10 13:00", "2026-03-10 13:00"),
    ]


def test_skipping_skips_what_is_late_and_runs_what_is_on_time() -> None:
    found = plan(due("2026-03-10T10:00:30", "2026-03-10T09:00", "cron 0 * * * *", misfire="skip"))
    assert told(found) == [("2026-03-10 09:00", LATE), ("2026-03-10 10:00", "2026-03-10 10:00")]


# --- very many --------------------------------------------------------------------------------------------------------


def covered(occurrences: list[Planned], rule: str) -> list[datetime]:
    """Every time that the rows stand for, a stretch's too."""
    times: list[datetime] = []
    for row in occurrences:
        ahead = Rule(rule).after(row.scheduled_for - timedelta(seconds=1), CHICAGO)
        stretch = [next(ahead) for _ in range(row.times)]
        assert stretch[0] == row.scheduled_for
        assert (row.last_for or row.scheduled_for) == stretch[-1]
        times += stretch
    return times


def test_a_stretch_of_skipped_times_is_one_row_and_every_time_is_in_a_row() -> None:
    found = plan(due("2026-03-14T12:02", "2026-03-10T12:00", "cron */5 * * * *", misfire="skip"))
    occurrences = rows(found)
    assert occurrences[0].times == 4 * 288 + 1 - SINGLY
    assert len(occurrences) == 1 + SINGLY
    times = covered(occurrences, "cron */5 * * * *")
    assert len(times) == 4 * 288 + 1
    assert all(later - earlier == timedelta(minutes=5) for earlier, later in pairwise(times))


def test_a_stretch_has_one_reason() -> None:
    found = plan(due("2026-03-10T12:02", "2026-03-09T12:00", "cron */5 * * * *"))
    late, overtaken = rows(found)[:2]
    assert (late.reason, overtaken.reason) == (LATE, OVERTAKEN)
    assert local(overtaken.scheduled_for) == "2026-03-10 00:05"
    assert late.times + overtaken.times == 289 - 1 - SINGLY


def test_more_times_than_one_look_takes_lose_none_and_the_policy_holds_at_their_end() -> None:
    rule, now = "cron */5 * * * *", "2026-03-10T12:00:30"
    fields: dict[str, Any] = {"misfire": "all", "misfire_most": 50, "misfire_window": timedelta(days=30)}
    run_at, made, looks = at("2026-02-10T12:00"), list[Planned](), 0
    while True:
        looks += 1
        found = plan(due(now, run_at, rule, **fields))
        made += rows(found)
        assert found.next_run_at is not None
        if found.next_run_at > at(now):
            break
        run_at = found.next_run_at
    times = covered(made, rule)
    assert looks == 2
    assert len(times) == len(set(times)) > MOST_TIMES
    assert times[0] == at("2026-02-10T12:00")
    assert times[-1] == at("2026-03-10T12:00")
    assert len([row for row in made if row.due_at is not None]) == LEFT + 1  # and the one that is on time


# --- times that have a row already ------------------------------------------------------------------------------------


def test_a_time_that_somebody_asked_to_skip_is_left_out() -> None:
    found = plan(due("2026-03-10T09:00", "2026-03-10T09:00", taken={at("2026-03-10T09:00")}))
    assert told(found) == []
    assert found.next_run_at == at("2026-03-11T09:00")


def test_where_the_newest_was_to_be_skipped_the_one_before_it_runs() -> None:
    fields: dict[str, Any] = {"taken": {at("2026-03-10T10:00")}}
    found = plan(due("2026-03-10T10:30", "2026-03-10T09:00", "cron 0 * * * *", **fields))
    assert told(found) == [("2026-03-10 09:00", "2026-03-10 09:00")]


def test_a_skipped_time_at_the_beginning_of_a_stretch_does_not_swallow_it() -> None:
    rule = "cron */5 * * * *"
    found = plan(due("2026-03-10T12:02", "2026-03-08T12:00", rule, misfire="skip", taken={at("2026-03-08T12:00")}))
    assert sum(row.times for row in rows(found)) == 2 * 288


# --- quiet hours ------------------------------------------------------------------------------------------------------


def test_what_falls_into_the_night_waits_for_the_morning() -> None:
    found = plan(due("2026-03-10T23:30", "2026-03-10T23:30", "cron 30 23 * * *", quiet=NIGHT))
    assert told(found) == [("2026-03-10 23:30", "2026-03-11 07:00")]
    assert found.next_run_at == at("2026-03-11T23:30")


def test_after_midnight_too() -> None:
    found = plan(due("2026-03-10T03:00", "2026-03-10T03:00", "cron 0 3 * * *", quiet=NIGHT))
    assert told(found) == [("2026-03-10 03:00", "2026-03-10 07:00")]


def test_of_several_in_one_night_the_last_runs_and_none_where_one_comes_right_after() -> None:
    quiet = Quiet(time(22), time(7, 30), CHICAGO)
    three = plan(due("2026-03-10T03:00", "2026-03-10T03:00", "cron 0 */3 * * *", quiet=quiet))
    six = plan(due("2026-03-10T06:00", "2026-03-10T06:00", "cron 0 */3 * * *", quiet=quiet))
    assert told(three) == [("2026-03-10 03:00", QUIET)]
    assert told(six) == [("2026-03-10 06:00", "2026-03-10 07:30")]
    half_past_seven = plan(due("2026-03-10T07:00", "2026-03-10T07:00", "cron */30 * * * *", quiet=quiet))
    assert told(half_past_seven) == [("2026-03-10 07:00", QUIET)]


def test_where_the_last_of_the_night_is_to_be_skipped_the_one_before_it_waits() -> None:
    fields: dict[str, Any] = {"quiet": Quiet(time(22), time(7, 30), CHICAGO), "taken": {at("2026-03-10T06:00")}}
    found = plan(due("2026-03-10T03:00", "2026-03-10T03:00", "cron 0 */3 * * *", **fields))
    assert told(found) == [("2026-03-10 03:00", "2026-03-10 07:30")]
    assert found.next_run_at == at("2026-03-10T06:00")


def test_the_night_in_which_the_clocks_are_put_forward_ends_by_the_clock() -> None:
    found = plan(due("2026-03-07T23:00", "2026-03-07T23:00", "cron 0 23 * * *", quiet=NIGHT))
    [row] = rows(found)
    assert row.due_at == datetime(2026, 3, 8, 12, tzinfo=UTC)  # 7:00 in daylight saving time
    into_the_gap = Quiet(time(22), time(2, 30), CHICAGO)
    [row] = rows(plan(due("2026-03-07T23:00", "2026-03-07T23:00", "cron 0 23 * * *", quiet=into_the_gap)))
    assert row.due_at == at("2026-03-08T03:00")


def test_quiet_hours_are_those_of_the_business_where_the_task_has_a_zone_of_its_own() -> None:
    found = plan(due("2026-03-10T09:00", "2026-03-10T09:00", zone=MADRID, quiet=NIGHT))  # 3:00 in Chicago
    assert told(found) == [("2026-03-10 03:00", "2026-03-10 07:00")]


def test_one_that_is_late_does_not_run_in_the_night_either() -> None:
    found = plan(due("2026-03-10T22:30", "2026-03-10T18:00", "cron 0 18 * * *", quiet=NIGHT))
    assert told(found) == [("2026-03-10 18:00", "2026-03-11 07:00")]


def test_one_of_the_last_second_before_the_night_runs_in_its_first() -> None:
    found = plan(due("2026-03-10T22:00:20", "2026-03-10T21:59", "cron 59 21 * * *", quiet=NIGHT))
    assert told(found) == [("2026-03-10 21:59", "2026-03-10 21:59")]


@pytest.mark.parametrize(
    ("begins", "ends", "hours"),
    [
        ("2026-03-10T12:00", "2026-03-10T21:00", 0),
        ("2026-03-10T21:00", "2026-03-10T23:00", 1),
        ("2026-03-10T21:00", "2026-03-11T09:00", 9),
        ("2026-03-10T23:00", "2026-03-11T03:00", 4),
        ("2026-03-10T03:00", "2026-03-12T03:00", 4 + 9 + 5),
        ("2026-03-07T21:00", "2026-03-08T09:00", 8),  # the clocks are put forward
    ],
)
def test_how_long_it_was_quiet_between_two_moments(begins: str, ends: str, hours: int) -> None:
    assert NIGHT.lasted(at(begins), at(ends)) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("zone", "ends", "moment"),
    [
        ("America/New_York", time(1, 30), "2026-11-01T06:10+00:00"),
        ("Europe/Berlin", time(2, 30), "2026-10-25T01:10+00:00"),
    ],
)
def test_quiet_hours_that_end_in_an_hour_that_comes_twice_end_after_the_moment(
    zone: str, ends: time, moment: str
) -> None:
    now = datetime.fromisoformat(moment)  # in the second of the two hours
    until = Quiet(time(22), ends, ZoneInfo(zone)).until(now)
    assert until is not None
    assert timedelta() < until - now <= timedelta(minutes=20)


def test_quiet_hours_from_a_time_to_the_same_are_none() -> None:
    assert Quiet(time(9), time(9), CHICAGO).until(at("2026-03-10T09:00")) is None


# --- the zone changed and nobody placed the task anew -----------------------------------------------------------------


def test_a_zone_to_the_west_moves_the_time_on_without_running_it() -> None:
    nine_in_madrid = at("2026-03-10T09:00", MADRID)
    found = plan(due(nine_in_madrid, nine_in_madrid, placed_in="Europe/Madrid"))
    assert told(found) == []
    assert found.next_run_at == at("2026-03-10T09:00")


def test_a_time_that_has_passed_in_a_zone_to_the_east_comes_late_and_is_not_lost() -> None:
    nine = at("2026-03-10T09:00")
    found = plan(due(nine, nine, zone=MADRID, placed_in="America/Chicago"))
    [row] = rows(found)
    assert (row.scheduled_for, row.due_at) == (at("2026-03-10T09:00", MADRID), at("2026-03-10T09:00", MADRID))
    assert found.next_run_at == at("2026-03-11T09:00", MADRID)


def test_of_two_times_a_day_none_is_lost_in_a_zone_to_the_east() -> None:
    noon, rule = at("2026-03-10T12:00"), "cron 0 9,12 * * *"
    found = plan(due(noon, noon, rule, zone=MADRID, placed_in="America/Chicago"))
    assert [row.scheduled_for for row in rows(found)] == [at("2026-03-10T12:00", MADRID)]
    assert found.next_run_at == at("2026-03-11T09:00", MADRID)


def test_what_comes_every_hour_goes_on_in_another_zone() -> None:
    nine, rule = at("2026-03-10T09:00"), "cron 0 * * * *"
    for zone in (MADRID, ZoneInfo("Pacific/Honolulu")):
        found = plan(due(nine, nine, rule, zone=zone, placed_in="America/Chicago"))
        assert [row.due_at for row in rows(found)] == [nine]
        assert found.next_run_at == at("2026-03-10T10:00")


def test_once_runs_late_where_its_time_has_passed_in_the_new_zone() -> None:
    nine, rule = at("2026-03-10T09:00"), "at 2026-03-10T09:00:00"
    found = plan(due(nine, nine, rule, zone=MADRID, placed_in="America/Chicago"))
    [row] = rows(found)
    assert (row.scheduled_for, row.due_at) == (at("2026-03-10T09:00", MADRID), at("2026-03-10T09:00", MADRID))
    assert found.next_run_at is None


def test_an_instant_is_the_same_in_every_zone() -> None:
    nine, rule = at("2026-03-10T09:00"), "at 2026-03-10T14:00:00Z"
    found = plan(due(nine, nine, rule, zone=MADRID, placed_in="America/Chicago"))
    assert [row.due_at for row in rows(found)] == [nine]
