"""Nothing on a message's way grows with the number of tenants, or with how long people have been writing."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.growth import judge
from tests.growth.measure import Measured, rounds

pytestmark = pytest.mark.timeout(600)  # the first test waits for all that is measured

# Each keeps one statement from reading a history, or all tenants: how that statement reads.
INDEXES = {
    "delivery_open": "FROM messaging_delivery o",
    "delivery_held": "UPDATE messaging_delivery SET status = ?",
    "delivery_external": '"messaging_delivery"."external_id" = ?',
    "work_due": "FROM messaging_work w",
    "lane_next": "FROM messaging_lane l",
    "reservation_expires": "FROM tenants_app_reservation r",
    "document_shown": '"memory_document"."changed_at" AS',
    "document_place": 'COLLATE "C"',
    "fact_held_of": 'FROM "memory_fact"',
    "fact_ends_of": 'FROM "memory_fact"',
    "turn_one_open": "( SELECT id FROM messaging_turn WHERE",
}
RARELY = ("metrics", "tidy")  # once a minute, not for each message


def lines(found: Iterable[str]) -> str:
    return "\n".join(sorted(set(found)))


def test_it_asks_as_often_at_every_size(measured: Measured) -> None:
    assert lines(judge.more_queries(measured.fresh[1], measured.fresh[10])) == ""
    assert lines(judge.more_queries(measured.fresh[1], measured.fresh[100])) == ""


def test_no_table_of_tenants_is_read_from_end_to_end(measured: Measured) -> None:
    assert lines(judge.whole_tables(measured.fresh[100])) == ""


def test_it_touches_as_many_pages_at_every_size(measured: Measured) -> None:
    assert lines(judge.more_pages(measured.fresh[10], measured.fresh[100], judge.DEEPER)) == ""
    assert lines(judge.more_pages(measured.fresh[1], measured.fresh[100], judge.FROM_ONE)) == ""
    assert lines(judge.growing_statements(measured.fresh[10], measured.fresh[100])) == ""


def test_plans_made_for_a_tenth_of_it_hold_until_it_is_counted_anew(measured: Measured) -> None:
    """Connections last, and so do plans: those inside functions and of foreign keys were made when it was small."""
    stale = {name: seen for name, seen in measured.stale[100].items() if not name.startswith(RARELY)}
    assert lines(judge.more_pages(measured.fresh[100], stale, judge.STALE)) == ""


def test_growth_would_be_noticed(measured: Measured) -> None:
    with measured.world.without_indexes(INDEXES):
        seen = rounds(measured.world, 1)
    found = lines([*judge.growing_statements(measured.fresh[10], seen), *judge.whole_tables(seen)])
    assert [index for index, statement in INDEXES.items() if statement not in found] == []
