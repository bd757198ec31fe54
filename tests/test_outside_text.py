"""Text from outside, once it is in a session: whatever brought it, what is remembered from then on is marked, also in
the next turn, after a crash and in the next session; and what brings none leaves the owner's word as good as it was."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from memory import documents, facts
from memory.authors import Author, operator
from memory.facts import Proposal
from memory.models import Document, Fact
from messaging.models import Attachment, ChannelAccount, Conversation, Delivery, Message, Session, TurnStep
from tenants_app.models import Contact
from tenants_app.scope import tenant_scope
from tests.fixtures import as_role
from tests.house import ALICE, ALICE_ON_TELEGRAM, CHARLIE, House, wait_for
from tests.test_ceiling import TOO_LITTLE
from tests.test_confirmations import taps
from tests.test_groups import writes
from tests.test_media import answered, at_whatsapp, picture, sends_file
from tests.test_memory import call, fact_of, remember, results
from tests.test_renewal import left, taken_up
from tests.test_turns import set_tenant

PATH = "/memories/boundaries/discounts.md"
DISCOUNTS = call("memory", command="create", path=PATH, file_text="# Discounts\n\nTo all.\n")
WAY_OUT = "send /new, which begins a session without that text"
OLIVIA = operator("olivia")
UNVERIFIED = Author(kind="assistant", name="assistant", role="owner", trusted=False)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def says(house: House, words: str, *answers: dict[str, Any], sender: str = ALICE, **more: Any) -> list[str]:
    """The results of the tools that were called last. A command, and whom nobody answers, is not put to Claude."""
    if sender == ALICE and not words.startswith("/"):
        house.script(*answers, {"text": "All right."})
    assert house.post_whatsapp(house.whatsapp_body(house.text(words, sender, **more))).status_code == 200
    house.work()
    return results(house) if answers else []


def forwards(house: House, words: str = "Everybody gets a discount", *answers: dict[str, Any]) -> list[str]:
    return says(house, words, *answers, context={"forwarded": True})


def sessions(house: House, **filters: Any) -> list[bool]:
    with tenant_scope(house.tenant):
        return list(Session.objects.filter(**filters).order_by("opened_at").values_list("tainted", flat=True))


def is_marked(house: House, value: str) -> bool:
    """Whether what the owner says now is."""
    says(house, f"My budget is {value}", remember(value))
    return fact_of(house, value=value).untrusted


def told_by_steps(house: House) -> list[bool]:
    with tenant_scope(house.tenant):
        rows = TurnStep.objects.filter(kind="tool_result").order_by("at")
        return [row.content.get("from_outside", False) for row in rows]


def idle(house: House) -> None:
    with tenant_scope(house.tenant):
        Session.objects.update(used_at=timezone.now() - timedelta(days=2))


# --- What becomes of it ----------------------------------------------------------------------------------------------


def test_a_boundary_is_not_written_in_the_turn_after_a_forward(house: House) -> None:
    forwards(house)
    [told] = says(house, "Do as it says", DISCOUNTS)
    assert "Waiting for the owner's confirmation" in told
    with tenant_scope(house.tenant):
        assert not Document.objects.filter(path__startswith="boundaries/").exists()
    says(house, "/new")
    [told] = says(house, "Discounts for everybody", DISCOUNTS)
    assert told.startswith("File created successfully")
    assert sessions(house) == [True, False]
    with tenant_scope(house.tenant):
        assert not Document.objects.get(path="boundaries/discounts.md").untrusted


def test_notes_and_facts_go_on_and_are_marked(house: House) -> None:
    says(house, "My budget is $400,000", remember("$400,000"))
    forwards(house)
    note = call("memory", command="create", path="/memories/knowledge/roof.md", file_text="# Roof\n")
    assert says(house, "Note the roof", note)[0].startswith("File created successfully")
    with tenant_scope(house.tenant):
        assert Document.objects.get(path="knowledge/roof.md").untrusted
    [told] = says(house, "No, $450,000", remember("$450,000"))
    assert "not verified and stands beside what the team said, which holds: Alice, budget: $400,000" in told
    assert WAY_OUT in told
    assert fact_of(house, value="$400,000").holds
    reference = f"fact:{fact_of(house, value='$450,000').pk}"
    [told] = says(house, "Forget that", call("forget", references=[reference], words=[]))
    assert "Waiting for the owner's confirmation" in told
    assert is_there(house, "$450,000")
    taps(house, "Allow", {"text": "It is forgotten."})
    assert not is_there(house, "$450,000")


def test_a_boundary_that_the_owner_was_shown_and_allowed_is_their_own(house: House) -> None:
    forwards(house)
    says(house, "Do as it says", DISCOUNTS)
    taps(house, "Allow", {"text": "It is written."})
    with tenant_scope(house.tenant):
        assert not Document.objects.get(path="boundaries/discounts.md").untrusted
    assert sessions(house)[-1], "the session is what it was"


def is_there(house: House, value: str) -> bool:
    with tenant_scope(house.tenant):
        return Fact.objects.filter(value=value).exists()


def test_the_next_session_is_told_of_it_and_has_it_too(house: House) -> None:
    forwards(house)
    idle(house)
    assert is_marked(house, "$1")
    idle(house)
    assert is_marked(house, "$2"), "a summary of a summary"
    assert sessions(house) == [True, True, True]
    says(house, "/new")
    assert not is_marked(house, "$3")


def test_a_session_on_the_cheaper_model_has_it_too(house: House) -> None:
    forwards(house)
    set_tenant(house, day_budget=TOO_LITTLE)
    says(house, "And now?")
    with tenant_scope(house.tenant):
        models = list(Session.objects.order_by("number").values_list("model", "tainted"))
    assert models == [("claude-sonnet-5-5", True), ("claude-haiku-5-5", True)]


def test_it_is_known_after_the_worker_died(house: House) -> None:
    says(house, "The roof is red", sender=CHARLIE)
    left(house, "What of the roof?", call("recall", query="roof red"))
    assert sessions(house, role="owner") == [True]
    taken_up(house, remember("$1"), {"text": "Noted."})
    assert fact_of(house, value="$1").untrusted


def test_what_a_lost_worker_read_is_written_with_the_result_or_not_at_all(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from messaging import recorder

    def die(point: str) -> None:
        if point == "in_record" and told_by_steps(house):
            raise SystemExit

    says(house, "The roof is red", sender=CHARLIE)
    house.script(call("recall", query="roof red"))
    house.says("What of the roof?")
    with monkeypatch.context() as patched:
        patched.setattr(recorder, "fault", die)
        with pytest.raises(SystemExit):
            house.work()
    assert (told_by_steps(house), sessions(house, role="owner")) == ([], [False])


# --- What brings it --------------------------------------------------------------------------------------------------


def unverified_fact(house: House) -> str:
    with tenant_scope(house.tenant):
        given = Proposal(subject="Elm Street", predicate="price", value="$1")
        return f"fact:{facts.place_fact(house.tenant, given, UNVERIFIED).fact.pk}"


def unverified_document(house: House) -> str:
    with tenant_scope(house.tenant):
        documents.write(house.tenant, "knowledge/elm.md", "# Elm\n\nA red roof.\n", author=UNVERIFIED, base=None)
    return "/memories/knowledge/elm.md"


def imported(house: House, tmp_path: Path) -> None:
    lines = [{"id": "1", "speaker": "Nora", "text": "The roof is red", "at": "2025-03-04T09:12:00Z"}]
    file = tmp_path / "chat.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    with as_role("operator"):
        call_command("import_history", str(file), tenant=house.tenant.slug, chat="Nora")


@pytest.mark.parametrize("source", ["customer", "forward", "file", "import", "document", "fact", "ours"])
def test_what_recall_finds_of_others(house: House, tmp_path: Path, source: str) -> None:
    match source:
        case "customer":
            says(house, "The roof is red", sender=CHARLIE)
        case "forward":
            forwards(house, "The roof is red")
        case "file":
            says(house, "See there")
            attach(house, "document", "The roof is red")
        case "import":
            imported(house, tmp_path)
        case "document":
            unverified_document(house)
        case "fact":
            unverified_fact(house)
        case "ours":
            forwards(house, "…")
            house.script({"text": "It says that the roof is red."})
            house.says("What is that?")
            house.work()
    says(house, "/new")
    [told] = says(house, "What of the roof?", call("recall", query="price roof red", limit=1))
    assert "from outside" in told
    assert told_by_steps(house) == [True]
    assert is_marked(house, "$2")


def attach(house: House, kind: str, text: str) -> None:
    """A file of the newest message, that Claude was shown."""
    with tenant_scope(house.tenant):
        said = Message.objects.filter(direction="in").order_by("-seq")[0]
        kept = {"file_id": "1", "state": Attachment.State.KEPT, "shown": True, "text": text}
        Attachment.objects.create(tenant=house.tenant, conversation=said.conversation, message=said, kind=kind, **kept)


@pytest.mark.parametrize("tool", ["where_from", "where_from a document", "facts_about", "view", "str_replace"])
def test_what_a_tool_tells_of_others(house: House, tool: str) -> None:
    fact, path = unverified_fact(house), unverified_document(house)
    asked = {
        "where_from": call("where_from", reference=fact),
        "where_from a document": call("where_from", reference=path),
        "facts_about": call("facts_about", subject="Elm Street"),
        "view": call("memory", command="view", path=path),
        "str_replace": call("memory", command="str_replace", path=path, old_str="# Elm", new_str="# Elms"),
    }[tool]
    says(house, "Tell me", asked)
    assert told_by_steps(house) == [True]
    assert is_marked(house, "$2")


def test_the_words_of_others_behind_a_fact(house: House) -> None:
    """An operator may have verified what was forwarded: the message behind it still is what it is."""
    forwards(house, "Elm Street costs $1", remember("$1", "Elm Street", "price"))
    fact = fact_of(house, value="$1")
    with tenant_scope(house.tenant):
        Fact.objects.update(untrusted=False)
    says(house, "/new")
    [told] = says(house, "Where from?", call("where_from", reference=f"fact:{fact.pk}"))
    assert "Elm Street costs $1" in told
    assert is_marked(house, "$2")


def test_a_page_whatever_became_of_it(house: House) -> None:
    says(house, "Look there", call("fetch_url", url="http://127.0.0.1:9/"))
    assert is_marked(house, "$2")


@pytest.mark.parametrize(
    ("kind", "more", "marked"),
    [
        ("document", {}, True),
        ("audio", {}, True),
        ("voice", {}, False),
        ("voice", {"context": {"forwarded": True}}, True),
    ],
)
def test_what_a_file_says(house: House, kind: str, more: dict[str, Any], marked: bool) -> None:
    house.post_whatsapp(house.whatsapp_body(house.text("Look", **more)))
    attach(house, kind, "The roof is red")
    with tenant_scope(house.tenant):
        Attachment.objects.update(shown=False)
    house.work()
    assert sessions(house) == [marked]
    assert is_marked(house, "$1") is marked


def test_what_stands_in_a_picture(house: House) -> None:
    sends_file(house, "image", {"id": at_whatsapp(house, picture(), "image/jpeg"), "mime_type": "image/jpeg"})
    wait_for(lambda: answered(house))
    assert is_marked(house, "$1")


def test_a_forwarded_recording_that_is_written_down_late(house: House) -> None:
    """Its message was answered in a session that is over; its words come into the next."""
    forwards(house, "Listen")
    says(house, "/new")
    with tenant_scope(house.tenant):
        forwarded = Message.objects.get(text="Listen")
        kept = {"file_id": "1", "kind": "voice", "state": Attachment.State.KEPT, "text": "The roof is red"}
        Attachment.objects.create(tenant=house.tenant, conversation=forwarded.conversation, message=forwarded, **kept)
    assert is_marked(house, "$1")


def test_a_customers_words(house: House) -> None:
    with tenant_scope(house.tenant):
        ChannelAccount.objects.update(front_desk=True)
    says(house, "Hello", sender=CHARLIE)
    says(house, "Hello")
    assert sessions(house, role="customer") == [True]
    assert sessions(house, role="owner") == [False]


def test_a_customers_words_in_a_group(house: House) -> None:
    house.connect_telegram()
    house.link("telegram", "700004", Contact.Role.STAFF, "Dora")
    writes(house, **house.mentioned("Hello"))
    writes(house, sender="700004", **house.mentioned("Hello"))
    house.work()
    assert not any(sessions(house))
    with tenant_scope(house.tenant):
        ChannelAccount.objects.update(front_desk=True)
    writes(house, "The roof is red", sender="700009")
    writes(house, **house.mentioned("And now?"))
    house.work()
    assert sessions(house, role="customer") == [True]


def test_the_owners_own_who_was_a_customer_before(house: House) -> None:
    """What they said then was a stranger's, and the session begins with it."""
    with tenant_scope(house.tenant):
        ChannelAccount.objects.update(front_desk=True)
    says(house, "The roof is red", sender=CHARLIE)
    with tenant_scope(house.tenant):
        Contact.objects.filter(addresses__address=CHARLIE).update(role="owner")
    says(house, "And now?", sender=CHARLIE)
    assert sessions(house, role="owner") == [True]


# --- What it answers -------------------------------------------------------------------------------------------------


def last_words(house: House) -> str:
    text: str = house.anthropic.calls(containing="/v1/messages")[-1]["body"]["messages"][-1]["content"][-1]["text"]
    return text


def reply_to(house: House, external_id: str) -> bool:
    says(house, "/new")
    says(house, "This one", context={"from": ALICE, "id": external_id})
    assert "in reply to “" in last_words(house)
    return sessions(house)[-1]


def id_of(house: House, text: str) -> str:
    with tenant_scope(house.tenant):
        return Message.objects.get(text=text).external_id


def test_a_forward_that_is_quoted(house: House) -> None:
    forwards(house, "The roof is red")
    assert reply_to(house, id_of(house, "The roof is red"))


@pytest.mark.parametrize("after_a_forward", [True, False])
def test_our_own_words_that_are_quoted(house: House, after_a_forward: bool) -> None:
    says(house, "…", context={"forwarded": after_a_forward})
    with tenant_scope(house.tenant):
        sent = Delivery.objects.get(message__text="All right.").external_id
    assert reply_to(house, sent) is after_a_forward


def test_their_own_words_that_are_quoted_are_as_good(house: House) -> None:
    forwards(house)
    says(house, "The roof is red")
    assert not reply_to(house, id_of(house, "The roof is red"))


def test_a_list_of_what_is_known_that_is_quoted(house: House) -> None:
    """Code made it; some of it may be of others."""
    says(house, "Hello")
    says(house, "/memory")
    with tenant_scope(house.tenant):
        sent = Delivery.objects.order_by("-seq")[0].external_id
    assert reply_to(house, sent)


def test_words_that_nobody_knows_the_speaker_of(house: House) -> None:
    """Said before the assistant was there."""
    house.connect_telegram()
    house.script({"text": "I see."})
    chat = {"id": int(ALICE_ON_TELEGRAM), "type": "private"}
    house.telegrams("Look", reply_to_message={"message_id": 7, "date": 1, "chat": chat, "text": "The roof is red"})
    house.work()
    assert "The roof is red" in last_words(house)
    assert sessions(house) == [True]


# --- What brings nothing ---------------------------------------------------------------------------------------------


def test_a_harmless_look_leaves_the_owners_word_as_good(house: House) -> None:
    says(house, "My budget is $400,000", remember("$400,000"))
    with tenant_scope(house.tenant):
        documents.write(house.tenant, "knowledge/oak.md", "# Oak\n\nMy budget\n", author=OLIVIA, base=None)
    unverified_document(house)  # its name alone says nothing
    fact = fact_of(house, value="$400,000")
    for asked in (
        call("recall", query="budget"),
        call("where_from", reference=f"fact:{fact.pk}"),
        call("where_from", reference="/memories/knowledge/oak.md"),
        call("facts_about", subject="me"),
        call("facts_about", subject="nobody"),
        call("memory", command="view", path="/memories/knowledge/oak.md"),
        call("memory", command="view", path="/memories"),
        call("memory", command="view", path="/memories/knowledge/none.md"),
        call("memory", command="str_replace", path="/memories/knowledge/oak.md", old_str="Oak", new_str="Oaks"),
        call("current_time"),
    ):
        says(house, "Look", asked)
    assert not any(told_by_steps(house))
    says(house, "It is $450,000", remember("$450,000"))
    assert not fact_of(house, value="$400,000").holds
    assert not fact_of(house, value="$450,000").untrusted
    assert sessions(house) == [False]


def test_idleness_alone_brings_nothing(house: House) -> None:
    says(house, "The roof is red")
    idle(house)
    assert not is_marked(house, "$1")
    assert sessions(house) == [False, False]


def test_what_the_team_wrote_into_the_chat_is_theirs(house: House) -> None:
    says(house, "Hello")
    with tenant_scope(house.tenant):
        chat = Conversation.objects.get()
        chat.last_seq += 1
        chat.save(update_fields=["last_seq"])
        Message.objects.create(
            tenant=house.tenant,
            conversation=chat,
            account_id=chat.account_id,
            direction="out",
            seq=chat.last_seq,
            text="The roof is red",
            author="operator:olivia",
            sent_at=timezone.now(),
        )
    assert not is_marked(house, "$1")
