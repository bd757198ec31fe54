from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from memory.models.folder import Audience
from tenants_app.fields import TenantForeignKey
from tenants_app.models import Contact, TenantModel


class Fact(TenantModel):
    """One thing that is or was so about somebody or something, from when to when, and how we know.

    Written through `memory.facts` only: the model proposes, code closes the intervals.
    """

    class Origin(models.TextChoices):
        OWNER = "owner"
        STAFF = "staff"
        OPERATOR = "operator"
        CUSTOMER = "customer"
        WEB = "web"
        TOOL = "tool"
        IMPORT = "import"

    subject = models.CharField(max_length=200)  # as spoken: "Maria López"
    subject_key = models.CharField(max_length=200)  # folded: how the same subject is found again
    contact = TenantForeignKey(
        Contact, null=True, blank=True, on_delete=models.SET_NULL
    )  # whom it is about, where that is one of the contacts
    predicate = models.CharField(max_length=100)  # "budget", "lives in", "child"
    predicate_key = models.CharField(max_length=100)
    value = models.TextField()  # as spoken, in the language it was said in
    value_key = models.CharField(max_length=64)  # hash of the folded value: finds exact duplicates
    several = models.BooleanField(default=False)  # others of this subject and predicate may hold beside it: children
    valid_from = models.DateTimeField()  # when it began to be so; the message's time where nobody said
    valid_from_said = models.BooleanField(default=False)
    valid_to = models.DateTimeField(null=True, blank=True)  # NULL: it still is so
    recorded_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # when it was last said again
    times = models.PositiveIntegerField(default=1)  # how often it was said
    withdrawn_at = models.DateTimeField(null=True, blank=True)  # it never was so: somebody corrected it
    replaced_by = TenantForeignKey("memory.Fact", null=True, blank=True, on_delete=models.SET_NULL)
    spans = models.JSONField(default=list)  # every time it was said, as `memory.intervals` needs it to place others
    confidence = models.FloatField(default=1.0, validators=[MinValueValidator(0), MaxValueValidator(1)])
    origin = models.CharField(max_length=10, choices=Origin.choices)
    untrusted = models.BooleanField(default=False)  # said by a customer, a page or a tool: set by code from the origin
    audience = models.CharField(max_length=10, choices=Audience.choices, default=Audience.TEAM)
    actor_kind = models.CharField(max_length=10)  # who wrote it down; see `memory.authors`
    actor = models.CharField(max_length=150)
    turn_id = models.UUIDField(null=True, blank=True)
    language = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=models.F("valid_from")), name="fact_interval"
            ),
            models.UniqueConstraint(  # a contradiction supersedes, it never coexists
                fields=["tenant", "subject_key", "predicate_key"],
                condition=Q(valid_to=None, withdrawn_at=None, several=False),
                name="fact_one_holds",
            ),
            models.UniqueConstraint(
                fields=["tenant", "subject_key", "predicate_key", "value_key"],
                condition=Q(valid_to=None, withdrawn_at=None),
                name="fact_once",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "subject_key", "predicate_key", "valid_from"]),
            models.Index(  # what holds about a person, newest first
                fields=["tenant", "contact", "audience", "-seen_at"],
                condition=Q(valid_to=None, withdrawn_at=None),
                name="fact_held_of",
            ),
            models.Index(  # what will have been so of a person: it may still hold
                fields=["tenant", "contact", "audience", "valid_to"],
                condition=Q(valid_to__isnull=False, withdrawn_at=None),
                name="fact_ends_of",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.predicate}"

    @property
    def holds(self) -> bool:
        return self.valid_to is None and self.withdrawn_at is None
