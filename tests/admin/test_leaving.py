"""Exporting and erasing from the admin: who may, what the pages say, and that both are written down."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from messaging.models import Conversation
from tenants_app.models import AuditEntry, Contact, ContactAddress, Tenant
from tests.admin.rows import furnish


def page(verb: str, contact: Contact) -> str:
    return reverse(f"admin:tenants_app_contact_{verb}", args=[contact.pk])


@pytest.fixture
def customer(acme: Tenant, olivia: Client, settings: Any, tmp_path: Path) -> Contact:
    settings.MEDIA_ROOT = tmp_path / "media"
    contact = furnish(acme).conversation.contact
    Contact.objects.filter(pk=contact.pk).update(role="customer", name="Zacarías Quillfeather")
    ContactAddress.objects.filter(contact=contact).update(address="15550100003")
    Conversation.objects.filter(contact=contact).update(chat_id="15550100003")
    return Contact.objects.get(pk=contact.pk)


def names_in(response: Any) -> set[str]:
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as archive:
        return set(archive.namelist())


def actions(tenant: Tenant) -> list[tuple[str, str]]:
    rows = AuditEntry.objects.filter(tenant=tenant, action__in=("memory.exported", "contact.erased")).order_by("id")
    return list(rows.values_list("actor", "action"))


def test_a_contact_is_exported_and_erased(customer: Contact, olivia: Client, acme: Tenant) -> None:
    assert "record.md" in names_in(olivia.get(page("export", customer)))
    asked = olivia.get(page("erase", customer)).text
    assert "<b>1</b> conversations" in asked
    assert page("export", customer) in asked
    assert "That was not the word" in olivia.post(page("erase", customer), {"word": "no"}).text
    assert Contact.objects.filter(pk=customer.pk).exists()
    done = olivia.post(page("erase", customer), {"word": "erase", "mentions": "on"}).text
    assert "tenants_app_contact.name" in done
    assert "Nowhere: every column" in done
    assert not Contact.objects.filter(pk=customer.pk).exists()
    assert not Conversation.objects.filter(contact_id=customer.pk).exists()
    assert actions(acme) == [("operator:olivia", "memory.exported"), ("operator:olivia", "contact.erased")]


def test_an_owner_is_offered_no_button(customer: Contact, olivia: Client) -> None:
    Contact.objects.filter(pk=customer.pk).update(role="owner")
    assert "Erase for good" not in olivia.get(page("erase", customer)).text
    olivia.post(page("erase", customer), {"word": "erase"})
    assert Contact.objects.filter(pk=customer.pk).exists()


def test_a_tenants_memory_is_exported(acme: Tenant, olivia: Client) -> None:
    response = olivia.get(reverse("admin:tenants_app_tenant_export", args=[acme.pk]))
    assert response.headers["Content-Disposition"] == 'attachment; filename="memory-acme.zip"'
    assert "README.md" in names_in(response)
    assert actions(acme) == [("operator:olivia", "memory.exported")]


def test_the_right_to_see_a_contact_is_none_to_take_it_along(customer: Contact, olivia: Client) -> None:
    user = User.objects.create_user("viewer", password="a-long-password-1", is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=("view_contact", "view_tenant")))
    viewer = Client()
    viewer.force_login(user)
    tenant_export = reverse("admin:tenants_app_tenant_export", args=[customer.tenant_id])
    for url in (page("export", customer), page("erase", customer), tenant_export):
        assert viewer.get(url).status_code == 403
    assert viewer.post(page("erase", customer), {"word": "erase"}).status_code == 403
    assert (
        page("erase", customer) not in viewer.get(reverse("admin:tenants_app_contact_change", args=[customer.pk])).text
    )
    assert page("erase", customer) in olivia.get(reverse("admin:tenants_app_contact_change", args=[customer.pk])).text
    assert Contact.objects.filter(pk=customer.pk).exists()
