"""A customer who leaves traces everywhere that a person can leave one, for the tests of erasing them."""

from __future__ import annotations

import itertools
import json
import time
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings as project
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from memory.content import hash_of
from memory.models import Document, Fact, ImportedChat, ImportedMessage, Revision
from messaging.channels.base import Sender
from messaging.models import (
    AccountIssue,
    Attachment,
    ChannelAccount,
    Conversation,
    DeadLetter,
    FactSource,
    Feedback,
    Message,
    Session,
    Turn,
    UnroutedWebhook,
)
from messaging.pairing import link
from tenants_app import audit
from tenants_app.deletion import tenant_files
from tenants_app.models import Consent, Contact
from tenants_app.scope import tenant_scope
from tests.fixtures import as_role
from tests.house import ALICE_ON_TELEGRAM, CHARLIE, House
from tooling import executions
from tooling.models import Execution
from tooling.types import Ran

NAME = "Zacarías Quillfeather"
ON_TELEGRAM = "700003"
HOME = "My order is QX-4711 and I live at 12 Elm Street near the bakery"
GROUP = {"id": -100200300, "type": "supergroup", "title": "Team"}
WORDS = [NAME, "Zacarias Quillfeather", CHARLIE, ON_TELEGRAM, HOME, "QX-4711", "12 Elm Street"]
numbers = itertools.count(8000)


def in_group(house: House, text: str, sender: str, name: str, **more: Any) -> int:
    number = next(numbers)
    message = {
        "message_id": number,
        "date": int(time.time()),
        "chat": GROUP,
        "from": {"id": int(sender), "first_name": name, "is_bot": False},
        **house.mentioned(text),
        **more,
    }
    assert house.post_telegram({"update_id": number, "message": message}).status_code == 200
    return number


def move_in(house: House) -> Contact:
    """The person writes on WhatsApp and in a group, is spoken of in the owner's chat, and noted down by software."""
    house.connect_telegram()
    alice = {"id": int(ALICE_ON_TELEGRAM), "first_name": "Alice"}
    house.telegram.post("inbound", account=house.bot_token, **{"from": alice}, chat=GROUP, type="text", text="hello")
    person = house.link("whatsapp", CHARLIE, Contact.Role.CUSTOMER, NAME)
    with tenant_scope(house.tenant):
        link(person, "telegram", Sender(address=ON_TELEGRAM, name=NAME))
        ChannelAccount.objects.update(front_desk=True)
    talk(house)
    remember(house, person)
    note_down(house, person)
    return person


def talk(house: House) -> None:
    house.script({"text": "Hello."})
    house.says("Good morning")  # so that the owner can be told
    house.work()
    asks = {"type": "tool_use", "name": "ask_for_a_person", "input": {"reason": f"{NAME} wants QX-4711"}}
    house.script({"content": [asks]}, {"text": f"Thank you, {NAME}."})
    house.says(HOME, CHARLIE)
    house.work()
    house.script(
        {"thinking": f"{NAME} again", "text": f"I wrote to {NAME}, who lives at 12 Elm Street.\nAnything else?"}
    )
    house.says("Has anybody written?")
    house.work()
    house.script({"text": "Noted."})
    house.says(f"Yes, be kind to {NAME} please.")
    house.work()
    house.script({"text": "Hello there."}, {"text": f"{NAME} said so."})
    said = in_group(house, HOME, ON_TELEGRAM, NAME)
    house.work()
    quoting = {
        "message_id": said,
        "date": int(time.time()),
        "chat": GROUP,
        "from": {"id": int(ON_TELEGRAM), "first_name": NAME, "is_bot": False},
        "text": HOME,
    }
    in_group(house, "I agree with that", ALICE_ON_TELEGRAM, "Alice", reply_to_message=quoting)
    house.work()


def document(house: House, path: str, content: str, **fields: Any) -> Document:
    now = timezone.now()
    values = {"content_hash": hash_of(content), "size": len(content), "changed_at": now, **fields}
    row = Document.objects.create(tenant=house.tenant, path=path, content=content, **values)
    Revision.objects.create(
        tenant=house.tenant,
        document=row,
        number=1,
        action=Revision.Action.CREATED,
        path=path,
        content=content,
        content_hash=hash_of(content),
        actor_kind="operator",
        actor="operator:olivia",
        at=now,
    )
    return row


def fact(house: House, subject: str, value: str, **fields: Any) -> Fact:
    now = timezone.now()
    values = {"valid_from": now, "recorded_at": now, "seen_at": now, "origin": "owner", "actor_kind": "owner", **fields}
    return Fact.objects.create(
        tenant=house.tenant,
        subject=subject,
        subject_key=subject.casefold(),
        predicate="lives in",
        predicate_key="lives in",
        value=value,
        value_key=hash_of(value),
        **values,
    )


def remember(house: House, person: Contact) -> None:
    with tenant_scope(house.tenant):
        document(house, "relationships/zacarias-quillfeather.md", f"# {NAME}\n12 Elm Street", contact=person)
        document(house, "knowledge/customers.md", f"# Customers\n- {NAME} pays late\n- Bob pays early")
        fact(house, NAME, "12 Elm Street")
        fact(house, "them", "near the bakery", contact=person)
        told = fact(house, "The bakery", "opens at six", origin="customer")
        theirs = Message.objects.filter(contact=person).order_by("pk")[0]
        FactSource.objects.create(tenant=house.tenant, fact=told, message=theirs)
        fact(house, "Bob", f"was asked by {NAME}")
        chat = ImportedChat.objects.create(tenant=house.tenant, name=f"Chat with {NAME}", imported_at=timezone.now())
        shared = ImportedChat.objects.create(tenant=house.tenant, name="Party", imported_at=timezone.now())
        lines = [
            (chat, NAME, HOME),
            (chat, "Alice", "Fine, I come by."),
            (shared, "+1 555 010 0003", HOME),
            (shared, "Alice", "Who brings cake?"),
            (shared, "Bob", "I do"),
        ]
        for number, (where, speaker, text) in enumerate(lines):
            ImportedMessage.objects.create(
                tenant=house.tenant,
                chat=where,
                external_id=str(number),
                seq=number,
                speaker=speaker,
                text=text,
                at=timezone.now(),
            )


def note_down(house: House, person: Contact) -> None:
    """What software wrote down of them in the journals, and the files of theirs."""
    body = json.dumps({"from": CHARLIE, "profile": NAME, "text": HOME}).encode()
    with tenant_scope(house.tenant):
        note_in_journals(house, person, body)
        note_in_chat(house, person)
        note_in_runs(house, person)
    note_for_operators(person, body)


def note_in_journals(house: House, person: Contact, body: bytes) -> None:
    tenant, account = house.tenant, house.accounts["whatsapp"]
    audit.record(tenant, "system", "somebody.noted", f"{NAME} wrote", number=CHARLIE, list=[NAME, int(CHARLIE)])
    audit.alert(tenant, "something", f"Look at {NAME}")
    DeadLetter.objects.create(tenant=tenant, account=account, reason="not understood", raw=body)
    AccountIssue.objects.create(
        tenant=tenant,
        account=account,
        code="odd",
        severity="info",
        text=f"+{CHARLIE} is odd",
        seen_at=timezone.now(),
    )
    Consent.objects.create(
        tenant=tenant,
        contact=person,
        kind="whatsapp",
        category="proactive",
        given=False,
        source="message",
        words="stop, QX-4711",
        at=timezone.now(),
    )


def note_in_chat(house: House, person: Contact) -> None:
    tenant = house.tenant
    chat = Conversation.objects.get(contact=person, is_group=False)
    turn = Turn.objects.filter(conversation=chat).order_by("pk")[0]
    Feedback.objects.create(tenant=tenant, conversation=chat, contact=person, turn=turn, text="QX-4711 was late")
    Session.objects.filter(conversation__contact__role="owner").update(summary=f"They spoke of {NAME}.\nAnd of cake.")
    message = Message.objects.filter(contact=person, conversation=chat).order_by("pk")[0]
    photo = Attachment.objects.create(
        tenant=tenant,
        conversation=chat,
        message=message,
        kind="document",
        file_id="f",
        name="QX-4711.txt",
        state="kept",
        text="QX-4711 for 12 Elm Street",
    )
    path = tenant_files(tenant) / "media" / str(photo.pk) / "file.txt"
    path.parent.mkdir(parents=True)
    path.write_text(f"{NAME}: QX-4711")
    Attachment.objects.filter(pk=photo.pk).update(file=str(path.relative_to(Path(project.MEDIA_ROOT))))


def note_in_runs(house: House, person: Contact) -> None:
    """Tools of the business's own failed: in the person's chat, in the owner's, and tried by an operator."""
    theirs = Conversation.objects.get(contact=person, is_group=False)
    owners = Conversation.objects.filter(contact__role="owner").order_by("pk")[0]
    error = f"LookupError: no lead for {NAME}, {CHARLIE}"
    requests = [{"method": "GET", "host": "crm.example.com", "path": f"/leads/{CHARLIE}/Zacar%C3%ADas%20Quillfeather"}]
    ran = Ran(outcome="error", error=error, requests=requests)
    for chat in (theirs, owners, None):
        where: executions.Where = {"conversation_id": chat.pk if chat else None}
        executions.record(house.tenant.pk, kind=Execution.Kind.TOOL, name="leads", ran=ran, **where)


def note_for_operators(person: Contact, body: bytes) -> None:
    with as_role("operator"):
        UnroutedWebhook.objects.create(kind="whatsapp", target=uuid.uuid4(), reason="nobody's", raw=body)
        olivia = User.objects.create_user("olivia", password="a-long-password-1", is_staff=True, is_superuser=True)
        LogEntry.objects.create(
            user=olivia,
            content_type=ContentType.objects.get_for_model(Contact),
            object_id=str(person.pk),
            object_repr=NAME,
            action_flag=CHANGE,
            change_message=f'[{{"changed": {{"object": "whatsapp:{CHARLIE}"}}}}]',
        )
