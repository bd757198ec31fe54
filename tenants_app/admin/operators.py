"""Operators' accounts. Celery's own tables are left out: the fixed ticks are code, not data."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.http import HttpRequest
from django_celery_beat import models as beat
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from tenants_app.admin.base import HouseAdmin

REPLACED_OR_HIDDEN = (
    User,
    Group,
    beat.ClockedSchedule,
    beat.CrontabSchedule,
    beat.IntervalSchedule,
    beat.PeriodicTask,
    beat.SolarSchedule,
)
admin.site.unregister(REPLACED_OR_HIDDEN)


class ForSuperusers(HouseAdmin):
    """Who may make operators could make themselves anything."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_superuser(request)


def is_superuser(request: HttpRequest) -> bool:
    return request.user.is_active and bool(getattr(request.user, "is_superuser", False))


@admin.register(User)
class OperatorAdmin(ForSuperusers, UserAdmin):  # type: ignore[type-arg]
    """Deactivate an operator instead of deleting: the audit trail names them."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser", "groups")


@admin.register(Group)
class OperatorGroupAdmin(ForSuperusers, GroupAdmin):
    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A group holds nothing but rights, and its rows may be deleted."""
        return is_superuser(request)
