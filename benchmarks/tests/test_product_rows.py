"""What the product's rows compute from what they saw: a wrong formula would make a good figure of a bad product."""

from __future__ import annotations

import pytest

from benchmarks import cache_cost, traffic
from benchmarks.cache_cost import Call, Rate
from benchmarks.history import expression
from benchmarks.isolation_cost.without import explicit
from benchmarks.latency.measure import percentile

RATE = Rate(full=2.0, read=0.1, written_5m=2.5, written_1h=4.0)


def test_the_ideal_writes_each_token_once_and_reads_it_in_every_later_call() -> None:
    calls = [
        Call(full=0, read=0, written_5m=100, written_1h=1000),
        Call(full=10, read=1100, written_5m=40, written_1h=0),
    ]
    assert cache_cost.ideal(calls, RATE) == 1100 * 2.5 + (1100 * 0.1 + 50 * 2.5)
    assert cache_cost.billed(calls, RATE) == (100 * 2.5 + 1000 * 4.0) + (10 * 2.0 + 1100 * 0.1 + 40 * 2.5)
    assert cache_cost.without_cache(calls, RATE) == (1100 + 1150) * 2.0
    assert cache_cost.system_only(calls, RATE) == 1000 * 2.5 + 1000 * 0.1 + (100 + 150) * 2.0


def test_a_new_session_in_between_is_no_conversation_to_compare() -> None:
    with pytest.raises(RuntimeError, match="shorter"):
        cache_cost.ideal([Call(10, 0, 0, 0), Call(5, 0, 0, 0)], RATE)


def test_without_policies_every_table_of_a_statement_names_the_tenant() -> None:
    rewritten = explicit(
        'SELECT "m"."id" FROM "m" INNER JOIN "c" ON ("m"."c_id" = "c"."id") LEFT OUTER JOIN "p" T4 ON (T4."id" = 1) '
        'INNER JOIN "tenants_app_tenant" ON ("m"."tenant_id" = "tenants_app_tenant"."id") WHERE "m"."x" = %s',
        "T",
    )
    assert """ INNER JOIN "c" ON ("c"."tenant_id" = 'T'::uuid AND "m"."c_id\"""" in rewritten
    assert """ LEFT OUTER JOIN "p" T4 ON (T4."tenant_id" = 'T'::uuid AND """ in rewritten
    assert 'JOIN "tenants_app_tenant" ON ("m"' in rewritten
    assert rewritten.endswith(""" WHERE "m"."tenant_id" = 'T'::uuid AND "m"."x" = %s""")


def test_without_policies_a_subquery_names_the_tenant_of_its_own_table() -> None:
    rewritten = explicit(
        'SELECT "d"."path", (SELECT U0."by" FROM "r" U0 WHERE (U0."d" = "d"."id") LIMIT 1) AS "by" '
        'FROM "d" WHERE (NOT EXISTS(SELECT 1 AS "a" FROM "e" U0 WHERE U0."d" = 1))',
        "T",
    )
    assert """ FROM "r" U0 WHERE U0."tenant_id" = 'T'::uuid AND (U0""" in rewritten
    assert """ FROM "d" WHERE "d"."tenant_id" = 'T'::uuid AND (NOT""" in rewritten
    assert """ FROM "e" U0 WHERE U0."tenant_id" = 'T'::uuid AND U0""" in rewritten


def test_a_statement_without_a_place_for_the_tenant_is_not_measured_as_if_it_had_one() -> None:
    with pytest.raises(ValueError, match="no place"):
        explicit('SELECT "m"."id" FROM "m"', "T")


def test_copies_refer_to_copies_and_what_must_be_unique_differs() -> None:
    assert "md5" in expression("messaging_turn", "session_id", "uuid", tenant="0")
    assert expression("messaging_turn", "tenant_id", "uuid", tenant="t").count("(t)") == 1
    assert expression("messaging_channelaccount", "token_id", "uuid", tenant="0") == 'r."token_id"'
    assert "|| '-' ||" in expression("messaging_message", "key", "character varying", tenant="0")
    assert expression("messaging_message", "text", "text", tenant="0") == 'r."text"'


def test_everybody_writes_in_turn_at_the_rate_that_was_asked_for() -> None:
    people = [{"account": "a", "phones": ["1", "2"]}, {"account": "b", "phones": ["3"]}]
    planned = traffic.arrivals(people, rate=50.0, seconds=40.0, name="test")
    assert 1800 < len(planned) < 2200
    assert {each.phone for each in planned[:3]} == {"1", "2", "3"}
    assert len({each.text for each in planned}) == len(planned)
    assert planned == traffic.arrivals(people, rate=50.0, seconds=40.0, name="test")


def test_the_99th_of_a_hundred_is_the_worst_but_none() -> None:
    assert percentile([float(value) for value in range(1, 101)], 99) == 100.0
    assert percentile([float(value) for value in range(1, 201)], 99) == 199.0
