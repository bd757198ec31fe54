from __future__ import annotations

from django.db import models
from django.db.models import Q

from messaging.models.conversation import Conversation
from messaging.models.turn import Turn
from tenants_app.fields import ExactJSONField, TenantForeignKey
from tenants_app.models import Contact, TenantModel


class Confirmation(TenantModel):
    """A call that runs once the owner has allowed exactly it: this tool with these arguments, once, for ten minutes."""

    class State(models.TextChoices):
        WAITING = "waiting"
        ALLOWED = "allowed"  # by the owner, and not run yet
        DECLINED = "declined"
        USED = "used"
        EXPIRED = "expired"

    conversation = TenantForeignKey(Conversation)  # in which Claude called it, and where it runs
    contact = TenantForeignKey(Contact, null=True, on_delete=models.SET_NULL)  # in whose turn
    turn = TenantForeignKey(Turn)  # of the call
    call_id = models.CharField(max_length=100)  # the tool_use id
    tool = models.CharField(max_length=64)
    arguments = ExactJSONField()
    digest = models.CharField(max_length=64)  # SHA-256 over the tool, its version and the arguments
    why = models.CharField(max_length=20)  # "outside", "autonomy"
    token = models.CharField(max_length=32)  # in the buttons
    asked_in = TenantForeignKey(Conversation, null=True, on_delete=models.SET_NULL)  # the owner's chat with the buttons
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = TenantForeignKey(Contact, null=True, on_delete=models.SET_NULL)
    used_in = TenantForeignKey(Turn, null=True, on_delete=models.SET_NULL)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "token"], name="confirmation_token_unique"),
            models.UniqueConstraint(fields=["tenant", "turn", "call_id"], name="confirmation_call_unique"),
        ]
        indexes = [
            models.Index(fields=["tenant", "asked_in", "created_at"], name="confirmation_asked"),
            models.Index(
                fields=["tenant", "asked_in"], condition=Q(state__in=("waiting", "allowed")), name="confirmation_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tool}: {self.state}"
