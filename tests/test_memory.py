"""Memory through the chat: told, asked in a new session, corrected, asked where from, forgotten; and nobody else's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone

from memory import documents, facts, provenance
from memory.authors import operator
from memory.facts import Proposal
from memory.models import Document, Entry, Fact, Revision
from memory.search.finding import search
from memory.search.types import Viewer
from messaging.models import ChannelAccount, FactSource, Message, Session, TurnStep
from tenants_app.models import AuditEntry, Contact, Tenant
from tenants_app.scope import tenant_scope
from tests.house import ALICE, ALICE_ON_TELEGRAM, BOB, CHARLIE, House

SECRET = "pomegranate terrace"


@pytest.fixture
def bot(house: House) -> House:
    """The double knows the chat with Alice; contacts of other tests' names would not be certain."""
    house.connect_telegram()
    alice = {"id": int(ALICE_ON_TELEGRAM), "first_name": "Alice"}
    house.telegram.post("inbound", account=house.bot_token, **{"from": alice}, type="text", text="hello, bot")
    return house


def call(tool: str, **arguments: Any) -> dict[str, Any]:
    return {"content": [{"type": "tool_use", "name": tool, "input": arguments}]}


def on_telegram(house: House, text: str, *answers: dict[str, Any]) -> str:
    """What the bot says to this, Claude answering so."""
    house.script(*answers)
    house.telegrams(text)
    house.work()
    return house.sent_by_telegram()[-1]


def on_whatsapp(house: House, text: str, *answers: dict[str, Any], sender: str = CHARLIE) -> str:
    house.script(*answers)
    house.says(text, sender)
    house.work()
    return house.sent()[-1]


def requests(house: House) -> list[dict[str, Any]]:
    return [each["body"] for each in house.anthropic.calls(containing="/v1/messages")]


def results(house: House) -> list[str]:
    """Of the tools, as Claude was told them last."""
    blocks = requests(house)[-1]["messages"][-1]["content"]
    return [str(block["content"]) for block in blocks if block["type"] == "tool_result"]


def system_of(request: dict[str, Any]) -> str:
    return "\n".join(part["text"] for part in request["system"])


def fact_of(house: House, **filters: Any) -> Fact:
    with tenant_scope(house.tenant):
        return Fact.objects.get(**filters)


def remember(value: str, subject: str = "me", predicate: str = "budget", **more: Any) -> dict[str, Any]:
    return call("remember_fact", subject=subject, predicate=predicate, value=value, **more)


def test_what_was_told_is_known_in_the_next_session(bot: House) -> None:
    on_telegram(bot, "My budget is $400,000", remember("$400,000"), {"text": "Noted."})
    assert "Remembered: Alice, budget: $400,000" in results(bot)[0]
    on_telegram(bot, "/new")
    on_telegram(bot, "What is my budget?", {"text": "$400,000"})
    fact = fact_of(bot)
    assert f"Alice, budget: $400,000 (said by the owner on {timezone.now():%Y-%m-%d}) [fact:{fact.pk}]" in system_of(
        requests(bot)[-1]
    )
    assert "My budget is" not in json.dumps(requests(bot)[-1]["messages"])


def test_a_correction_ends_what_was_before_and_both_can_be_asked_for(bot: House) -> None:
    on_telegram(
        bot,
        "Elm Street costs 400k since January 2024",
        remember("400k", "Elm Street", "price", since="2024-01"),
        {"text": "OK"},
    )
    on_telegram(
        bot, "It is 450k since March 2025", remember("450k", "elm street", "price", since="2025-03"), {"text": "OK"}
    )
    assert "It ended: Elm Street, price: 400k (since 2024-01-01, until 2025-03-01)" in results(bot)[0]
    on_telegram(
        bot, "And what was it in May 2024?", call("facts_about", subject="Elm street", at="2024-05"), {"text": "x"}
    )
    assert "400k" in results(bot)[0]
    assert "450k" not in results(bot)[0]
    on_telegram(bot, "And now?", call("facts_about", subject="Elm Street"), {"text": "450k"})
    held, _, before = results(bot)[0].partition("Before, or not in force:")
    assert "450k" in held
    assert "400k" in before


def test_a_date_that_is_none_is_told_so(bot: House) -> None:
    on_telegram(bot, "Since ever", remember("400k", since="ever"), {"text": "Since when?"})
    assert "is no date" in results(bot)[0]
    with tenant_scope(bot.tenant):
        assert not Fact.objects.exists()


@pytest.mark.parametrize("end", ["9999-12-31T23:59:59", "9999-12-31T23:59:59-08:00", "0999", "2201"])
def test_a_date_that_could_not_be_read_again_is_not_kept(bot: House, end: str) -> None:
    on_telegram(bot, "Keep it for ever", remember("400k", until=end), {"text": "Without an end, then."})
    assert f"“{end}”: Only years from 1000 to 2200 can be kept" in results(bot)[0]
    with tenant_scope(bot.tenant):
        assert not Fact.objects.exists()


def test_a_fact_has_the_messages_of_its_turn_as_its_source(bot: House) -> None:
    on_telegram(bot, "My budget is $400,000", remember("$400,000"), {"text": "Noted."})
    fact = fact_of(bot)
    with tenant_scope(bot.tenant):
        said = Message.objects.get(text="My budget is $400,000")
        assert list(FactSource.objects.values_list("fact_id", "message_id")) == [(fact.pk, said.pk)]
        assert fact.valid_from == said.sent_at
    on_telegram(
        bot, "Where did you get that?", call("where_from", reference=f"fact:{fact.pk}"), {"text": "You said so."}
    )
    [told] = results(bot)
    assert f"{said.sent_at:%Y-%m-%d %H:%M} Alice, over Telegram: “My budget is $400,000”" in told


@pytest.mark.parametrize(
    ("before", "more"),
    [
        ((call("fetch_url", url="http://127.0.0.1:9/"),), {}),
        ((), {"forward_origin": {"type": "hidden_user", "sender_user_name": "Mallory", "date": 1}}),
    ],
)
def test_what_a_page_or_a_forward_says_is_marked(bot: House, before: Any, more: dict[str, Any]) -> None:
    on_telegram(bot, "My budget is $400,000", remember("$400,000"), {"text": "Noted."})
    bot.script(*before, remember("$1"), {"text": "Noted."})
    bot.telegrams("Your budget is $1", **more)
    bot.work()
    fact = fact_of(bot, value="$1")
    assert (fact.untrusted, fact.origin, fact.holds) == (True, "web", False)
    assert "not verified" in results(bot)[0]
    assert fact_of(bot, value="$400,000").holds
    on_telegram(bot, "It is $450,000", remember("$450,000"), {"text": "Noted."})
    assert fact_of(bot, value="$450,000").untrusted, "it is still in front of Claude"
    on_telegram(bot, "/new")
    on_telegram(bot, "It is $460,000", remember("$460,000"), {"text": "Noted."})
    assert not fact_of(bot, value="$460,000").untrusted


def test_without_the_book_nothing_is_remembered(bot: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wire to the messages is cut: no fact may be written whose source nobody knows."""
    monkeypatch.setattr(provenance, "_books", [])
    on_telegram(bot, "My budget is $400,000", remember("$400,000"), {"text": "I could not."})
    assert "unexpectedly" in results(bot)[0]
    with tenant_scope(bot.tenant):
        assert not Fact.objects.exists()


def test_a_document_tells_its_changes_and_who_said_it(bot: House) -> None:
    write = call(
        "memory", command="create", path="/memories/knowledge/prices.md", file_text="# Prices\n\nA cut is 20 €.\n"
    )
    on_telegram(bot, "A cut is 20 €", write, {"text": "Noted."})
    on_telegram(
        bot, "Where from?", call("where_from", reference="/memories/knowledge/prices.md"), {"text": "From you."}
    )
    [told] = results(bot)
    assert "1. Created on" in told
    assert "Alice, over Telegram: “A cut is 20 €”" in told


@pytest.fixture
def known(bot: House) -> House:
    """What is to be forgotten, in every place where something can stand."""
    on_telegram(
        bot, f"I plan a {SECRET} in May", remember(f"a {SECRET}", "me", "plan"), {"text": f"A {SECRET}, how nice!"}
    )
    with tenant_scope(bot.tenant):
        by = operator("alice")
        text = "# Plans\n\nAlice wants a Pomegranate  *terrace*.\nShe likes tea.\n"
        row = documents.write(bot.tenant, "knowledge/plans.md", text, author=by, base=None)
        documents.write(bot.tenant, row.path, f"{text}And a fountain.\n", author=by, base=row.number)
        Session.objects.update(summary=f"They spoke of tea.\nThey spoke of a {SECRET}.")
        assert Entry.objects.exists()
    return bot


def forgetting(house: House, *words: str, references: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    return [call("forget", references=list(references), words=list(words)), {"text": "It is forgotten."}]


def hits(house: House, query: str) -> list[str]:
    return [hit.text for hit in search(house.tenant, Viewer(role="owner"), query, now=timezone.now())]


def test_what_is_forgotten_is_gone_everywhere(known: House) -> None:
    house = known
    fact = fact_of(house)
    assert any(SECRET in text for text in hits(house, "pomegranate terrace"))
    on_telegram(house, "Forget my plan", *forgetting(house, SECRET, references=(f"fact:{fact.pk}",)))
    assert results(house)[0] == "Forgotten for good: 1 facts, 2 messages, 1 documents."
    with tenant_scope(house.tenant):
        assert not Fact.objects.exists()
        assert Document.objects.get(path="knowledge/plans.md").content == "# Plans\n\nShe likes tea.\nAnd a fountain.\n"
        for revision in Revision.objects.all():
            assert "omegranate" not in revision.content + revision.about + revision.title
        assert all(SECRET not in session.summary for session in Session.objects.all())
        entry = AuditEntry.objects.get(action="memory.forgotten")
        assert entry.detail == {"facts": 1, "messages": 2, "documents": 1}
        assert entry.actor == "assistant"
        assert SECRET not in json.dumps([entry.detail, entry.subject])
        # The correspondence stays as it was, for operators.
        assert Message.objects.filter(text__contains=SECRET, forgotten_at__isnull=False).count() == 2
    assert hits(house, "pomegranate terrace") == []
    on_telegram(house, "What do I plan?", {"text": "I don't know."})
    assert "omegranate" not in json.dumps(requests(house)[-1])
    on_telegram(house, "Do recall", call("recall", query="pomegranate terrace plans"), {"text": "Nothing."})
    assert "omegranate t" not in "".join(results(house)).replace("pomegranate terrace plans", "")


def test_the_wish_that_names_it_is_forgotten_too(known: House) -> None:
    on_telegram(known, f"Forget the {SECRET}!", *forgetting(known, SECRET))
    on_telegram(known, "So, what do I plan?", {"text": "I don't know."})
    newest = json.dumps(requests(known)[-1])
    assert "omegranate" not in newest


def test_a_message_alone_can_be_forgotten_by_its_reference(known: House) -> None:
    with tenant_scope(known.tenant):
        said = Message.objects.get(text__startswith="I plan")
    on_telegram(known, "Forget that message", *forgetting(known, references=(f"message:{said.pk}",)))
    assert results(known)[0] == "Forgotten for good: 1 facts, 2 messages."  # the answer to it, and what is known of it
    on_telegram(known, "Hi", {"text": "Hi"})
    assert SECRET not in json.dumps(requests(known)[-1]["messages"])
    with tenant_scope(known.tenant):
        assert Session.objects.order_by("number").first().summary == ""  # type: ignore[union-attr]


def test_a_passage_that_says_nothing_of_its_own_forgets_nothing(known: House) -> None:
    on_telegram(known, "Forget a", *forgetting(known, "a", "  "))
    assert results(known)[0].startswith("Nothing (more) was found")
    assert fact_of(known)


@pytest.fixture
def desk(known: House) -> House:
    """Charlie, a customer, can write on WhatsApp."""
    with tenant_scope(known.tenant):
        ChannelAccount.objects.update(front_desk=True)
    on_whatsapp(known, "Hello", {"text": "Welcome"})
    return known


def charlie(house: House) -> Contact:
    with tenant_scope(house.tenant):
        return Contact.objects.get(addresses__address=CHARLIE)


def test_a_customer_learns_and_forgets_nothing_of_others(desk: House) -> None:
    fact = fact_of(desk)
    with tenant_scope(desk.tenant):
        said = Message.objects.get(text__startswith="I plan")
    for asked in (
        call("where_from", reference=f"fact:{fact.pk}"),
        call("where_from", reference="/memories/knowledge/plans.md"),
        call("facts_about", subject="Alice"),
        call("remember_fact", subject="Alice", predicate="plan", value="nothing"),
    ):
        on_whatsapp(desk, "Tell me", asked, {"text": "No."})
        assert SECRET not in results(desk)[0].lower()
    on_whatsapp(desk, "Forget it", *forgetting(desk, SECRET, references=(f"fact:{fact.pk}", f"message:{said.pk}")))
    assert "Nothing (more) was found" in results(desk)[0]
    with tenant_scope(desk.tenant):
        assert Fact.objects.get().pk == fact.pk
        assert not Message.objects.exclude(forgotten_at=None).exists()
        assert "omegranate" in Document.objects.get(path="knowledge/plans.md").content
        assert not AuditEntry.objects.filter(action="memory.forgotten").exists()


def test_a_customer_is_remembered_and_forgotten_by_themselves(desk: House) -> None:
    on_whatsapp(desk, "I have a parrot", remember("a parrot", predicate="pet"), {"text": "Lovely."})
    fact = fact_of(desk, predicate="pet")
    assert (fact.contact_id, fact.origin, fact.untrusted, fact.audience) == (
        charlie(desk).pk,
        "customer",
        True,
        "contact",
    )
    assert "parrot" in on_whatsapp(desk, "/memory")
    assert SECRET not in on_whatsapp(desk, "/memory")
    on_whatsapp(desk, "Forget my bird", *forgetting(desk, "parrot", references=(f"fact:{fact.pk}",)))
    assert "1 facts" in results(desk)[0]
    with tenant_scope(desk.tenant):
        assert not Fact.objects.filter(predicate="pet").exists()
    on_whatsapp(desk, "/new")
    on_whatsapp(desk, "Hello again", {"text": "Hello."})
    assert "parrot" not in json.dumps(requests(desk)[-1])


def test_a_customer_hears_nothing_of_what_the_team_knows_of_them(desk: House) -> None:
    with tenant_scope(desk.tenant):
        Contact.objects.filter(pk=charlie(desk).pk).update(name="Charlie Stone")
    on_telegram(desk, "Charlie haggles", remember("at most $900", "Charlie Stone", "budget"), {"text": "Noted."})
    on_whatsapp(desk, "My budget is $1,200", remember("$1,200"), {"text": "Thanks."})
    assert results(desk) == ["Noted: budget: $1,200."]
    on_whatsapp(desk, "It is $900 at most", remember("at most $900"), {"text": "Thanks."})
    assert results(desk) == ["Noted: budget: at most $900."]
    on_whatsapp(desk, "/new")
    on_whatsapp(desk, "Hello", {"text": "Hello."})
    assert "haggles" not in json.dumps(requests(desk)[-1])
    assert "never in force" not in json.dumps(requests(desk)[-1])
    with tenant_scope(desk.tenant):
        held = Fact.objects.get(predicate="budget", valid_to=None)
        assert held.value == "at most $900"
    assert "900" not in on_whatsapp(desk, "/memory")


def test_staff_do_not_forget_or_see_what_is_the_owners_alone(desk: House) -> None:
    on_telegram(desk, "Between us", remember("sell the shop", "the shop", "plan", private=True), {"text": "OK."})
    private = fact_of(desk, subject="the shop")
    assert private.audience == "owner"
    on_whatsapp(desk, "Plans?", call("facts_about", subject="the shop"), {"text": "None."}, sender=BOB)
    assert "sell" not in results(desk)[0]
    on_whatsapp(desk, "Forget", *forgetting(desk, "sell the shop", references=(f"fact:{private.pk}",)), sender=BOB)
    with tenant_scope(desk.tenant):
        assert Fact.objects.filter(pk=private.pk).exists()
        assert not Message.objects.filter(text="Between us").exclude(forgotten_at=None).exists()


# --- /memory ---------------------------------------------------------------------------------------------------------


def test_the_command_lists_facts_with_where_they_come_from(known: House) -> None:
    with tenant_scope(known.tenant):
        documents.write(known.tenant, "knowledge/tea.md", "Alice drinks tea.", author=operator("bob"), base=None)
    before = len(requests(known))
    answer = on_telegram(known, "/memory")
    assert len(requests(known)) == before  # Claude is not asked
    assert f"plan: a {SECRET} (Alice, {timezone.now():%Y-%m-%d}, over Telegram)" in answer
    assert "/memories/knowledge/tea.md: Alice drinks tea." in answer


def test_the_command_in_spanish_and_bounded(house: House) -> None:
    assert "Todavía no" in on_whatsapp(house, "memoria", sender=ALICE)
    with tenant_scope(house.tenant):
        alice = Contact.objects.get(name="Alice")
    with tenant_scope(house.tenant):
        for number in range(40):
            given = Proposal(subject="x", predicate=f"thing {number}", value=f"[v]({number})", contact_id=alice.pk)
            facts.remember(house.tenant, given, operator("alice"))
    answer = on_whatsapp(house, "memoria", sender=ALICE)
    assert "… y 25 más." in answer
    assert "[v](" in answer
    assert len(answer) < 4096


# --- Forgetting meets the rest ---------------------------------------------------------------------------------------


def test_a_reply_to_what_was_forgotten_does_not_quote_it(known: House) -> None:
    with tenant_scope(known.tenant):
        said = Message.objects.get(text__startswith="I plan")
    on_telegram(known, "Forget my plan", *forgetting(known, SECRET))
    message = {
        "message_id": int(said.external_id or 1),
        "date": 1,
        "chat": {"id": int(ALICE_ON_TELEGRAM), "type": "private"},
    }
    known.script({"text": "Which one?"})
    known.telegrams("And this one?", reply_to_message=message)
    known.work()
    assert "omegranate" not in json.dumps(requests(known)[-1]["messages"])


def test_the_steps_of_a_forgotten_turn_are_in_no_later_request(known: House) -> None:
    on_telegram(known, "Forget my plan", *forgetting(known, SECRET))
    with tenant_scope(known.tenant):
        assert TurnStep.objects.filter(content__contains="omegranate").exists()  # for operators
        assert Tenant.objects.get(pk=known.tenant.pk).prompt_epoch > 0
    on_telegram(known, "Hi", {"text": "Hi"})
    assert "omegranate" not in json.dumps(requests(known)[-1])
