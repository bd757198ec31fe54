"""What erasing a person leaves alone, and what has to go on after it: other people's words, turns and chats."""

from __future__ import annotations

from typing import Any

import pytest

from memory import documents
from memory.authors import operator
from memory.models import Document, Revision
from messaging.erasure import Report, erase_contact
from messaging.models import ChannelAccount, Delivery, Message
from tenants_app.models import Contact
from tenants_app.scope import tenant_scope
from tests.fixtures import as_role
from tests.house import CHARLIE, House

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
