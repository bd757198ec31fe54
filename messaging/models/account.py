from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
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
    answers_strangers = models.BooleanField(
        default=False,
        db_default=False,
        help_text="While the front desk is off: answer unknown people once a day with a polite sentence.",
    )
    checked_at = models.DateTimeField(null=True, blank=True)  # its health, at the service
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    status_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            # Across tenants, and meant: a number or bot belongs to one tenant, or its messages could reach another.
            models.UniqueConstraint(fields=["kind", "external_id"], name="channelaccount_external_unique"),
        ]
        indexes = [
            models.Index("app", KT("config__waba_id"), name="channelaccount_business"),
            models.Index(fields=["checked_at"], name="channelaccount_checked"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.address or self.external_id}"

    @property
    def is_simulated(self) -> bool:
        return self.kind in settings.SIMULATED

    @property
    def webhook_url(self) -> str:
        return f"{settings.PUBLIC_URL}/webhooks/{self.kind}/{self.app_id or self.pk}"


class AccountIssue(TenantModel):
    """Something wrong with an account at its service, as a check found it or the service told, and what mends it."""

    class Severity(models.TextChoices):
        INFO = "info"
        WARNING = "warning"
        ERROR = "error"

    account = TenantForeignKey(ChannelAccount)
    code = models.CharField(max_length=100)  # "webhook_elsewhere", "template_rejected:reminder_en"
    severity = models.CharField(max_length=10, choices=Severity.choices)
    text = models.CharField(max_length=500)
    fix = models.CharField(max_length=500, blank=True)  # what to do, as somebody would be told
    found_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField()  # the last check that found it
    resolved_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)  # the owner, on their channel

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "account", "code"], condition=Q(resolved_at=None), name="accountissue_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.severity}"


class Template(TenantModel):
    """A message that the service has approved to be sent to people who have not written for long. Synced from it."""

    class Status(models.TextChoices):
        APPROVED = "approved"
        PENDING = "pending"
        REJECTED = "rejected"
        PAUSED = "paused"
        DISABLED = "disabled"
        GONE = "gone"  # the service no longer lists it

    account = TenantForeignKey(ChannelAccount)
    name = models.CharField(max_length=512)
    language = models.CharField(max_length=20)  # the service's code: "en_US", "es"
    category = models.CharField(max_length=30, blank=True)  # "utility"
    status = models.CharField(max_length=10, choices=Status.choices)
    reason = models.CharField(max_length=300, blank=True)  # the service's, for a refusal
    body = models.TextField(blank=True)  # with {{1}} where values go
    components = models.JSONField(default=list, blank=True)  # as the service lists them
    purpose = models.CharField(
        max_length=30,
        blank=True,
        help_text="What the assistant uses it for, such as “message” (its text goes into {{1}}). Empty: nothing.",
    )
    synced_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "account", "name", "language"], name="template_unique")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.language}"


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
