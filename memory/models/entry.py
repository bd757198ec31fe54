from __future__ import annotations

from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from memory.models.folder import Audience
from tenants_app.models import TenantModel


class Entry(TenantModel):
    """The index of the search: one row for each message, paragraph and fact. The database's triggers keep it.

    Its id is the message's or the fact's, or made from the document's and the paragraph's number. Nothing here is
    shown: `chat` and `seq` lead to the row that says it.
    """

    class Source(models.TextChoices):
        MESSAGE = "message"
        IMPORTED = "imported"
        DOCUMENT = "document"
        FACT = "fact"

    source = models.CharField(max_length=10, choices=Source.choices)
    chat = models.UUIDField()  # conversation, imported chat or document; of a fact: its own id
    seq = models.BigIntegerField()  # in it: neighbours have neighbouring numbers; of a document: the paragraph's
    at = models.DateTimeField()
    audience = models.CharField(max_length=10, choices=Audience.choices, blank=True)  # "": the chat decides
    contact = models.UUIDField(null=True)  # whom the document or fact is about
    length = models.PositiveSmallIntegerField()  # words that count
    vector = SearchVectorField()  # stems, and the speaker's name after an "@"

    class Meta:
        verbose_name_plural = "entries"
        indexes = [  # and one of the words, which the migration makes
            models.Index(fields=["tenant", "chat", "seq"], name="entry_neighbours"),
            models.Index(fields=["tenant", "audience", "contact"], condition=~Q(audience=""), name="entry_audience"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.seq}"
