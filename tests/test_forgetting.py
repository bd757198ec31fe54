"""What is known from a message that is forgotten is forgotten with it, however the fact says it; nothing else is."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from memory import facts, forgetting
from memory.authors import Author
from memory.facts import Proposal
from memory.forgetting import Forgotten
from memory.models import Fact
from messaging import turn_end
from messaging.models import Delivery, Message
from tenants_app.scope import tenant_scope
from tests.house import ALICE_ON_TELEGRAM, House, wait_for
from tests.test_memory import bot, call, remember, results
from tests.test_memory_sessions import newest
from tests.test_races import straight

__all__ = ["bot"]

OWNER = Author(kind="assistant", name="assistant", role="owner")


def forget(house: House, *words: str, references: Sequence[str] = ()) -> Forgotten:
    with tenant_scope(house.tenant):
        return forgetting.forget(house.tenant, references=references, words=words, author=OWNER)


def values(house: House) -> list[str]:
    with tenant_scope(house.tenant):
        return sorted(Fact.objects.values_list("value", flat=True))


def says(house: House, text: str, **known: str) -> None:
    calls = [remember(value, predicate=predicate.replace("_", " ")) for predicate, value in known.items()]
    house.script(*calls, {"text": "Noted."})
    house.says(text)
    house.work()


def test_a_passage_is_found_in_what_a_fact_is_about(house: House) -> None:
    with tenant_scope(house.tenant):
        for value in ("4711", "0815"):
            facts.remember(house.tenant, Proposal(subject=f"Door {value}", predicate="gate code", value=value), OWNER)
    assert forget(house, "gate code 4711").facts == 1
    assert values(house) == ["0815"]
    assert forget(house, "gate code").facts == 1


def test_what_is_known_only_from_a_forgotten_passage_goes(house: House) -> None:
    says(house, "Our gate opens with four seven one one. And my daughter is Ana", gate_code="4711", child="Ana")
    done = forget(house, "our gate opens with four seven one one")
    assert done.facts == 1
    assert values(house) == ["Ana"], "the message said that beside the passage"


def test_what_is_known_from_elsewhere_stays(house: House) -> None:
    says(house, "The gate code is 4711", gate_code="4711")
    says(house, "That gate code, 4711, is still good", gate_code="4711")
    with tenant_scope(house.tenant):
        first, second = Message.objects.filter(direction="in").order_by("seq").values_list("pk", flat=True)
    assert forget(house, references=[f"message:{first}"]).facts == 0
    assert values(house) == ["4711"]
    done = forget(house, references=[f"message:{second}"])
    assert (done.facts, done.problems) == (1, [])
    assert values(house) == []


def test_a_message_and_its_fact_by_their_references_are_both_found(house: House) -> None:
    says(house, "The gate code is 4711", gate_code="4711")
    with tenant_scope(house.tenant):
        fact, message = Fact.objects.get(), Message.objects.get(text="The gate code is 4711")
    done = forget(house, references=[f"fact:{fact.pk}", f"message:{message.pk}"])
    assert (done.facts, done.problems) == (1, [])


def test_a_correction_among_several_says_what_still_holds(house: House) -> None:
    says(house, "My daughter is Anna", child="Anna")
    house.script(remember("Ana", predicate="child", correction=True), {"text": "Noted."})
    house.says("Sorry, she is Ana")
    house.work()
    with tenant_scope(house.tenant):
        wrong = Fact.objects.get(value="Anna")
    [told] = results(house)
    assert "nothing was taken back" in told
    assert f"[fact:{wrong.pk}]" in told.partition("taken back")[2]
    assert forget(house, references=[f"fact:{wrong.pk}"]).facts == 1
    assert values(house) == ["Ana"]


# --- What was said with it -------------------------------------------------------------------------------------------


def told(house: House, text: str) -> bool:
    """Whether nobody asked for the message that says this to be forgotten."""
    with tenant_scope(house.tenant):
        return Message.objects.filter(text__contains=text, forgotten_at=None).exists()


def fact_named(house: House, value: str) -> str:
    with tenant_scope(house.tenant):
        return f"fact:{Fact.objects.get(value=value).pk}"


def asks(house: House, text: str, answer: str) -> None:
    house.script({"text": answer})
    house.says(text)
    house.work()


def test_a_fact_is_forgotten_with_what_a_command_and_the_assistant_said_of_it(house: House) -> None:
    says(house, "Up to $450,000", budget="$450,000")
    asks(house, "Are we rich?", "With $450,000 we are.")
    asks(house, "And now?", "Now it is noon.")
    house.says("/memory")
    house.work()
    assert "budget: $450,000" in house.sent()[-1]
    assert told(house, "budget: $450,000"), "it is kept as it is shown"
    forget(house, references=[fact_named(house, "$450,000")])
    assert not told(house, "450,000")
    assert told(house, "Now it is noon.")


def test_people_keep_what_they_said_themselves_beside_a_fact(house: House) -> None:
    says(house, "I moved to Lima", lives_in="Lima")
    asks(house, "Lima is nice", "It is.")
    forget(house, references=[fact_named(house, "Lima")])
    assert told(house, "Lima is nice")
    assert not told(house, "I moved to Lima")
    assert forget(house, "Lima").messages == 2, "and the answer to it"
    assert not told(house, "Lima is nice")


def test_a_value_of_few_letters_takes_only_the_list_it_stands_in(house: House) -> None:
    says(house, "I like tea", likes="tea")
    asks(house, "What is on the menu?", "Coffee, tea and cake.")
    house.says("/memory")
    house.work()
    assert told(house, "likes: tea")
    forget(house, references=[fact_named(house, "tea")])
    assert not told(house, "likes: tea")
    assert told(house, "Coffee, tea and cake.")


def test_a_value_that_stands_in_most_answers_takes_none_of_them(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "MOST_ANSWERS", 1)
    says(house, "I live in Lima", lives_in="Lima")
    asks(house, "Where is the sea?", "Lima is at the sea.")
    asks(house, "And the river?", "Lima has one.")
    done = forget(house, references=[fact_named(house, "Lima")])
    assert told(house, "Lima is at the sea.")
    assert "2 answers may say it" in done.problems[0]


def test_each_of_several_facts_takes_the_answers_that_say_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "MOST_ANSWERS", 1)
    says(
        house, "I live in Lima, my son in Quito and my aunt in Cusco", lives_in="Lima", son_in="Quito", aunt_in="Cusco"
    )
    for city in ("Lima", "Quito", "Cusco"):
        asks(house, "And there?", f"{city} is high up.")
    asks(house, "Is it old?", "Cusco is old.")
    done = forget(house, references=[fact_named(house, city) for city in ("Lima", "Quito", "Cusco")])
    assert not told(house, "Lima is high up.")
    assert not told(house, "Quito is high up.")
    assert told(house, "Cusco is high up."), "it is said by more than one"
    assert "2 answers may say it" in done.problems[0]


def test_signs_of_a_pattern_are_looked_for_as_they_are(house: House) -> None:
    asks(house, "What is off?", "100% of it")
    asks(house, "And then?", "1000 of it")
    asks(house, "And the path?", r"It is C:\new here")
    assert forget(house, "100%").messages == 1
    assert told(house, "1000 of it")
    assert forget(house, r"C:\new").messages == 1


def test_staff_take_nothing_out_of_the_owners_chat(house: House) -> None:
    says(house, "Up to $450,000", budget="$450,000")
    asks(house, "Are we rich?", "With $450,000 we are.")
    reference = fact_named(house, "$450,000")
    staff = Author(kind="assistant", name="assistant", role="staff")
    with tenant_scope(house.tenant):
        assert forgetting.forget(house.tenant, references=[reference], words=(), author=staff).facts == 1
    assert told(house, "With $450,000 we are.")


def test_a_passage_is_found_where_an_answer_kept_it_escaped(house: House) -> None:
    asks(house, "Hello", "- budget\\: \\$450\\,000")
    assert forget(house, "$450,000").messages == 1
    assert not told(house, "450")


# --- While it is answered --------------------------------------------------------------------------------------------

CODE = "The gate code is 4711"
WAITING = "SELECT 1 FROM pg_locks WHERE NOT granted"


def test_what_the_assistant_says_of_forgetting_is_sent_and_told_to_nobody_again(house: House) -> None:
    house.script(call("forget", references=[], words=[CODE]), {"text": "4711 is forgotten."})
    house.says(f"Forget this: {CODE}")
    house.work()
    receipt = "✓ Forgotten for good (facts: 0, messages: 1, documents: 0)"
    assert house.sent() == [f"4711 is forgotten.\n\n{receipt}"]
    assert not told(house, "4711")
    asks(house, "Hello?", "Hello")
    assert "4711" not in str(newest(house))


def test_an_answer_to_what_is_forgotten_before_it_is_written_down_is_forgotten(
    house: House, owner_connection: psycopg.Connection[Any]
) -> None:
    house.script({"text": "4711, I have it.", "delay": 1.5})
    house.says(CODE)
    working = threading.Thread(target=house.work)
    working.start()
    wait_for(lambda: house.anthropic.calls(containing="/v1/messages"))
    with straight(house) as other:
        other.execute("UPDATE messaging_message SET forgotten_at = now()")
        wait_for(lambda: owner_connection.execute(WAITING).fetchone())
        other.execute("UPDATE tenants_app_tenant SET prompt_epoch = prompt_epoch + 1")
        other.commit()
    working.join()
    assert house.sent() == ["4711, I have it."]
    assert not told(house, "4711")


def test_an_answer_that_is_written_down_at_that_moment_is_forgotten(
    house: House, owner_connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    forgetting_it: list[Future[Forgotten]] = []
    with ThreadPoolExecutor(1) as pool:

        def reach(point: str) -> None:
            if point == "in_commit":
                forgetting_it.append(pool.submit(forget, house, "the gate code"))
                wait_for(lambda: owner_connection.execute(WAITING).fetchone())

        monkeypatch.setattr(turn_end, "fault", reach)
        asks(house, CODE, "4711, I have it.")
        assert forgetting_it[0].result().messages == 2
    assert not told(house, "4711")


# --- What was quoted -------------------------------------------------------------------------------------------------


numbers = itertools.count(900_000)  # that the double gives to no answer


def quoting(text: str, number: str) -> dict[str, Any]:
    """As Telegram sends the message along that is answered."""
    chat = {"id": int(ALICE_ON_TELEGRAM), "type": "private"}
    return {"reply_to_message": {"message_id": int(number), "date": 1, "chat": chat, "text": text}}


def on_telegram(house: House, text: str, answer: str, **more: Any) -> str:
    """Its number in the chat."""
    house.script({"text": answer})
    house.telegrams(text, message_id=next(numbers), **more)
    house.work()
    with tenant_scope(house.tenant):
        return Message.objects.get(text=text).external_id


def test_what_was_forgotten_is_not_told_as_what_somebody_answers(bot: House) -> None:
    said = on_telegram(bot, CODE, "Noted: 4711.")
    with tenant_scope(bot.tenant):
        answered = Delivery.objects.get().external_id
    forget(bot, CODE)
    on_telegram(bot, "And this?", "What?", **quoting(CODE, said))
    on_telegram(bot, "Or that?", "What?", **quoting("Noted: 4711.", answered))
    assert "And this?" in str(newest(bot))
    assert "Or that?" in str(newest(bot))
    assert "4711" not in json.dumps(newest(bot)["messages"], indent=1)


def test_what_answers_it_quotes_it_no_longer(bot: House) -> None:
    said = on_telegram(bot, CODE, "Noted: 4711.")
    with tenant_scope(bot.tenant):
        answered = Delivery.objects.get().external_id
    other = on_telegram(bot, "Good morning", "Good morning.")
    on_telegram(bot, "And this?", "What?", **quoting(CODE, said))
    on_telegram(bot, "Or that?", "What?", **quoting("Noted: 4711.", answered))
    on_telegram(bot, "Or morning?", "What?", **quoting("Good morning", other))
    forget(bot, CODE)
    with tenant_scope(bot.tenant):
        quoted = Message.objects.exclude(quoted="").values_list("text", "quoted")
        assert list(quoted) == [("Or morning?", "Good morning")]
