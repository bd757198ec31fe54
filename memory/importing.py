"""Bringing along what was said elsewhere: the messages of an exported chat, once each and in the order of time."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.db.models import Q

from memory.imports.items import Began, Broken, Item, LeftOut, Said, name_of
from memory.models import ImportedChat, ImportedMessage
from tenants_app import audit
from tenants_app.ids import new_id
from tenants_app.marks import folded
from tenants_app.models import Contact, ContactAddress, Tenant
from tenants_app.scope import tenant_scope

BATCH = 2_000
SHOWN = 20  # of what could not be read
PHONE_DIGITS = 7

INSERT = """
INSERT INTO memory_importedmessage (id, tenant_id, chat_id, external_id, seq, speaker, contact_id, text, at)
SELECT new.id, %s, %s, new.external_id, new.seq, new.speaker, new.contact_id, new.text, new.at
FROM unnest(%s::uuid[], %s::text[], %s::bigint[], %s::text[], %s::uuid[], %s::text[], %s::timestamptz[])
    AS new (id, external_id, seq, speaker, contact_id, text, at)
ON CONFLICT (tenant_id, chat_id, external_id) DO NOTHING
"""
# An earlier part may come later: neighbours in time are to have neighbouring numbers.
RENUMBER = """
UPDATE memory_importedmessage AS message SET seq = ordered.place
FROM (
    SELECT id, row_number() OVER (ORDER BY at, seq) AS place FROM memory_importedmessage
    WHERE tenant_id = %s AND chat_id = %s
) AS ordered
WHERE message.tenant_id = %s AND message.id = ordered.id AND message.seq <> ordered.place
"""


@dataclass
class Told:
    """What became of a file."""

    new: int = 0
    there: int = 0  # already, by their ids
    differing: int = 0  # of these; what was stored first stays
    cut: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    broken: int = 0
    shown: list[Broken] = field(default_factory=list)
    chats: Counter[str] = field(default_factory=Counter)  # messages by name
    fresh: Counter[str] = field(default_factory=Counter)  # new ones
    first: datetime | None = None
    last: datetime | None = None
    linked: dict[str, str] = field(default_factory=dict)  # speaker to contact
    unlinked: set[str] = field(default_factory=set)

    @property
    def messages(self) -> int:
        return self.new + self.there

    def note(self, item: LeftOut | Broken) -> None:
        if isinstance(item, LeftOut):
            self.left_out[item.why] += 1
            return
        self.broken += 1
        if len(self.shown) < SHOWN:
            self.shown.append(item)


class Speakers:
    """Which contact a speaker is, where exactly one has the name or number; `me` is the owner's own name there."""

    def __init__(self, tenant: Tenant, me: str = "") -> None:
        """Raises LookupError where it isn't plain who the owner is. Inside the tenant's scope."""
        self._tenant = tenant
        self._known: dict[str, Contact | None] = {}
        contacts = Contact.objects.filter(tenant=tenant).only("pk", "tenant_id", "name", "role")
        self._named: dict[str, Contact | None] = {}
        for contact in contacts.exclude(name="").iterator():
            name = folded(contact.name)
            self._named[name] = None if name in self._named else contact
        if me:
            self._known[name_of(me)] = self._owner(folded(me))

    def _owner(self, name: str) -> Contact:
        owners = list(Contact.objects.filter(tenant=self._tenant, role=Contact.Role.OWNER)[:100])
        named = [owner for owner in owners if folded(owner.name) == name]
        if len(found := named if len(named) == 1 else owners) != 1:
            raise LookupError(f"--me needs the one owner, and the tenant has {len(found) or 'none'}.")
        return found[0]

    def contact(self, speaker: str) -> Contact | None:
        if speaker not in self._known:
            self._known[speaker] = self._named.get(folded(speaker)) or self._numbered(speaker)
        return self._known[speaker]

    def _numbered(self, speaker: str) -> Contact | None:
        digits = "".join(each for each in speaker if each.isdecimal())
        if len(digits) < PHONE_DIGITS or any(each.isalpha() for each in speaker):
            return None
        addresses = ContactAddress.objects.filter(Q(address=digits) | Q(phone=digits), tenant=self._tenant)
        found = {address.contact for address in addresses.select_related("contact")[:10]}
        return found.pop() if len(found) == 1 else None

    def known(self) -> Iterable[tuple[str, Contact]]:
        return ((speaker, contact) for speaker, contact in self._known.items() if contact is not None)


class Import:
    """Takes what reading gives and stores it, some thousand messages in a transaction.

    It may be cut off at any point and begun anew: what is stored is known by its id. With `dry_run` nothing is written.
    """

    def __init__(self, tenant: Tenant, *, chat: str, actor: str, me: str = "", now: datetime, dry_run: bool) -> None:
        self.told = Told()
        self._tenant = tenant
        self._name = chat
        self._actor = actor
        self._now = now
        self._dry_run = dry_run
        self._batch: dict[str, Said] = {}
        self._touched: dict[uuid.UUID, str] = {}
        with tenant_scope(tenant):
            self._speakers = Speakers(tenant, me)

    def take(self, item: Item) -> None:
        if isinstance(item, LeftOut | Broken):
            self.told.note(item)
        elif isinstance(item, Began):
            self._store()
            self._name = item.chat
        elif item.id in self._batch:
            self.told.there += 1
            self.told.differing += self._batch[item.id].text != item.text
        else:
            self._batch[item.id] = item
            if len(self._batch) >= BATCH:
                self._store()

    def finish(self, **detail: str) -> None:
        """Store the rest, put the chats in order, and write down who imported them. Also after a file broke off."""
        self._store()
        if self._dry_run:
            return
        for chat_id, name in self._touched.items():
            counts = {"messages": self.told.chats[name], "new": self.told.fresh[name]}
            with tenant_scope(self._tenant):
                self._settle(chat_id)
                audit.record(
                    self._tenant, self._actor, "history.imported", f"importedchat {chat_id}", **counts, **detail
                )

    def _store(self) -> None:
        if not self._batch:
            return
        batch, self._batch = self._batch, {}
        with tenant_scope(self._tenant):
            chat = self._chat()
            new = self._unknown(chat, batch)
            if chat is not None and not self._dry_run:
                self._insert(chat, new)
            self._note(batch.values(), new)

    def _chat(self) -> ImportedChat | None:
        """Locked, so that two imports of one chat take turns; None in a dry run of one that isn't there."""
        if not self._dry_run:
            fresh = ImportedChat(tenant=self._tenant, name=self._name, imported_at=self._now)
            ImportedChat.objects.bulk_create([fresh], ignore_conflicts=True)
        chats = ImportedChat.objects.filter(tenant=self._tenant, name=self._name)
        return chats.first() if self._dry_run else chats.select_for_update().get()

    def _unknown(self, chat: ImportedChat | None, batch: dict[str, Said]) -> Sequence[Said]:
        if chat is None:
            return list(batch.values())
        self._touched[chat.pk] = chat.name
        rows = ImportedMessage.objects.filter(tenant=self._tenant, chat=chat, external_id__in=list(batch))
        stored = dict(rows.values_list("external_id", "text"))
        self.told.there += len(stored)
        self.told.differing += sum(
            text not in ("", batch[known].text) for known, text in stored.items()
        )  # "": forgotten
        return [said for said in batch.values() if said.id not in stored]

    def _insert(self, chat: ImportedChat, new: Sequence[Said]) -> None:
        if not new:
            return
        contacts = [self._speakers.contact(said.speaker) for said in new]
        columns = (
            [new_id() for _ in new],
            [said.id for said in new],
            list(range(chat.last_seq + 1, chat.last_seq + 1 + len(new))),
            [said.speaker for said in new],
            [contact.pk if contact is not None else None for contact in contacts],
            [said.text for said in new],
            [said.at for said in new],
        )
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [self._tenant.pk, chat.pk, *columns])
        chat.last_seq += len(new)
        chat.save(update_fields=["last_seq"])

    def _note(self, batch: Iterable[Said], new: Sequence[Said]) -> None:
        told = self.told
        told.new += len(new)
        told.fresh[self._name] += len(new)
        for said in batch:
            told.chats[self._name] += 1
            told.cut += said.cut
            told.first = said.at if told.first is None else min(told.first, said.at)
            told.last = said.at if told.last is None else max(told.last, said.at)
            if (contact := self._speakers.contact(said.speaker)) is not None:
                told.linked[said.speaker] = str(contact)
            else:
                told.unlinked.add(said.speaker)

    def _settle(self, chat_id: uuid.UUID) -> None:
        """Neighbours in time become neighbours, and speakers who have become contacts since are linked."""
        chat = ImportedChat.objects.select_for_update().get(tenant=self._tenant, pk=chat_id)
        messages = ImportedMessage.objects.filter(tenant=self._tenant, chat=chat)
        with connection.cursor() as cursor:
            cursor.execute(RENUMBER, [self._tenant.pk, chat_id, self._tenant.pk])
        for speaker, contact in self._speakers.known():
            messages.filter(speaker=speaker, contact=None).update(contact=contact)
        chat.last_seq = messages.count()
        chat.imported_at = self._now
        chat.save(update_fields=["last_seq", "imported_at"])
