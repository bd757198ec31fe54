from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.fields.json import KT

from tenants_app.fields import TenantForeignKey
from tenants_app.ids import new_id
from tenants_app.models import Contact, Secret, TenantModel


class ChannelApp(models.Model):
    """An app at a service, such as a Meta app, whose one webhook serves accounts of many tenants. It belongs to none.

    The row carries its own data key, wrapped by a master key, and the app secret sealed with it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20)
    fingerprint = models.CharField(
        max_length=64, unique=True
    )  # keyed hash of kind and secret: finds the same app again
    verify_token = models.CharField(max_length=64)  # echoed by the service when the webhook is registered
    wrapped = models.BinaryField()
    master_version = models.PositiveIntegerField()
    ciphertext = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.kind} app {self.pk}"


class ChannelAccount(TenantModel):
    """A WhatsApp number or a Telegram bot of a tenant. Its token and webhook secret are sealed."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        REFUSED = "refused"  # the service refuses its credentials; an operator must renew them

    kind = models.CharField(max_length=20)
    external_id = models.CharField(max_length=100)  # WhatsApp: phone_number_id. Telegram: the bot's id.
    name = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=200, blank=True)  # what people look up: "+15551234567", "acme_bot"
    config = models.JSONField(default=dict, blank=True)  # WhatsApp: {"waba_id": …}. Telegram: {"username": …}.
    app = models.ForeignKey(ChannelApp, models.PROTECT, null=True, blank=True, related_name="+")
    token = TenantForeignKey(Secret)
    webhook_secret = TenantForeignKey(Secret, null=True, blank=True, on_delete=models.SET_NULL)
    front_desk = models.BooleanField(default=False, help_text="Answer customers, not only the owner and staff.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    status_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            # Across tenants, and meant: a number or bot belongs to one tenant, or its messages could reach another.
            models.UniqueConstraint(fields=["kind", "external_id"], name="channelaccount_external_unique"),
        ]
        indexes = [models.Index("app", KT("config__waba_id"), name="channelaccount_business")]

    def __str__(self) -> str:
        return f"{self.kind} {self.address or self.external_id}"

    @property
    def is_simulated(self) -> bool:
        return self.kind in settings.SIMULATED

    @property
    def webhook_url(self) -> str:
        return f"{settings.PUBLIC_URL}/webhooks/{self.kind}/{self.app_id or self.pk}"


class PairingCode(TenantModel):
    """A single-use code with which a person links an address to a contact. Only its hash is kept."""

    contact = TenantForeignKey(Contact)
    code_hash = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "code_hash"], name="pairingcode_unique")]

    def __str__(self) -> str:
        return f"pairing code until {self.expires_at:%Y-%m-%d %H:%M}"
