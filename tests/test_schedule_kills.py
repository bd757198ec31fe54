"""Four tickers and four runners, killed and paused at random: every time of every task becomes what it should, once.

`SCHEDULE_KILLS=20` does twenty times as much. The seed is printed; `SCHEDULE_SEED` sets it.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from messaging import work
from messaging.models import ChannelAccount, Conversation, Delivery, Message
from scheduling.models import Occurrence, Task
from scheduling.plans import LATE, OVERTAKEN
from scheduling.rules import Rule
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope
from tenants_app.vault import put_secret
from tests.fixtures import make_tenant
from tests.house import wait_for

ROOT = Path(__file__).resolve().parent.parent
TIMES = int(os.environ.get("SCHEDULE_KILLS", "1"))
TENANTS = 4
ONCE, OFTEN = 60, 5  # tasks of each tenant and round of one time, and of many
MOST = 10  # of the many are run, the newest
LEASE = 2.0  # seconds
A_LITTLE = 10  # tasks and occurrences
State = Occurrence.State
Act = Callable[[random.Random, int], None]


@dataclass
class Troop:
    """The processes that live now, by what they are."""

    process: subprocess.Popen[str]
    roles: dict[int, str] = field(default_factory=dict)
    started: Counter[str] = field(default_factory=Counter)

    def follow(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            role, pid = line.split()
            self.started[role] += 1
            self.roles[int(pid)] = role


@contextmanager
def troop() -> Iterator[Troop]:
    environment = {**os.environ, "PROXYSTAFF_PROCESS": "worker", "DATABASE_POOL": "4", "LOG_LEVEL": "CRITICAL"}
    environment |= {"OCCURRENCE_LEASE_SECONDS": str(LEASE)}
    command = [sys.executable, "-m", "tests.schedule_runner", "tick=4", "run=4"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    all_of_them = Troop(process)
    reader = threading.Thread(target=all_of_them.follow, daemon=True)
    reader.start()
    try:
        yield all_of_them
    finally:
        for pid in list(all_of_them.roles):
            send(pid, signal.SIGCONT)
        process.communicate("", timeout=60)


def send(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def kill(chance: random.Random, pid: int) -> None:
    send(pid, signal.SIGKILL)


def pause(chance: random.Random, pid: int) -> None:
    """Longer than its lease, then it goes on where it was."""
    if send(pid, signal.SIGSTOP):
        threading.Timer(LEASE * chance.uniform(1.1, 1.6), send, (pid, signal.SIGCONT)).start()


def people(count: int) -> list[tuple[Tenant, Conversation]]:
    """A tenant each with a chat in which its owner has written."""
    made = []
    for number in range(count):
        tenant = make_tenant(f"t{number}", proactive_limit=30_000)
        with tenant_scope(tenant):
            token = put_secret(tenant, "token", "x")
            account = ChannelAccount.objects.create(
                tenant=tenant, kind="telegram", external_id=str(number), token=token
            )
            owner = Contact.objects.create(tenant=tenant, role=Contact.Role.OWNER, name="Alice")
            chat = Conversation.objects.create(
                tenant=tenant, account=account, contact=owner, chat_id="1", last_inbound_at=datetime.now(UTC)
            )
            work.ensure_rows(tenant.pk, chat.pk)
        made.append((tenant, chat))
    return made


def add_tasks(chance: random.Random, tenant: Tenant, chat: Conversation) -> None:
    """Each was due at a moment of its own, and since; the text tells whose a message is."""
    now = datetime.now(UTC).replace(microsecond=0)
    tasks = []
    for number in range(ONCE + OFTEN):
        often = number < OFTEN
        first = now - timedelta(seconds=chance.randrange(7 * 86400, 9 * 86400) if often else chance.randrange(36000))
        rule = f"rrule {first:%Y%m%dT%H%M%SZ} FREQ=MINUTELY;INTERVAL=75" if often else f"at {first:%Y-%m-%dT%H:%M:%SZ}"
        tasks.append(
            Task(
                tenant=tenant,
                contact=chat.contact,
                conversation=chat,
                title=str(number),
                instruction=uuid.uuid4().hex,
                rule=rule,
                next_run_at=first,
                placed_in=tenant.timezone,
                misfire="all" if often else "once",
                misfire_most=MOST,
                misfire_seconds=30 * 86400,
            )
        )
    with tenant_scope(tenant):
        Task.objects.bulk_create(tasks)


def left(owner: psycopg.Connection[Any]) -> int:
    """How much is still to be done."""
    counted: int = owner.execute(
        "SELECT (SELECT count(*) FROM scheduling_task WHERE next_run_at <= now())"
        " + (SELECT count(*) FROM scheduling_occurrence WHERE state = 'due')"
    ).fetchall()[0][0]
    return counted


def trouble(chance: random.Random, owner: psycopg.Connection[Any], acts: list[Act]) -> Counter[str]:
    """Send some process to its end, or to sleep, whenever a little was done, until all is done."""
    done: Counter[str] = Counter()
    with troop() as processes:
        wait_for(lambda: len(processes.roles) == 8, 60)
        while before := left(owner):
            wanted, until = before - chance.randrange(2 * A_LITTLE), time.monotonic() + LEASE
            while left(owner) > wanted and time.monotonic() < until:
                time.sleep(chance.uniform(0, 0.03))
            act = chance.choice(acts)
            pid, role = chance.choice(wait_for(lambda: list(processes.roles.items())))
            if act is kill:
                del processes.roles[pid]
            act(chance, pid)
            done[f"{act.__name__} {role}"] += 1
            assert processes.process.poll() is None
    return done


# --- what must be so --------------------------------------------------------------------------------------------------


def judge(tenant: Tenant) -> Counter[str]:
    """Every time of every task has its row, and every row that ran its one message."""
    with tenant_scope(tenant):
        rows = list(Occurrence.objects.select_related("message").order_by("scheduled_for"))
        texts = list(Message.objects.filter(direction="out").values_list("pk", "text"))
        sent = Counter(Delivery.objects.values_list("message", flat=True))
        tasks = list(Task.objects.all())
    assert {row.state for row in rows} <= {State.DONE, State.SKIPPED}
    assert all(row.reason in (LATE, OVERTAKEN) for row in rows if row.state == State.SKIPPED)
    said = [row.message_id for row in rows if row.state == State.DONE]
    assert sorted(map(str, said)) == sorted(str(pk) for pk, _ in texts), "a message of none, or of two, or none"
    assert set(sent.values()) == {1}
    assert len(sent) == len(texts)
    by_words = Counter(word for _, text in texts for word in text.split() if len(word) == 32)
    for task in tasks:
        own = [row for row in rows if row.task_id == task.pk]
        times_hold(task, own)
        assert by_words[task.instruction] == sum(row.state == State.DONE for row in own)
    return Counter(row.state for row in rows)


def times_hold(task: Task, rows: list[Occurrence]) -> None:
    rule = Rule(task.rule)
    first = rows[0].scheduled_for
    until = task.next_run_at or first + timedelta(seconds=1)
    expected = []
    for at in rule.after(first - timedelta(seconds=1), UTC):
        if at >= until:
            break
        expected.append(at)
    covered: list[datetime] = []
    for row in rows:
        place = expected.index(row.scheduled_for)
        stretch = expected[place : place + row.times]
        assert stretch[-1] == (row.last_for or row.scheduled_for)
        covered += stretch
    assert covered == expected, "a time without a row, or in two"
    ran = [row.scheduled_for for row in rows if row.state == State.DONE]
    assert ran == expected[-len(ran) :], "the newest run"
    assert len(ran) in ((1,) if rule.kind == "once" else (MOST, MOST + 1))


@pytest.mark.timeout(60 + 300 * TIMES)
@pytest.mark.parametrize("acts", [[kill], [pause, pause, kill]], ids=["killed", "paused"])
def test_nothing_is_lost_and_nothing_comes_twice(
    database: None, owner_connection: psycopg.Connection[Any], acts: list[Act]
) -> None:
    seed = int(os.environ.get("SCHEDULE_SEED", random.SystemRandom().randrange(10**6)))
    print(f"SCHEDULE_SEED={seed}")
    chance = random.Random(seed)
    homes = people(TENANTS)
    for tenant, chat in homes:
        for _ in range(TIMES):
            add_tasks(chance, tenant, chat)
    began = time.monotonic()
    done = trouble(chance, owner_connection, acts)
    states = sum((judge(tenant) for tenant, _ in homes), Counter())
    print(f"{dict(states)} in {time.monotonic() - began:.0f} s; {dict(done)}")
    assert states[State.DONE] == pytest.approx(TIMES * TENANTS * (ONCE + OFTEN * MOST), rel=0.1)
