from __future__ import annotations

from django.db import models
from django.db.models import Q

from messaging.models import Message
from scheduling.models.task import Task
from tenants_app.fields import TenantForeignKey
from tenants_app.models import TenantModel


class Occurrence(TenantModel):
    """One time of a task and what became of it; the unique key is what makes it happen once.

    A row may stand for a whole stretch of skipped times, or for a time yet to come that somebody asked to skip.
    Whether the message arrived is the delivery's matter, not this row's.
    """

    class State(models.TextChoices):
        DUE = "due"  # waits, or is held by a runner under its lease
        RUNNING = "running"  # the assistant has it, as a turn of the conversation
        DONE = "done"
        FAILED = "failed"
        SKIPPED = "skipped"

    class Trigger(models.TextChoices):
        TIME = "time"
        ASKED = "asked"  # run now

    task = TenantForeignKey(Task)
    scheduled_for = models.DateTimeField()  # the first, of a stretch
    last_for = models.DateTimeField(null=True, blank=True)  # the last, of a stretch
    times = models.PositiveIntegerField(default=1)
    trigger = models.CharField(max_length=5, choices=Trigger.choices, default=Trigger.TIME)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    reason = models.CharField(max_length=300, blank=True, default="")  # why it was skipped, put off, or failed
    due_at = models.DateTimeField(null=True, blank=True)  # when a runner should look; a holder's lease ends then
    epoch = models.BigIntegerField(default=0)  # grows with each claim; a holder writes only while it is its own
    lease_until = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=100, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    began_at = models.DateTimeField(null=True, blank=True)  # of its newest attempt
    ended_at = models.DateTimeField(null=True, blank=True)
    output = models.TextField(blank=True, default="")  # what was said, cut
    message = TenantForeignKey(Message, null=True, on_delete=models.SET_NULL)  # the reminder, or what was handed over

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "task", "scheduled_for"], name="occurrence_unique"),
        ]
        indexes = [
            models.Index(fields=["tenant", "due_at"], condition=Q(due_at__isnull=False), name="occurrence_due"),
            models.Index(fields=["tenant", "began_at"], condition=Q(state="running"), name="occurrence_running"),
            models.Index(  # how much was sent on a day
                fields=["tenant", "began_at"],
                condition=Q(began_at__isnull=False) & ~Q(state="skipped"),
                name="occurrence_begun",
            ),
            models.Index(  # whether a day's limit was told
                fields=["tenant", "began_at"],
                condition=Q(began_at__isnull=False, state="skipped"),
                name="occurrence_skipped",
            ),
            models.Index(  # what workers hold that are gone
                fields=["tenant", "worker"], condition=Q(lease_until__isnull=False), name="occurrence_leased"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} at {self.scheduled_for:%Y-%m-%d %H:%M}"
