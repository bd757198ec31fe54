"""Operators see facts on a timeline, correct them, find everything that a tenant's assistant could, and forget."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from memory import documents, facts
from memory.authors import Author, operator
from memory.facts import Proposal
from memory.models import Document, Fact, Framework, ImportedChat, ImportedMessage
from messaging.models import Message
from messaging.models.provenance import FactSource
from tenants_app.models import AuditEntry, Contact, Tenant
from tenants_app.scope import tenant_scope
from tests.admin.rows import SCRIPT, account_of, conversation_of, message_in
from tests.admin.test_memory_documents import acts, make
from tests.admin.test_pages import list_url, page_url, queries_of

ASSISTANT = Author(kind="assistant", name="assistant", role="owner")


def know(tenant: Tenant, value: str, **more: Any) -> Fact:
    values = {"subject": "Maria", "predicate": "budget", **more}
    with tenant_scope(tenant):
        return facts.remember(tenant, Proposal(value=value, **values), ASSISTANT)


def on(year: int, month: int, day: int = 1) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


def timeline(tenant: Tenant) -> str:
    return reverse("admin:memory_timeline", args=[tenant.pk])


def strands(page: str) -> list[tuple[str, str]]:
    """Each value with its state, in order; struck ones in brackets."""
    value, state = r'memory-stretch__value"><(s|span)>(.*?)</(?:s|span)>', r"inline-block[^>]*>\s*([a-z ]+?)\s*</span>"
    found = re.findall(f"(?s){value}.*?{state}", page)
    return [(f"[{value}]" if tag == "s" else value, state) for tag, value, state in found]


@pytest.fixture
def budgets(acme: Tenant, admin_process: None) -> Tenant:
    know(acme, "$450,000", since=on(2025, 3))
    know(acme, "$480,000", since=on(2026, 2))
    return acme


def test_a_timeline_shows_what_held_when(budgets: Tenant, olivia: Client) -> None:
    know(budgets, "First Midwest", predicate="bank")
    know(budgets, f"Old Second {SCRIPT}", predicate="bank", correction=True)
    page = olivia.get(timeline(budgets), {"subject": "maria"}).text
    assert SCRIPT not in page
    assert strands(page) == [
        ("Old Second &lt;script&gt;alert(&#x27;owned&#x27;)&lt;/script&gt;", "holds"),
        ("[First Midwest]", "withdrawn"),
        ("$480,000", "holds"),
        ("[$450,000]", "superseded"),
    ]
    then = olivia.get(timeline(budgets), {"subject": "maria", "on": "2025-05-01"}).text
    assert ("$450,000", "held then") in strands(then)
    assert then.count("memory-stretch--then") == 3
    for day in ("2025-99-99", "x", "9999-12-31", "0001-01-01"):
        assert olivia.get(timeline(budgets), {"on": day}).status_code == 200


def test_a_fact_tells_who_said_it(budgets: Tenant, olivia: Client) -> None:
    fact = Fact.objects.get(valid_to=None)
    said = message_in(conversation_of(account_of(budgets), name="Alice"), None, f"480k now {SCRIPT}")
    FactSource.objects.create(tenant=budgets, fact=fact, message=said)
    link = reverse("admin:messaging_conversation_message", args=[said.pk])
    for page in (olivia.get(page_url(fact)).text, olivia.get(timeline(budgets)).text):
        assert link in page
        assert "480k now &lt;script&gt;" in page
    assert olivia.get(link).headers["Location"].endswith(f"#m{said.seq}")
    Message.objects.update(forgotten_at=timezone.now())
    assert "480k now" not in olivia.get(page_url(fact)).text


def test_many_facts_cost_no_more_queries(budgets: Tenant, olivia: Client) -> None:
    before = queries_of(olivia, timeline(budgets))
    for number in range(8):
        know(budgets, f"thing {number}", predicate=f"likes {number}")
    assert queries_of(olivia, timeline(budgets)) == before < 25


def test_facts_are_listed_by_whether_they_hold(budgets: Tenant, olivia: Client) -> None:
    listed = list_url("memory.fact")
    assert "$450,000" in olivia.get(listed).text
    holding = olivia.get(listed, {"holds": "yes"}).text
    assert "$480,000" in holding
    assert "$450,000" not in holding
    over = olivia.get(listed, {"holds": "no"}).text
    assert "$480,000" not in over
    assert "$450,000" in over
    assert f"{timeline(budgets)}?subject=maria" in holding


def test_an_operator_writes_facts_through_the_verb(budgets: Tenant, olivia: Client) -> None:
    Tenant.objects.update(timezone="America/Chicago")
    new = reverse("admin:memory_fact_new", args=[budgets.pk])
    given = {"subject": "Maria", "predicate": "budget", "value": "$500,000", "since": "2026-03-01", "audience": "team"}
    made = olivia.post(new, given)
    assert made.headers["Location"] == f"{timeline(budgets)}?subject=maria"
    fact = Fact.objects.get(value="$500,000")
    assert fact.valid_from == datetime(2026, 3, 1, 6, tzinfo=UTC), "midnight by the clock of the business"
    assert (fact.origin, fact.actor, fact.untrusted) == ("operator", "operator:olivia", False)
    assert Fact.objects.get(value="$480,000").valid_to == fact.valid_from
    assert acts(budgets) == ["fact.added"]
    assert "500" not in str(AuditEntry.objects.values_list("subject", "detail"))
    refused = olivia.post(new, {**given, "until": "2020-01-01"})
    assert "end before it began" in refused.text
    assert "Only years from 1000" in olivia.post(new, {**given, "until": "9999-12-31"}).text
    assert "$500,000</textarea>" in refused.text
    assert "Say whom" in olivia.post(new, {**given, "subject": ""}).text


@pytest.mark.parametrize(
    ("day", "problem"),
    [
        ("9999-12-31", "Only years from 1000 to 2200 can be kept."),
        ("0001-01-01", "Only years from 1000 to 2200 can be kept."),
        ("2024-02-31", "This is no day. Write it as 2024-05-01."),
        ("04/05/2024", "This is no day. Write it as 2024-05-01."),
    ],
)
def test_a_day_that_is_none_is_told_of_beside_it(budgets: Tenant, olivia: Client, day: str, problem: str) -> None:
    fact = Fact.objects.get(valid_to=None)
    new = reverse("admin:memory_fact_new", args=[budgets.pk])
    correct, close = (reverse(f"admin:memory_fact_{act}", args=[fact.pk]) for act in ("correct", "close"))
    given = {"subject": "Maria", "predicate": "budget", "value": "$1", "audience": "team"}
    for where, field, others in (
        (new, "since", given),
        (new, "until", given),
        (correct, "since", {"value": "$1", "how": "changed"}),
        (close, "until", {}),
    ):
        form = olivia.post(where, {**others, field: day}).context["form"]
        [told] = form.errors[field]
        assert told.startswith(problem)
        assert list(form.errors) == [field]
    assert not Fact.objects.filter(value="$1").exists()
    form = olivia.post(new, {**given, "since": "2024-05-02", "until": "2024-05-01"}).context["form"]
    assert form.errors["until"] == ["It would end before it began."]


def test_a_fact_is_corrected_and_closed(budgets: Tenant, olivia: Client) -> None:
    wrong = Fact.objects.get(valid_to=None)
    correct = reverse("admin:memory_fact_correct", args=[wrong.pk])
    olivia.post(correct, {"value": "$490,000", "how": "wrong"})
    wrong.refresh_from_db()
    right = Fact.objects.get(value="$490,000")
    assert wrong.withdrawn_at is not None
    assert right.valid_from == on(2026, 2), "it began when what was wrong was said to have begun"
    close = reverse("admin:memory_fact_close", args=[right.pk])
    assert "This field is required" in olivia.post(close, {"until": ""}).text
    olivia.post(close, {"until": "2026-04-01"})
    right.refresh_from_db()
    assert right.valid_to is not None
    assert right.valid_to.date() == on(2026, 4).date()
    assert acts(budgets) == ["fact.corrected", "fact.closed"]


def test_a_fact_from_before_its_subject_was_a_contact_is_closed_itself(budgets: Tenant, olivia: Client) -> None:
    holds = Fact.objects.get(valid_to=None)
    maria = Contact.objects.create(tenant=budgets, role="customer", name="María")
    olivia.post(reverse("admin:memory_fact_close", args=[holds.pk]), {"until": "2026-04-01"})
    holds.refresh_from_db()
    assert (holds.valid_to is not None, holds.contact_id) == (True, maria.pk)
    assert not Fact.objects.filter(valid_to=None).exists()


def test_a_person_has_a_timeline_of_their_own(globex: Tenant, budgets: Tenant, olivia: Client) -> None:
    maria = Contact.objects.create(tenant=budgets, role="customer", name="Maria López")
    greta = Contact.objects.create(tenant=globex, role="customer", name="Greta")
    know(budgets, "in the evening", predicate="call", contact_id=maria.pk)
    document = make(budgets, "relationships/maria lópez.md", "Near a school", contact_id=maria.pk)
    assert f"{timeline(budgets)}?contact={maria.pk}" in olivia.get(page_url(maria)).text
    page = olivia.get(timeline(budgets), {"contact": str(maria.pk)}).text
    assert strands(page) == [("in the evening", "holds")]
    assert page_url(document) in page
    assert "Greta" not in olivia.get(timeline(budgets), {"contact": str(greta.pk)}).text
    assert reverse("admin:memory_life_folder", args=[budgets.pk]) in olivia.get(page_url(budgets)).text


def test_the_search_finds_everything_and_leads_there(globex: Tenant, budgets: Tenant, olivia: Client) -> None:
    document = make(budgets, "knowledge/garden.md", "The garden of Elm Street has a pear tree.")
    make(globex, "knowledge/garden.md", "Their garden has no pear tree at all.")
    fact = know(budgets, "a pear tree", subject="Elm Street", predicate="garden")
    said = message_in(conversation_of(account_of(budgets)), None, f"Is the pear tree in the garden old? {SCRIPT}")
    chat = ImportedChat.objects.create(tenant=budgets, name="From before", imported_at=timezone.now(), last_seq=1)
    ImportedMessage.objects.create(
        tenant=budgets, chat=chat, external_id="1", seq=1, speaker="Nora", text="A pear tree, lovely", at=on(2024, 5)
    )
    search = reverse("admin:memory_search", args=[budgets.pk])
    page = olivia.get(search, {"q": "what about the pear tree in the garden?"}).text
    links = [
        *(page_url(document), page_url(fact), reverse("admin:messaging_conversation_message", args=[said.pk])),
        f"{page_url(chat)}?at=1#m1",
    ]
    for link in links:
        assert f'href="{link}"' in page
        assert olivia.get(link).status_code in (200, 302)
    assert SCRIPT not in page
    assert "no pear tree" not in page
    assert "Nothing was found" in olivia.get(search, {"q": "zeppelin"}).text
    views = AuditEntry.objects.filter(tenant=budgets, subject="memory search")
    assert views.count() == 1
    assert "pear" not in str(AuditEntry.objects.values_list("subject", "detail"))


def test_something_is_forgotten_for_good(budgets: Tenant, olivia: Client) -> None:
    document = make(budgets, "knowledge/notes.md", "# Notes\n\nMaria can pay $480,000.\n\nShe likes pears.")
    fact = Fact.objects.get(valid_to=None)
    forget = reverse("admin:memory_forget", args=[budgets.pk])
    assert "$480,000" in olivia.get(forget, {"fact": str(fact.pk)}).text
    assert "Say what is to be forgotten" in olivia.post(forget, {"passages": " \n"}).text
    done = olivia.post(f"{forget}?fact={fact.pk}", {"passages": "can pay $480,000"}, follow=True).text
    assert "Forgotten: 1 fact, 0 messages, 1 document" in done
    assert not Fact.objects.filter(pk=fact.pk).exists()
    document.refresh_from_db()
    assert "480" not in document.content
    assert "She likes pears." in document.content
    assert "480" not in str(AuditEntry.objects.values_list("subject", "detail"))
    assert "something forgotten" in olivia.get(reverse("admin:memory_document_history", args=[document.pk])).text


def test_rights_are_asked_for_each_page(budgets: Tenant, trainee: Client) -> None:
    fact = Fact.objects.get(valid_to=None)
    pages = [
        reverse(f"admin:memory_{name}", args=[budgets.pk]) for name in ("timeline", "search", "forget", "fact_new")
    ]
    pages += [reverse(f"admin:memory_fact_{verb}", args=[fact.pk]) for verb in ("correct", "close")]
    pages += [reverse(f"admin:memory_{name}", args=[budgets.pk]) for name in ("life_folder", "framework_of")]
    for page in pages:
        assert trainee.get(page).status_code == 403
        assert trainee.post(page, {"value": "x", "how": "wrong", "until": "2026-01-01"}).status_code == 403
    User.objects.get().user_permissions.set(Permission.objects.filter(codename__in=("view_fact", "view_document")))
    assert trainee.get(timeline(budgets)).status_code == 200
    assert trainee.get(pages[1]).status_code == 403, "hits may be what people said"
    fact.refresh_from_db()
    assert fact.holds


def test_a_framework_is_applied_after_its_diff_was_seen(
    acme: Tenant, olivia: Client, settings: Any, tmp_path: Path
) -> None:
    for version, text in ((1, "Be brief, {{ name }}.\nBe kind."), (2, "Be brief, {{ name }}.\nBe very kind.")):
        (tmp_path / str(version)).mkdir()
        (tmp_path / str(version) / "CLAUDE.md").write_text(text)
        (tmp_path / str(version) / "CHANGES").write_text("Kinder.")
    settings.FRAMEWORK_DIR = tmp_path
    framework = reverse("admin:memory_framework_of", args=[acme.pk])
    page = olivia.get(framework).text
    assert re.search(r"<ins>\s?very\s?</ins>", page)
    assert "this one would be the first" in page
    epoch = Tenant.objects.get(pk=acme.pk).prompt_epoch
    apply = reverse("admin:memory_framework_apply", args=[acme.pk])
    assert olivia.get(apply).status_code == 405
    assert olivia.post(apply, {"version": "9"}).status_code == 404
    olivia.post(apply, {"version": "2"})
    row = Framework.objects.get(tenant=acme)
    assert (row.version, row.applied_by) == (2, "operator:olivia")
    assert Tenant.objects.get(pk=acme.pk).prompt_epoch > epoch
    assert "on the newest version" in olivia.get(framework).text
    assert "Go back to" in olivia.get(framework, {"to": "1"}).text


def test_imported_chats_are_read_in_pages(acme: Tenant, olivia: Client) -> None:
    chat = ImportedChat.objects.create(tenant=acme, name="From before", imported_at=timezone.now(), last_seq=150)
    ImportedMessage.objects.bulk_create(
        ImportedMessage(
            tenant=acme, chat=chat, external_id=str(seq), seq=seq, speaker="Nora", text=f"line {seq:03}", at=on(2024, 5)
        )
        for seq in range(1, 151)
    )
    newest = olivia.get(page_url(chat)).text
    assert "line 150" in newest
    assert "line 050" not in newest
    around = olivia.get(page_url(chat), {"at": "20"}).text
    assert "line 020" in around
    assert "line 060" not in around
    assert olivia.get(page_url(chat), {"before": "9" * 40}).status_code == 200


def test_untrusted_things_say_so(acme: Tenant, olivia: Client) -> None:
    charlie = Contact.objects.create(tenant=acme, role="customer", name="Charlie")
    outside = Author(kind="assistant", name="assistant", role="customer", contact_id=charlie.pk, trusted=False)
    with tenant_scope(acme):
        documents.make_folders(acme)
        facts.remember(acme, Proposal(subject="me", predicate="call", value="in the evening"), outside)
        documents.write(acme, "knowledge/a.md", "From us", author=operator("olivia"), base=None)
    Document.objects.filter(path="knowledge/a.md").update(untrusted=True)
    assert "from outside" in olivia.get(timeline(acme)).text
    assert "from outside" in olivia.get(reverse("admin:memory_life_folder", args=[acme.pk])).text
