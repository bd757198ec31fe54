from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from messaging.models.account import ChannelAccount
from tenants_app.fields import ExactJSONField, TenantForeignKey
from tenants_app.models import Contact, TenantModel


class Conversation(TenantModel):
    """A chat on one account. Messages in it carry `seq`, allocated under this row's lock: it is the order of things."""

    account = TenantForeignKey(ChannelAccount)
    contact = TenantForeignKey(Contact)  # who writes; in a group, who wrote first
    chat_id = models.CharField(max_length=200)  # where answers go
    is_group = models.BooleanField(default=False)
    last_seq = models.BigIntegerField(default=0)
    last_turn = models.BigIntegerField(default=0)  # number of its newest turn
    last_inbound_at = models.DateTimeField(null=True, blank=True)
    ownership = models.BigIntegerField(default=0, db_default=0)  # grows whenever one of the team takes it over
    paused_until = models.DateTimeField(null=True, blank=True)  # one of the team has it; the assistant is silent
    paused_by = models.CharField(max_length=150, blank=True, db_default="")  # "operator:alice", "app:whatsapp"
    polite_at = models.DateTimeField(null=True, blank=True)  # the newest polite sentence to somebody unknown
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "account", "chat_id"], name="conversation_unique")]

    def __str__(self) -> str:
        return f"chat {self.chat_id}"

    @property
    def is_with_team(self) -> bool:
        """One of the team has it now; the assistant is silent."""
        return self.paused_until is not None and self.paused_until > timezone.now()


class Participant(TenantModel):
    """Somebody who wrote in a group: what the assistant may do there depends on everyone who ever did."""

    conversation = TenantForeignKey(Conversation)
    contact = TenantForeignKey(Contact, null=True, on_delete=models.SET_NULL)  # NULL: somebody whose contact is gone

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "conversation", "contact"], name="participant_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.conversation_id}"


class Work(TenantModel):
    """Leased work on a conversation: its next turn, its next sends, or files. One row of each kind a conversation.

    `due_at` is when a claimer should look: when the quiet is over, when a retry is due, or when the lease of whoever
    holds it runs out. NULL: nothing to do. `epoch` grows with each claim; a holder writes only while it is its own.
    """

    class Kind(models.TextChoices):
        TURN = "turn"
        SEND = "send"
        MEDIA = "media"  # files to be fetched

    conversation = TenantForeignKey(Conversation)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    due_at = models.DateTimeField(null=True, blank=True)
    first_at = models.DateTimeField(null=True, blank=True)  # turn: when the first message not yet in a turn was stored
    epoch = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=100, blank=True)
    busy = models.BooleanField(default=False)  # a turn is open: new messages don't move its due time
    hinted = models.BooleanField(default=False)  # a wake-up is on its way; at most one at a time

    class Meta:
        verbose_name_plural = "work"
        constraints = [models.UniqueConstraint(fields=["tenant", "conversation", "kind"], name="work_unique")]
        indexes = [
            models.Index(fields=["tenant", "kind", "due_at"], condition=Q(due_at__isnull=False), name="work_due"),
            models.Index(fields=["tenant", "kind"], condition=Q(lease_until__isnull=False), name="work_leased"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.conversation_id}"


class Lane(TenantModel):
    """A tenant's place in the queue for one kind of work, so that a tenant with much to do does not starve the others.

    It says when to look and how much is running; the truth is in `Work`.
    """

    kind = models.CharField(max_length=10, choices=Work.Kind.choices)
    next_due_at = models.DateTimeField(null=True, blank=True)  # NULL: nothing to do
    running = models.IntegerField(default=0)
    idle_looks = models.SmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "kind"], name="lane_unique")]
        indexes = [
            models.Index(
                fields=["kind", "running", "next_due_at"], condition=Q(next_due_at__isnull=False), name="lane_due"
            ),
            models.Index(fields=["kind", "next_due_at"], condition=Q(next_due_at__isnull=False), name="lane_next"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} lane"


class Session(TenantModel):
    """A stretch of conversation that Claude sees as one append-only history, under one frozen prompt and tool list."""

    conversation = TenantForeignKey(Conversation)
    number = models.BigIntegerField()
    role = models.CharField(max_length=10)
    model = models.CharField(max_length=80)
    system = ExactJSONField()  # [[name, text, …], …] as they stood when it began
    tools = ExactJSONField()  # tool definitions as they stood when it began
    tainted = models.BooleanField(default=False)  # text from outside has entered it
    summary = models.TextField(blank=True)
    prompt_epoch = models.BigIntegerField(default=0, db_default=0)  # of the tenant when it began
    prompt_tokens = models.PositiveIntegerField(default=0)  # of its newest call, cache included
    media_bytes = models.PositiveBigIntegerField(default=0, db_default=0)  # of the files that go along with every call
    opened_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    close_reason = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "conversation", "number"], name="session_number_unique"),
            models.UniqueConstraint(
                fields=["tenant", "conversation"], condition=Q(closed_at=None), name="session_one_open"
            ),
        ]
        indexes = [models.Index(fields=["used_at"], condition=Q(closed_at=None), name="session_idle")]

    def __str__(self) -> str:
        return f"session {self.number}"


class Message(TenantModel):
    """What was said, in or out. An inbound message belongs to exactly one turn; `turn` is set when that turn begins."""

    class Direction(models.TextChoices):
        IN = "in"
        OUT = "out"

    conversation = TenantForeignKey(Conversation)
    account = TenantForeignKey(ChannelAccount)
    contact = TenantForeignKey(Contact, null=True, on_delete=models.SET_NULL)  # who said it; NULL: the assistant
    turn = TenantForeignKey("messaging.Turn", null=True, on_delete=models.SET_NULL)
    direction = models.CharField(max_length=3, choices=Direction.choices)
    seq = models.BigIntegerField()
    key = models.CharField(max_length=300, null=True)  # noqa: DJ001 - NULL, of what we say, collides with nothing
    external_id = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=30, default="text")
    text = models.TextField(blank=True)
    reply_to = models.CharField(max_length=300, blank=True)
    quoted = models.TextField(blank=True, db_default="")  # the words that it answers, where the service sent them along
    choice = models.CharField(max_length=200, blank=True, db_default="")  # the id of the button or row that was chosen
    choice_token = models.CharField(max_length=200, blank=True, db_default="")  # to tell the service that it was taken
    author = models.CharField(max_length=150, blank=True, db_default="")  # out: who of the team wrote; "": assistant
    wakes = models.BooleanField(default=True, db_default=True)  # it asks for an answer; a reaction does not
    forwarded = models.BooleanField(default=False)
    forgotten_at = models.DateTimeField(null=True, blank=True)  # somebody asked for it: Claude never sees it again
    raw = models.BinaryField(null=True)  # as the service sent it; jsonb would refuse NUL and lone surrogates
    sent_at = models.DateTimeField()  # by the service's clock
    stored_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "account", "key"], name="message_key_unique"),
            models.UniqueConstraint(fields=["tenant", "conversation", "seq"], name="message_seq_unique"),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "conversation", "seq"], condition=Q(turn=None, direction="in"), name="message_waiting"
            ),
            models.Index(
                fields=["tenant", "conversation", "external_id"], condition=~Q(external_id=""), name="message_external"
            ),
            models.Index(  # what became of a message later
                fields=["tenant", "conversation", "reply_to"],
                condition=Q(kind__in=("edit", "deletion")),
                name="message_changed",
            ),
            models.Index(  # what the team said and the assistant was not told yet
                fields=["tenant", "conversation", "seq"],
                condition=Q(turn=None, direction="out") & ~Q(author=""),
                name="message_by_team",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.seq}"
