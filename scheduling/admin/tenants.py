"""Of a tenant's page, what the schedules add: where its clock is set anew, how many of them were placed anew."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest

from messaging.admin.tenants import TenantAdmin
from scheduling.models import Task
from tenants_app.models import Tenant

admin.site.unregister(Tenant)


@admin.register(Tenant)
class ScheduledTenantAdmin(TenantAdmin):
    def save_model(self, request: HttpRequest, obj: Tenant, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "timezone" in form.changed_data:
            transaction.on_commit(partial(self.tell_placed, request, obj))  # after `zones` has placed them

    def tell_placed(self, request: HttpRequest, tenant: Tenant) -> None:
        own_clock = Task.objects.filter(tenant=tenant, timezone="", state=Task.State.ACTIVE)
        placed = own_clock.filter(placed_in=tenant.timezone).count()
        words = f"{placed} scheduled task{' was' if placed == 1 else 's were'} placed anew" if placed else ""
        kept = "they keep their times of the day, by the new clock, and the owner is told."
        said = f"{words}: {kept}" if placed else "No scheduled task goes by that clock."
        self.message_user(request, f"The clock is {tenant.timezone} now. {said}", messages.WARNING)
