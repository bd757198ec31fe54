from __future__ import annotations

from django.db import models

from tenants_app.ids import new_id
from tenants_app.models.tenant import Tenant


class TenantModel(models.Model):
    """A row of one tenant. Its table goes through `IsolateTable` in the migration that creates it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_constraint=False, db_index=False)

    class Meta:
        abstract = True
