"""An operator writes to a person in the admin: it goes out once, as typed, and the assistant is silent meanwhile."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from messaging.models import Conversation, Delivery, Message, Work
from tenants_app.models import AuditEntry, Tenant
from tenants_app.scope import tenant_scope
from tests.admin.rows import SCRIPT, account_of, conversation_of, message_in, turn_of
from tests.admin.test_actions import acted, with_web_urls
from tests.admin.test_pages import list_url, page_url
from tests.fixtures import use_role
from tests.house import House


@pytest.fixture
def chat(acme: Tenant, admin_process: None) -> Conversation:
    return conversation_of(account_of(acme))


def fields_of(page: str) -> dict[str, str]:
    """The hidden fields of the form, as a browser sends them."""
    found = dict(re.findall(r'<input type="hidden" name="(form|seen)" value="([^"]*)">', page))
    assert set(found) == {"form", "seen"}
    return found


def url(chat: Conversation, verb: str) -> str:
    return f"/admin/messaging/conversation/{chat.pk}/{verb}/"


def write(client: Client, chat: Conversation, text: str, **fields: str) -> Any:
    given = {**fields_of(client.get(page_url(chat)).text), **fields}
    return client.post(url(chat, "write"), {**given, "text": text}, follow=True)


def test_what_an_operator_writes_arrives_once_and_as_typed(house: House, olivia: Client) -> None:
    use_role("app")
    house.script({"text": "I'll see", "times": "always"})
    with_web_urls(house, "Can somebody call me?")
    use_role("operator")
    chat = Conversation.objects.select_related("tenant").get()
    fields = fields_of(olivia.get(page_url(chat)).text)
    for _ in range(2):
        answer = olivia.post(url(chat, "write"), {**fields, "text": "I call at 5*5.\r\nOlivia "}, follow=True)
        assert answer.status_code == 200
    assert "This was sent already" in answer.text
    use_role("app")
    from tests.test_deliveries import drain

    drain(house)
    assert house.sent() == ["I'll see", "I call at 5*5.\nOlivia"]
    with_web_urls(house, "Perfect")
    assert len(house.sent()) == 2, "the assistant is silent"
    use_role("operator")
    message = Message.objects.get(author="operator:olivia")
    assert message.text == "I call at 5*5.\nOlivia"
    assert Delivery.objects.get(message=message).ownership is None
    page = olivia.get(page_url(chat)).text
    assert "by olivia — 30 minutes left" in page
    assert "team: olivia" in page
    assert acted(house.tenant)[-1] == ("operator:olivia", "conversation.taken_over")
    assert "I call at" not in str(AuditEntry.objects.values_list("detail", "subject"))
    assert olivia.post(url(chat, "give-back"), follow=True).status_code == 200
    use_role("app")
    house.work()
    assert house.sent()[-1] == "I'll see"
    [*_, call] = house.anthropic.calls(containing="/v1/messages")
    texts = [block["text"] for block in call["body"]["messages"][-1]["content"][1:]]
    assert texts == ["<written_by_team>\nI call at 5*5.\nOlivia\n</written_by_team>", "Perfect"]


def test_what_came_after_the_page_was_opened_still_waits(chat: Conversation, olivia: Client) -> None:
    message_in(chat, None, "Do you deliver?")
    fields = fields_of(olivia.get(page_url(chat)).text)
    message_in(chat, None, "And on Sunday?")
    olivia.post(url(chat, "write"), {**fields, "text": "Yes, we do"})
    waiting = Message.objects.filter(direction="in").order_by("seq")
    assert list(waiting.values_list("text", "wakes")) == [("Do you deliver?", False), ("And on Sunday?", True)]


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 4001, "nul\0nul"])
def test_nothing_is_sent_of_what_cannot_be(text: str, chat: Conversation, olivia: Client) -> None:
    answer = write(olivia, chat, text)
    assert "Nothing was sent" in answer.text
    assert not Message.objects.exists()
    chat.refresh_from_db()
    assert chat.ownership == 0


@pytest.mark.parametrize("fields", [{"form": "x"}, {"seen": "-1"}, {"seen": ""}, {"form": ""}])
def test_a_forged_form_is_refused(fields: dict[str, str], chat: Conversation, olivia: Client) -> None:
    assert "Nothing was sent" in write(olivia, chat, "Hello", **fields).text
    assert not Message.objects.exists()


def test_four_thousand_characters_with_line_ends_are_taken(chat: Conversation, olivia: Client) -> None:
    assert "on its way" in write(olivia, chat, "x\r\n" * 2000).text


def test_taking_over_and_giving_back_by_button(chat: Conversation, olivia: Client) -> None:
    message_in(chat, None, "Hello?")
    before = olivia.get(page_url(chat)).text
    assert "silent for 30 minutes" in before
    assert "Give back" not in before
    olivia.post(url(chat, "take"))
    chat.refresh_from_db()
    assert (chat.ownership, chat.paused_by) == (1, "operator:olivia")
    page = olivia.get(page_url(chat)).text
    assert re.search(r"Paused until [^<]*\d\d:\d\d<", page)
    assert "with the team" in olivia.get(list_url("messaging.conversation")).text
    olivia.post(url(chat, "give-back"))
    chat.refresh_from_db()
    assert (chat.paused_until, chat.paused_by) == (None, "")
    assert Work.objects.get(conversation=chat, kind="turn").due_at is not None
    again = olivia.post(url(chat, "give-back"), follow=True)
    assert "Nothing was changed" in again.text
    assert [action for _, action in acted(chat.tenant)] == ["conversation.taken_over", "conversation.given_back"]


def test_the_time_is_shown_by_the_clock_of_the_business(chat: Conversation, olivia: Client) -> None:
    Tenant.objects.update(timezone="America/Chicago")
    until = timezone.now() + timedelta(minutes=10)
    Conversation.objects.update(paused_until=until, paused_by="app:whatsapp")
    page = olivia.get(page_url(chat)).text
    chicago = until.astimezone(Tenant.objects.get().zone)
    assert re.search(rf"Paused until [^<]*{chicago:%H:%M}<", page)
    assert "(America/Chicago)" in page
    assert "by the WhatsApp app — 10 minutes left" in page


def test_an_earlier_page_has_no_form(chat: Conversation, olivia: Client) -> None:
    for number in range(120):
        message_in(chat, None, str(number))
    assert 'name="text"' not in olivia.get(page_url(chat), {"before": "20"}).text


def test_who_may_only_look_cannot_write(acme: Tenant, trainee: Client, chat: Conversation) -> None:
    for codename in ("view_conversation", "view_message"):
        User.objects.get().user_permissions.add(Permission.objects.get(codename=codename))
    assert 'name="text"' not in trainee.get(page_url(chat)).text
    for verb in ("write", "take", "give-back"):
        assert trainee.post(url(chat, verb), {"text": "x"}).status_code == 404
        assert trainee.get(url(chat, verb)).status_code == 405
    chat.refresh_from_db()
    assert chat.ownership == 0
    stranger = Client().post(url(chat, "take"))
    assert stranger.status_code == 302
    assert "login" in stranger.headers["Location"]


def test_a_forged_request_is_refused(chat: Conversation, olivia: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = olivia.cookies
    assert strict.post(url(chat, "take")).status_code == 403


def test_a_withdrawn_answer_says_so_and_markup_stays_text(chat: Conversation, olivia: Client) -> None:
    turn_of(chat, status=Delivery.Status.WITHDRAWN, note="One of the team took over.")
    write(olivia, chat, f"Look {SCRIPT}")
    page = olivia.get(page_url(chat)).text
    assert "do_not_disturb_on" in page
    assert SCRIPT not in page
    with tenant_scope(chat.tenant):
        assert Delivery.objects.filter(status=Delivery.Status.PENDING).count() == 1
