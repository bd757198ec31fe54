from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminSelectWidget

from messaging.admin.leaving import ContactLeaving
from messaging.channels import CHANNELS
from tenants_app.admin.base import TENANT_FILTER, TenantRowAdmin, actor_of
from tenants_app.admin.unfolded import TabularInline, action, display
from tenants_app.contacts import mark_reachable
from tenants_app.models import Contact, ContactAddress


class AddressForm(forms.ModelForm):  # type: ignore[type-arg]
    kind = forms.ChoiceField(
        choices=[(channel.kind, channel.label) for channel in CHANNELS.values()], widget=UnfoldAdminSelectWidget
    )


class AddressFormSet(PaginationInlineFormSet):
    def clean(self) -> None:
        """The tenant is the contact's, so a form by itself cannot see that an address is another person's already."""
        super().clean()
        for form in self.forms:
            values = getattr(form, "cleaned_data", {})
            same = ContactAddress.objects.filter(
                tenant=self.instance.tenant_id, kind=values.get("kind"), address=values.get("address")
            )
            if values.get("address") and same.exclude(pk=form.instance.pk).exists():
                form.add_error("address", "This address belongs to another contact of the tenant.")


class AddressInline(TabularInline):
    model = ContactAddress
    form = AddressForm
    formset = AddressFormSet
    verbose_name_plural = "addresses"
    fields = ("kind", "address", "phone", "unreachable_at", "unreachable_reason")
    readonly_fields = ("unreachable_at", "unreachable_reason")
    extra = 0


@admin.register(Contact)
class ContactAdmin(ContactLeaving, TenantRowAdmin):
    """People of a tenant: what the role says is what the assistant may do for them."""

    audit_list = True
    change_form_outer_before_template = "admin/tenants_app/contact/state.html"
    list_display = ("shown_name", "shown_role", "tenant", "language", "reachable", "created_at")
    list_filter = (TENANT_FILTER, "role")
    list_select_related = ("tenant",)
    search_fields = ("name", "tenant__slug")
    search_help_text = "A person's name or a tenant's slug"
    ordering = ("-id",)
    autocomplete_fields = ("tenant",)
    fields = ("tenant", "role", "name", "language")
    inlines = (AddressInline,)
    actions = ("make_reachable",)

    def get_urls(self) -> list[Any]:
        return [*self.urls_of_leaving(), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        closed = ContactAddress.objects.filter(
            tenant=OuterRef("tenant"), contact=OuterRef("pk"), unreachable_at__isnull=False
        )
        contacts: QuerySet[Contact] = super().get_queryset(request)
        return contacts.annotate(has_closed=Exists(closed))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("tenant",) if obj is not None else ()

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for row in formset.save(commit=False):
            row.tenant_id = form.instance.tenant_id
            row.save()
        for row in formset.deleted_objects:
            row.delete()
        formset.save_m2m()

    @display(description="name", ordering="name")
    def shown_name(self, contact: Contact) -> str:
        return contact.name or "no name"

    @display(description="role", ordering="role", label={"owner": "primary", "staff": "info", "customer": None})
    def shown_role(self, contact: Contact) -> str:
        return contact.role

    @display(description="reachable", boolean=True)
    def reachable(self, contact: Any) -> bool:
        return not contact.has_closed

    @action(description="Mark reachable again", permissions=["change"])
    def make_reachable(self, request: HttpRequest, queryset: QuerySet[Contact]) -> None:
        opened = sum(mark_reachable(contact, actor_of(request)) for contact in queryset.select_related("tenant"))
        self.message_user(request, f"{opened} addresses were opened again.", messages.SUCCESS)
