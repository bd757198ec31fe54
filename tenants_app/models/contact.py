from __future__ import annotations

from django.db import models

from tenants_app.fields import TenantForeignKey
from tenants_app.models.base import TenantModel


class Contact(TenantModel):
    """A person: the owner, one of the staff, or a customer. Its role decides what the assistant may do for it."""

    class Role(models.TextChoices):
        OWNER = "owner"
        STAFF = "staff"
        CUSTOMER = "customer"

    role = models.CharField(max_length=10, choices=Role.choices, default=Role.CUSTOMER)
    name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=35, blank=True, help_text="IETF tag as the channel told it; empty: unknown.")
    opted_out_at = models.DateTimeField(null=True, blank=True)  # no messages of our own accord; answers still
    told_of_ai_at = models.DateTimeField(null=True, blank=True)  # that they talk with an AI assistant
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["tenant", "role"])]

    def __str__(self) -> str:
        return self.name or f"{self.role} {self.pk}"

    @property
    def is_trusted(self) -> bool:
        return self.role in (self.Role.OWNER, self.Role.STAFF)


class ContactAddress(TenantModel):
    """Where a person is reached on one kind of channel."""

    contact = TenantForeignKey(Contact, related_name="addresses")
    kind = models.CharField(max_length=20)  # a channel's kind: "whatsapp"
    address = models.CharField(max_length=200)
    phone = models.CharField(max_length=20, blank=True)  # digits, where the address itself is not the number
    unreachable_at = models.DateTimeField(null=True, blank=True)  # the service refused for good; no more tries
    unreachable_reason = models.CharField(max_length=200, blank=True)
    refused_codes = models.PositiveSmallIntegerField(default=0, db_default=0)  # pairing codes since `refused_since`
    refused_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "contact addresses"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kind", "address"], name="contactaddress_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.address}"


class Consent(TenantModel):
    """That a person wants, or no longer wants, messages that they did not ask for, and how we know. Append-only."""

    class Source(models.TextChoices):
        MESSAGE = "message"  # they wrote so
        SERVICE = "service"  # the service told: they set it in its app
        OPERATOR = "operator"

    contact = TenantForeignKey(Contact, on_delete=models.DO_NOTHING)
    kind = models.CharField(max_length=20)  # of the channel
    category = models.CharField(max_length=60)  # "proactive", or the service's own word: "marketing_messages"
    given = models.BooleanField()
    source = models.CharField(max_length=10, choices=Source.choices)
    words = models.CharField(max_length=200, blank=True)  # theirs
    at = models.DateTimeField()
    stored_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["tenant", "contact", "at"])]

    def __str__(self) -> str:
        return f"{self.category} {'given' if self.given else 'taken back'}"
