from __future__ import annotations

from django.db import models
from django.db.models import Q

from tenants_app.fields import ExactJSONField, TenantForeignKey
from tenants_app.models import TenantModel
from tooling.models.tool import ToolVersion


class Execution(TenantModel):
    """One thing that the assistant did, and how it went: what learning reads. It holds no message's words."""

    class Kind(models.TextChoices):
        TOOL = "tool"  # a call by Claude
        TRY = "try"  # by somebody in the admin
        SELF_TEST = "self_test", "self-test"
        DELIVERY = "delivery"
        OCCURRENCE = "occurrence", "scheduled task"

    class Outcome(models.TextChoices):
        OK = "ok", "done"
        ERROR = "error", "failed"
        TIMEOUT = "timeout", "took too long"
        KILLED = "killed", "stopped by a limit"
        REFUSED = "refused", "not allowed"
        UNKNOWN = "unknown", "cut off, outcome unknown"

    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.TOOL)
    name = models.CharField(max_length=64)  # the tool's
    version = TenantForeignKey(ToolVersion, null=True, blank=True, on_delete=models.SET_NULL)  # of a tenant's own tool
    number = models.PositiveIntegerField(default=0)  # that version's; 0: a built-in tool
    conversation_id = models.UUIDField(null=True, blank=True)
    session_id = models.UUIDField(null=True, blank=True)
    turn_id = models.UUIDField(null=True, blank=True)
    call_id = models.CharField(max_length=100, blank=True, default="")  # the tool_use id, or what else makes it unique
    role = models.CharField(max_length=10, blank=True, default="")
    arguments_hash = models.CharField(max_length=64, blank=True, default="")  # SHA-256 of their canonical JSON
    outcome = models.CharField(max_length=7, choices=Outcome.choices)
    signature = models.CharField(max_length=200, blank=True, default="")  # of the error, without what varies
    error = models.TextField(max_length=8000, blank=True, default="")  # for operators: redacted, may hold a traceback
    started_at = models.DateTimeField()
    ms = models.PositiveIntegerField(default=0)
    result_bytes = models.PositiveIntegerField(default=0)
    requests = ExactJSONField(default=list)  # what a script asked of the network, without bodies
    tainted = models.BooleanField(default=False)  # words from outside were in the session

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kind", "turn_id", "call_id"],
                condition=Q(turn_id__isnull=False) & ~Q(call_id=""),
                name="execution_call_unique",
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "name", "-started_at"], name="execution_of_name"),
            models.Index(fields=["tenant", "-started_at"], name="execution_newest"),
        ]
        verbose_name = "run"

    def __str__(self) -> str:
        return f"{self.name}: {self.outcome}"
