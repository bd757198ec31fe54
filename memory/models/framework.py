from __future__ import annotations

from django.db import models

from tenants_app.models import TenantModel


class Framework(TenantModel):
    """That a version of the framework's template was applied to a tenant; the one applied last holds.

    The tenant's own part is the document CLAUDE.md.
    """

    version = models.PositiveIntegerField()  # a folder under templates/tenant/
    applied_at = models.DateTimeField()
    applied_by = models.CharField(max_length=150)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "version"], name="framework_unique")]

    def __str__(self) -> str:
        return f"framework {self.version}"
