"""What Claude is told and shown of files. In a turn's steps a file stands as a reference; its bytes join the request
only when it is sent, so that a history stays small and a file that was erased is gone from it."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.files.storage import default_storage

from memory.tags import one_name, outside_tags
from messaging.models import Attachment, Conversation
from tenants_app.scope import tenant_scope
from tooling.types import Block

State = Attachment.State
EXPECTED = timedelta(seconds=20)  # so long a turn waits for its files; then it says that they are still to come
MOST_FILES = 20  # of one turn
MOST_BYTES = 8 * 1024 * 1024  # of one turn, as Claude gets them
GONE = "[a file that was here has been deleted]"


def unshown(conversation: Conversation) -> list[Attachment]:
    """Files that Claude was not told of, oldest first. Inside the tenant's scope."""
    rows = Attachment.objects.filter(conversation=conversation, shown=False, message__forgotten_at=None)
    whose = rows.select_related("message__contact").defer("message__raw")
    return list(whose.order_by("stored_at", "id")[: 5 * MOST_FILES])


def still_expected(files: Sequence[Attachment], now: datetime) -> bool:
    return any(file.state == State.PENDING and file.stored_at > now - EXPECTED for file in files)


def to_show(files: Sequence[Attachment], messages: set[uuid.UUID]) -> list[Attachment]:
    """Of this turn's messages whatever became of them; of earlier ones those that have come since."""
    return [file for file in files if file.message_id in messages or file.state == State.KEPT]


def blocks_of(files: Sequence[Attachment]) -> Iterator[Block]:
    """In words, and with a reference to what Claude can look at itself."""
    room, count = MOST_BYTES, 0
    for file in files:
        if not file.view:
            yield {"type": "text", "text": words_of(file)}
            continue
        count += 1
        room -= file.view_size
        if room < 0 or count > MOST_FILES:
            yield {"type": "text", "text": f"[{label(file)}: too many files at once to look at this one]"}
        else:
            yield reference(file)


def reference(file: Attachment) -> Block:
    source = {"type": "attachment", "id": str(file.pk), "media_type": file.view_type}
    if file.view_type == "application/pdf":
        block: Block = {"type": "document", "source": source | {"pages": file.pages}}
        return block | ({"title": one_name(file.name)} if one_name(file.name) else {})
    return {"type": "image", "source": source}


def bytes_in(blocks: Sequence[Block], files: Sequence[Attachment]) -> int:
    """Of the files that the blocks refer to."""
    sizes = {str(file.pk): file.view_size for file in files}
    return sum(sizes.get(id_in(block), 0) for block in blocks)


def label(file: Attachment) -> str:
    name = "" if file.kind == "voice" else one_name(file.name)  # nobody gives a voice note its name
    return f"{file.kind} “{name}”" if name else str(file.kind)


def words_of(file: Attachment) -> str:
    if file.state == State.PENDING and file.file:
        return f"[{label(file)}: it is still being written down; say so, and to write again in a minute]"
    if file.state == State.PENDING:
        return (
            f"[{label(file)}: it is still being fetched; say that you can't see it yet, and to write again in a minute]"
        )
    if file.state == State.LOST:
        return f"[{label(file)}: it could not be fetched; say so and ask for it again]"
    if file.text and file.kind in ("voice", "audio"):
        return f"[{label(file)}, written down by software]\n{outside_tags(file.text)}"
    if file.text:
        return f"[{label(file)}, its text:]\n{outside_tags(file.text)}"
    if file.kind in ("voice", "audio"):
        return f"[{label(file)}: you cannot listen to it; say so kindly and ask for it in writing]"
    return f"[{label(file)}, {file.media_type}: you cannot open it{f' ({file.error})' if file.error else ''}]"


def id_in(block: Mapping[str, Any]) -> str:
    """The id of the file that a block refers to; "" where it refers to none."""
    source = block.get("source")
    if isinstance(source, Mapping) and source.get("type") == "attachment":
        return str(source["id"])
    return ""


def expanded(request: Mapping[str, Any], tenant_id: uuid.UUID) -> Mapping[str, Any]:
    """The request with the files' bytes in place of the references. Outside of any transaction."""
    ids = {id_in(block) for message in request["messages"] for block in content_of(message)} - {""}
    if not ids:
        return request
    with tenant_scope(tenant_id):
        rows = Attachment.objects.filter(pk__in=ids).exclude(view="")
        paths = {str(pk): path for pk, path in rows.values_list("pk", "view")}
    messages = [
        {**message, "content": [with_bytes(block, paths) for block in content_of(message)]}
        if any(map(id_in, content_of(message)))
        else message
        for message in request["messages"]
    ]
    return {**request, "messages": messages}


def content_of(message: Mapping[str, Any]) -> Sequence[Block]:
    return message["content"] if isinstance(message["content"], list) else ()


def with_bytes(block: Block, paths: Mapping[str, str]) -> Block:
    attachment_id = id_in(block)
    if not attachment_id:
        return block
    path = paths.get(attachment_id)
    marked = {"cache_control": block["cache_control"]} if "cache_control" in block else {}
    if path is None or not default_storage.exists(path):
        return {"type": "text", "text": GONE} | marked
    with default_storage.open(path) as file:
        data = base64.b64encode(file.read()).decode()
    return {**block, "source": {"type": "base64", "media_type": block["source"]["media_type"], "data": data}}
