"""Whoever holds a document or a message may still take the tenant's row: nobody takes it before those and waits."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from memory import documents, forgetting
from memory.authors import Author, operator
from memory.memory_tool import memory
from memory.models import Document
from messaging.models import Conversation, Message
from scheduling import changes
from scheduling.changes import Wish
from scheduling.models import Task
from tenants_app.scope import tenant_scope
from tests.house import House, wait_for
from tests.test_races import straight
from tooling.registry import ToolContext

SECRET = "The gate code is 4711"
TAKE_TENANT = "UPDATE tenants_app_tenant SET prompt_epoch = prompt_epoch + 1 WHERE id = %s"


def while_it_waits(
    house: House, owner: psycopg.Connection[Any], held: str, key: object, acts: Callable[[], object]
) -> None:
    """Somebody holds a row, `acts` comes to wait for it, and then they take the tenant's row as well."""
    with ThreadPoolExecutor(1) as pool:
        with straight(house) as other:
            other.execute(f"SELECT FROM {held} WHERE id = %s FOR UPDATE", [key])
            done = pool.submit(acts)
            wait_for(lambda: owner.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone())
            other.execute(TAKE_TENANT, [house.tenant.pk])
            other.commit()
        done.result()


@pytest.fixture
def papers(house: House) -> list[Document]:
    with tenant_scope(house.tenant):
        documents.make_folders(house.tenant)
        author = operator("olivia")
        rows = [
            documents.write(house.tenant, f"identity/old/{name}.md", SECRET, author=author, base=None)
            for name in ("a", "b")
        ]
    return sorted(rows, key=lambda row: row.pk)


@pytest.mark.parametrize(
    "arguments",
    [
        {"command": "rename", "old_path": "/memories/identity/old", "new_path": "/memories/identity/new"},
        {"command": "delete", "path": "/memories/identity/old"},
    ],
)
def test_what_moves_or_goes_as_a_folder_waits_for_the_last_document_without_the_tenants_row(
    house: House, papers: list[Document], owner_connection: psycopg.Connection[Any], arguments: dict[str, Any]
) -> None:
    house.says("hello")
    with tenant_scope(house.tenant):
        chat = Conversation.objects.get()
    context = ToolContext(
        tenant_id=str(house.tenant.pk),
        conversation_id=str(chat.pk),
        contact_id=str(chat.contact_id),
        role="owner",
        language="en",
        timezone="UTC",
        now=chat.created_at,
        turn_id=str(uuid.uuid4()),
    )
    while_it_waits(house, owner_connection, "memory_document", papers[-1].pk, lambda: memory(context, **arguments))
    with tenant_scope(house.tenant):
        assert not Document.objects.filter(path__startswith="identity/old/", deleted_at=None).exists()


def test_forgetting_waits_for_a_message_without_the_tenants_row(
    house: House, papers: list[Document], owner_connection: psycopg.Connection[Any]
) -> None:
    house.says(SECRET)
    owner = Author(kind="assistant", name="assistant", role="owner")

    def forget() -> None:
        with tenant_scope(house.tenant):
            forgetting.forget(house.tenant, references=[], words=[SECRET], author=owner)

    with tenant_scope(house.tenant):
        message = Message.objects.get()
    while_it_waits(house, owner_connection, "messaging_message", message.pk, forget)
    with tenant_scope(house.tenant):
        assert not Document.objects.filter(content__contains="4711").exists()
        assert Message.objects.get().forgotten_at is not None


def test_what_is_scheduled_in_a_chat_waits_for_it_without_the_tenants_row(
    house: House, owner_connection: psycopg.Connection[Any]
) -> None:
    """A runner holds the chat and takes the tenant after it."""
    house.says("hi")
    with tenant_scope(house.tenant):
        chat = Conversation.objects.select_related("contact").get()

    def schedule() -> None:
        with tenant_scope(house.tenant):
            wish = Wish(when="tomorrow at 9", what="call the lender", conversation=chat)
            changes.create(chat.contact, wish, by="contact:alice", now=timezone.now())

    while_it_waits(house, owner_connection, "messaging_conversation", chat.pk, schedule)
    with tenant_scope(house.tenant):
        assert Task.objects.count() == 1
