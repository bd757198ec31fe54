from __future__ import annotations

from django.db import models

from tenants_app.fields import TenantForeignKey
from tenants_app.models.base import TenantModel


class DataKey(TenantModel):
    """A tenant's own key, wrapped by a master key of the installation; the newest one seals new secrets."""

    wrapped = models.BinaryField()
    master_version = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"data key under master key {self.master_version}"


class Secret(TenantModel):
    """A value that is never shown again. Read and written through `tenants_app.vault` only."""

    data_key = TenantForeignKey(DataKey)
    name = models.CharField(max_length=100)  # what it is for: "channel:<account>"
    ciphertext = models.BinaryField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="secret_name_unique")]

    def __str__(self) -> str:
        return self.name
