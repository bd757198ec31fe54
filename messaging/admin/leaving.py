"""Taking a person's or a tenant's memory along as a zip, and erasing a person: pages of their admins."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET

from memory.export import export_contact, export_tenant
from memory.models import Document, Fact, ImportedMessage
from messaging.admin.dialogs import shown_count
from messaging.erasure import erase_contact
from messaging.models import Attachment, Conversation, Feedback, Message
from tenants_app import audit
from tenants_app.admin.base import actor_of
from tenants_app.models import Consent, Contact, ContactAddress, Tenant
from tenants_app.scope import tenant_scope
from tenants_app.traces import summary

CONFIRMED = "erase"  # the word to be typed
SHOWN = 200  # mentions
GOES = (ContactAddress, Consent, Conversation, Message, Feedback, Document, Fact, ImportedMessage)


def zip_of(name: str, archive: Any) -> FileResponse:
    return FileResponse(archive, as_attachment=True, filename=f"{name}.zip", content_type="application/zip")


def note_export(request: HttpRequest, tenant: Tenant, subject: str) -> None:
    with tenant_scope(tenant):
        audit.record(tenant, actor_of(request), "memory.exported", subject)


class TenantLeaving:
    """For the admin of tenants."""

    admin_site: Any

    def urls_of_leaving(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_GET(self.export))
        return [path("<uuid:tenant_id>/export/", view, name="tenants_app_tenant_export")]

    def export(self, request: HttpRequest, tenant_id: UUID) -> FileResponse:
        if not request.user.has_perm("tenants_app.change_tenant"):
            raise PermissionDenied
        tenant = Tenant.objects.filter(pk=tenant_id).first()
        if tenant is None:
            raise Http404("There is no such tenant.")
        note_export(request, tenant, "")
        return zip_of(f"memory-{tenant.slug}", export_tenant(tenant))


class ContactLeaving:
    """For the admin of contacts."""

    admin_site: Any
    opts: Any

    def urls_of_leaving(self) -> list[URLPattern]:
        views = (("export", require_GET(self.export)), ("erase", self.erase))
        return [
            path(f"<uuid:contact_id>/{name}/", self.admin_site.admin_view(view), name=f"tenants_app_contact_{name}")
            for name, view in views
        ]

    def chosen(self, request: HttpRequest, contact_id: UUID, right: str) -> Contact:
        if not request.user.has_perm(f"tenants_app.{right}_contact"):
            raise PermissionDenied
        contact = Contact.objects.select_related("tenant").filter(pk=contact_id).first()
        if contact is None:
            raise Http404("There is no such contact.")
        return contact

    def export(self, request: HttpRequest, contact_id: UUID) -> FileResponse:
        contact = self.chosen(request, contact_id, "change")
        note_export(request, contact.tenant, f"contact {contact.pk}")
        return zip_of(f"memory-{contact.tenant.slug}-{contact.pk}", export_contact(contact))

    def erase(self, request: HttpRequest, contact_id: UUID) -> HttpResponse:
        contact = self.chosen(request, contact_id, "delete")
        typed = request.POST.get("word", "").strip().lower() if request.method == "POST" else None
        context = {**self.admin_site.each_context(request), "opts": self.opts, "contact": contact}
        if typed == CONFIRMED and contact.role != Contact.Role.OWNER:
            report = erase_contact(contact, actor=actor_of(request), with_mentions="mentions" in request.POST)
            context |= {
                "title": "Erased",
                "gone": sorted((kind, number) for kind, number in report.counts.items() if number),
                "before": sorted(summary(report.before).items()),
                "left": sorted(summary(report.left).items()),
                "mentions": report.mentions[:SHOWN],
                "more": max(len(report.mentions) - SHOWN, 0),
                "back": reverse("admin:tenants_app_contact_changelist"),
            }
            return TemplateResponse(request, "admin/tenants_app/contact/erased.html", context)
        context |= {
            "title": f"Erase {contact}",
            "original": contact,
            "goes": counts_of(contact),
            "is_owner": contact.role == Contact.Role.OWNER,
            "word": CONFIRMED,
            "wrong": typed is not None,
            "back": reverse("admin:tenants_app_contact_change", args=[contact.pk]),
        }
        return TemplateResponse(request, "admin/tenants_app/contact/erase.html", context)


def counts_of(contact: Contact) -> list[tuple[str, str]]:
    """What is linked to the contact; what is found by name and number comes on top."""
    files = Attachment.objects.filter(tenant=contact.tenant, message__contact=contact)
    counted = [
        (
            str(model._meta.verbose_name_plural),
            shown_count(model.objects.filter(tenant=contact.tenant, contact=contact)),
        )
        for model in GOES
    ]
    return [*counted, ("files", shown_count(files))]
