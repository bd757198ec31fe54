from __future__ import annotations

from django.db import models
from django.db.models import Q

from messaging.models.conversation import Conversation, Session
from tenants_app.fields import ExactJSONField, TenantForeignKey
from tenants_app.models import TenantModel


class Turn(TenantModel):
    """One answer to the messages that waited when it began. Another worker can resume it from its steps."""

    class Status(models.TextChoices):
        OPEN = "open"
        ANSWERED = "answered"
        APOLOGISED = "apologised"  # it could not be answered; the person was told so plainly
        SILENT = "silent"  # decided not to answer: see `reason`

    conversation = TenantForeignKey(Conversation)
    session = TenantForeignKey(Session, null=True, on_delete=models.SET_NULL)
    number = models.BigIntegerField()
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.OPEN)
    reason = models.CharField(max_length=200, blank=True)
    claims = models.PositiveIntegerField(default=0)  # workers that took it up
    attempts = models.PositiveIntegerField(default=0)  # times that it was put off to try again
    noticed = models.BooleanField(default=False)  # the person was told that the answer will come later
    epoch = models.BigIntegerField(default=0)  # of the claim that opened it, then of the one that committed it
    ownership = models.BigIntegerField(default=0, db_default=0)  # of the conversation when it began
    began_at = models.DateTimeField()
    retry_since = models.DateTimeField(null=True, blank=True)  # the first failure of the current run of failures
    last_error = models.CharField(max_length=300, blank=True)
    committed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "conversation", "number"], name="turn_number_unique"),
            models.UniqueConstraint(
                fields=["tenant", "conversation"], condition=Q(status="open"), name="turn_one_open"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "session", "number"])]

    def __str__(self) -> str:
        return f"turn {self.number}"


class TurnStep(TenantModel):
    """What happened in a turn, in order: user message, replies, tool calls begun, their results. Append-only."""

    turn = TenantForeignKey(Turn)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    content = ExactJSONField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "turn", "number"], name="turnstep_number_unique")]

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"
