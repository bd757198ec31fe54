from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models

from tenants_app.fields import TenantForeignKey
from tenants_app.models import TenantModel
from tenants_app.models.secret import Secret


class Credential(TenantModel):
    """What a tenant's tools sign in with somewhere. Its value is sealed and never shown again."""

    class Kind(models.TextChoices):
        API_KEY = "api_key", "API key"  # in a header or a parameter of its own
        BEARER = "bearer", "bearer token"
        BASIC = "basic", "user and password"

    class Health(models.TextChoices):
        UNKNOWN = "unknown", "not checked"
        WORKS = "works"
        REFUSED = "refused"  # the service says that it is not valid
        UNREACHED = "unreached", "service not reached"

    name = models.CharField(
        max_length=64,
        validators=[RegexValidator(r"\A[a-z][a-z0-9_]{0,63}\Z", "Use lower-case letters, digits and underscores.")],
        help_text="By which tools declare it.",
    )
    kind = models.CharField(max_length=7, choices=Kind.choices, default=Kind.API_KEY)
    header = models.CharField(max_length=100, blank=True, default="", help_text="Of an API key: the header it goes in.")
    parameter = models.CharField(
        max_length=100, blank=True, default="", help_text="Of an API key that goes into the address: the parameter."
    )
    secret = TenantForeignKey(Secret)
    check_url = models.URLField(
        max_length=500, blank=True, default="", help_text="Read with GET, it tells whether the credential is valid."
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    health = models.CharField(max_length=9, choices=Health.choices, default=Health.UNKNOWN)
    health_detail = models.CharField(max_length=300, blank=True, default="")
    checked_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    uses = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="credential_name_unique")]

    def __str__(self) -> str:
        return self.name
