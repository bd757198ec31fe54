"""Tenants: how each is doing, its settings, pausing and resuming, and deleting one with everything that it has."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import (
    Count,
    DateField,
    DateTimeField,
    DecimalField,
    Func,
    IntegerField,
    Model,
    OuterRef,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Cast, Coalesce, Now
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.enums import ActionVariant

from memory import framework
from memory.folders import make_folders
from messaging.admin.dialogs import ReasonForm, asks, shown_count
from messaging.admin.leaving import TenantLeaving
from messaging.models import ChannelAccount, Conversation, Delivery, Message, Turn
from messaging.pausing import pause, resume
from tenants_app import ceilings
from tenants_app.admin.base import TenantRowAdmin, actor_of, done
from tenants_app.admin.unfolded import action, display
from tenants_app.budgets import limit_of
from tenants_app.deletion import delete_tenant
from tenants_app.models import Contact, OperatorAlert, Period, Secret, Spending, Tenant, UsageRow
from tenants_app.scope import tenant_scope

GOES = (ChannelAccount, Contact, Conversation, Message, Turn, Delivery, UsageRow, Secret)
BUDGET_FIELDS = ("day_budget", "month_budget", "cheaper_model")


def count_of(rows: QuerySet[Any]) -> Subquery:
    counted = rows.filter(tenant=OuterRef("pk")).order_by().values("tenant").annotate(n=Count("pk")).values("n")
    return Subquery(counted, output_field=IntegerField())


def spent_today() -> Subquery:
    """By the tenant's own clock."""
    there: Any = Func(OuterRef("timezone"), Now(), function="timezone", output_field=DateTimeField())
    today = Spending.objects.filter(
        tenant=OuterRef("pk"), period=Period.DAY, starts_on=Cast(there, output_field=DateField())
    )
    return Subquery(today.values("spent"), output_field=DecimalField())


@admin.register(Tenant)
class TenantAdmin(TenantLeaving, TenantRowAdmin):
    list_display = ("slug", "name", "shown_status", "account_count", "alert_count", "spent", "created_at")
    list_display_links = ("slug", "name")
    list_filter = ("status",)
    search_fields = ("slug", "name")
    actions = ("pause_selected", "resume_selected")
    actions_detail = ("pause_one", "resume_one")
    change_form_outer_before_template = "admin/tenants_app/tenant/state.html"
    fieldsets = (
        (None, {"fields": (("name", "slug"), ("timezone", "language"))}),
        (
            "Turns",
            {
                "fields": (
                    ("quiet_seconds", "quiet_limit_seconds"),
                    ("max_running_turns", "chat_model"),
                    ("in_doubt_policy", "window_policy"),
                    "handover_minutes",
                )
            },
        ),
        ("Budget", {"fields": (("day_budget", "month_budget"), "cheaper_model")}),
        ("Schedules", {"fields": (("quiet_from", "quiet_until"), ("proactive_limit", "max_tasks"))}),
    )

    def get_urls(self) -> list[Any]:
        return [*self.urls_of_leaving(), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tenant]:
        tenants: QuerySet[Tenant] = super().get_queryset(request)
        return tenants.annotate(
            accounts=Coalesce(count_of(ChannelAccount.objects.all()), 0),
            alerts=Coalesce(count_of(OperatorAlert.objects.filter(resolved_at=None)), 0),
            dollars=Coalesce(spent_today(), 0, output_field=DecimalField()),
        )

    def page_context(self, request: HttpRequest, row: Tenant) -> dict[str, Any]:
        now = timezone.now()
        saved = Tenant.objects.get(pk=row.pk)  # the row itself may hold what was typed and refused
        return {"standings": ceilings.standings(saved, now), "now": now}

    def save_model(self, request: HttpRequest, obj: Tenant, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            with tenant_scope(obj):
                make_folders(obj)
                framework.begin(obj, actor_of(request))
        if change and set(BUDGET_FIELDS) & set(form.changed_data):
            ceilings.changed(obj, actor_of(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("slug",) if obj is not None else ()  # commands and people's notes name it

    @display(
        description="status",
        ordering="status",
        label={"active": "success", "paused": "danger", "paused by the owner": "warning"},
    )
    def shown_status(self, tenant: Tenant) -> str:
        by_owner = tenant.status == Tenant.Status.ACTIVE and tenant.owner_paused_at is not None
        return "paused by the owner" if by_owner else tenant.status

    @display(description="accounts", ordering="accounts")
    def account_count(self, tenant: Any) -> int:
        count: int = tenant.accounts
        return count

    @display(description="open alerts", ordering="alerts", label={0: None})
    def alert_count(self, tenant: Any) -> tuple[int, str] | str:
        return str(tenant.alerts) if tenant.alerts else ""

    @display(description="spent today", ordering="dollars")
    def spent(self, tenant: Any) -> str:
        return f"${tenant.dollars:.4f} of ${limit_of(tenant, Period.DAY):.2f}"

    # --- pausing -----------------------------------------------------------------------------------------------------

    @action(
        description="Pause…",
        icon="pause",
        permissions=["change"],
        dialog=asks(
            "Pause this tenant",
            "What comes in is kept and answered on resuming. People are told once that the answer comes later.",
            "Pause",
            ReasonForm,
        ),
    )
    def pause_one(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        tenant = self.required(request, object_id)
        if pause(tenant, form.cleaned_data["reason"], actor_of(request)):
            self.message_user(request, f"{tenant.name} is paused.", messages.SUCCESS)
        else:
            self.message_user(request, f"{tenant.name} was paused already.", messages.WARNING)
        return done(request, self.url_of(tenant))

    @action(
        description="Resume…",
        icon="play_arrow",
        permissions=["change"],
        variant=ActionVariant.PRIMARY,
        dialog=asks("Resume this tenant", "What was kept is answered now, in order.", "Resume"),
    )
    def resume_one(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        tenant = self.required(request, object_id)
        if resume(tenant, actor_of(request)):
            self.message_user(request, f"{tenant.name} goes on.", messages.SUCCESS)
        else:
            self.message_user(request, f"{tenant.name} was not paused.", messages.WARNING)
        return done(request, self.url_of(tenant))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only what makes sense now: what the owner paused can be resumed here, and be paused as well."""
        tenant = Tenant.objects.filter(pk=object_id).first()
        hidden = [] if tenant and tenant.is_paused else ["resume_one"]
        if tenant and tenant.status == Tenant.Status.PAUSED:
            hidden.append("pause_one")
        actions = super().get_actions_detail(request, object_id)
        return [each for each in actions if not each.action_name.endswith(tuple(hidden))]

    @action(description="Pause", permissions=["change"])
    def pause_selected(self, request: HttpRequest, queryset: QuerySet[Tenant]) -> None:
        paused = sum(pause(tenant, "Paused by an operator.", actor_of(request)) for tenant in queryset)
        self.message_user(request, f"{paused} tenants are paused now.", messages.SUCCESS)

    @action(description="Resume", permissions=["change"])
    def resume_selected(self, request: HttpRequest, queryset: QuerySet[Tenant]) -> None:
        resumed = sum(resume(tenant, actor_of(request)) for tenant in queryset)
        self.message_user(request, f"{resumed} tenants go on now.", messages.SUCCESS)

    # --- deleting ----------------------------------------------------------------------------------------------------

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("tenants_app.delete_tenant")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without Django's own deletion of what is selected: a tenant goes by its verb, one at a time."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        tenant = self.required(request, object_id)
        if not self.has_delete_permission(request, tenant):
            raise PermissionDenied
        typed = request.POST.get("slug", "").strip() if request.method == "POST" else None
        if typed == tenant.slug:
            delete_tenant(tenant, actor_of(request))
            self.message_user(request, f"{tenant.name} and everything it had is deleted.", messages.SUCCESS)
            return redirect("admin:tenants_app_tenant_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": f"Delete {tenant.name}",
            "opts": self.opts,
            "tenant": tenant,
            "original": tenant,
            "goes": [
                (model._meta.verbose_name_plural, shown_count(model.objects.filter(tenant=tenant))) for model in GOES
            ],
            "wrong": typed is not None,
            "back": self.url_of(tenant),
        }
        return TemplateResponse(request, "admin/tenants_app/tenant/delete.html", context)

    def required(self, request: HttpRequest, object_id: str) -> Tenant:
        tenant = self.get_object(request, object_id)
        if not isinstance(tenant, Tenant):
            raise Http404("There is no such tenant.")
        return tenant

    @staticmethod
    def url_of(tenant: Tenant) -> str:
        return reverse("admin:tenants_app_tenant_change", args=[tenant.pk])
