from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from tenants_app.fields import ExactJSONField, TenantForeignKey
from tenants_app.models import TenantModel


class CustomTool(TenantModel):
    """A tenant's own tool, under the name by which Claude calls it."""

    name = models.CharField(
        max_length=64,
        validators=[RegexValidator(r"\A[a-z][a-z0-9_]{0,63}\Z", "Use lower-case letters, digits and underscores.")],
        help_text="Lower-case letters, digits and underscores; Claude calls it by this name.",
    )
    live = TenantForeignKey("tooling.ToolVersion", null=True, blank=True, on_delete=models.SET_NULL)
    enabled = models.BooleanField(default=True, help_text="Off: Claude is not offered it, whichever version is live.")
    disabled_reason = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="customtool_name_unique")]
        verbose_name = "tool"

    def __str__(self) -> str:
        return self.name


class ToolVersion(TenantModel):
    """One state of a tool, never changed once its self-test ran; a change is a new version."""

    class State(models.TextChoices):
        DRAFT = "draft"  # not tested yet
        GREEN = "green"  # its self-test ran in the sandbox without a failure: it may become live
        RED = "red"

    class Effect(models.TextChoices):
        """As in tooling.registry."""

        NONE = "none", "only looks things up"
        NOTES = "notes", "changes the business's own records"
        OUTWARD = "outward", "reaches somebody outside the business"
        SPENDS = "spends", "spends money"
        DELETES = "deletes", "deletes something"

    class Autonomy(models.TextChoices):
        AUTO = "auto", "by itself"
        CONFIRM = "confirm", "after a tap by the owner"
        OWNER_ONLY = "owner", "for the owner only"

    tool = TenantForeignKey(CustomTool)
    number = models.PositiveIntegerField()
    description = models.TextField(max_length=2000, help_text="All that Claude knows of it: what it does, and when.")
    schema = ExactJSONField(default=dict, help_text="JSON schema of the arguments: an object.")
    source = models.TextField(max_length=100_000, help_text="Python with def run(args, context), which returns JSON.")
    hosts = models.JSONField(default=list, blank=True, help_text="Hosts it may reach, such as api.example.com.")
    credentials = models.JSONField(
        default=list,
        blank=True,
        help_text='Such as {"name": "mls", "host": "api.example.com"}; without a host the script itself gets it.',
    )
    roles = models.JSONField(default=list, help_text="Who may use it: owner, staff, customer.")
    autonomy = models.CharField(max_length=7, choices=Autonomy.choices, default=Autonomy.AUTO)
    effect = models.CharField(max_length=7, choices=Effect.choices, default=Effect.OUTWARD)
    repeatable = models.BooleanField(default=False, help_text="Running it twice does the same as once.")
    seconds = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(1), MaxValueValidator(120)], help_text="Its time limit."
    )
    memory_mb = models.PositiveSmallIntegerField(
        default=256, validators=[MinValueValidator(64), MaxValueValidator(1024)], help_text="Its memory limit, in MiB."
    )
    tests = ExactJSONField(default=list, help_text='Its self-test: [{"args": {...}, "returns": {...}}, ...]')
    digest = models.CharField(max_length=64)  # of everything above, see tooling.versions
    state = models.CharField(max_length=5, choices=State.choices, default=State.DRAFT)
    report = ExactJSONField(default=dict)  # of the self-test
    tested_at = models.DateTimeField(null=True, blank=True)
    origin = models.CharField(max_length=150, blank=True, default="")  # "operator:alice", "pack:mortgage", "learning"
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "tool", "number"], name="toolversion_number_unique")]

    def __str__(self) -> str:
        return f"version {self.number}"
