"""Sessions and the memory: a prompt stays as it was while a session lasts, and what was forgotten ends it."""

from __future__ import annotations

import json
import time
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from memory import documents, epochs
from memory.authors import Author, operator
from memory.models import Audience, Document, Fact
from messaging.models import Attachment, ChannelAccount, Delivery, Message, Session, Turn
from tenants_app.models import Contact
from tenants_app.scope import tenant_scope
from tests.fixtures import make_tenant
from tests.house import ALICE, ALICE_ON_TELEGRAM, BOB, CHARLIE, House

OLIVIA = operator("olivia")
HOURS = "knowledge/hours.md"


def says(house: House, words: str, sender: str = ALICE, **answer: Any) -> dict[str, Any]:
    """The request that the message led to; the newest where there were several."""
    house.script(answer or {"text": "Noted."})
    house.says(words, sender)
    house.work()
    return newest(house)


def newest(house: House) -> dict[str, Any]:
    body: dict[str, Any] = house.anthropic.calls(containing="/v1/messages")[-1]["body"]
    return body


def context_of(request: dict[str, Any]) -> str:
    return str(request["messages"][-1]["content"][0]["text"])


def put(house: House, path: str, content: str, **fields: Any) -> Document:
    with tenant_scope(house.tenant):
        return documents.write(house.tenant, path, content, author=OLIVIA, base=None, **fields)


def edit(house: House, path: str, content: str, author: Author = OLIVIA) -> None:
    with tenant_scope(house.tenant):
        row = Document.objects.get(path=path)
        documents.write(house.tenant, path, content, author=author, base=row.number)


def forget(house: House, **which: Any) -> None:
    """As forgetting does with messages."""
    with tenant_scope(house.tenant):
        assert Message.objects.filter(**which).update(forgotten_at=timezone.now())
        epochs.begin_anew(house.tenant)


def close_reasons(house: House) -> list[str]:
    with tenant_scope(house.tenant):
        return list(Session.objects.order_by("opened_at").values_list("close_reason", flat=True))


def test_what_was_forgotten_is_told_to_nobody_again(house: House) -> None:
    says(house, "The code of the door is 4711", text="4711, I have it.")
    assert "4711" in json.dumps(says(house, "And now?"))
    forget(house, text__contains="4711")
    request = json.dumps(says(house, "What was it?"))
    assert "4711" not in request
    assert "And now?" in request, "the rest of the talk is told"
    assert close_reasons(house) == ["memory", ""]


def test_forgetting_ends_the_sessions_of_all_chats_once(house: House) -> None:
    says(house, "Hello")
    says(house, "Hello", BOB)
    forget(house, text="Hello", contact__name="Bob")
    says(house, "And now?")
    says(house, "And now?", BOB)
    says(house, "And then?")
    assert close_reasons(house) == ["memory", "memory", "", ""]


def test_a_forgotten_message_is_not_quoted_either(house: House) -> None:
    says(house, "The code is 4711")
    with tenant_scope(house.tenant):
        said = Message.objects.get(text="The code is 4711")
    forget(house, pk=said.pk)
    house.script({"text": "Yes"})
    reply = house.text("This one", context={"from": ALICE, "id": said.external_id})
    assert house.post_whatsapp(house.whatsapp_body(reply)).status_code == 200
    house.work()
    request = json.dumps(newest(house))
    assert "in reply to" in request
    assert "4711" not in request


def test_our_own_forgotten_words_are_not_quoted_either(house: House) -> None:
    says(house, "What is the code?", text="It is 4711.")
    with tenant_scope(house.tenant):
        ours = Message.objects.get(text="It is 4711.")
        sent = Delivery.objects.get(message=ours)
    forget(house, pk=ours.pk)
    house.script({"text": "Yes"})
    reply = house.text("This one", context={"from": "15550109999", "id": sent.external_id})
    assert house.post_whatsapp(house.whatsapp_body(reply)).status_code == 200
    house.work()
    assert "4711" not in json.dumps(newest(house))


def test_what_was_forgotten_while_it_waited_is_not_told(house: House) -> None:
    house.says("The code is 4711")
    house.says("Hello?")
    forget(house, text__contains="4711")
    house.script({"text": "Hello!"})
    house.work()
    assert "4711" not in json.dumps(newest(house))
    assert "somebody asked to be forgotten" in json.dumps(newest(house))


def test_a_file_of_a_forgotten_message_is_not_shown(house: House) -> None:
    says(house, "Hello")
    with tenant_scope(house.tenant):
        said = Message.objects.get(text="Hello")
        Attachment.objects.create(
            tenant=house.tenant,
            conversation=said.conversation,
            message=said,
            file_id="1",
            kind="audio",
            state=Attachment.State.KEPT,
            text="The code is 4711",
        )
    forget(house, pk=said.pk)
    assert "4711" not in json.dumps(says(house, "And now?"))


def test_the_prompt_stays_as_it_was_and_a_change_is_told_once(house: House) -> None:
    put(house, HOURS, "# Hours\n\nNine to six.\n")
    first = says(house, "When do you open?")
    assert "Nine to six." in json.dumps(first["system"])
    edit(house, HOURS, "# Hours\n\nTen to six.\n")
    put(house, "knowledge/old.md", "# Old\n")
    with tenant_scope(house.tenant):
        row = Document.objects.get(path="knowledge/old.md")
        documents.delete(row, author=OLIVIA, base=row.number)
        Turn.objects.update(began_at=F("began_at") - timedelta(minutes=10))
    second = says(house, "And now?")
    assert second["system"] == first["system"]
    assert second["tools"] == first["tools"]
    assert f"Memory changed: knowledge/old.md (deleted, operator); {HOURS} (operator)" in context_of(second)
    with tenant_scope(house.tenant):
        Document.objects.update(changed_at=timezone.now() - timedelta(minutes=5))
    assert "Memory changed" not in context_of(says(house, "And then?"))
    assert close_reasons(house) == [""]


def test_a_session_that_begins_is_told_of_no_change(house: House) -> None:
    put(house, HOURS, "# Hours\n\nNine to six.\n")
    assert "Memory changed" not in context_of(says(house, "When do you open?"))


def test_its_own_changes_are_not_told_to_it_but_those_from_other_chats_are(house: House) -> None:
    says(house, "Hello")
    says(house, "Hello", BOB)
    put(house, HOURS, "# Hours\n\nNine to six.\n")
    with tenant_scope(house.tenant):
        turn = Turn.objects.get(conversation__contact__name="Alice")
    edit(house, HOURS, "# Hours\n\nTen.\n", Author(kind="assistant", name="assistant", role="owner", turn_id=turn.pk))
    assert "Memory changed" not in context_of(says(house, "And now?"))
    assert f"Memory changed: {HOURS} (in another chat)" in context_of(says(house, "And now?", BOB))


def test_of_many_changes_a_few_are_named(house: House) -> None:
    says(house, "Hello")
    for number in range(7):
        put(house, f"knowledge/{number}.md", f"# {number}\n")
    [line] = [line for line in context_of(says(house, "And now?")).splitlines() if line.startswith("Memory changed")]
    assert line.count("(operator)") == 5
    assert "knowledge/6.md (operator); knowledge/5.md" in line
    assert line.endswith("; and more")


def test_a_customer_is_told_of_changes_to_what_is_public_only(house: House) -> None:
    with tenant_scope(house.tenant):
        ChannelAccount.objects.update(front_desk=True)
    says(house, "Hello", CHARLIE)
    put(house, "knowledge/keys.md", "# Keys\n")
    put(house, HOURS, "# Hours\n\nNine to six.\n", audience=Audience.PUBLIC)
    request = says(house, "And now?", CHARLIE)
    assert f"Memory changed: {HOURS} (operator)\n" in context_of(request)


@pytest.mark.parametrize(("path", "reasons"), [("boundaries/x.md", ["memory", ""]), (HOURS, [""])])
def test_what_binds_holds_from_the_next_message(house: House, path: str, reasons: list[str]) -> None:
    says(house, "Hello")
    put(house, path, "# Rule\n\nNever promise a discount.\n")
    request = says(house, "And now?")
    assert ("Never promise a discount." in json.dumps(request["system"])) == (len(reasons) == 2)
    assert close_reasons(house) == reasons


def test_another_tenants_sessions_go_on(house: House) -> None:
    says(house, "Hello")
    globex = make_tenant("globex")
    with tenant_scope(globex):
        epochs.begin_anew(globex)
        epochs.begin_anew(house.tenant)  # which this scope cannot see
    says(house, "And now?")
    assert close_reasons(house) == [""]


# --- Groups ----------------------------------------------------------------------------------------------------------


def in_group(house: House, text: str, sender: str) -> dict[str, Any]:
    house.script({"text": "Yes"})
    number = uuid.uuid4().int % 10**6
    message = {
        "message_id": number,
        "date": int(time.time()),
        "chat": {"id": -100200300, "type": "supergroup", "title": "Team"},
        "from": {"id": int(sender), "first_name": "Somebody", "is_bot": False},
        **house.mentioned(text),
    }
    assert house.post_telegram({"update_id": number, "message": message}).status_code == 200
    house.work()
    return newest(house)


def test_in_a_group_nobodys_own_matters_are_told_and_the_lowest_role_counts(house: House) -> None:
    house.connect_telegram()
    house.link("telegram", "700004", Contact.Role.STAFF, "Dora")
    put(house, "knowledge/profit.md", "# Profit\n\nFor the owner.\n", audience=Audience.OWNER)
    put(house, "knowledge/keys.md", "# Keys\n\nFor the team.\n")
    put(house, HOURS, "# Hours\n\nFor all.\n", audience=Audience.PUBLIC)
    with tenant_scope(house.tenant):
        alice = Contact.objects.get(addresses__address=ALICE_ON_TELEGRAM)
        now = timezone.now()
        of_alice = {"subject": "Alice", "subject_key": "alice", "predicate": "likes", "predicate_key": "likes"}
        times = {"valid_from": now, "recorded_at": now, "seen_at": now}
        Fact.objects.create(tenant=house.tenant, contact=alice, value="tea", value_key="t", **of_alice, **times)
    alone = json.dumps(in_group(house, "Hello", ALICE_ON_TELEGRAM)["system"])
    assert "For the owner." in alone
    assert "likes: tea" not in alone
    with_staff = in_group(house, "Hello", "700004")
    assert "For the owner." not in json.dumps(with_staff["system"])
    again = in_group(house, "And now?", ALICE_ON_TELEGRAM)
    assert "For the owner." not in json.dumps(again["system"])
    assert "For the team." in json.dumps(again["system"])
    assert "what counts is staff" in context_of(again)
    with tenant_scope(house.tenant):
        ChannelAccount.objects.update(front_desk=True)
    with_outsider = in_group(house, "Hello", "700009")
    assert "For the team." not in json.dumps(with_outsider["system"])
    assert "For all." in json.dumps(with_outsider["system"])
