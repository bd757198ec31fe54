from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Collate

from tenants_app.fields import TenantForeignKey
from tenants_app.models import Contact, TenantModel


class Audience(models.TextChoices):
    """In whose chats it may be used. The owner's chats know everything."""

    OWNER = "owner", "the owner"
    TEAM = "team", "the owner and the staff"
    CONTACT = "contact", "the team, and the person whom it is about"
    PUBLIC = "public", "everybody who writes"


class Folder(TenantModel):
    """A folder of the life folder and the rules for its documents: how large, how they grow, who sees them."""

    class Growth(models.TextChoices):
        REWRITE = "rewrite", "edited in place; one that is full must be shortened"
        SPLIT = "split", "one that is full is continued in another document"
        APPEND = "append", "only added to, at the end"

    name = models.CharField(max_length=60)  # "knowledge"; lower case, no slash
    about = models.CharField(max_length=200, blank=True)  # one line: what belongs in it
    growth = models.CharField(max_length=10, choices=Growth.choices, default=Growth.SPLIT)
    audience = models.CharField(max_length=10, choices=Audience.choices, default=Audience.TEAM)  # of new documents
    document_bytes = models.PositiveIntegerField(
        default=16_000,
        validators=[MinValueValidator(200), MaxValueValidator(100_000)],
        help_text="How large a document may become, in bytes.",
    )
    most_documents = models.PositiveIntegerField(default=500, validators=[MinValueValidator(1)])
    is_profile = models.BooleanField(
        default=False, help_text="Who the business is and what it forbids: only the owner changes it, through the chat."
    )
    inline = models.BooleanField(
        default=False, help_text="Its documents stand in full in every prompt, as far as there is room."
    )
    order = models.SmallIntegerField(default=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="folder_name_unique")]
        ordering = ("order", "name")

    def __str__(self) -> str:
        return f"{self.name}/"


class Document(TenantModel):
    """A Markdown document of the life folder. It changes through `memory.documents` only, which keeps each revision."""

    path = models.CharField(max_length=300)  # "knowledge/listings.md": below /memories/
    title = models.CharField(max_length=200, blank=True)
    about = models.CharField(max_length=200, blank=True)  # one line, for the index in the prompt
    content = models.TextField(blank=True)
    number = models.PositiveIntegerField(default=1)  # of its newest revision; whoever writes names the one they read
    content_hash = models.CharField(max_length=64)  # SHA-256 of the content, in hex
    size = models.PositiveIntegerField(default=0)  # bytes
    audience = models.CharField(max_length=10, choices=Audience.choices, default=Audience.TEAM)
    contact = TenantForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL)  # whom it is about
    locked = models.BooleanField(default=False, help_text="The assistant reads it and cannot change it.")
    untrusted = models.BooleanField(default=False)  # something in it came from outside: a customer, a page, a tool
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)  # it can be restored

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "path"], condition=Q(deleted_at=None), name="document_path_unique"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "changed_at"]),
            models.Index(  # the newest that somebody may see
                fields=["tenant", "audience", "-changed_at"], condition=Q(deleted_at=None), name="document_shown"
            ),
            models.Index(  # what stands in a folder, whatever the database's collation
                "tenant", "audience", Collate("path", "C"), condition=Q(deleted_at=None), name="document_place"
            ),
        ]
        ordering = ("path",)

    def __str__(self) -> str:
        return self.path


class Revision(TenantModel):
    """A document as it stood after one change, and who made it why. Kept for good; forgetting takes text out of it."""

    class Action(models.TextChoices):
        CREATED = "created"
        EDITED = "edited"
        RENAMED = "renamed"
        DELETED = "deleted"
        RESTORED = "restored"
        SETTINGS = "settings", "changed who sees it or the lock"
        FORGOTTEN = "forgotten", "had something taken out for good"

    document = TenantForeignKey(Document)
    number = models.PositiveIntegerField()
    action = models.CharField(max_length=10, choices=Action.choices)
    path = models.CharField(max_length=300)
    title = models.CharField(max_length=200, blank=True)
    about = models.CharField(max_length=200, blank=True)
    content = models.TextField(blank=True)
    content_hash = models.CharField(max_length=64)
    actor_kind = models.CharField(max_length=10)  # see `memory.authors`: "owner", "assistant", "operator", "learning"
    actor = models.CharField(max_length=150)  # "operator:alice", "assistant", "contact:<id>"
    reason = models.CharField(max_length=300, blank=True)
    turn_id = models.UUIDField(null=True, blank=True)  # in which it was made; the messages: messaging's Provenance
    restored_from = models.PositiveIntegerField(null=True, blank=True)  # the number of the revision
    redacted_at = models.DateTimeField(null=True, blank=True)  # text was taken out of it by forgetting
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "document", "number"], name="revision_number_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.path} {self.number}"
