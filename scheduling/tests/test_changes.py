"""What people do to scheduled tasks: each change is checked, and leaves the task with its right next time."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from messaging.models import ChannelAccount, Conversation
from scheduling import changes, zones
from scheduling.changes import ASKED, MOVED, Change, ScheduleError, Wish
from scheduling.claims import Claim, LeaseLost, guard
from scheduling.models import Occurrence, Task
from scheduling.times import upcoming
from tenants_app.models import AuditEntry, Contact, Tenant
from tenants_app.scope import tenant_scope
from tenants_app.vault import put_secret
from tests.fixtures import as_role, make_tenant

NOW = datetime(2130, 3, 8, 16, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Chicago
AT_NINE = datetime(2130, 3, 9, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)
EIGHT_THIRTY = "every weekday at 8:30"


@pytest.fixture
def chicago(database: None) -> Tenant:
    return make_tenant("acme", timezone="America/Chicago", max_tasks=3)


@pytest.fixture
def alice(chicago: Tenant) -> Contact:
    with tenant_scope(chicago):
        return Contact.objects.create(tenant=chicago, role=Contact.Role.OWNER, name="Alice")


def made(alice: Contact, when: str = "tomorrow at 9", what: str = "call the lender", **more: Any) -> Task:
    with tenant_scope(alice.tenant_id):
        now = more.pop("now", NOW)
        return changes.create(alice, Wish(when=when, what=what, **more), by="contact:alice", now=now).task


def again(task: Task) -> Task:
    with tenant_scope(task.tenant_id):
        return Task.objects.select_related("tenant", "contact").get(pk=task.pk)


def does(task: Task, verb: Any, *args: Any, **more: Any) -> Any:
    with tenant_scope(task.tenant_id):
        return verb(task, *args, by="contact:alice", **more)


def refused(task: Task, verb: Any, *args: Any, **more: Any) -> str:
    with pytest.raises(ScheduleError) as refusal:
        does(task, verb, *args, **more)
    return str(refusal.value)


def fires(task: Task, count: int = 3, now: datetime = NOW) -> list[datetime]:
    with tenant_scope(task.tenant_id):
        found = Task.objects.select_related("tenant").get(pk=task.pk)
        return [each.fires_at for each in upcoming(found, count, now)]


# --- Made -------------------------------------------------------------------------------------------------------------


def test_a_task_is_made_with_its_next_time_by_the_tenants_clock(alice: Contact) -> None:
    task = again(made(alice))
    assert (task.rule, task.next_run_at, task.placed_in) == ("at 2130-03-09T09:00:00", AT_NINE, "America/Chicago")
    assert (task.phrase, task.title, task.instruction) == ("tomorrow at 9", "call the lender", "call the lender")
    assert (task.state, task.kind, task.created_by) == ("active", "reminder", "contact:alice")
    with tenant_scope(alice.tenant_id):
        assert AuditEntry.objects.get(action="schedule.created").subject == str(task.pk)


def test_what_is_said_besides_the_time_is_what_is_to_be_done(alice: Contact) -> None:
    assert made(alice, "remind me tomorrow at 9 to call Maria", "").instruction == "call Maria"
    with tenant_scope(alice.tenant_id), pytest.raises(ScheduleError, match="what is to be done"):
        changes.create(alice, Wish(when="tomorrow at 9"), by="x", now=NOW)


def test_a_task_with_its_own_zone_goes_by_that_clock(alice: Contact) -> None:
    task = made(alice, zone="Europe/Madrid")
    assert again(task).next_run_at == datetime(2130, 3, 9, 8, 0, tzinfo=UTC)
    with tenant_scope(alice.tenant_id), pytest.raises(ScheduleError, match="IANA"):
        changes.create(alice, Wish(when="tomorrow", what="x", zone="Mars/Olympus"), by="x", now=NOW)


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ("sometime soon", "unrecognized"),
        ("today at 8am", "past"),
        ("every 2 minutes", "too_frequent"),
        ("*/4 * * * *", "too_frequent"),
        ("0,59 * * * *", "too_frequent"),
        ("", "unrecognized"),
    ],
)
def test_what_cannot_be_is_refused_with_the_languages_code_and_leaves_nothing(
    alice: Contact, when: str, code: str
) -> None:
    with tenant_scope(alice.tenant_id), pytest.raises(ScheduleError) as refusal:
        changes.create(alice, Wish(when=when, what="call"), by="x", now=NOW)
    assert refusal.value.code == code
    assert str(refusal.value)
    with tenant_scope(alice.tenant_id):
        assert not Task.objects.exists()


def test_the_same_within_two_minutes_is_the_one_there_is(alice: Contact) -> None:
    with tenant_scope(alice.tenant_id):
        now = datetime.now(UTC)
        wish = Wish(when="every day at 9", what="call")
        first = changes.create(alice, wish, by="x", now=now)
        second = changes.create(alice, wish, by="x", now=now)
        assert (first.is_new, second.is_new, second.task.pk) == (True, False, first.task.pk)
        other = changes.create(alice, Wish(when="every day at 9", what="write"), by="x", now=now)
        Task.objects.filter(pk=first.task.pk).update(created_at=now - timedelta(minutes=3))
        assert changes.create(alice, wish, by="x", now=now).is_new
        assert other.is_new


def test_the_same_in_another_chat_by_another_clock_or_also_at_night_is_another(alice: Contact) -> None:
    with as_role("operator"):
        Tenant.objects.filter(pk=alice.tenant_id).update(max_tasks=9)
    with tenant_scope(alice.tenant_id):
        token = put_secret(alice.tenant, "token", "x")
        bot = ChannelAccount.objects.create(tenant=alice.tenant, kind="telegram", external_id="1", token=token)
        chat = Conversation.objects.create(tenant=alice.tenant, account=bot, contact=alice, chat_id="1")
        now = datetime.now(UTC)
        there: dict[str, Any] = {"conversation": chat}
        wishes = [{}, there, {"in_quiet_hours": True}, {"zone": "Europe/Madrid"}, {"misfire": "skip"}, there]
        made = [changes.create(alice, Wish(when="daily at 9", what="call", **more), by="x", now=now) for more in wishes]
        assert [each.is_new for each in made] == [True, True, True, True, True, False]
        assert made[-1].task.pk == made[1].task.pk


def test_only_so_many_are_active_at_once(alice: Contact) -> None:
    tasks = [made(alice, what=f"call {each}") for each in "abc"]
    with tenant_scope(alice.tenant_id), pytest.raises(ScheduleError, match="3 scheduled tasks are active"):
        changes.create(alice, Wish(when="tomorrow", what="d"), by="x", now=NOW)
    does(tasks[0], changes.pause)
    made(alice, what="call d")
    assert "3 scheduled tasks are active" in refused(tasks[0], changes.resume, now=NOW)
    assert again(tasks[0]).state == "paused"


def test_several_who_ask_at_once_do_not_pass_the_limit(alice: Contact) -> None:
    outcomes: list[str] = []
    ready = threading.Barrier(6)

    def ask(number: int) -> None:
        ready.wait()
        try:
            made(alice, what=f"call {number}")
            outcomes.append("made")
        except ScheduleError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(each,)) for each in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made"] * 3 + ["refused"] * 3


# --- Changed ----------------------------------------------------------------------------------------------------------


def test_another_time_takes_the_place_of_the_old_one_with_what_was_to_be_skipped(alice: Contact) -> None:
    task = made(alice, EIGHT_THIRTY)
    first = fires(task)[0]
    does(task, changes.skip, [first], now=NOW)
    changed = does(task, changes.change, Change(when="every day at 9"), now=NOW)
    assert changed.phrase == "every day at 9"
    assert fires(task)[0] == AT_NINE
    with tenant_scope(alice.tenant_id):
        assert not Occurrence.objects.exists()


def test_one_single_time_is_not_what_a_task_that_recurs_is_changed_to(alice: Contact) -> None:
    task = made(alice, EIGHT_THIRTY)
    assert f"“{EIGHT_THIRTY}”" in refused(task, changes.change, Change(when="at 9"), now=NOW)
    assert again(task).rule == "cron 30 8 * * 1-5"
    once = made(alice)
    assert does(once, changes.change, Change(when="tomorrow at 10"), now=NOW).rule == "at 2130-03-09T10:00:00"


def test_what_is_to_be_done_is_changed_and_the_title_with_it_where_it_was_made_of_it(alice: Contact) -> None:
    task = does(made(alice), changes.change, Change(what="call the bank", kind="task"), now=NOW)
    assert (task.instruction, task.title, task.kind) == ("call the bank", "call the bank", "task")
    titled = does(made(alice, title="The lender"), changes.change, Change(what="call again"), now=NOW)
    assert titled.title == "The lender"
    assert refused(task, changes.change, Change(title=" "), now=NOW) == "The title is empty."
    assert "2,000 characters" in refused(task, changes.change, Change(what="x" * 2001), now=NOW)
    assert again(task).instruction == "call the bank"


def test_another_zone_keeps_the_time_of_the_day_also_of_what_is_skipped(alice: Contact) -> None:
    task = made(alice, "every day at 9")
    does(task, changes.skip, [AT_NINE], now=NOW)
    does(task, changes.change, Change(zone="Europe/Madrid"), now=NOW)
    madrid = datetime(2130, 3, 9, 8, 0, tzinfo=UTC)
    assert again(task).next_run_at == madrid
    assert fires(task)[0] == madrid + DAY


def test_a_new_time_sets_one_going_that_was_over_and_not_one_that_is_paused(alice: Contact) -> None:
    over = made(alice)
    paused = made(alice, EIGHT_THIRTY)
    does(paused, changes.pause)
    with tenant_scope(alice.tenant_id):
        Task.objects.filter(pk=over.pk).update(
            state="disabled", state_reason="It failed.", failures=3, next_run_at=None
        )
    task = does(over, changes.change, Change(when="tomorrow at 10"), now=NOW)
    assert (task.state, task.state_reason, task.failures) == ("active", "", 0)
    task = does(paused, changes.change, Change(when="every day at 10"), now=NOW)
    assert (task.state, task.next_run_at) == ("paused", None)


def test_words_from_outside_stay_with_the_task(alice: Contact) -> None:
    task = does(made(alice), changes.change, Change(title="Lender", tainted=True), now=NOW)
    assert task.tainted
    assert does(task, changes.change, Change(title="The lender"), now=NOW).tainted


# --- Paused, resumed, run, deleted ------------------------------------------------------------------------------------


def test_a_paused_task_has_no_next_time_and_goes_on_with_the_coming_one(alice: Contact) -> None:
    task = made(alice, EIGHT_THIRTY)
    assert does(task, changes.pause).next_run_at is None
    assert does(task, changes.pause).state == "paused"
    assert fires(task) == []
    later = NOW + 7 * DAY
    resumed = does(task, changes.resume, now=later)
    assert resumed.next_run_at == datetime(2130, 3, 16, 13, 30, tzinfo=UTC)  # summer time has begun by then
    assert does(task, changes.resume, now=later).state == "active"


def test_what_is_over_cannot_be_paused_or_resumed(alice: Contact) -> None:
    task = made(alice)
    does(task, changes.pause)
    assert "has passed" in refused(task, changes.resume, now=NOW + 2 * DAY)
    with tenant_scope(alice.tenant_id):
        Task.objects.update(state="done", next_run_at=None)
    assert "over already" in refused(task, changes.pause)


def test_run_now_is_due_at_once_beside_the_times_and_once_though_asked_twice(alice: Contact) -> None:
    task = made(alice, EIGHT_THIRTY)
    before = again(task).next_run_at
    first, second = does(task, changes.run_now), does(task, changes.run_now)
    assert first.pk == second.pk
    assert (first.state, first.trigger, first.scheduled_for) == ("due", "asked", first.due_at)
    assert again(task).next_run_at == before
    with tenant_scope(alice.tenant_id):
        Occurrence.objects.update(state="done", due_at=None)
    assert does(task, changes.run_now).scheduled_for > first.scheduled_for


def test_a_deleted_task_is_gone_with_its_times(alice: Contact) -> None:
    task = made(alice, EIGHT_THIRTY)
    does(task, changes.run_now)
    does(task, changes.delete)
    with tenant_scope(alice.tenant_id):
        assert (Task.objects.count(), Occurrence.objects.count()) == (0, 0)
    assert "not there any more" in refused(task, changes.delete)


# --- Skipped ----------------------------------------------------------------------------------------------------------


def test_times_are_left_out_once_and_come_after_all_when_taken_back(alice: Contact) -> None:
    task = made(alice, EIGHT_THIRTY)
    first, second, third = fires(task)
    for _ in range(2):
        does(task, changes.skip, [first, second], now=NOW)
    with tenant_scope(alice.tenant_id):
        rows = Occurrence.objects.order_by("scheduled_for").values_list("scheduled_for", "state", "reason", "due_at")
        assert list(rows) == [(first, "skipped", ASKED, None), (second, "skipped", ASKED, None)]
    assert fires(task)[0] == third
    assert does(task, changes.unskip, [first, third], now=NOW) == 1
    assert fires(task, 2) == [first, third]


def test_what_waits_for_the_end_of_the_quiet_hours_is_skipped_too(alice: Contact) -> None:
    task = made(alice, "every day at 23:00")
    with tenant_scope(alice.tenant_id):
        row = Occurrence.objects.create(
            tenant=task.tenant, task=task, scheduled_for=NOW - timedelta(hours=1), due_at=NOW + timedelta(hours=1)
        )
    assert fires(task)[0] == NOW + timedelta(hours=1)
    does(task, changes.skip, [row.scheduled_for], now=NOW)
    with tenant_scope(alice.tenant_id):
        row.refresh_from_db()
    assert (row.state, row.reason, row.due_at) == ("skipped", ASKED, None)


@pytest.mark.parametrize("verb", ["change", "skip"])
def test_what_waits_comes_no_more_though_a_runner_holds_it(alice: Contact, verb: str) -> None:
    task = made(alice, "every day at 23:00")
    with tenant_scope(alice.tenant_id):
        held = {"epoch": 7, "lease_until": NOW + timedelta(minutes=5), "worker": "here"}
        row = Occurrence.objects.create(
            tenant=task.tenant, task=task, scheduled_for=NOW - timedelta(hours=1), due_at=NOW, **held
        )
    if verb == "change":
        does(task, changes.change, Change(when="every day at 8:00"), now=NOW)
    else:
        does(task, changes.skip, [row.scheduled_for], now=NOW)
    with tenant_scope(alice.tenant_id):
        row.refresh_from_db()
        with pytest.raises(LeaseLost):
            guard(
                Claim(
                    occurrence_id=row.pk,
                    tenant_id=alice.tenant_id,
                    epoch=7,
                    task_id=task.pk,
                    kind=task.kind,
                    conversation_id=None,
                )
            )
    assert (row.state, row.reason) == ("skipped", MOVED if verb == "change" else ASKED)


# --- The tenant's clock -----------------------------------------------------------------------------------------------


def test_a_saved_zone_moves_the_tasks_that_go_by_it(alice: Contact) -> None:
    moved, own = made(alice, "every day at 9"), made(alice, "every day at 9", "write", zone="Europe/Madrid")
    paused = made(alice, EIGHT_THIRTY)
    does(paused, changes.pause)
    does(moved, changes.skip, [AT_NINE], now=NOW)
    before = again(own).next_run_at
    with as_role("operator"):
        tenant = Tenant.objects.get(pk=alice.tenant_id)
        tenant.timezone = "Asia/Tokyo"
        tenant.save()
    task = again(moved)
    assert task.placed_in == "Asia/Tokyo"
    assert task.next_run_at is not None
    assert task.next_run_at.astimezone(tenant.zone).hour == 9
    with tenant_scope(alice.tenant_id):
        assert Occurrence.objects.get().scheduled_for == datetime(2130, 3, 9, 0, 0, tzinfo=UTC)
    assert again(own).next_run_at == before
    assert again(paused).next_run_at is None


def test_a_single_time_that_is_past_by_the_new_clock_is_due_at_once(alice: Contact) -> None:
    now = datetime.now(UTC)
    task = made(alice, "tomorrow at 0:30", now=now)
    with as_role("operator"):
        Tenant.objects.filter(pk=alice.tenant_id).update(timezone="Pacific/Kiritimati")  # no signal is sent
    assert zones.place_anew(alice.tenant_id) == 1
    assert zones.place_anew(alice.tenant_id) == 0
    placed = again(task)
    assert placed.next_run_at is not None
    assert placed.next_run_at < again(task).created_at + timedelta(hours=14)
    assert (placed.placed_in, placed.state) == ("Pacific/Kiritimati", "active")
