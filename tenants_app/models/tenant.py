from __future__ import annotations

import re
import zoneinfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from tenants_app.ids import new_id

SLUG = re.compile(r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$")


def validate_timezone(name: str) -> None:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValidationError(f"“{name}” is not an IANA time zone; an example is America/Chicago.") from error


class Tenant(models.Model):
    """A business on this installation. Its settings are columns: each has a meaning, a unit and a limit."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        PAUSED = "paused"  # nothing is asked of Claude; what comes in is kept and answered on resuming

    class InDoubt(models.TextChoices):
        LEAVE = "leave", "do not resend"
        RESEND = "resend", "resend once"

    class Window(models.TextChoices):
        TEMPLATE = "template", "an approved template, else hold it"
        OTHER_CHANNEL = "other", "the person's other channel, else hold it"
        HOLD = "hold", "hold it until they write"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.CharField(
        max_length=63,
        unique=True,
        validators=[RegexValidator(SLUG, "Use lower-case letters, digits and dashes, 63 at most.")],
        help_text="The name in commands and logs; lower-case letters, digits and dashes.",
    )
    name = models.CharField(max_length=200)
    timezone = models.CharField(
        max_length=64, default="UTC", validators=[validate_timezone], help_text="An IANA name, such as America/Chicago."
    )
    language = models.CharField(max_length=2, default="en", choices=[("en", "English"), ("es", "Español")])
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    pause_reason = models.CharField(max_length=300, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    owner_paused_at = models.DateTimeField(null=True, blank=True)  # by a command of theirs; apart from `status`

    quiet_seconds = models.FloatField(
        default=2.0,
        validators=[MinValueValidator(0), MaxValueValidator(60)],
        help_text="A turn starts when nothing more was written for so many seconds.",
    )
    quiet_limit_seconds = models.FloatField(
        default=8.0,
        validators=[MinValueValidator(0), MaxValueValidator(120)],
        help_text="A turn starts at the latest so many seconds after the first message.",
    )
    max_running_turns = models.PositiveSmallIntegerField(
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text="How many of its conversations are worked on at once.",
    )
    chat_model = models.CharField(max_length=80, blank=True, help_text="Empty: the installation's own choice.")
    cheaper_model = models.CharField(
        max_length=80,
        blank=True,
        default="",
        db_default="",
        help_text="Answers when a budget is nearly used up. Empty: the installation's own choice; "
        "the chat model's name: none.",
    )
    cheaper_until = models.DateTimeField(null=True, blank=True)  # sessions on the cheaper model go on until then
    day_budget = models.DecimalField(
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="Dollars a day, from midnight in the tenant's time zone. Empty: the installation's default.",
    )
    month_budget = models.DecimalField(
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="Dollars a calendar month in the tenant's time zone. Empty: the installation's default.",
    )
    in_doubt_policy = models.CharField(
        max_length=10,
        choices=InDoubt.choices,
        default=InDoubt.LEAVE,
        help_text="What to do on a channel that never tells whether a message of unknown outcome arrived.",
    )
    window_policy = models.CharField(
        max_length=10,
        choices=Window.choices,
        default=Window.TEMPLATE,
        db_default=Window.TEMPLATE,
        help_text="What to do with a message that the channel takes no more, as the person wrote too long ago.",
    )
    handover_minutes = models.PositiveSmallIntegerField(
        default=30,
        db_default=30,
        validators=[MinValueValidator(1), MaxValueValidator(7 * 24 * 60)],
        help_text="How long the assistant stays silent in a conversation after one of the team has written there.",
    )
    quiet_from = models.TimeField(
        null=True,
        blank=True,
        help_text="Quiet hours: what is scheduled for a time from here on waits until they end. Empty: none.",
    )
    quiet_until = models.TimeField(null=True, blank=True, help_text="When the quiet hours end, by the tenant's clock.")
    proactive_limit = models.PositiveSmallIntegerField(
        default=50,
        db_default=50,
        validators=[MinValueValidator(1), MaxValueValidator(10_000)],
        help_text="How many scheduled tasks may run on one day, from midnight in the tenant's time zone.",
    )
    max_tasks = models.PositiveSmallIntegerField(
        default=100,
        db_default=100,
        validators=[MinValueValidator(1), MaxValueValidator(10_000)],
        help_text="How many scheduled tasks may be active at once.",
    )
    max_tools = models.PositiveSmallIntegerField(
        default=30,
        db_default=30,
        validators=[MinValueValidator(0), MaxValueValidator(200)],
        help_text="How many tools of its own it may have; each live one is part of every prompt.",
    )
    prices_to_customers = models.BooleanField(
        default=True,
        db_default=True,
        help_text="Off: an answer to a customer that names a price is not sent; they are told that a person will.",
    )
    forbidden_recipients = models.TextField(
        max_length=5000,
        blank=True,
        default="",
        db_default="",
        help_text="Whom the assistant never writes to: one name, number, address or @domain a line.",
    )
    prompt_epoch = models.BigIntegerField(default=0, db_default=0)  # grows when sessions must begin anew: see memory
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.slug

    def clean(self) -> None:
        super().clean()
        if (self.quiet_from is None) != (self.quiet_until is None):
            missing = "quiet_from" if self.quiet_from is None else "quiet_until"
            raise ValidationError({missing: "Quiet hours have a beginning and an end; without quiet hours, neither."})
        if self.quiet_from is not None and self.quiet_from == self.quiet_until:
            raise ValidationError(
                {"quiet_until": "They would end as they begin. Without quiet hours, leave both empty."}
            )

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)

    @property
    def is_paused(self) -> bool:
        """By an operator, by the product, or by the owner."""
        return self.status == self.Status.PAUSED or self.owner_paused_at is not None
