from __future__ import annotations

from zoneinfo import ZoneInfo

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from messaging.models import Conversation
from tenants_app.fields import TenantForeignKey
from tenants_app.models import Contact, TenantModel
from tenants_app.models.tenant import validate_timezone


class Task(TenantModel):
    """What is to be done for somebody of the business, and when."""

    class Kind(models.TextChoices):
        REMINDER = "reminder", "reminder"  # its words are sent as they are, without the model
        TASK = "task", "task"  # the assistant does what the words say

    class State(models.TextChoices):
        ACTIVE = "active"
        PAUSED = "paused"
        DONE = "done"  # it has no further time
        DISABLED = "disabled"  # it failed too often

    class Misfire(models.TextChoices):
        SKIP = "skip", "skip it"
        ONCE = "once", "run once, if it is not too late"
        ALL = "all", "run each, up to a number"

    contact = TenantForeignKey(Contact)  # for whom
    conversation = TenantForeignKey(Conversation, null=True, on_delete=models.SET_NULL)  # where; NULL: where they are
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.REMINDER)
    title = models.CharField(max_length=200, help_text="A few words by which people know it.")
    instruction = models.TextField(
        max_length=2000, help_text="The reminder's words as they are sent, or what the assistant is to do."
    )
    phrase = models.CharField(max_length=500, blank=True, help_text="When, as it was said.")
    rule = models.TextField(max_length=1000)  # see scheduling.rules
    timezone = models.CharField(
        max_length=64,
        blank=True,
        default="",
        validators=[validate_timezone],
        help_text="An IANA name, such as America/Chicago. Empty: the tenant's.",
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    state_reason = models.CharField(max_length=300, blank=True, default="")
    next_run_at = models.DateTimeField(null=True, blank=True)  # by the rule; NULL unless active
    placed_in = models.CharField(max_length=64, blank=True, default="")  # the zone that `next_run_at` was found in
    misfire = models.CharField(
        max_length=5,
        choices=Misfire.choices,
        default=Misfire.ONCE,
        help_text="What becomes of a time that passed while nothing ran.",
    )
    misfire_seconds = models.PositiveIntegerField(
        default=12 * 3600,
        validators=[MinValueValidator(60), MaxValueValidator(30 * 86400)],
        help_text="So long after its time it is still worth running.",
    )
    misfire_most = models.PositiveSmallIntegerField(
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
        help_text="Of times that are all run later: how many, the newest ones.",
    )
    in_quiet_hours = models.BooleanField(default=False, help_text="It runs in quiet hours too.")
    tainted = models.BooleanField(default=False)  # words from outside had a part in it
    failures = models.PositiveSmallIntegerField(default=0)  # occurrences in a row that failed for good
    created_by = models.CharField(max_length=150, blank=True, default="")  # "owner:Nora", "operator:alice"
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_run_at"], condition=Q(next_run_at__isnull=False), name="task_due"),
            models.Index(fields=["tenant", "state", "next_run_at"], name="task_listed"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def zone_name(self) -> str:
        return self.timezone or self.tenant.timezone

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone_name)
