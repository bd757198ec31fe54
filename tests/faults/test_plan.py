from __future__ import annotations

from dataclasses import replace

import pytest

from tests.faults.bugs import BUGS
from tests.faults.cast import APP_SECRETS
from tests.faults.conductor import Conductor
from tests.faults.evidence import Fired, Injected
from tests.faults.figures import Spread, under_way_at_kills
from tests.faults.plan import INGREDIENTS, Plan, make_plan
from tests.faults.points import PROVOKE, cases
from tests.faults.test_checker import posted, run, sent
from tests.faults.tokens import parse


def letters(plan: Plan) -> list[str]:
    found = [(step.at, [step.values]) for step in plan.steps if step.what == "letter"]
    found += [(step.at, step.values["letters"]) for step in plan.steps if step.what == "batch"]
    return [letter["token"] for _, each in sorted(found, key=lambda row: row[0]) for letter in each]


@pytest.mark.parametrize("seed", range(5))
def test_a_seed_brings_the_same_plan_every_time(seed: int) -> None:
    assert make_plan(seed, 200) == make_plan(seed, 200)
    assert make_plan(seed, 200) != make_plan(seed + 1, 200)


def test_where_the_chats_begin_changes_nothing_else() -> None:
    near, far = make_plan(3, 200), make_plan(3, 200, first_chat=41)
    assert [(step.at, step.what) for step in near.steps] == [(step.at, step.what) for step in far.steps]
    assert not set(letters(near)) & set(letters(far))


def test_every_message_has_its_own_token_in_the_order_of_its_chat() -> None:
    plan = make_plan(7, 500)
    tokens = letters(plan)
    assert len(set(tokens)) == len(tokens) >= 500
    for place in {parse(token).place for token in tokens}:
        numbers = [parse(token).number for token in tokens if parse(token).place == place]
        assert numbers == sorted(numbers)


def test_a_batch_holds_only_messages_that_one_app_may_bring() -> None:
    batches = [step for seed in range(10) for step in make_plan(seed, 200).steps if step.what == "batch"]
    assert batches
    for batch in batches:
        tokens = [parse(letter["token"]) for letter in batch.values["letters"]]
        assert {token.channel for token in tokens} == {"whatsapp"}
        assert len({APP_SECRETS[token.tenant] for token in tokens}) == 1
    tenants = [{parse(letter["token"]).tenant for letter in batch.values["letters"]} for batch in batches]
    assert {1, 2} in tenants


def test_a_plan_holds_every_kind_of_trouble_and_each_can_be_carried_out() -> None:
    plans = [make_plan(seed, 200) for seed in range(5)]
    names = {step.what for plan in plans for step in plan.steps}
    assert {name for name in names if not callable(getattr(Conductor, name, None))} == set()
    assert names >= {
        "kill",
        "pause",
        "arm",
        "flush",
        "restart_valkey",
        "valkey_down",
        "restart_postgres",
        "net",
        "fault",
    }
    kinds = {step.values["fault"]["kind"] for plan in plans for step in plan.steps if step.what == "fault"}
    assert kinds >= {"rate_limit", "overloaded", "hang", "half_answer", "cut", "lost_answer", "duplicate", "reorder"}


def test_only_what_is_asked_for_is_in_a_plan() -> None:
    plain = make_plan(1, 100, only=())
    assert set(plain.counts()) == {"letter"}
    armed = make_plan(1, 100, only=("flush", "points:after_tool:kill"))
    assert set(armed.counts()) == {"letter", "flush", "arm"}
    with pytest.raises(ValueError, match="no storm"):
        make_plan(1, 100, only=("storm",))


@pytest.mark.parametrize("name", BUGS)
def test_what_a_bug_needs_is_what_a_plan_can_hold(name: str) -> None:
    plan = make_plan(1, 50, only=BUGS[name].needs)
    wanted = {need for need in BUGS[name].needs if not need.startswith("points:")}
    assert wanted <= set(INGREDIENTS)
    assert plan.steps


def test_every_point_has_its_cases_and_no_provocation_is_for_a_point_that_is_gone() -> None:
    every = cases()
    assert len(every) == len(set(every))
    assert {case.action for case in every} == {"kill", "pause", "cut"}
    assert {point for point, _ in PROVOKE} <= {case.point for case in every}


def test_a_wait_is_counted_from_the_last_death_on_its_way() -> None:
    token = "q1xwx07x0001z"
    kill = Fired(at=12.0, point="in_claim", action="kill", process="worker", pid=1)
    evidence = run(
        posted=(posted(10.0, token),),
        sends=(sent(20.0, token),),
        fired=(kill, replace(kill, at=25.0), replace(kill, at=15.0, action="pause")),
        injected=(Injected(at=14.0, what="kill web"), Injected(at=9.0, what="kill worker")),
    )
    assert under_way_at_kills(evidence) == [6.0]


def test_a_spread_shows_the_worst() -> None:
    assert Spread.of([]) is None
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(count=3, p50=2.0, p95=3.0, most=3.0)
