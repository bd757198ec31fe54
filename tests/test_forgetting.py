"""What is known from a message that is forgotten is forgotten with it, however the fact says it; nothing else is."""

from __future__ import annotations

from collections.abc import Sequence

from memory import facts, forgetting
from memory.authors import Author
from memory.facts import Proposal
from memory.forgetting import Forgotten
from memory.models import Fact
from messaging.models import Message
from tenants_app.scope import tenant_scope
from tests.house import House
from tests.test_memory import remember, results

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
