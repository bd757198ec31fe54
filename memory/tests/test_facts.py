"""Facts in the database: intervals closed by code, authority set by code, and two writers at once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from memory import facts
from memory.authors import Author, operator
from memory.facts import Proposal
from memory.models import Fact
from memory.problems import RefusedError
from tenants_app.models import Contact, Tenant
from tenants_app.scope import tenant_scope
from tooling.registry import Role

ALICE = operator("alice")
LEARNING_FROM_WEB = Author(kind="learning", name="learning", role="owner", trusted=False)


def day(number: int) -> datetime:
    return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=number)


def told(tenant: Tenant, value: str, since: int | None = None, author: Author = ALICE, **more: Any) -> Fact:
    given: dict[str, Any] = {"subject": "Elm Street 5", "predicate": "price", **more}
    if since is not None:
        given["since"] = day(since)
    return facts.remember(tenant, Proposal(value=value, **given), author)


def rows() -> list[tuple[str, datetime, datetime | None]]:
    held = Fact.objects.filter(withdrawn_at=None).order_by("valid_from", "recorded_at")
    return [(fact.value, fact.valid_from, fact.valid_to) for fact in held]


def customer(tenant: Tenant, name: str = "Maria") -> Author:
    contact = Contact.objects.create(tenant=tenant, name=name)
    return Author(kind="assistant", name="assistant", role="customer", contact_id=contact.pk, trusted=False)


def assistant_of(contact: Contact, role: Role) -> Author:
    return Author(kind="assistant", name="assistant", role=role, contact_id=contact.pk)


def test_a_contradiction_ends_the_one_before(acme: Tenant) -> None:
    with tenant_scope(acme):
        old, new = told(acme, "$400,000", 0), told(acme, "$450,000", 9)
        old.refresh_from_db()
        assert (old.valid_to, old.replaced_by_id, new.valid_to) == (day(9), new.pk, None)
        assert [fact.value for fact in facts.as_of(acme, day(5))] == ["$400,000"]
        assert [fact.value for fact in facts.as_of(acme, day(9))] == ["$450,000"]
        assert [fact.pk for fact in facts.holding(acme, subject="elm street, 5")] == [new.pk]


def test_an_older_one_that_arrives_late_is_born_closed(acme: Tenant) -> None:
    with tenant_scope(acme):
        new, old = told(acme, "$450,000", 9), told(acme, "$400,000", 0)
        assert (old.valid_from, old.valid_to, old.replaced_by_id) == (day(0), day(9), new.pk)
        assert Fact.objects.get(pk=new.pk).valid_to is None


def test_a_missing_date_is_when_it_was_said(acme: Tenant) -> None:
    with tenant_scope(acme):
        fact = told(acme, "$400,000", at=day(3))
        assert (fact.valid_from, fact.valid_from_said, fact.valid_to) == (day(3), False, None)
        assert told(acme, "$450,000", 4).valid_from_said


def test_the_same_in_other_words_is_one_fact(acme: Tenant) -> None:
    with tenant_scope(acme):
        first = told(acme, "$450,000", at=day(0), confidence=0.6)
        again = told(acme, "450k", at=day(5), confidence=0.9)
        assert again.pk == first.pk
        fact = Fact.objects.get()
        assert (fact.value, fact.times, fact.seen_at, fact.confidence) == ("$450,000", 2, day(5), 0.9)
        assert fact.valid_from == day(0)
        other = told(acme, "455k", at=day(6))
        assert other.pk != first.pk


def test_an_earlier_beginning_of_the_same_is_taken_over(acme: Tenant) -> None:
    with tenant_scope(acme):
        first = told(acme, "$450,000", at=day(5))
        told(acme, "$450,000", 1)
        fact = Fact.objects.get()
        assert (fact.pk, fact.valid_from, fact.valid_from_said) == (first.pk, day(1), True)


def test_what_something_interrupts_goes_on_after_it(acme: Tenant) -> None:
    with tenant_scope(acme):
        told(acme, "$400,000", 0)
        told(acme, "$350,000", 5, until=day(8))
        assert rows() == [("$400,000", day(0), day(5)), ("$350,000", day(5), day(8)), ("$400,000", day(8), None)]
        told(acme, "$390,000", 20)
        assert rows()[2:] == [("$400,000", day(8), day(20)), ("$390,000", day(20), None)]


def test_an_end_alone_ends_what_holds(acme: Tenant) -> None:
    with tenant_scope(acme):
        told(acme, "$400,000", 0)
        told(acme, "$400,000", until=day(7))
        assert rows() == [("$400,000", day(0), day(7))]


def test_a_correction_takes_back_what_never_was_so(acme: Tenant) -> None:
    with tenant_scope(acme):
        wrong = told(acme, "$400,000", 0)
        right = told(acme, "$450,000", correction=True)
        wrong.refresh_from_db()
        assert wrong.withdrawn_at is not None
        assert (wrong.replaced_by_id, right.valid_from, right.valid_to) == (right.pk, day(0), None)
        assert [fact.value for fact in facts.as_of(acme, day(1))] == ["$450,000"]


def test_several_hold_beside_each_other(acme: Tenant) -> None:
    with tenant_scope(acme):
        for name in ("Ana", "Luis", "ana"):
            told(acme, name, subject="Maria", predicate="child")
        told(acme, "blue", subject="Maria", predicate="colour")
        told(acme, "green", subject="Maria", predicate="colour", several=True)
        held = facts.holding(acme, subject="maria").order_by("value")
        assert [(fact.value, fact.times) for fact in held] == [("Ana", 2), ("Luis", 1), ("blue", 1), ("green", 1)]


def test_what_comes_from_outside_supersedes_nothing_of_the_team(acme: Tenant) -> None:
    with tenant_scope(acme):
        ours = told(acme, "$400,000", 0)
        theirs = told(acme, "$100", 5, author=LEARNING_FROM_WEB)
        ours.refresh_from_db()
        assert ours.holds
        assert not theirs.holds
        assert (theirs.untrusted, theirs.origin, theirs.replaced_by_id) == (True, "web", ours.pk)
        assert theirs.confidence <= 0.5
        assert told(acme, "$100", 5, author=LEARNING_FROM_WEB, correction=True).holds is False
        assert [fact.value for fact in facts.holding(acme)] == ["$400,000"]


def test_nobody_outside_makes_many_of_what_is_one(acme: Tenant) -> None:
    with tenant_scope(acme):
        maria = customer(acme)
        told(acme, "5%", 0, subject="Maria", predicate="discount")
        told(acme, "90%", 3, subject="me", predicate="discount", author=maria, several=True)
        told(acme, "7%", 9, subject="Maria", predicate="discount")
        assert [fact.value for fact in facts.holding(acme)] == ["7%"]


def test_what_comes_from_outside_holds_until_the_team_says_otherwise(acme: Tenant) -> None:
    with tenant_scope(acme):
        theirs = told(acme, "$100", 5, author=LEARNING_FROM_WEB)
        assert theirs.holds
        told(acme, "$400,000", 9)
        assert rows() == [("$100", day(5), day(9)), ("$400,000", day(9), None)]


def test_origin_and_audience_are_set_by_code(acme: Tenant) -> None:
    with tenant_scope(acme):
        maria = customer(acme)
        theirs = told(acme, "$300", subject="me", predicate="budget", author=maria, audience="public")
        assert (theirs.contact_id, theirs.subject) == (maria.contact_id, "Maria")
        assert (theirs.origin, theirs.untrusted, theirs.audience) == ("customer", True, "contact")
        bob = Author(kind="assistant", name="assistant", role="staff")
        assert told(acme, "x", author=bob, audience="owner").audience == "team"
        owner = Author(kind="assistant", name="assistant", role="owner")
        shared = told(acme, "8 am", subject="maria", predicate="call", author=owner, audience="contact")
        assert (shared.audience, shared.contact_id, shared.origin) == ("contact", maria.contact_id, "owner")


@pytest.mark.parametrize("subject", ["Elm Street 5", "Bob", "the owner", "María"])
def test_a_customer_tells_of_themselves_alone(acme: Tenant, subject: str) -> None:
    with tenant_scope(acme):
        maria = customer(acme, "Ann")
        Contact.objects.create(tenant=acme, name="Bob")
        Contact.objects.create(tenant=acme, name="Alice", role="owner")
        with pytest.raises(RefusedError):
            told(acme, "bad", subject=subject, author=maria)
        assert not Fact.objects.exists()


def test_a_subject_is_a_contact_where_only_one_has_the_name(acme: Tenant) -> None:
    with tenant_scope(acme):
        maria = Contact.objects.create(tenant=acme, name="María-José López")
        fact = told(acme, "$300", subject="maria jose lopez", predicate="budget")
        assert fact.contact_id == maria.pk
        assert told(acme, "$350", 5, subject="María José López", predicate="budget").subject_key == fact.subject_key
        Contact.objects.create(tenant=acme, name="Maria Jose Lopez")
        assert told(acme, "$400", subject="Maria Jose Lopez", predicate="budget").contact_id is None


def test_what_is_known_of_somebody_goes_with_them_when_they_become_a_contact(acme: Tenant) -> None:
    with tenant_scope(acme):
        about: dict[str, Any] = {"subject": "Maria Lopez", "predicate": "budget"}
        old = told(acme, "$400,000", 0, **about)
        child = told(acme, "Ana", 0, subject="Maria Lopez", predicate="child")
        maria = Contact.objects.create(tenant=acme, name="María López")
        told(acme, "$450,000", 9, **about)
        old.refresh_from_db()
        assert (old.valid_to, old.contact_id) == (day(9), maria.pk)
        assert [fact.value for fact in facts.holding(acme, contact_id=maria.pk)] == ["$450,000"]
        told(acme, "Luis", subject="me", predicate="child", author=assistant_of(maria, "staff"))
        told(acme, "ana", subject="Maria Lopez", predicate="child", until=day(5))
        child.refresh_from_db()
        assert (child.valid_to, child.contact_id, child.times) == (day(5), maria.pk, 2)


def test_what_held_under_the_name_and_of_the_contact_is_brought_together(acme: Tenant) -> None:
    with tenant_scope(acme):
        for value, since in (("$400,000", 0), ("$450,000", 3)):
            told(acme, value, since, subject="Maria Lopez", predicate="budget")
        maria = Contact.objects.create(tenant=acme)
        told(acme, "$420,000", 2, contact_id=maria.pk, predicate="budget")
        told(acme, "$450,000", 4, contact_id=maria.pk, predicate="budget")
        Contact.objects.update(name="Maria Lopez")
        told(acme, "$500,000", 9, contact_id=maria.pk, predicate="budget", correction=True)
        assert not Fact.objects.exclude(contact=maria).exists()
        assert rows() == [("$400,000", day(0), day(2)), ("$420,000", day(2), day(9)), ("$500,000", day(9), None)]


def test_a_name_that_several_bear_or_that_somebody_gave_themselves_takes_nothing_over(acme: Tenant) -> None:
    with tenant_scope(acme):
        told(acme, "$400,000", subject="Maria Lopez", predicate="budget")
        first = customer(acme, "Maria Lopez")
        told(acme, "$1", subject="me", predicate="budget", author=first)
        customer(acme, "María López")
        told(acme, "$2", contact_id=first.contact_id, predicate="budget")
        assert Fact.objects.get(value="$400,000").contact_id is None


def test_what_cannot_be_a_fact_is_refused(acme: Tenant) -> None:
    with tenant_scope(acme):
        wrongs: tuple[dict[str, Any], ...] = (
            {"value": " "},
            {"value": "x" * 1001},
            {"value": "a\0"},
            {"value": "a", "predicate": ""},
            {"value": "a", "until": datetime(9999, 12, 31, tzinfo=UTC)},
            {"value": "a", "until": datetime(2201, 1, 1, tzinfo=UTC)},
        )
        for wrong in wrongs:
            with pytest.raises(RefusedError):
                told(acme, **wrong)
        with pytest.raises(RefusedError):
            told(acme, "x", 5, until=day(4))


def test_forgetting_takes_all_that_says_the_same_and_brings_nothing_back(acme: Tenant) -> None:
    with tenant_scope(acme):
        for value, since in (("$400,000", 0), ("$450,000", 5), ("$400,000", 9), ("$470,000", 12)):
            last = told(acme, value, since)
        assert facts.forget(acme, [last.pk], author=ALICE) == 1
        told(acme, "$1", until=day(1), predicate="deposit")
        assert [fact.value for fact in facts.holding(acme)] == []
        other = Fact.objects.get(value="$400,000", valid_from=day(0))
        assert facts.forget(acme, [other.pk], author=ALICE) == 2
        told(acme, "$500,000", 20)
        assert [row for row in rows() if row[0] != "$1"] == [
            ("$450,000", day(5), day(9)),
            ("$500,000", day(20), None),
        ]


def test_nobody_forgets_what_they_may_not_see(acme: Tenant) -> None:
    with tenant_scope(acme):
        owner = Author(kind="assistant", name="assistant", role="owner")
        bob = Author(kind="assistant", name="assistant", role="staff")
        secret = told(acme, "$1", author=owner, audience="owner")
        shared = told(acme, "$2", predicate="rent")
        assert facts.forget(acme, [secret.pk, shared.pk], author=customer(acme)) == 0
        assert facts.forget(acme, [secret.pk, shared.pk], author=bob) == 1
        assert Fact.objects.get() == secret


def test_two_writers_at_once_leave_one_that_holds(acme: Tenant) -> None:
    ready, problems = threading.Barrier(4), []

    def write(number: int) -> None:
        try:
            ready.wait(10)
            with tenant_scope(acme):
                told(acme, f"${number}", number)
        except DatabaseError as error:
            problems.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in (1, 2, 3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert problems == []
    with tenant_scope(acme):
        assert rows() == [("$1", day(1), day(2)), ("$2", day(2), day(3)), ("$3", day(3), day(4)), ("$4", day(4), None)]


def test_a_fact_of_the_future_does_not_hold_yet(acme: Tenant) -> None:
    with tenant_scope(acme):
        now = timezone.now()
        told(acme, "$400,000", 0)
        later = facts.remember(
            acme,
            Proposal(subject="Elm Street 5", predicate="price", value="$500,000", since=now + timedelta(days=3)),
            ALICE,
        )
        assert [fact.value for fact in facts.holding(acme)] == ["$400,000"]
        assert [fact.pk for fact in facts.as_of(acme, now + timedelta(days=4))] == [later.pk]
