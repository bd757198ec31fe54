"""The database goes away in the middle of a turn: nothing that was paid for is lost, and nobody waits for long."""

from __future__ import annotations

import os
from collections.abc import Callable

import psycopg
import pytest
from django.conf import settings

from messaging import recorder, turn_begin, turn_end, work
from messaging.models import Message, Turn, TurnStep, Work
from messaging.turns import run_turn
from messaging.worker import carry_turn
from tenants_app.models import UsageRow
from tenants_app.scope import tenant_scope
from tests.house import House, wait_for


@pytest.fixture
def cut_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have the server end every connection of the app when the product first reaches the point."""

    def arrange(point: str) -> None:
        waiting = [point]

        def fault(reached: str) -> None:
            if reached in waiting:
                waiting.remove(reached)
                with psycopg.connect(os.environ["DATABASE_ADMIN_URL"], autocommit=True) as admin:
                    admin.execute(
                        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s",
                        [settings.DATABASE_ROLES["app"]],
                    )

        for module in (turn_begin, turn_end, recorder):
            monkeypatch.setattr(module, "fault", fault)

    return arrange


def claimed(house: House, *replies: dict[str, object]) -> work.Claim:
    house.script(*(replies or [{"text": "Hello"}]))
    house.says("hello")
    claim = work.claim_next(Work.Kind.TURN)
    assert claim is not None
    return claim


def worked(house: House) -> list[str]:
    house.work()
    return house.sent()


@pytest.mark.parametrize("point", ["in_begin", "in_record", "after_record", "before_commit", "in_commit"])
def test_a_paid_reply_is_written_down_and_not_asked_for_again(
    house: House, cut_at: Callable[[str], None], point: str
) -> None:
    claim = claimed(house, {"content": [{"type": "tool_use", "name": "current_time", "input": {}}]}, {"text": "Hello"})
    cut_at(point)
    carry_turn(claim)
    house.work()
    assert house.sent() == ["Hello"]
    assert len(house.anthropic.calls(containing="/v1/messages")) == 2
    with tenant_scope(house.tenant):
        assert UsageRow.objects.count() == 2
        kinds = list(TurnStep.objects.order_by("number").values_list("kind", flat=True))
        assert kinds == ["user", "assistant", "tool_started", "tool_result", "assistant"]


def test_a_turn_whose_database_stays_away_is_taken_up_again_soon_and_not_when_its_lease_runs_out(
    house: House, cut_at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last word was to be written with its end, so Claude is asked for that once more; what it cost is booked."""
    claim = claimed(house, {"text": "Hello"}, {"text": "Hello again"})
    monkeypatch.setattr(turn_end, "insist", lambda write, *_: write(1))
    cut_at("in_commit")
    assert run_turn(claim).send is None
    with tenant_scope(house.tenant):
        assert Turn.objects.get().status == Turn.Status.OPEN
        assert Work.objects.get(kind=Work.Kind.TURN).lease_until is None
    assert wait_for(lambda: worked(house)) == ["Hello again"]
    assert len(house.anthropic.calls(containing="/v1/messages")) == 2
    with tenant_scope(house.tenant):
        assert Message.objects.filter(direction="out").count() == 1
        assert Turn.objects.get().claims == 2
        assert sorted(UsageRow.objects.values_list("assumed", flat=True)) == [False, True]


def test_an_epoch_whose_claim_was_lost_is_not_given_again(
    house: House, owner_connection: psycopg.Connection[object]
) -> None:
    """A claim need not reach the disk: after a crash its row may stand as it was before."""
    claim = claimed(house)
    owner_connection.execute(
        "UPDATE messaging_work SET epoch = 0, lease_until = NULL, due_at = now() WHERE id = %s", [claim.work_id]
    )
    work.wake_lane(claim.tenant_id, Work.Kind.TURN)
    second = work.claim_next(Work.Kind.TURN)
    assert second is not None
    assert second.epoch > claim.epoch
    third = work.claim_for(claim.tenant_id, claim.conversation_id, Work.Kind.TURN)
    assert third is None
