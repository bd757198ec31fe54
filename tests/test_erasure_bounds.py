"""What erasing a person leaves alone, and what has to go on after it: other people's words, turns and chats."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from memory import documents
from memory import erasure as of_memory
from memory.authors import operator
from memory.models import Document, Revision
from messaging.channels.base import Sender
from messaging.erasure import Report, erase_contact
from messaging.models import Attachment, ChannelAccount, Conversation, Delivery, Message, Session, Turn, TurnStep
from messaging.pairing import link
from messaging.phrases import phrase
from tenants_app.models import Contact, OperatorAlert
from tenants_app.scope import tenant_scope
from tests.erased_person import ON_TELEGRAM, in_group
from tests.fixtures import as_role
from tests.house import ALICE_ON_TELEGRAM, CHARLIE, House
from tests.test_turns import make_due
from tooling.toolbox import Toolbox

NAME = "Zacarias Quillfeather"
DAVE = "15550100044"
OPEN = "We are open Monday to Friday from 9 to 5"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def erase(person: Contact, **options: Any) -> Report:
    with as_role("operator"):
        contact = Contact.objects.select_related("tenant").get(pk=person.pk)
        return erase_contact(contact, actor="operator:olivia", patience=0.5, **options)


def open_the_door(house: House) -> None:
    with tenant_scope(house.tenant):
        ChannelAccount.objects.update(front_desk=True)


def answered(house: House, sender: str, asks: str, answer: str) -> None:
    house.script({"text": answer})
    house.says(asks, sender)
    house.work()


@pytest.mark.parametrize("with_mentions", [False, True])
def test_what_was_quoted_to_them_stays_the_businesss_own(house: House, with_mentions: bool) -> None:
    open_the_door(house)
    person = house.link("whatsapp", CHARLIE, Contact.Role.CUSTOMER, NAME)
    house.link("whatsapp", DAVE, Contact.Role.CUSTOMER, "Dave Miller")
    content = f"# Opening hours and prices of the shop\n{OPEN}"
    with tenant_scope(house.tenant):
        documents.write(house.tenant, "knowledge/hours.md", content, author=operator("olivia"), base=None)
    answered(house, CHARLIE, "When can one come?", f"Opening hours and prices of the shop: {OPEN}")
    for sender, asks in ((DAVE, "Could you please tell me when one can come?"), ("15550100001", "When are we open?")):
        answered(house, sender, asks, f"Hello\n{OPEN}")
    with tenant_scope(house.tenant):
        Delivery.objects.exclude(conversation__contact=person).update(status="held")
    erase(person, with_mentions=with_mentions)
    with tenant_scope(house.tenant):
        document = Document.objects.get(path="knowledge/hours.md")
        assert document.content == content
        assert {row.content for row in Revision.objects.filter(document=document)} == {content}
        texts = list(Message.objects.filter(direction="out", text__contains="Hello\n").values_list("text", flat=True))
        assert texts == [f"Hello\n{OPEN}"] * 2
        assert set(Delivery.objects.values_list("status", flat=True)) == {"held"}


@pytest.mark.parametrize("with_mentions", [False, True])
def test_what_another_customer_said_in_the_same_words_stays_theirs(house: House, with_mentions: bool) -> None:
    open_the_door(house)
    person = house.link("whatsapp", CHARLIE, Contact.Role.CUSTOMER, NAME)
    house.link("whatsapp", DAVE, Contact.Role.CUSTOMER, "Dave Miller")
    asked = "Can I have a table for two tonight?"
    answered(house, CHARLIE, asked, "Yes.")
    answered(house, DAVE, asked, f"You ask: {asked} Yes.")
    with tenant_scope(house.tenant):
        documents.write(house.tenant, "knowledge/faq.md", f"# {asked}\nYes", author=operator("olivia"), base=None)
        Delivery.objects.exclude(conversation__contact=person).update(status="held")
    erase(person, with_mentions=with_mentions)
    with tenant_scope(house.tenant):
        assert set(Message.objects.values_list("text", flat=True)) == {asked, f"You ask: {asked} Yes."}
        assert Document.objects.get(path="knowledge/faq.md").content == f"# {asked}\nYes"
        assert set(Delivery.objects.values_list("status", flat=True)) == {"held"}


# --- turns and chats that go on --------------------------------------------------------------------------------------


def in_telegram(house: House, person: Contact) -> None:
    """The person, and a group with them and Alice."""
    house.connect_telegram()
    open_the_door(house)
    with tenant_scope(house.tenant):
        link(person, "telegram", Sender(address=ON_TELEGRAM, name=NAME))


class Died(BaseException):
    """As if the worker had been killed here."""


def during_a_tool(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    real = Toolbox.call

    def call(*args: Any, **options: Any) -> Any:
        happens()
        return real(*args, **options)

    monkeypatch.setattr(Toolbox, "call", call)


def die() -> None:
    raise Died


LOOKS = {"type": "tool_use", "name": "current_time", "input": {}}
ACTS = {"type": "tool_use", "name": "remember_fact", "input": {"subject": "me", "predicate": "likes", "value": "cake"}}


def dies_in_a_tool(
    monkeypatch: pytest.MonkeyPatch, house: House, call: dict[str, Any], says: Callable[[], object]
) -> None:
    """A turn whose worker is killed while the tool runs."""
    house.script({"content": [call]})
    says()
    with monkeypatch.context() as patch:
        during_a_tool(patch, die)
        with pytest.raises(Died):
            house.work()


def statuses() -> list[str]:
    return list(Turn.objects.order_by("began_at").values_list("status", flat=True))


def test_a_group_goes_on_after_an_interrupted_erasure(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    person = house.link("whatsapp", CHARLIE, Contact.Role.CUSTOMER, NAME)
    in_telegram(house, person)
    in_group(house, "Hello from Alice", ALICE_ON_TELEGRAM, "Alice")
    house.work()
    dies_in_a_tool(monkeypatch, house, LOOKS, lambda: in_group(house, "What time is it?", ON_TELEGRAM, "Zac"))
    with monkeypatch.context() as patch:
        patch.setattr(of_memory, "erase", lambda *_: die())
        with pytest.raises(Died):
            erase(person)
    with tenant_scope(house.tenant):
        Conversation.objects.filter(is_group=True).update(paused_until=timezone.now() - timedelta(seconds=1))
    house.script({"text": "I am still here."})
    in_group(house, "Anybody there?", ALICE_ON_TELEGRAM, "Alice")
    make_due(house)
    house.work()
    assert house.sent_by_telegram()[-1] == "I am still here."
    with tenant_scope(house.tenant):
        assert statuses() == ["answered", "silent", "answered"]


def test_whose_turn_had_acted_and_was_put_aside_is_told_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    person = house.link("whatsapp", CHARLIE, Contact.Role.CUSTOMER, NAME)
    dies_in_a_tool(monkeypatch, house, ACTS, lambda: house.says("I like cake"))
    erase(person)
    make_due(house)
    house.work()
    assert house.sent() == [phrase("apology", "en")]
    with tenant_scope(house.tenant):
        assert statuses() == ["apologised"]
        assert [step.kind for step in TurnStep.objects.order_by("number")][-2:] == ["tool_result", "assistant"]
    house.script({"text": "Noon."})
    house.says("And now?")
    house.work()
    assert house.sent()[-1] == "Noon."


def test_whose_turn_only_looked_something_up_is_answered_after_all(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = house.link("whatsapp", CHARLIE, Contact.Role.CUSTOMER, NAME)
    dies_in_a_tool(monkeypatch, house, LOOKS, lambda: house.says("What time is it?"))
    with tenant_scope(house.tenant):
        message = Message.objects.get()
        Attachment.objects.create(
            tenant=house.tenant,
            conversation_id=message.conversation_id,
            message=message,
            kind="document",
            file_id="1",
            text="A page about clocks",
            state="kept",
            shown=True,
        )
    erase(person)
    house.script({"text": "Noon."})
    make_due(house)
    house.work()
    assert house.sent() == ["Noon."]
    assert "A page about clocks" in json.dumps(house.anthropic.calls(containing="/messages")[-1]["body"]["messages"])
    with tenant_scope(house.tenant):
        assert statuses() == ["silent", "answered"]


def test_a_turn_that_waits_to_be_tried_again_is_not_lost(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """It had thought of the person, and what is thought is signed: from what is cut out of it nothing can go on."""
    open_the_door(house)
    person = house.link("whatsapp", CHARLIE, Contact.Role.CUSTOMER, NAME)
    answered(house, CHARLIE, "Hi", "Hello.")
    house.script({"content": [LOOKS], "thinking": f"About {NAME}"})
    house.says(f"What about {NAME}?")
    with monkeypatch.context() as patch:
        during_a_tool(patch, lambda: house.anthropic.post("faults", faults=[{"kind": "overloaded"}]))
        house.work()
    with tenant_scope(house.tenant):
        assert statuses() == ["answered", "open"]
    house.script({"text": "Nobody that I know."})
    erase(person)
    make_due(house)
    house.work()
    assert house.sent()[-1] == "Nobody that I know."
    with tenant_scope(house.tenant):
        assert not Turn.objects.filter(status="open").exists()
        assert not Session.objects.filter(close_reason="failed").exists()
        assert not OperatorAlert.objects.filter(kind__startswith="turn.unanswered").exists()


def test_a_group_that_somebody_has_stays_with_them(house: House) -> None:
    person = house.link("whatsapp", CHARLIE, Contact.Role.CUSTOMER, NAME)
    in_telegram(house, person)
    in_group(house, "Hello", ON_TELEGRAM, "Zac")
    in_group(house, "Hello from Alice", ALICE_ON_TELEGRAM, "Alice")
    house.work()
    until = timezone.now() + timedelta(minutes=5)
    with tenant_scope(house.tenant):
        Conversation.objects.filter(is_group=True).update(paused_until=until, paused_by="operator:bob")
    erase(person)
    with tenant_scope(house.tenant):
        group = Conversation.objects.get(is_group=True)
        assert (group.paused_until, group.paused_by) == (until, "operator:bob")


def test_a_group_of_customers_goes_with_the_last_of_them(house: House) -> None:
    anna = house.link("whatsapp", CHARLIE, Contact.Role.CUSTOMER, "Anna Aaa")
    ben = house.link("whatsapp", DAVE, Contact.Role.CUSTOMER, "Ben Bbb")
    in_telegram(house, anna)
    with tenant_scope(house.tenant):
        link(ben, "telegram", Sender(address="700102", name="Ben Bbb"))
    in_group(house, "Hello from Anna", ON_TELEGRAM, "Anna")
    in_group(house, "Hello from Ben", "700102", "Ben")
    house.work()
    erase(anna)
    with tenant_scope(house.tenant):
        assert list(Message.objects.filter(direction="in").values_list("contact__name", flat=True)) == ["Ben Bbb"]
    erase(ben)
    with tenant_scope(house.tenant):
        assert not Contact.objects.filter(role="customer").exists()
        assert not Conversation.objects.filter(is_group=True).exists()


def test_a_group_turn_that_was_open_says_nothing_more_of_them(house: House) -> None:
    """Whatever of their words its steps hold goes, also where no mark of theirs is in it."""
    person = house.link("whatsapp", CHARLIE, Contact.Role.CUSTOMER, NAME)
    in_telegram(house, person)
    in_group(house, "Hello from Alice", ALICE_ON_TELEGRAM, "Alice")
    house.work()
    house.anthropic.post("faults", faults=[{"kind": "overloaded"}])
    in_group(house, "elm 7", ON_TELEGRAM, "Zac")
    house.work()
    erase(person)
    with tenant_scope(house.tenant):
        steps = json.dumps(list(TurnStep.objects.values_list("content", flat=True)))
        assert "Hello from Alice" in steps
        assert "elm 7" not in steps


def test_of_a_name_that_is_an_everyday_word_the_operator_is_told(house: House) -> None:
    person = house.link("whatsapp", CHARLIE, Contact.Role.CUSTOMER, "May")
    with tenant_scope(house.tenant):
        documents.write(house.tenant, "knowledge/a.md", "May is busy", author=operator("olivia"), base=None)
    report = erase(person, with_mentions=True)
    assert [mention.place for mention in report.mentions] == ["the name “May”, wherever it stands"]
    with tenant_scope(house.tenant):
        assert Document.objects.get(path="knowledge/a.md").content == "May is busy"
