"""A marker stands in every place. A customer's chat never has one but those of what is public and of themselves; staff
never have those of the owner alone. The model asks every tool for everything, and repeats what it got."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from memory.models import Document, Fact
from messaging import outbox
from messaging.models import ChannelAccount, Conversation, Message, TurnStep
from tenants_app.models import Contact
from tenants_app.scope import tenant_scope
from tests import canaries
from tests.canaries import Garden, ask_everything, asked_of_claude, calls_for, told_to
from tests.fixtures import make_tenant
from tests.house import ALICE, ALICE_ON_TELEGRAM, BOB, CHARLIE, House, forget_limits

DORA, EVE = "15550100004", "15550100005"
REPEAT = "{{tool_result}}"  # the double puts in what the newest calls gave
pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class World:
    house: House
    own: Garden
    other: Garden


@pytest.fixture
def world(house: House, settings: Any) -> Iterator[World]:
    settings.TURN_MAX_CALLS = 500
    settings.TURN_MAX_TOOL_CALLS = 10_000
    settings.TURN_MAX_TOKENS = 10**9
    settings.SESSION_MAX_TOKENS = 10**9
    settings.SENDING_SPEED = 10_000
    outbox.gate_of.cache_clear()
    house.whatsapp.post("settings", pair_burst=100_000)
    house.connect_telegram()
    house.link("whatsapp", EVE, Contact.Role.STAFF, "Eve")
    with tenant_scope(house.tenant):
        ChannelAccount.objects.update(front_desk=True)
    own, other = Garden(house.tenant), Garden(make_tenant("globex"))
    spoken = speak(house, own)
    with tenant_scope(house.tenant):
        names = {ALICE: "Alice", BOB: "Bob", CHARLIE: "Charlie", DORA: "Dora"}
        people = {name: Contact.objects.get(addresses__address=number) for number, name in names.items()}
        for name, contact in people.items():
            Contact.objects.filter(pk=contact.pk).update(name=name)
            contact.name = name
        canaries.everywhere(own, people, spoken)
    canaries.globex(other)
    yield World(house, own, other)
    outbox.gate_of.cache_clear()


def speak(house: House, garden: Garden) -> dict[str, Message]:
    """Each says a marker in their own chat and is answered with another; the owner also on Telegram and in a group."""
    whose = {"owner": ALICE, "Bob": BOB, "Eve": EVE, "Dora": DORA, "Charlie": CHARLIE}
    for name, number in whose.items():
        house.script({"text": garden.plant(f"what {name} was answered").text})
        house.says(garden.plant(f"what {name} said").text, number)
        house.work()
    house.script({"text": "Yes"}, {"text": "Yes"})
    house.telegrams(garden.plant("what the owner said on Telegram").text, ALICE_ON_TELEGRAM)
    house.work()
    group = {"id": -1009, "type": "supergroup", "title": "Team"}
    house.telegrams(**house.mentioned(garden.plant("what the owner said in a group").text), chat=group)
    house.work()
    with tenant_scope(house.tenant):
        return {
            name: Message.objects.get(direction="in", text=garden.plants[f"what {name} said"].text) for name in whose
        }


def sees(world: World, number: str, role: str) -> tuple[set[str], set[str]]:
    """The places whose markers were in any request, step or reply; and those in what the person was sent."""
    house = world.house
    before = len(house.anthropic.calls(containing="/v1/messages"))
    with tenant_scope(house.tenant):
        steps = set(TurnStep.objects.values_list("pk", flat=True))
    house.script({"text": "Hello"})
    house.says("Hello", number)
    house.work()
    tools = house.anthropic.calls(containing="/v1/messages")[-1]["body"]["tools"]
    assert {"recall", "where_from", "forget", "remember_fact"} <= {tool["name"] for tool in tools}
    assert ("memory" in {tool["name"] for tool in tools}) == (role == "staff")
    recalls = [{"name": "recall", "input": {"query": plant.word}} for plant in world.own.plants.values()]
    for first in range(0, len(recalls), canaries.BATCH):
        forget_limits()
        ask_everything(house, number, recalls[first : first + canaries.BATCH], REPEAT)
    ask_everything(house, number, calls_for(tools, world.own, [world.other]), "That is all.")
    with tenant_scope(house.tenant):
        fresh = str(list(TurnStep.objects.exclude(pk__in=steps).values_list("content", flat=True)))
    seen = asked_of_claude(house, before) + fresh
    assert "That is all." in told_to(house, number)
    assert world.other.found(seen) == set(), "of another business"
    return world.own.found(seen), world.own.found(told_to(house, number))


def test_a_customer_sees_what_is_public_and_their_own(world: World) -> None:
    seen, told = sees(world, CHARLIE, "customer")
    public = {f"{folder}/public.md public" for folder in ("identity", "boundaries", "knowledge", "accounts")}
    of_charlie = {"relationships/charlie.md", "fact, contact, about Charlie", "fact, public, about Charlie"}
    said = {"what Charlie said", "what Charlie was answered"}
    facts = {f"fact, public, about {name}" for name in ("Alice", "Bob", "Dora", "nobody")}
    assert seen - public - of_charlie - said - facts == set()
    assert public | of_charlie | said <= seen, "the check sees what may be seen"
    assert told <= seen
    assert told & (public | facts)
    with tenant_scope(world.house.tenant):
        charlie = Contact.objects.get(name="Charlie")
        assert Fact.objects.filter(contact__name__startswith="Dora").count() == 4, (
            "nor was anything of others forgotten"
        )
        assert Message.objects.filter(forgotten_at__isnull=False).exclude(conversation__contact=charlie).count() == 0


def test_staff_see_nothing_of_the_owner_alone(world: World) -> None:
    seen, told = sees(world, BOB, "staff")
    hidden = {place for place in world.own.plants if "owner" in place or "Eve" in place}
    hidden |= {"an alert", "the audit trail", "the name of an account", "a session's summary", "a deleted document"}
    hidden -= {"what the owner said in a group"}
    assert seen & hidden == set()
    assert {"what Bob said", "what Dora said", "knowledge/team.md team", "fact, team, about Charlie"} <= seen
    assert "an imported chat" in seen
    assert told <= seen


OPENED: dict[str, Callable[[], object]] = {
    "knowledge/owner.md owner": lambda: Document.objects.filter(path="knowledge/owner.md").update(audience="public"),
    "fact, team, about Charlie": lambda: Fact.objects.filter(audience="team").update(audience="contact"),
    "what Dora said": lambda: Conversation.objects.filter(contact__name__startswith="Dora").update(
        contact=Contact.objects.get(name="Charlie")
    ),
}


def test_a_leak_would_be_noticed(world: World) -> None:
    """What keeps things in their places is taken away."""
    with tenant_scope(world.house.tenant):
        for open_up in OPENED.values():
            open_up()
    seen, told = sees(world, CHARLIE, "customer")
    assert set(OPENED) <= seen
    assert set(OPENED) & told
