"""Operators see what is scheduled and what became of it, make, change and stop it, through the verbs of everybody."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from messaging.assignments import TASK
from messaging.models import Conversation, Delivery
from scheduling import plans
from scheduling.admin.outcomes import lasting
from scheduling.changes import ASKED
from scheduling.models import Occurrence, Task
from scheduling.times import upcoming
from tenants_app.models import AuditEntry, Contact, Tenant
from tests.admin.rows import SCRIPT, account_of, conversation_of, deliver, message_in, occurred, task_of, turn_of
from tests.admin.test_memory_documents import acts
from tests.admin.test_pages import list_url, page_url, queries_of

DAY = timedelta(days=1)
CHICAGO = "America/Chicago"
SKIPPED = {"state": "skipped", "began_at": None}


@pytest.fixture
def alice(acme: Tenant, admin_process: None) -> Conversation:
    Tenant.objects.filter(pk=acme.pk).update(timezone=CHICAGO)
    acme.refresh_from_db()
    return conversation_of(account_of(acme), name="Alice")


def url(verb: str, *args: Any) -> str:
    return reverse(f"admin:scheduling_task_{verb}", args=[str(arg) for arg in args])


def text_of(page: str) -> str:
    """As it is read: without tags, blanks in one."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def coming(task: Task) -> list[datetime]:
    return [each.scheduled_for for each in upcoming(Task.objects.select_related("tenant").get(pk=task.pk), 5)]


def fresh(task: Task) -> Task:
    return Task.objects.select_related("tenant").get(pk=task.pk)


def filled(**fields: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    values = {"when": "every weekday at 8:30", "what": "send me my agenda", "kind": "task", "title": "", "zone": ""}
    return {**values, "misfire": "once", "misfire_minutes": "720", "misfire_most": "5", **fields}


# --- Seen -------------------------------------------------------------------------------------------------------------


def test_a_task_that_nothing_takes_up_stands_out(alice: Conversation, olivia: Client) -> None:
    task = task_of(alice)
    Task.objects.update(next_run_at=timezone.now() - timedelta(hours=1))
    assert "overdue" in text_of(olivia.get(list_url("scheduling.task")).text)
    assert "nothing has taken it up" in olivia.get(page_url(task)).text


def test_a_page_shows_the_next_times_as_they_will_really_come(alice: Conversation, olivia: Client) -> None:
    Tenant.objects.update(quiet_from="22:00", quiet_until="10:00")
    task = task_of(alice, title=f"Early {SCRIPT}")
    page = olivia.get(page_url(task)).text
    assert SCRIPT not in page
    for at in coming(task):
        local = at.astimezone(alice.tenant.zone)
        assert f"{local:%A, %-d %B %Y}, 10:00" in page
    assert page.count("put off from 09:00") == 5
    assert "every day at 9:00" in page
    assert "olivia (operator)" in page
    assert AuditEntry.objects.filter(action="viewed", subject=f"task {task.pk}").count() == 1


def test_the_run_log_tells_how_each_time_went(alice: Conversation, olivia: Client) -> None:
    task, now = task_of(alice, kind="task"), timezone.now().replace(microsecond=0)
    turn = turn_of(alice, text="Task: Call Maria", answer="Maria is called", status=Delivery.Status.FAILED)
    said = message_in(alice, turn, "Task: Call Maria", kind=TASK)
    occurred(
        task,
        now - 5 * DAY,
        began_at=now - 5 * DAY + timedelta(minutes=12),
        ended_at=now - 5 * DAY + timedelta(minutes=14),
    )
    occurred(
        task, now - 4 * DAY, ended_at=now - 4 * DAY + timedelta(seconds=3.2), output=f"Done {SCRIPT}", message=said
    )
    occurred(task, now - 3 * DAY, state="failed", reason="The assistant could not do it.", attempts=9)
    occurred(task, now - 2 * DAY, reason=plans.LATE, times=3, last_for=now - DAY, **SKIPPED)
    occurred(task, now - timedelta(hours=1), reason=ASKED, **SKIPPED)
    page = olivia.get(page_url(task)).text
    runs = [text_of(run) for run in re.findall(r'(?s)<li class="schedules-run .*?</li>', page)]
    assert [re.match(r" *(\w+(?: late)?)", run)[1] for run in runs] == [  # type: ignore[index]
        *("skipped", "missed", "failed", "done", "done late")
    ]
    assert "3 times" in runs[1]
    assert "attempts 9" in runs[2]
    assert "took 3.2 s" in runs[3]
    assert "failed" in runs[3], "what was sent did not arrive, though the task was done"
    assert "late 12 min" in runs[4]
    assert "took 2 min" in runs[4]
    assert SCRIPT not in page
    assert reverse("admin:messaging_conversation_message", args=[said.pk]) in page
    assert page_url(turn) in page
    failed = text_of(olivia.get(page_url(task), {"log": "missed"}).text)
    assert "3 times" in failed
    assert "attempts 9" not in failed


def test_a_long_run_log_comes_in_pages_and_costs_the_same(alice: Conversation, olivia: Client) -> None:
    task, now = task_of(alice), timezone.now()
    occurred(task, now - DAY, output="said 000", message=turn_message(alice))
    before = queries_of(olivia, page_url(task))
    for number in range(1, 60):
        occurred(task, now - (number + 1) * DAY, output=f"said {number:03}", message=turn_message(alice))
    assert queries_of(olivia, page_url(task)) == before < 25
    newest = olivia.get(page_url(task)).text
    assert "said 000" in newest
    assert "said 025" not in newest
    [older] = re.findall(r'href="(\?before=[^"#]+)#log"', newest)
    second = olivia.get(page_url(task) + older).text
    assert "said 025" in second
    assert "said 024" not in second
    for nonsense in ("x", "2026-01-01", "9" * 40):
        assert olivia.get(page_url(task), {"before": nonsense, "log": nonsense}).status_code == 200


def turn_message(conversation: Conversation) -> Any:
    message = message_in(conversation, None, "Reminder", direction="out", contact=None)
    deliver(message, "Reminder")
    return message


def test_the_log_of_all_shows_the_last_days_by_outcome(alice: Conversation, olivia: Client) -> None:
    task, now = task_of(alice, title="The agenda"), timezone.now()
    occurred(task, now - timedelta(hours=3), state="failed", reason="It broke.")
    occurred(task, now - timedelta(hours=2), began_at=now - timedelta(hours=1))
    long_ago = occurred(task, now - 40 * DAY, state="failed", reason="It broke long ago.")
    Occurrence.objects.filter(pk=long_ago.pk).update(id="01900000-0000-7000-8000-000000000001")
    listed = list_url("scheduling.occurrence")
    page = text_of(olivia.get(listed).text)
    assert "It broke." in page
    assert "done late" in page
    assert "1 h" in page
    assert "long ago" not in page
    assert "long ago" in olivia.get(listed, {"since": "ever"}).text
    failed = text_of(olivia.get(listed, {"outcome": "failed"}).text)
    assert "It broke." in failed
    assert "done late" not in failed
    assert page_url(task) in olivia.get(listed).text


def test_a_message_of_a_task_says_so_and_leads_to_it(alice: Conversation, olivia: Client) -> None:
    task = task_of(alice, title="The agenda", kind="task")
    row = occurred(task, timezone.now())
    said = message_in(alice, None, "Task: the agenda", kind=TASK, key=f"task:{row.pk}:1")
    page = olivia.get(page_url(alice)).text
    link = url("of_message", said.pk)
    assert f'<a href="{link}">Scheduled task</a>' in page
    assert "<em>task</em>" not in page
    assert olivia.get(link).headers["Location"] == page_url(task)
    olivia.post(url("remove", task.pk))
    assert "was deleted" in olivia.get(link, follow=True).text


# --- Done -------------------------------------------------------------------------------------------------------------


def test_a_time_is_left_out_and_let_come_again(alice: Conversation, olivia: Client) -> None:
    task = task_of(alice)
    first, second, *_ = coming(task)
    for _ in range(2):
        page = olivia.post(url("skip", task.pk), {"at": first.isoformat()}, follow=True).text
    row = Occurrence.objects.get()
    assert (row.scheduled_for, row.state, row.reason) == (first, "skipped", ASKED)
    assert coming(task)[0] == second, "pressed twice, it leaves out one"
    assert "none of its next times any more" in page
    assert f'<s><time datetime="{first.isoformat()}' in page
    olivia.post(url("unskip", task.pk), {"at": first.isoformat()})
    assert coming(task)[0] == first
    for at in ("", "nonsense", (first + timedelta(minutes=1)).isoformat()):
        assert "Nothing was changed" in olivia.post(url("skip", task.pk), {"at": at}, follow=True).text
        assert "Nothing was changed" in olivia.post(url("unskip", task.pk), {"at": at}, follow=True).text
    assert not Occurrence.objects.exists()
    assert acts(alice.tenant) == ["schedule.skipped", "schedule.unskipped"]


def test_a_task_is_run_paused_resumed_and_deleted(alice: Conversation, olivia: Client) -> None:
    task = task_of(alice)
    for verb in ("run", "pause", "resume", "skip", "unskip"):
        assert olivia.get(url(verb, task.pk)).status_code == 405
    olivia.post(url("run", task.pk))
    asked = Occurrence.objects.get()
    assert (asked.trigger, asked.state) == ("asked", "due")
    olivia.post(url("pause", task.pk))
    assert (fresh(task).state, fresh(task).next_run_at) == ("paused", None)
    assert "Resume" in olivia.get(page_url(task)).text
    olivia.post(url("resume", task.pk))
    assert fresh(task).state == "active"
    assert fresh(task).next_run_at == task.next_run_at
    assert "goes with it" in olivia.get(url("remove", task.pk)).text
    assert Task.objects.exists(), "it was only asked"
    olivia.post(url("remove", task.pk))
    assert not Task.objects.exists()
    assert not Occurrence.objects.exists()
    assert olivia.get(url("remove", task.pk)).status_code == 404
    assert acts(alice.tenant) == [f"schedule.{act}" for act in ("asked_for", "paused", "resumed", "deleted")]


def test_what_is_over_is_not_resumed(alice: Conversation, olivia: Client) -> None:
    task = task_of(alice, rule="at 2020-03-01T09:00:00", state="disabled")
    assert "Its time has passed" in olivia.post(url("resume", task.pk), follow=True).text
    assert fresh(task).state == "disabled"


# --- Written ----------------------------------------------------------------------------------------------------------


def test_an_operator_makes_a_task_in_plain_words(alice: Conversation, olivia: Client) -> None:
    new = url("new", alice.tenant_id)
    assert new in olivia.get(url("new"), {"q": "acm"}).text
    assert new in olivia.get(list_url("scheduling.task"), {"tenant__id__exact": str(alice.tenant_id)}).text
    assert "Alice · owner" in olivia.get(new).text
    given = filled(contact=alice.contact_id, misfire="all", misfire_minutes="90", misfire_most="7", in_quiet_hours="on")
    made = olivia.post(new, given)
    task = Task.objects.get()
    assert made.headers["Location"] == page_url(task)
    assert (task.rule, task.phrase) == ("cron 30 8 * * 1-5", "every weekday at 8:30")
    assert (task.kind, task.instruction, task.title) == ("task", "send me my agenda", "send me my agenda")
    assert (task.misfire, task.misfire_seconds, task.misfire_most) == ("all", 5400, 7)
    assert (task.in_quiet_hours, task.created_by, task.contact_id) == (True, "operator:olivia", alice.contact_id)
    assert acts(alice.tenant) == ["schedule.created"]
    olivia.post(new, given)
    assert Task.objects.count() == 1, "sent twice, it is made once"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"when": "every blue moon"}, "memory-field__error"),
        ({"when": "every minute"}, "5 minutes"),
        ({"when": ""}, "This field is required"),
        ({"when": "tomorrow at 9", "what": ""}, "what is to be done"),
        ({"zone": "Mars/Olympus"}, "IANA"),
        ({"misfire_minutes": "0"}, "greater than or equal to 1"),
        ({"contact": ""}, "This field is required"),
    ],
)
def test_what_cannot_be_understood_is_told_and_nothing_made(
    given: dict[str, str], said: str, alice: Conversation, olivia: Client
) -> None:
    page = olivia.post(url("new", alice.tenant_id), filled(**{"contact": alice.contact_id, **given})).text
    assert said in page
    assert not Task.objects.exists()


def test_nothing_is_scheduled_for_customers_or_people_of_others(
    globex: Tenant, alice: Conversation, olivia: Client
) -> None:
    new = url("new", alice.tenant_id)
    charlie = Contact.objects.create(tenant=alice.tenant, role="customer", name="Charlie")
    greta = Contact.objects.create(tenant=globex, role="owner", name="Greta")
    for contact in (charlie, greta):
        assert contact.name not in olivia.get(new).text
        assert "not one of the available choices" in olivia.post(new, filled(contact=contact.pk)).text
    assert not Task.objects.exists()
    Contact.objects.filter(pk=greta.pk).update(role="customer")
    assert "Nobody of the business is known yet" in olivia.get(url("new", globex.pk)).text


def test_what_is_typed_is_understood_live_and_nothing_stays(alice: Conversation, olivia: Client) -> None:
    preview = url("preview", alice.tenant_id)

    def seen(**given: Any) -> str:
        return text_of(olivia.post(preview, filled(**{"contact": alice.contact_id, **given})).text)

    shown = seen()
    assert "every weekday at 8:30" in shown.lower()
    assert len(re.findall(r"\w+day, \d+ \w+ \d{4}, 08:30", shown)) == 5
    assert f"By the clock of {CHICAGO}" in shown
    assert "Europe/Madrid" in seen(zone="Europe/Madrid")
    assert "What call Maria" in seen(when="remind me tomorrow at 9 to call Maria", what="")
    assert re.search(r"\w+day, \d+ \w+ \d{4}, 09:00", seen(when="mañana a las 9", what=""))
    assert "Say when" in seen(when=" ")
    assert "5 minutes" in seen(when="every minute")
    typed = filled(contact=alice.contact_id, when=f"remind me tomorrow at 9 to say {SCRIPT}", what="")
    assert "&lt;script&gt;" in olivia.post(preview, typed).text
    assert "Worth running for" in seen(misfire_minutes="0")
    assert not Task.objects.exists()
    assert not acts(alice.tenant)
    Tenant.objects.update(max_tasks=1)
    task_of(alice)
    assert "may have 1 at once" in seen()


def test_a_task_is_changed_only_where_it_differs(alice: Conversation, olivia: Client) -> None:
    task = task_of(alice, title="Maria", phrase="tomorrow at 9", rule="at 2130-03-09T09:00:00")
    edit = url("edit", task.pk)
    page = olivia.get(edit).text
    assert 'value="tomorrow at 9"' in page
    assert 'name="contact"' not in page, "another person would be told what was said to this one"
    same = filled(when="tomorrow at 9", what="call Maria\r\nat home", kind="reminder", title="Maria")
    assert "9 March 2130" in olivia.post(url("edit_preview", task.pk), same).text
    olivia.post(edit, same)
    changed = fresh(task)
    assert (changed.rule, changed.instruction) == ("at 2130-03-09T09:00:00", "call Maria\nat home")
    assert changed.next_run_at == datetime(2130, 3, 9, 15, tzinfo=UTC)
    olivia.post(edit, {**same, "zone": "Europe/Madrid"})
    assert fresh(task).next_run_at == datetime(2130, 3, 9, 8, tzinfo=UTC)
    shown = olivia.post(url("edit_preview", task.pk), {**same, "when": "every monday at 10"}).text
    assert "Every Monday at 10:00" in text_of(shown) or "every Monday at 10:00" in text_of(shown)
    assert fresh(task).rule == "at 2130-03-09T09:00:00"
    olivia.post(edit, {**same, "when": "every monday at 10", "title": ""})
    assert (fresh(task).rule, fresh(task).title) == ("cron 0 10 * * 1", "call Maria at home")
    assert "This field is required" in olivia.post(edit, {**same, "what": ""}).text
    assert "one single time" in olivia.post(edit, {**same, "when": "tomorrow at 8"}).text
    assert acts(alice.tenant) == ["schedule.changed"] * 3


# --- The tenant -------------------------------------------------------------------------------------------------------


def tenant_form(tenant: Tenant, page: str, **fields: str) -> dict[str, str]:
    inputs = dict(re.findall(r'<input[^>]*name="([a-z_]+)"[^>]*value="([^"]*)"', page))
    tenant.refresh_from_db()
    chosen = {name: getattr(tenant, name) for name in ("language", "in_doubt_policy", "window_policy")}
    return {**inputs, **chosen, "name": tenant.name, "timezone": tenant.timezone, **fields}


def test_a_tenant_has_quiet_hours_whole_or_not_at_all(alice: Conversation, olivia: Client) -> None:
    page = page_url(alice.tenant)
    form = tenant_form(alice.tenant, olivia.get(page).text)
    for wrong in ({"quiet_from": "22:00"}, {"quiet_until": "7:00"}, {"quiet_from": "22:00", "quiet_until": "22:00"}):
        assert olivia.post(page, {**form, **wrong}).status_code == 200
        assert Tenant.objects.get().quiet_from is None
    wanted = {"quiet_from": "22:00", "quiet_until": "7:00", "proactive_limit": "9", "max_tasks": "12"}
    assert olivia.post(page, {**form, **wanted}).status_code == 302
    tenant = Tenant.objects.get()
    assert (f"{tenant.quiet_from:%H:%M}", f"{tenant.quiet_until:%H:%M}") == ("22:00", "07:00")
    assert (tenant.proactive_limit, tenant.max_tasks) == (9, 12)


def test_a_changed_clock_says_how_many_tasks_were_placed_anew(alice: Conversation, olivia: Client) -> None:
    own, fixed = task_of(alice), task_of(alice, timezone="Europe/Madrid")
    page = page_url(alice.tenant)
    form = tenant_form(alice.tenant, olivia.get(page).text, timezone="America/New_York")
    said = olivia.post(page, form, follow=True).text
    assert "1 scheduled task was placed anew" in said
    assert fresh(own).placed_in == "America/New_York"
    assert fresh(own).next_run_at != own.next_run_at
    assert fresh(fixed).next_run_at == fixed.next_run_at


# --- Who may ----------------------------------------------------------------------------------------------------------


def test_rights_are_asked_for_each_page(alice: Conversation, trainee: Client) -> None:
    task = task_of(alice)
    at = {"at": coming(task)[0].isoformat()}
    pages = [url("new"), url("new", alice.tenant_id), url("edit", task.pk), url("remove", task.pk)]
    posts = [url("preview", alice.tenant_id), url("edit_preview", task.pk)]
    posts += [url(verb, task.pk) for verb in ("run", "pause", "resume", "skip", "unskip")]
    said = message_in(alice, None, "x", kind=TASK)

    def nothing_opens() -> None:
        for page in pages:
            assert trainee.get(page).status_code == 403
        for page in (*pages[1:], *posts):
            assert trainee.post(page, filled(contact=alice.contact_id, **at)).status_code == 403

    nothing_opens()
    assert trainee.get(page_url(task)).status_code == 403
    assert trainee.get(url("of_message", said.pk)).status_code == 403
    User.objects.get().user_permissions.set(Permission.objects.filter(codename="view_task"))
    nothing_opens()
    page = trainee.get(page_url(task)).text
    assert "every day at 9:00" in page
    assert '<form method="post" action="/admin/scheduling' not in page
    assert url("remove", task.pk) not in page
    assert url("new") not in trainee.get(list_url("scheduling.task")).text
    assert fresh(task).state == "active"
    assert not Occurrence.objects.exists()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0.0 s"), (3.24, "3.2 s"), (59.6, "1 min"), (75, "1 min 15 s"), (3600, "1 h"), (90061, "1 d 1 h")],
)
def test_a_length_of_time_is_told_in_its_two_largest_units(seconds: float, said: str) -> None:
    assert lasting(timedelta(seconds=seconds)) == said
