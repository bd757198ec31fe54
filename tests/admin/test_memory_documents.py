"""Operators read and change the life folder in the admin: by everybody's verbs, noted in the trail; nothing is lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from memory import documents
from memory.authors import Author, operator
from memory.models import Document, Folder, Revision
from memory.problems import LockedError
from messaging.models.provenance import RevisionSource
from tenants_app.models import AuditEntry, Contact, Tenant
from tenants_app.scope import tenant_scope
from tests.admin.rows import SCRIPT, account_of, conversation_of, message_in
from tests.admin.test_pages import page_url, queries_of

LISTINGS = "# Listings\n\nElm Street costs 450k.\n"
ASSISTANT = Author(kind="assistant", name="assistant", role="owner")


def make(tenant: Tenant, path: str = "knowledge/listings.md", text: str = LISTINGS, **more: Any) -> Document:
    with tenant_scope(tenant):
        documents.make_folders(tenant)
        return documents.write(tenant, path, text, author=more.pop("author", ASSISTANT), base=None, **more)


def url(document: Document, verb: str) -> str:
    return reverse(f"admin:memory_document_{verb}", args=[document.pk])


def edit(client: Client, document: Document, text: str, base: int | None = None) -> Any:
    given = {"content": text, "base": base or document.number, "reason": "Asked on the phone"}
    return client.post(url(document, "edit"), given, follow=True)


def acts(tenant: Tenant) -> list[str]:
    rows = AuditEntry.objects.filter(tenant=tenant).exclude(action="viewed").order_by("id")
    return list(rows.values_list("action", flat=True))


@pytest.fixture
def listings(acme: Tenant, admin_process: None) -> Document:
    return make(acme, reason="From the list that Alice sent")


def test_what_an_operator_types_is_kept_to_the_letter(listings: Document, olivia: Client) -> None:
    page = edit(olivia, listings, "\r\n# Listings\r\n\r\n  - Elm & <b>Lake</b>  \r\n")
    assert page.status_code == 200
    listings.refresh_from_db()
    assert listings.content == "\n# Listings\n\n  - Elm & <b>Lake</b>  \n"
    newest = Revision.objects.get(document=listings, number=2)
    assert (newest.actor_kind, newest.actor, newest.reason) == ("operator", "operator:olivia", "Asked on the phone")
    form = olivia.get(url(listings, "edit")).text
    assert "<textarea" in form
    assert "\n\n# Listings\n\n  - Elm &amp; &lt;b&gt;Lake&lt;/b&gt;  \n</textarea>" in form, "a browser drops one \\n"
    assert acts(listings.tenant) == ["document.edited"]
    assert "Elm" not in str(AuditEntry.objects.values_list("subject", "detail"))


def test_what_was_not_changed_is_no_revision(listings: Document, olivia: Client) -> None:
    edit(olivia, listings, listings.content)
    assert Revision.objects.filter(document=listings).count() == 1
    assert acts(listings.tenant) == []


def test_two_who_edit_at_once_lose_nothing(listings: Document, olivia: Client) -> None:
    with tenant_scope(listings.tenant):
        documents.write(listings.tenant, listings.path, f"{LISTINGS}\nSold!", author=ASSISTANT, base=1, reason="Sold")
    clash = edit(olivia, listings, f"{LISTINGS}\nKeys at the office <i>.", base=1)
    assert clash.status_code == 409
    assert "somebody was quicker" in clash.text
    assert "<del>Sold!</del>" in re.sub(r"\s+", " ", clash.text)
    assert f"{LISTINGS}\nKeys at the office &lt;i&gt;.</textarea>" in clash.text, "what was typed is still in the form"
    listings.refresh_from_db()
    assert listings.content.endswith("Sold!")
    [base] = re.findall(r'name="base" value="(\d+)"', clash.text)
    assert base == "2"
    edit(olivia, listings, f"{LISTINGS}\nSold! Keys at the office.", base=int(base))
    listings.refresh_from_db()
    assert listings.content.endswith("Sold! Keys at the office.")


def test_a_refusal_says_why_and_keeps_the_text(listings: Document, olivia: Client) -> None:
    answer = edit(olivia, listings, "x" * 20_000)
    assert "at most 16000" in answer.text
    assert "x" * 20_000 in answer.text
    nameless = olivia.post(url(listings, "edit"), {"content": "Mine", "base": 1, "reason": ""})
    assert "This field is required" in nameless.text
    assert "Mine</textarea>" in nameless.text
    listings.refresh_from_db()
    assert listings.content == LISTINGS


def test_the_preview_is_the_servers_own(listings: Document, olivia: Client) -> None:
    preview = reverse("admin:memory_document_preview")
    text = f"**bold** {SCRIPT} [x](javascript:alert(1)) ![p](https://example.com/p.png)"
    shown = olivia.post(preview, {"content": text}).text
    assert "<strong>bold</strong>" in shown
    assert SCRIPT not in shown
    assert 'href="javascript' not in shown
    assert "<img" not in shown
    assert olivia.get(preview).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = olivia.cookies
    assert strict.post(preview, {"content": "x"}).status_code == 403


def test_a_document_tells_what_was_said_for_it(listings: Document, olivia: Client) -> None:
    conversation = conversation_of(account_of(listings.tenant), name="Alice")
    said = message_in(conversation, None, f"Elm Street is 450k {SCRIPT}")
    for number in range(30):
        message_in(conversation, None, f"later {number}")
    revision = Revision.objects.get(document=listings)
    RevisionSource.objects.create(tenant=listings.tenant, revision=revision, message=said)
    page = olivia.get(page_url(listings)).text
    assert "Elm Street is 450k &lt;script&gt;" in page
    assert "From the list that Alice sent" in page
    assert "by the assistant" in page
    [link] = re.findall(r'href="(/admin/messaging/conversation/message/[^"]+)"', page)
    there = olivia.get(link)
    assert there.headers["Location"].endswith(f"?before={said.seq + 20}#m{said.seq}")
    transcript = olivia.get(there.headers["Location"]).text
    assert f'id="m{said.seq}"' in transcript
    assert "later 29" not in transcript


def test_any_two_revisions_are_compared_and_any_one_restored(listings: Document, olivia: Client) -> None:
    edit(olivia, listings, LISTINGS.replace("450k", "438k"))
    edit(olivia, listings, LISTINGS.replace("450k", "400k"), base=2)
    history = olivia.get(url(listings, "history")).text
    assert len(re.findall(r">Revision \d</a>", history)) == 3
    assert history.count("Asked on the phone") == 2
    compared = olivia.get(url(listings, "compare"), {"from": "1", "to": "3"}).text
    assert "<del>450k</del>" in compared
    assert "<ins>400k</ins>" in compared
    for wrong in ({"from": "9"}, {"to": "x"}, {"from": "1" * 30}):
        assert olivia.get(url(listings, "compare"), wrong).status_code == 404
    then = olivia.get(reverse("admin:memory_document_revision", args=[listings.pk, 1])).text
    assert "450k" in then
    restored = olivia.post(url(listings, "restore"), {"number": 1, "reason": "Back to 1"}, follow=True)
    assert "is restored" in restored.text
    listings.refresh_from_db()
    assert (listings.content, listings.number) == (LISTINGS, 4)
    assert Revision.objects.get(document=listings, number=4).restored_from == 1


def test_what_is_deleted_is_shown_on_demand_and_comes_back(listings: Document, olivia: Client) -> None:
    folder = reverse("admin:memory_life_folder", args=[listings.tenant_id])
    olivia.post(url(listings, "remove"), {"base": 1, "reason": "Out of date"})
    listings.refresh_from_db()
    assert listings.deleted_at is not None
    link = page_url(listings)
    assert link not in olivia.get(folder).text
    assert link in olivia.get(folder, {"deleted": ""}).text
    assert olivia.get(url(listings, "edit")).status_code == 404
    assert "Bring it back" in olivia.get(link).text
    olivia.post(url(listings, "restore"), {"number": listings.number})
    assert Document.objects.get(pk=listings.pk).deleted_at is None
    assert acts(listings.tenant) == ["document.deleted", "document.restored"]


def test_a_locked_document_is_the_operators_alone(listings: Document, olivia: Client) -> None:
    olivia.post(url(listings, "lock"), {"locked": "yes"})
    with tenant_scope(listings.tenant), pytest.raises(LockedError):
        documents.write(listings.tenant, listings.path, "Mine now", author=ASSISTANT, base=2)
    assert "is locked" in edit(olivia, listings, "Mine", base=2).text, "also for operators, until they unlock it"
    olivia.post(url(listings, "lock"), {"locked": "no"})
    listings.refresh_from_db()
    assert not listings.locked
    assert acts(listings.tenant) == ["document.locked", "document.unlocked"]
    assert olivia.post(url(listings, "lock"), {"locked": "maybe"}, follow=True).status_code == 200


def test_settings_name_whom_it_is_about_and_who_knows(globex: Tenant, listings: Document, olivia: Client) -> None:
    maria = Contact.objects.create(tenant=listings.tenant, role="customer", name="María")
    theirs = Contact.objects.create(tenant=globex, role="customer", name="Greta")
    before = Tenant.objects.get(pk=listings.tenant_id).prompt_epoch
    page = olivia.get(url(listings, "settings")).text
    assert "María" in page
    assert "Greta" not in page
    given = {"title": "Homes", "about": "What we sell", "audience": "contact", "contact": str(theirs.pk)}
    assert "Select a valid choice" in olivia.post(url(listings, "settings"), given).text
    olivia.post(url(listings, "settings"), {**given, "contact": ""})
    listings.refresh_from_db()
    assert listings.audience == "team", "nobody to show it to"
    olivia.post(url(listings, "settings"), {**given, "contact": str(maria.pk)})
    listings.refresh_from_db()
    assert (listings.title, listings.about, listings.audience) == ("Homes", "What we sell", "contact")
    assert listings.contact_id == maria.pk
    assert Tenant.objects.get(pk=listings.tenant_id).prompt_epoch > before


def test_a_document_is_renamed_under_its_rules(listings: Document, olivia: Client) -> None:
    given = {"path": "knowledge/../homes.md", "base": 1, "reason": "Clearer"}
    assert "Nothing was changed" in olivia.post(url(listings, "rename"), given, follow=True).text
    olivia.post(url(listings, "rename"), {**given, "path": "knowledge/homes.md"})
    listings.refresh_from_db()
    assert listings.path == "knowledge/homes.md"
    assert "then at <code>knowledge/listings.md</code>" in olivia.get(url(listings, "history")).text


def test_a_new_document_stands_where_it_was_put(listings: Document, olivia: Client) -> None:
    new = reverse("admin:memory_document_new", args=[listings.tenant_id])
    assert 'value="knowledge" selected' in olivia.get(new, {"folder": "knowledge"}).text
    given = {"folder": "knowledge", "name": "listings", "content": "# Mine", "reason": "New"}
    taken = olivia.post(new, given)
    assert "is there already" in taken.text
    assert "# Mine</textarea>" in taken.text
    made = olivia.post(new, {**given, "name": "schools/near.md", "audience": "public"}, follow=True)
    assert made.status_code == 200
    found = Document.objects.get(path="knowledge/schools/near.md")
    assert (found.content, found.audience, found.title) == ("# Mine", "public", "Mine")
    assert acts(listings.tenant) == ["document.created"]


def test_a_life_folder_shows_rules_room_and_who_changed_what(listings: Document, olivia: Client) -> None:
    make(listings.tenant, "identity/full.md", "y" * 3900, author=operator("olivia"))
    folder = reverse("admin:memory_life_folder", args=[listings.tenant_id])
    page = olivia.get(folder).text
    for shown in ("identity/", "boundaries/", "knowledge/", "relationships/", "CLAUDE.md", "In every prompt in full"):
        assert shown in page
    assert "memory-bar--early" in page
    assert "olivia (operator)" in page
    before = queries_of(olivia, folder)
    for number in range(5):
        make(listings.tenant, f"knowledge/more {number}.md", "z")
    assert queries_of(olivia, folder) == before < 25
    views = AuditEntry.objects.filter(tenant=listings.tenant, action="viewed", subject="life folder")
    assert views.count() == 1


def test_a_tenant_without_folders_gets_them(acme: Tenant, olivia: Client) -> None:
    folder = reverse("admin:memory_life_folder", args=[acme.pk])
    assert "Make the usual folders" in olivia.get(folder).text
    olivia.post(reverse("admin:memory_life_folder_begin", args=[acme.pk]))
    assert Folder.objects.filter(tenant=acme).count() == 4
    assert acme.name in olivia.get(reverse("admin:memory_folder_changelist"), {"q": acme.slug}).text


def test_folders_have_rules(listings: Document, olivia: Client) -> None:
    add, tenant = reverse("admin:memory_folder_add"), listings.tenant
    given = {"tenant": tenant.pk, "name": "Recipes", "order": 50, "audience": "team", "growth": "append"}
    given |= {"document_bytes": 5000, "most_documents": 20, "about": "What we cook"}
    for wrong in ("a/b", "..", "_x", ""):
        assert olivia.post(add, {**given, "name": wrong}).status_code == 200
    made = olivia.post(add, given)
    assert made.headers["Location"] == reverse("admin:memory_life_folder", args=[tenant.pk])
    folder = Folder.objects.get(tenant=tenant, name="recipes")
    epoch = Tenant.objects.get(pk=tenant.pk).prompt_epoch
    olivia.post(page_url(folder), {**given, "name": "other", "inline": "on"})
    folder.refresh_from_db()
    assert (folder.name, folder.inline) == ("recipes", True), "its name stands in paths"
    assert Tenant.objects.get(pk=tenant.pk).prompt_epoch > epoch
    boundaries = Folder.objects.get(tenant=tenant, name="boundaries")
    olivia.post(page_url(boundaries), given)
    boundaries.refresh_from_db()
    assert boundaries.is_profile, "what protects identity and boundaries stays"


@pytest.mark.parametrize("verb", ["edit", "rename", "remove", "restore", "lock", "settings"])
def test_who_may_only_look_cannot_change(verb: str, listings: Document, trainee: Client) -> None:
    assert trainee.get(url(listings, "history")).status_code == 403
    assert trainee.post(url(listings, verb), {"base": 1}).status_code == 403
    User.objects.get().user_permissions.add(Permission.objects.get(codename="view_document"))
    page = trainee.get(page_url(listings)).text
    assert url(listings, "edit") not in page
    assert trainee.get(url(listings, "history")).status_code == 200
    assert trainee.post(url(listings, verb), {"base": 1, "content": "x", "reason": "x"}).status_code == 403
    listings.refresh_from_db()
    assert listings.number == 1


def test_a_stranger_sees_nothing(listings: Document, admin_process: None) -> None:
    pages = [url(listings, verb) for verb in ("edit", "history", "compare", "settings")]
    pages += [reverse(f"admin:memory_{name}", args=[listings.tenant_id]) for name in ("life_folder", "search")]
    for each in pages:
        response = Client().get(each)
        assert response.status_code == 302
        assert response.headers["Location"].startswith(reverse("admin:login"))
    for verb in ("rename", "remove", "restore", "lock"):
        assert "login" in Client().post(url(listings, verb)).headers["Location"]


def test_buttons_are_not_followed_as_links(listings: Document, olivia: Client) -> None:
    for verb in ("rename", "remove", "restore", "lock"):
        assert olivia.get(url(listings, verb)).status_code == 405
