"""The list of all that is scheduled: what it tells of each, and how one is found among very many."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from messaging.models import Conversation
from scheduling import plans
from scheduling.admin.tasks import BY_TENANT
from scheduling.changes import ASKED
from tenants_app.models import Tenant
from tests.admin.rows import account_of, conversation_of, occurred, task_of
from tests.admin.test_pages import list_url, page_url
from tests.admin.test_schedules import CHICAGO, DAY, SKIPPED, coming, text_of


@pytest.fixture
def alice(acme: Tenant, admin_process: None) -> Conversation:
    Tenant.objects.filter(pk=acme.pk).update(timezone=CHICAGO)
    acme.refresh_from_db()
    return conversation_of(account_of(acme), name="Alice")


def test_the_list_tells_when_each_comes_and_what_became_of_it(alice: Conversation, olivia: Client) -> None:
    now = timezone.now()
    failing = task_of(alice, title="The report", state="disabled", state_reason="No chat.", rule="cron 0 8 1 * *")
    occurred(failing, now - DAY, state="failed", reason="No chat.")
    missed = task_of(alice, title="The agenda", kind="task")
    occurred(missed, now - 2 * DAY)
    occurred(missed, now - DAY, reason=plans.LATE, **SKIPPED)
    occurred(missed, now + DAY, reason=ASKED, **SKIPPED)
    paused = task_of(alice, title="The lender", state="paused")
    rows = re.findall(r"(?s)<tr.*?</tr>", olivia.get(list_url("scheduling.task")).text)
    shown = {
        title: text_of(row) for row in rows for title in ("The report", "The agenda", "The lender") if title in row
    }
    assert "disabled" in shown["The report"]
    assert "failed" in shown["The report"]
    assert "every day at 9:00" in shown["The agenda"]
    assert "missed" in shown["The agenda"]
    assert f"{coming(missed)[0].astimezone(alice.tenant.zone):%-d %b %Y, %H:%M} {CHICAGO}" in shown["The agenda"]
    assert "paused" in shown["The lender"]
    for filters, titles in (
        ({"state__exact": "disabled"}, {failing}),
        ({"state__exact": "paused"}, {paused}),
        ({"kind__exact": "task", BY_TENANT: str(alice.tenant_id)}, {missed}),
    ):
        page = olivia.get(list_url("scheduling.task"), filters).text
        assert {task for task in (failing, missed, paused) if page_url(task) in page} == titles


def test_of_all_tenants_a_search_finds_those_and_within_one_titles_and_people(
    alice: Conversation, olivia: Client
) -> None:
    other = Tenant.objects.create(slug="rose", name="Rose & Co.")
    task, theirs = task_of(alice, title="The report"), task_of(conversation_of(account_of(other), name="Bob"))
    within = {BY_TENANT: str(alice.tenant_id)}
    for asked, found in (
        ({"q": alice.tenant.slug}, {task}),
        ({"q": "Rose &"}, {theirs}),
        ({"q": "The report"}, set()),
        ({"q": "the rep", **within}, {task}),
        ({"q": "alice", **within}, {task}),
        ({"q": "bob", **within}, set()),
    ):
        page = olivia.get(list_url("scheduling.task"), asked).text
        assert {each for each in (task, theirs) if page_url(each) in page} == found, asked
    assert "kind__exact" in olivia.get(list_url("scheduling.task"), within).text
    assert "kind__exact" not in olivia.get(list_url("scheduling.task")).text
