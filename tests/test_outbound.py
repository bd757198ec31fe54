"""What does not leave the house: whom the business never writes to, others' numbers, and prices."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

import pytest

from memory import facts
from memory.authors import operator
from memory.facts import Proposal
from messaging.models import ChannelAccount, Turn
from messaging.outbound import is_telling, names, names_price, quiet_until, ways_in
from tenants_app.models import AuditEntry, Contact, OperatorAlert, Tenant
from tenants_app.scope import tenant_scope
from tests.fixtures import as_role
from tests.house import ALICE, BOB, CHARLIE, House
from tests.tenant_tools import install
from tests.test_confirmations import BEA, menus, says, to, works
from tests.test_memory import call, results

# --- Prices ----------------------------------------------------------------------------------------------------------

PRICES = [
    "$400", "$ 400,000", "US$1,250.50", "400 dollars", "USD 400", "400 USD", "€20", "20 €", "20 euros", "20,50 €",
    "1.250,00 €", "400k dollars", "400 mil dólares", "cuatrocientos euros", "four hundred dollars", "twenty bucks",
    "1 million dollars", "un millón de dólares", "It is 1500 pesos", "£30", "$0.99", "mil quinientos euros",
    "about 350 dólares", "MXN 2,000", "S/. 120", "MX$300",
]  # fmt: skip
NO_PRICES = [
    "2026", "since 2019", "at 9:30", "on 2026-11-23", "23/11/2026", "123 Main Street", "Calle Mayor 12, 28013 Madrid",
    "+1 (555) 010-9999", "15550109999", "3 bedrooms and 2 baths", "1,800 sq ft", "20 people", "100 %", "the euro zone",
    "Dollar Street", "a los 20 minutos", "room 400", "version 2.10", "No price is named.", "peso 20 kg",
]  # fmt: skip


@pytest.mark.parametrize("text", PRICES)
def test_a_price(text: str) -> None:
    assert names_price(text)


@pytest.mark.parametrize("text", NO_PRICES)
def test_no_price(text: str) -> None:
    assert not names_price(text)


# --- Numbers and addresses -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "numbers", "addresses"),
    [
        ("Call +1 (555) 010-0002 please", ["15550100002"], []),
        ("555 010 0002.", ["5550100002"], []),
        ("555.010.0002", ["5550100002"], []),
        ("on 2026-11-23 at 10:30", [], []),
        ("23/11/2026, 1,800 sq ft, 28013", [], []),
        ("Write to Bob@Example.com, or @bob_the_builder", [], ["bob@example.com", "@bob_the_builder"]),
        ("٥٥٥٠١٠٠٠٠٢", ["5550100002"], []),
    ],
)
def test_ways_to_reach_somebody(text: str, numbers: list[str], addresses: list[str]) -> None:
    found = ways_in(text)
    assert (list(found.numbers), list(found.addresses)) == (numbers, addresses)
    assert is_telling(text) == bool(numbers or addresses)


@pytest.mark.parametrize(
    ("line", "text", "is_named"),
    [
        ("Mallory Smith", "mallory smith", True),
        ("Mallory", "Mallory Smith", True),
        ("Mallory", "Mallorys", False),
        ("+1 555 010 0002", "15550100002", True),
        ("5550100002", "+1 (555) 010-0002", True),
        ("15550100002", "15550100003", False),
        ("mallory@example.com", "to: Mallory@Example.com", True),
        ("mallory@example.com", "xmallory@example.com", False),
        ("@example.com", "anybody@mail.example.com", True),
        ("@example.com", "anybody@example.com.au", False),
        ("@mallory", "Hello @Mallory!", True),
        ("—", "anything", False),
    ],
)
def test_whom_a_line_names(line: str, text: str, is_named: bool) -> None:
    assert names(line, text) is is_named


@pytest.mark.parametrize(
    ("begins", "ends", "hour", "until"),
    [
        (time(22), time(8), 23, "2026-11-24T08:00"),
        (time(22), time(8), 3, "2026-11-23T08:00"),
        (time(22), time(8), 12, None),
        (time(13), time(15), 14, "2026-11-23T15:00"),
        (None, None, 3, None),
    ],
)
def test_quiet_hours(begins: time | None, ends: time | None, hour: int, until: str | None) -> None:
    tenant = Tenant(timezone="UTC", quiet_from=begins, quiet_until=ends)
    found = quiet_until(tenant, datetime(2026, 11, 23, hour, tzinfo=UTC))
    assert (found.isoformat()[:16] if found else None) == until


# --- Answers to customers --------------------------------------------------------------------------------------------


@pytest.fixture
def shop(house: House) -> House:
    with tenant_scope(house.tenant):
        ChannelAccount.objects.update(front_desk=True)
    house.link("whatsapp", BEA, Contact.Role.CUSTOMER, "Bea")
    says(house, "Good morning", {"text": "Good morning!"})
    return house


def set_tenant(house: House, **fields: Any) -> None:
    with as_role("operator"):
        Tenant.objects.filter(pk=house.tenant.pk).update(**fields)


def is_told(house: House, answer: str) -> bool:
    """Whether the customer gets the answer."""
    says(house, "Tell me", {"text": answer}, sender=BEA)
    return to(house, BEA)[-1] == answer


def test_an_answer_with_somebody_elses_number_is_withheld(shop: House) -> None:
    assert not is_told(shop, f"Bob is at +{BOB[0]} ({BOB[1:4]}) {BOB[4:7]}-{BOB[7:]}.")
    assert to(shop, BEA)[-1] == "Somebody of the team will get back to you about that."
    assert "how somebody else is reached" in to(shop, ALICE)[-1]
    with tenant_scope(shop.tenant):
        turn = Turn.objects.latest("began_at")
        assert (turn.status, turn.reason) == ("apologised", "withheld: contact")
        assert turn.session is not None
        assert turn.session.close_reason == "withheld"
        assert AuditEntry.objects.filter(action="answer.withheld").exists()
        assert OperatorAlert.objects.filter(kind__startswith="handover.asked").exists()


@pytest.mark.parametrize(
    "answer",
    [
        f"Your number is {BEA}.",
        "Ours is 15550109999.",
        "We open at 9:30 on 2026-11-23.",
        "Call 1 800 555 1234.",
        "$400",
    ],
)
def test_other_answers_go_out(shop: House, answer: str) -> None:
    with tenant_scope(shop.tenant):
        ChannelAccount.objects.update(address="+1 555 010 9999")
    assert is_told(shop, answer)


def test_the_address_that_is_known_of_somebody_else_is_withheld(shop: House) -> None:
    with tenant_scope(shop.tenant):
        told = Proposal(subject="Charlie", predicate="e-mail", value="charlie@example.com")
        facts.place_fact(shop.tenant, told, operator("olivia"))
    assert not is_told(shop, "Write to Charlie@Example.com")
    assert is_told(shop, "Write to nobody@example.com")


def test_prices_where_the_business_names_none(shop: House) -> None:
    set_tenant(shop, prices_to_customers=False)
    assert not is_told(shop, "It costs four hundred dollars.")
    assert "named a price" in to(shop, ALICE)[-1]
    assert is_told(shop, "It has 3 rooms.")


def test_the_team_is_told_everything(shop: House) -> None:
    set_tenant(shop, prices_to_customers=False)
    says(shop, "And Bob?", {"text": f"Bob is at {BOB} and costs $400."})
    assert to(shop, ALICE)[-1] == f"Bob is at {BOB} and costs $400."


# --- Messages to others ----------------------------------------------------------------------------------------------


def sends(house: House, name: str, words: str = "The roof is red.", sender: str = ALICE, **more: Any) -> str:
    says(house, "Write to them", call("send_message", to=name, text=words, **more), {"text": "…"}, sender=sender)
    return results(house)[0]


@pytest.mark.parametrize("sender", [ALICE, BOB])
@pytest.mark.parametrize("name", ["Bea", "bea", BEA, f"+{BEA}", BEA[1:]])
def test_the_team_writes_to_somebody(shop: House, name: str, sender: str) -> None:
    assert is_told(shop, "Hello!")
    assert sends(shop, name, sender=sender) == "Sent to Bea (WhatsApp)."
    assert to(shop, BEA)[-1] == "The roof is red."
    assert "✓ Sent to Bea (WhatsApp)" in to(shop, sender)[-1]


def test_their_answer_is_understood(shop: House) -> None:
    assert is_told(shop, "Hello!")
    sends(shop, "Bea")
    says(shop, "Which one?", {"text": "The roof."}, sender=BEA)
    asked = shop.anthropic.calls(containing="/v1/messages")[-1]["body"]["messages"][0]["content"][0]["text"]
    assert "- you: The roof is red." in asked


@pytest.mark.parametrize("line", ["Bea", BEA, "555 010 0009"])
def test_whom_the_business_never_writes_to(shop: House, line: str) -> None:
    set_tenant(shop, forbidden_recipients=f"Mallory\n{line}\n")
    before = to(shop, BEA)
    assert "never writes to" in sends(shop, "Bea")
    assert to(shop, BEA) == before


def test_whom_nobody_can_tell_apart(shop: House) -> None:
    shop.link("whatsapp", CHARLIE, Contact.Role.CUSTOMER, "Bea")
    told = sends(shop, "Bea")
    assert "Several people are called so" in told
    assert CHARLIE in told
    assert "Nobody with that name" in sends(shop, "Zoe")


def test_who_wants_no_messages_gets_none(shop: House) -> None:
    with tenant_scope(shop.tenant):
        Contact.objects.filter(name="Bea").update(opted_out_at="2026-01-01T00:00Z")
    assert "wants no messages" in sends(shop, "Bea")


def test_in_quiet_hours_the_owner_says_so_themselves(shop: House) -> None:
    is_told(shop, "Hello!")
    before = len(to(shop, BEA))
    set_tenant(shop, quiet_from=time(0, 0), quiet_until=time(23, 59, 59))
    assert "quiet hours last until" in sends(shop, "Bea")
    assert "Waiting for the owner" in sends(shop, "Bea", in_quiet_hours=True)
    assert len(to(shop, BEA)) == before
    assert "quiet hours" in menus(shop)[-1]["interactive"]["body"]["text"]
    works(shop)


def test_a_customer_has_no_such_tool(shop: House) -> None:
    assert "unknown" in sends(shop, "Alice", sender=BEA).lower() or "no tool" in results(shop)[0].lower()


def test_what_was_done_is_told_where_the_answer_is_withheld(shop: House) -> None:
    install(shop.tenant, "return 1", name="book", effect="outward", roles=["customer"])
    content = call("book")["content"]
    says(shop, "Book it", {"content": content}, {"text": f"Bob is at {BOB}."}, sender=BEA)
    said = to(shop, BEA)[-1]
    assert said.startswith("Somebody of the team will get back to you about that.\n\n✓ book: done (")
    assert BOB not in said
