"""What is held by workers that died or stopped, what is started at once, and what was over long ago."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import redis
from django.utils import timezone

from messaging import handover, work
from messaging.hints import QUEUE, publisher
from messaging.models import Message, Turn, Work, WorkerBeat
from messaging.turn_begin import begin
from messaging.worker import Worker
from scheduling import acting, claims, engine, pruning, ticking
from scheduling.claims import Claim, LeaseLost, Rounds, free_own, free_silent
from scheduling.engine import Engine
from scheduling.models import Occurrence, Task
from scheduling.settling import WAITED
from tenants_app.scope import tenant_scope
from tests.house import House, wait_for
from tests.schedules import Clock, State, agenda, carry, make, meets, now, occurrences, run, states
from tests.test_deliveries import drain
from tests.test_handover import let_the_pause_end

GONE = "gone:1"  # a worker


def claimed(count: int = 1) -> list[Claim]:
    ticking.tick()
    found = Rounds().claim()
    assert len(found) == count
    return found


def held_by(house: House, worker: str, seconds_ago: float) -> None:
    """As if that worker had claimed all there is, so long ago."""
    until = now() + claims.lease() - timedelta(seconds=seconds_ago)
    with tenant_scope(house.tenant):
        Occurrence.objects.update(worker=worker, lease_until=until, due_at=until)


def swept(worker: str, seconds_ago: float) -> None:
    at = timezone.now() - timedelta(seconds=seconds_ago)
    WorkerBeat.objects.update_or_create(worker=worker, defaults={"started_at": at, "swept_at": at})


# --- what dead workers hold -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("beat", [None, 25.0])
def test_what_a_dead_worker_holds_is_taken_up_once(house: House, beat: float | None) -> None:
    make(house, meets(house))
    [lost] = claimed()
    held_by(house, GONE, seconds_ago=25)
    if beat is not None:
        swept(GONE, beat)
    assert Rounds().claim() == []
    assert free_silent() == 1
    assert free_silent() == 0
    [taken] = Rounds().claim()
    with pytest.raises(LeaseLost):
        acting.act(lost)
    acting.act(taken)
    drain(house)
    assert len([text for text in house.sent() if "⏰" in text]) == 1
    assert states(house) == [(State.DONE, "")]


def test_who_comes_back_before_anybody_took_it_up_still_does_it_once(house: House) -> None:
    make(house, meets(house))
    [paused] = claimed()
    held_by(house, GONE, seconds_ago=25)
    assert free_silent() == 1
    acting.act(paused)
    assert Rounds().claim() == []
    assert states(house) == [(State.DONE, "")]


@pytest.mark.parametrize(("beat", "claimed_ago"), [(1.0, 100.0), (None, 15.0), (100.0, 15.0)])
def test_what_a_living_worker_holds_or_was_just_renewed_stays_its_own(
    house: House, beat: float | None, claimed_ago: float
) -> None:
    make(house, meets(house))
    claimed()
    held_by(house, GONE, claimed_ago)
    if beat is not None:
        swept(GONE, beat)
    assert free_silent() == 0
    assert Rounds().claim() == []


def test_a_living_worker_whose_clock_is_slow_keeps_its_own(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    make(house, meets(house))
    claimed()
    held_by(house, work.WORKER, seconds_ago=25)
    slow = timezone.now() - timedelta(seconds=30)
    for _ in range(2):  # its first beat makes the row, the next change it
        with monkeypatch.context() as patched:
            patched.setattr(timezone, "now", lambda: slow)
            Worker().beat()
        assert free_silent() == 0


def test_what_is_put_off_for_another_reason_is_not_touched(house: House) -> None:
    make(house, meets(house))
    ticking.tick()
    later = now() + timedelta(hours=3)
    with tenant_scope(house.tenant):
        Occurrence.objects.update(due_at=later)
    assert (free_silent(), free_own()) == (0, 0)
    assert [row.due_at for row in occurrences(house)] == [later]


def test_who_is_at_one_of_them_is_not_waited_for(house: House) -> None:
    make(house, meets(house))
    claimed()
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as other:
        other.execute("SELECT FROM scheduling_occurrence FOR UPDATE")
        assert free_own() == 0
    assert free_own() == 1


@contextmanager
def running(made: Engine) -> Iterator[None]:
    made.start()
    try:
        yield
    finally:
        made.stop()
        assert made._thread is not None
        made._thread.join(20)


def test_a_worker_that_starts_takes_up_what_one_of_its_name_held(house: House) -> None:
    make(house, meets(house))
    claimed()
    held_by(house, work.WORKER, seconds_ago=1)
    with running(Engine()):
        wait_for(lambda: states(house) == [(State.DONE, "")])


def test_a_running_engine_looks_for_what_dead_workers_hold(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "FREE_SECONDS", 0.1)
    make(house, meets(house))
    claimed()
    held_by(house, GONE, seconds_ago=25)
    with running(Engine()):
        wait_for(lambda: states(house) == [(State.DONE, "")])


def test_a_worker_that_stops_gives_back_what_it_has_not_begun(house: House, settings: Any) -> None:
    settings.SCHEDULE_THREADS = 1
    conversation = meets(house)
    for number in range(3):
        make(house, conversation, title=str(number))
    made = Engine()
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as other:
        other.execute("SELECT FROM messaging_conversation FOR UPDATE")  # its first waits for the chat
        with running(made):
            wait_for(lambda: [row.worker for row in occurrences(house)] == [work.WORKER] * 3)
            wait_for(lambda: is_waited_for(other))
        assert sum(row.due_at is not None and row.due_at <= now() for row in occurrences(house)) >= 2
        other.rollback()
    made._threads.shutdown()
    assert [state for state, _ in states(house)].count(State.DONE) == 1, "the one that was begun"
    assert len(Rounds().claim()) == 2, "at once, by anybody"


def is_waited_for(other: psycopg.Connection[Any]) -> bool:
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as looking:
        found = looking.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))", [other.info.backend_pid]
        ).fetchone()
    return found is not None and found[0] > 0


# --- what is started at once ------------------------------------------------------------------------------------------


def test_a_reminder_leaves_without_waiting_for_a_sweep(
    house: House, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(house, meets(house))
    settings.SWEEP_SECONDS = 3600.0
    own = Worker()
    monkeypatch.setattr(engine, "worker", own)
    own.start()
    try:
        Engine().look()
        wait_for(lambda: [text for text in house.sent() if "⏰" in text])
    finally:
        own.stop()


def hinted(settings: Any) -> list[list[Any]]:
    """The hints that workers were given since it was asked last."""
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        letters = [json.loads(letter) for letter in broker.lrange(QUEUE, 0, -1)]
        broker.delete(QUEUE)
    return [json.loads(base64.b64decode(letter["body"]))[0] for letter in letters]


def test_a_worker_is_told_of_a_tasks_turn_once(house: House, settings: Any) -> None:
    conversation = meets(house)
    agenda(house, conversation)
    hinted(settings)
    agenda(house, conversation, title="Another")
    run()
    [[due, tenant_id, chat_id]] = wait_for(lambda: hinted(settings))
    assert (tenant_id, chat_id) == (str(house.tenant.pk), str(conversation.pk))
    assert abs(due - timezone.now().timestamp()) < 60
    with tenant_scope(house.tenant):
        turn = Work.objects.get(conversation=conversation, kind=Work.Kind.TURN)
    assert (turn.hinted, turn.lease_until) == (True, None)
    agenda(house, conversation, title="A third")
    run()
    publisher.publish(timezone.now(), house.tenant.pk, house.tenant.pk)  # they come in order
    assert [chat for _, _, chat in wait_for(lambda: hinted(settings))] == [str(house.tenant.pk)]


# --- what waited for too long -----------------------------------------------------------------------------------------


def test_a_task_that_waits_for_the_team_longer_than_it_is_worth_is_not_done(house: House, clock: Clock) -> None:
    conversation = meets(house)
    agenda(house, conversation, misfire_seconds=3600)
    run()
    handover.take(conversation, "operator:olivia")
    carry(house)
    clock.step(timedelta(minutes=59))
    carry(house)
    assert states(house) == [(State.RUNNING, "")]
    clock.step(timedelta(minutes=61))
    carry(house)
    assert states(house) == [(State.SKIPPED, WAITED)]
    let_the_pause_end(house)
    calls = len(house.anthropic.calls(containing="/v1/messages"))
    carry(house)
    assert len(house.anthropic.calls(containing="/v1/messages")) == calls
    house.script({"text": "Good morning."})
    house.says("good morning")
    house.work()
    assert house.sent() == ["Hi Alice.", "Good morning."]
    with tenant_scope(house.tenant):
        turns = list(Turn.objects.order_by("number"))
        assert [(turn.status, turn.reason) for turn in turns[1:]] == [("silent", WAITED), ("answered", "")]
        assert Message.objects.get(kind="task").turn == turns[1], "it stays in the history"


def test_one_whose_turn_has_begun_is_done_however_late(house: House, clock: Clock) -> None:
    agenda(house, meets(house), misfire_seconds=60)
    run()
    claim = work.claim_next(Work.Kind.TURN)
    assert claim is not None
    begin(claim)
    clock.step(timedelta(hours=2))
    run()
    assert states(house) == [(State.RUNNING, "")]


# --- what was over long ago -------------------------------------------------------------------------------------------


def was(house: House, task: Task, days: float, **fields: Any) -> Occurrence:
    """A time of the task so many days ago, with an id of that day."""
    at = timezone.now() - timedelta(days=days)
    row = {"state": State.DONE, "scheduled_for": at, "began_at": at, "ended_at": at, "output": "said", **fields}
    with tenant_scope(house.tenant):
        return Occurrence.objects.create(tenant=house.tenant, task=task, **row)


@pytest.fixture
def long_ago(owner_connection: psycopg.Connection[Any]) -> Any:
    """Give rows ids as they were made when they were due."""

    def set_ids() -> None:
        owner_connection.execute(
            "UPDATE scheduling_occurrence SET id = (lpad(to_hex(floor(extract(epoch FROM scheduled_for) * 1000)"
            "::bigint), 12, '0') || right(replace(id::text, '-', ''), 20))::uuid"
        )

    return set_ids


def left(house: House, task: Task) -> list[int]:
    """Of how many days ago those are that are left."""
    return [(timezone.now() - row.scheduled_for).days for row in occurrences(house, task)]


def test_what_was_over_long_ago_goes_but_for_what_the_task_is_told_next_time(house: House, long_ago: Any) -> None:
    conversation = meets(house)
    yearly = make(house, conversation, next_run_at=timezone.now() + timedelta(days=9), title="yearly")
    weekly = make(house, conversation, next_run_at=timezone.now() + timedelta(days=9), title="weekly")
    for days in (1500, 1200, 800, 400, 100):
        was(house, yearly, days)
    was(house, yearly, 500, state=State.SKIPPED)
    was(house, yearly, 450, state=State.DUE, due_at=timezone.now() + timedelta(days=1), ended_at=None)
    for days in (120, 100, 80, 70, 60, 50):
        was(house, weekly, days)
    long_ago()
    assert pruning.prune() == 2 + 1 + 2
    assert left(house, yearly) == [800, 450, 400, 100]
    assert left(house, weekly) == [80, 70, 60, 50]
    assert pruning.prune() == 0


def test_a_stretch_that_ended_lately_stays(house: House, long_ago: Any) -> None:
    task = make(house, meets(house), next_run_at=timezone.now() + timedelta(days=9))
    was(house, task, 200, state=State.SKIPPED, last_for=timezone.now() - timedelta(days=5), times=9)
    was(house, task, 199, state=State.SKIPPED, ended_at=timezone.now() - timedelta(days=5))
    long_ago()
    assert pruning.prune() == 0


def test_a_task_that_is_done_goes_with_its_last_time_and_what_was_said_stays(house: House, long_ago: Any) -> None:
    conversation = meets(house)
    old = make(house, conversation)
    carry(house)
    fresh = make(house, conversation, title="fresh")
    carry(house)
    paused = make(house, conversation, title="paused", state=Task.State.PAUSED, next_run_at=None)
    for task in (paused, paused, paused, paused):
        was(house, task, 100 + len(occurrences(house)), state=State.FAILED)
    with tenant_scope(house.tenant):
        days_ago = timezone.now() - timedelta(days=100)
        Occurrence.objects.filter(task=old).update(scheduled_for=days_ago, ended_at=days_ago)
        Task.objects.filter(pk__in=[old.pk, paused.pk]).update(changed_at=days_ago)
        said = Message.objects.count()
    long_ago()
    assert pruning.prune() == 5
    with tenant_scope(house.tenant):
        assert set(Task.objects.values_list("pk", flat=True)) == {fresh.pk, paused.pk}
        assert Message.objects.count() == said


def test_outputs_that_a_task_is_told_stay_though_it_said_nothing_since(house: House, long_ago: Any) -> None:
    task = make(house, meets(house), next_run_at=timezone.now() + timedelta(days=9))
    was(house, task, 200)
    for days in (150, 140, 130):
        was(house, task, days, output="")
    long_ago()
    assert pruning.prune() == 3
    assert left(house, task) == [200]


def test_a_done_task_that_was_changed_lately_or_is_locked_goes_in_the_end(house: House, long_ago: Any) -> None:
    task = make(house, meets(house), state=Task.State.DONE, next_run_at=None)
    was(house, task, 100)
    long_ago()
    assert pruning.prune() == 0, "it was changed lately"
    with tenant_scope(house.tenant):
        Task.objects.update(changed_at=timezone.now() - timedelta(days=100))
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as other:
        other.execute("SELECT FROM scheduling_task FOR UPDATE")
        assert pruning.prune() == 0, "somebody is at it"
    assert pruning.prune() == 1
    with tenant_scope(house.tenant):
        assert not Task.objects.exists()


def test_each_batch_begins_behind_the_one_before(house: House, long_ago: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has to stay is not looked at again."""
    monkeypatch.setattr(pruning, "BATCH", 2)
    task = make(house, meets(house), next_run_at=timezone.now() + timedelta(days=9))
    for days in range(100, 110):
        was(house, task, days, state=State.SKIPPED)
    long_ago()
    begun: list[Any] = []
    batch = pruning.batch

    def watched(after: Any) -> Any:
        begun.append(after)
        return batch(after)

    monkeypatch.setattr(pruning, "batch", watched)
    assert pruning.prune() == 10
    assert len(begun) == 6
    assert begun == sorted(set(begun))
