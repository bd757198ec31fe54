from __future__ import annotations

from django.db import models

from tenants_app.fields import TenantForeignKey
from tenants_app.models import Contact, TenantModel


class ImportedChat(TenantModel):
    """A chat that was exported from a messenger and brought along. Nobody answers in it; it can be searched."""

    name = models.CharField(max_length=200)
    last_seq = models.BigIntegerField(default=0)
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="importedchat_name_unique")]

    def __str__(self) -> str:
        return self.name


class ImportedMessage(TenantModel):
    """A message of such a chat."""

    chat = TenantForeignKey(ImportedChat)
    external_id = models.CharField(max_length=300)  # unique in its chat
    seq = models.BigIntegerField()  # its place in the chat
    speaker = models.CharField(max_length=200)
    contact = TenantForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL)  # where one is known by it
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "chat", "external_id"], name="importedmessage_unique"),
            models.UniqueConstraint(  # held at the end of a statement: one statement numbers a whole chat anew
                fields=["tenant", "chat", "seq"],
                name="importedmessage_seq_unique",
                deferrable=models.Deferrable.IMMEDIATE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.speaker} {self.seq}"
