"""Every list and page answers, in queries that do not grow with the rows, and shows nothing it must not."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from messaging.accounts import app_for
from messaging.models import DeadLetter, Delivery, Turn, UnroutedWebhook, Work
from tenants_app.models import Tenant
from tests.admin.rows import SCRIPT, TOKEN, account_of, conversation_of, furnish, message_in, turn_of

APP_SECRET = "meta-app-secret-0123456789"
MODELS = sorted(model._meta.label_lower for model in admin.site._registry)


def list_url(label: str) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_changelist")


def page_url(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def queries_of(client: Client, url: str) -> int:
    """Of the second visit: the first leaves entries in the trail."""
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = client.get(url)
    assert response.status_code == 200, url
    return len(captured)


@pytest.fixture
def furnished(acme: Tenant, olivia: Client) -> Turn:
    return furnish(acme)


@pytest.mark.parametrize("label", MODELS)
def test_a_list_costs_the_same_whatever_is_in_it(label: str, furnished: Turn, olivia: Client) -> None:
    before = queries_of(olivia, list_url(label))
    for number in range(4):
        furnish(furnished.tenant if number % 2 else Tenant.objects.create(slug=f"more-{number}", name="More"))
    assert queries_of(olivia, list_url(label)) == before
    assert before < 20


@pytest.mark.parametrize("label", MODELS)
def test_a_row_has_a_page_without_secrets(label: str, furnished: Turn, olivia: Client) -> None:
    app_for("whatsapp", APP_SECRET)
    model = apps.get_model(label)
    row = model._default_manager.order_by("-pk").first()
    if row is None:
        pytest.skip(f"there is no {label} by itself")
    response = olivia.get(page_url(row))
    assert response.status_code == 200
    for secret in (TOKEN, APP_SECRET, settings.MASTER_KEYS, settings.SECRET_KEY):
        assert secret not in response.text
    assert SCRIPT not in response.text


def test_a_long_conversation_costs_no_more_than_a_short_one(acme: Tenant, olivia: Client) -> None:
    conversation = conversation_of(account_of(acme))
    turn_of(conversation)
    before = queries_of(olivia, page_url(conversation))
    for _ in range(6):
        turn_of(conversation)
    assert queries_of(olivia, page_url(conversation)) == before


def test_a_conversation_is_shown_in_pages(acme: Tenant, olivia: Client) -> None:
    conversation = conversation_of(account_of(acme))
    for number in range(120):
        message_in(conversation, None, f"message number {number:03}")
    newest = olivia.get(page_url(conversation)).text
    assert "message number 119" in newest
    assert "message number 010" not in newest
    [before] = re.findall(r"\?before=(\d+)", newest)
    earlier = olivia.get(page_url(conversation), {"before": before}).text
    assert "message number 000" in earlier
    assert "message number 020" not in earlier
    assert olivia.get(page_url(conversation), {"before": "9" * 40}).status_code == 200


def test_a_conversation_shows_words_ticks_and_turns(acme: Tenant, olivia: Client) -> None:
    conversation = conversation_of(account_of(acme), name=f"Eve {SCRIPT}")
    turn = turn_of(conversation, text=f"Look: {SCRIPT}", answer="An answer", status=Delivery.Status.IN_DOUBT)
    message_in(conversation, None, "And this waits")
    page = olivia.get(page_url(conversation)).text
    assert SCRIPT not in page
    assert "Look: &lt;script&gt;alert(&#x27;owned&#x27;)&lt;/script&gt;" in page
    assert "in doubt: it may have arrived" in page
    assert page_url(turn) in page
    assert page_url(Delivery.objects.get()) in page
    assert "waits for its turn" in page
    listed = olivia.get(list_url("messaging.conversation")).text
    assert "And this waits" in listed
    assert "in doubt" in listed
    assert SCRIPT not in listed


def test_a_command_and_its_answer_are_shown_as_they_were_said(acme: Tenant, olivia: Client) -> None:
    conversation = conversation_of(account_of(acme))
    message_in(conversation, None, "/status", kind="command")
    message_in(conversation, None, "All is well", kind="command_answer", direction="out", contact=None)
    message_in(conversation, None, "Here", kind="location")
    page = olivia.get(page_url(conversation)).text
    assert "/status" in page
    assert "All is well" in page
    assert "<em>location</em>" in page
    assert "<em>command" not in page


def test_a_turn_shows_its_steps_with_cost_and_arguments(furnished: Turn, olivia: Client) -> None:
    page = olivia.get(page_url(furnished)).text
    for shown in (
        *("What time is it?", "Let me look.", "asks for the tool current_time", "Europe/Madrid", "17:02"),
        *("stopped: tool_use", "claude-sonnet-5-5", "$0.012300", "req_0123", "3200 in (3000 from cache)"),
        *("This version cannot read this step.", "from_the_future", "step--failed"),
    ):
        assert shown in page
    assert SCRIPT not in page


def test_what_could_not_be_acted_on_is_shown_as_it_came(furnished: Turn, olivia: Client) -> None:
    letter = olivia.get(page_url(DeadLetter.objects.get())).text
    assert "{\n  &quot;a&quot;: {\n    &quot;b&quot;: &quot;ñ&quot;" in letter
    webhook = olivia.get(page_url(UnroutedWebhook.objects.get())).text
    assert "\\x00\\xff&lt;b&gt;" in webhook


def test_an_account_tells_what_stands_in_and_what_to_do(acme: Tenant, olivia: Client) -> None:
    refused = account_of(acme, status="refused", status_reason="401 Unauthorized")
    page = olivia.get(page_url(refused)).text
    assert "401 Unauthorized" in page
    assert "onboard --slug acme --channel telegram" in page
    assert f"{settings.PUBLIC_URL}/webhooks/telegram/{refused.pk}" in page


def test_an_account_says_when_a_double_stands_in(acme: Tenant, olivia: Client, settings: Any) -> None:
    account = account_of(acme)
    settings.SIMULATED = set()
    assert "a double stands in" not in olivia.get(page_url(account)).text
    settings.SIMULATED = {"telegram"}
    assert "a double stands in" in olivia.get(page_url(account)).text
    assert "a double stands in" in olivia.get(list_url("messaging.channelaccount")).text


def test_a_verify_token_is_shown_only_when_asked_for(acme: Tenant, olivia: Client) -> None:
    app = app_for("whatsapp", APP_SECRET)
    url = reverse("admin:messaging_channelapp_token", args=[app.pk])
    assert app.verify_token not in olivia.get(page_url(app)).text
    assert olivia.get(url).status_code == 405
    shown = olivia.post(url).text
    assert app.verify_token in shown
    assert APP_SECRET not in shown


def test_the_overview_counts_what_matters(furnished: Turn, olivia: Client) -> None:
    Delivery.objects.update(status=Delivery.Status.IN_DOUBT)
    page = olivia.get(reverse("admin:index")).text
    text = re.sub(r"<[^>]+>|\s+", " ", page)
    assert re.search(r"Open alerts\s+notifications\s+1\b", text)
    assert re.search(r"In doubt\s+help\s+1\b", text)
    assert re.search(r"1 answered", text)
    assert "$0.0123" in text
    links = re.findall(r'class="house-card__main" href="([^"]+)"', page)
    links += re.findall(r'<a href="(/admin/[^"]+)">\d', page)
    assert len(links) >= 7
    for link in links:
        assert olivia.get(link.replace("&amp;", "&")).status_code == 200


def test_filters_by_tenant_show_that_tenant_only(acme: Tenant, globex: Tenant, olivia: Client) -> None:
    for tenant, name in ((acme, "Anna"), (globex, "Greta")):
        conversation_of(account_of(tenant), name=name)
    shown = olivia.get(list_url("messaging.conversation"), {"tenant__id__exact": str(acme.pk)}).text
    assert "Anna" in shown
    assert "Greta" not in shown


def test_the_state_of_a_conversation(acme: Tenant, olivia: Client) -> None:
    conversation = conversation_of(account_of(acme))
    work = Work.objects.get(conversation=conversation, kind="turn")

    def state() -> str:
        listed = olivia.get(list_url("messaging.conversation")).text
        found = re.search(r"(?s)field-state_label.*?<span[^>]*>\s*([a-z ]+?)\s*</span>", listed)
        assert found
        return found.group(1)

    assert state() == "quiet"
    Work.objects.filter(pk=work.pk).update(due_at=timezone.now())
    assert state() == "waiting"
    turn = Turn.objects.create(
        tenant=acme, conversation=conversation, number=1, status="open", began_at=timezone.now(), attempts=1
    )
    assert state() == "retry"
    Work.objects.filter(pk=work.pk).update(lease_until=timezone.now() + timedelta(seconds=30), busy=True)
    assert state() == "running"
    Work.objects.filter(pk=work.pk).update(lease_until=None, due_at=None)
    assert state() == "held"
    assert turn.pk
