"""The tools by which Claude sends more than words: a file, things to choose from, a reaction, a reply to something.

None of them sends anything: each leaves an offer in its result, which goes out with the answer. So one that was cut off
may run again.
"""

from __future__ import annotations

import hashlib
import mimetypes
import unicodedata
import uuid
from pathlib import PurePosixPath
from typing import Annotated

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from messaging import sniff
from messaging.channels import get_channel
from messaging.channels.base import Channel
from messaging.channels.multipart import name_of
from messaging.kinds import COMMAND, DELETION, EDIT
from messaging.models import Conversation, Message
from tenants_app.scope import tenant_scope
from tooling import offers
from tooling.registry import Role, ToolContext, ToolError, tool
from tooling.types import Offer, ToolResult

EVERYONE: frozenset[Role] = frozenset({"owner", "staff", "customer"})
TEXTS = {  # what is written here, by the name's ending; spreadsheets read accents only after the mark
    ".txt": ("text/plain", "utf-8"),
    ".md": ("text/markdown", "utf-8"),
    ".csv": ("text/csv", "utf-8-sig"),
    ".ics": ("text/calendar", "utf-8"),
}
LONGEST_FILE = 200_000  # characters of one that Claude writes
MOST_CHOICES, LONGEST_CHOICE = 20, 200
NOT_QUOTED = ("reaction", "button", EDIT, DELETION, COMMAND)  # kinds of messages; those of code Claude never saw
LOOKED_THROUGH = 300  # of the newest messages, for the words of one


def kept_file(tenant_id: uuid.UUID, turn_id: uuid.UUID, content: bytes, name: str, mime: str = "") -> Offer:
    """Store a file below the tenant's folder, which goes with the tenant, and give the offer that sends it.

    The place follows from turn and content, so that a call that runs again leaves nothing behind. Outside of any
    transaction; raises ToolError.
    """
    if not 0 < len(content) <= settings.MEDIA_MAX_BYTES:
        raise ToolError(f"A file must have between 1 and {settings.MEDIA_MAX_BYTES} bytes; this one was not kept.")
    name = name_of(name)
    mime = type_of(content, name, mime)
    suffix = sniff.SUFFIXES.get(mime, ".bin")
    place = uuid.uuid5(turn_id, f"{name}/{hashlib.sha256(content).hexdigest()}")
    path = f"tenants/{tenant_id}/sent/{place}/file{suffix}"
    try:
        default_storage.delete(path)
        path = str(default_storage.save(path, ContentFile(content)))
    except OSError as error:
        raise ToolError(f"The file could not be kept ({type(error).__name__}); nothing is sent.") from error
    kind = "image" if mime in ("image/jpeg", "image/png") else "document"
    return {"kind": "file", "file": {"kind": kind, "mime": mime, "name": name, "path": path}}


def type_of(content: bytes, name: str, mime: str) -> str:
    """Of images and PDFs what the bytes say, which must be what is claimed; of others the claim, or the ending."""
    seen = sniff.type_of(content)
    claimed = mime or TEXTS.get(PurePosixPath(name).suffix.lower(), ("",))[0] or mimetypes.guess_type(name)[0] or seen
    if seen != claimed and (is_looked_at(claimed) or (is_looked_at(seen) and mime)):
        raise ToolError(f"{name} is said to be {claimed}, but its content is {seen}; nothing is sent.")
    return seen if is_looked_at(seen) else claimed


def is_looked_at(mime: str) -> bool:
    """Whether services and phones open it as what it is said to be."""
    return mime.startswith("image/") or mime == "application/pdf"


@tool(repeatable=True)
def send_file(
    context: ToolContext,
    name: Annotated[str, "what the person sees, ending in .txt, .md, .csv or .ics"],
    text_content: Annotated[str, "all that stands in the file"],
) -> ToolResult:
    """Write a text file and send it with your answer: a list as CSV, an appointment as ICS, something to keep.

    For when the person wants a file; a short text belongs into the answer itself.
    """
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in TEXTS:
        raise ToolError(f"The name must end in one of {', '.join(TEXTS)}.")
    if not text_content.strip() or len(text_content) > LONGEST_FILE:
        raise ToolError(f"The text must have between 1 and {LONGEST_FILE} characters.")
    content = text_content.encode(TEXTS[suffix][1], "replace")
    offer = context.keep_file(content, name)
    return ToolResult(content=f"{name} ({len(content)} bytes) goes out with your answer.", offers=[offer])


@tool(roles=EVERYONE, repeatable=True)
def offer_choices(
    context: ToolContext,
    options: Annotated[list[str], "2 to 10 answers, each of at most 20 characters"],
    question: Annotated[str, "only where the options shall stand under a message of their own, after your answer"] = "",
) -> ToolResult:
    """Put buttons, or a list, under your answer, so that the person can answer with a tap.

    What they tap comes back as their next message. Use it for a few clear alternatives, and don't write them out.
    """
    if len(options) > MOST_CHOICES or any(len(option) > LONGEST_CHOICE for option in options):
        raise ToolError(f"At most {MOST_CHOICES} options of {LONGEST_CHOICE} characters can be offered.")
    try:
        offer = offers.choices(options, question=question.strip())
    except ValueError:
        raise ToolError("Give at least one option, none of them empty and no two the same.") from None
    under = "its question" if question.strip() else "your answer"
    return ToolResult(content=f"The options go out under {under}.", offers=[offer])


@tool(roles=EVERYONE, repeatable=True)
def react(context: ToolContext, emoji: Annotated[str, "one emoji, such as 👍"]) -> ToolResult:
    """Put an emoji on the person's newest message, as people do to say "seen" or "thanks".

    Where that says it all, call it and then write nothing.
    """
    emoji = emoji.strip()
    allowed = channel_of(context).capabilities.reactions
    if not is_emoji(emoji):
        raise ToolError("A reaction is one emoji.")
    if allowed is not None and plain_of(emoji) not in map(plain_of, allowed):
        raise ToolError(f"Here a reaction is one of {' '.join(sorted(allowed))}")
    return ToolResult(
        content="The reaction goes out with your answer, if you write one.", offers=[offers.reaction(emoji)]
    )


@tool(roles=EVERYONE, repeatable=True)
def reply_to(
    context: ToolContext, words: Annotated[str, "some words of that message, as they stand in it"]
) -> ToolResult:
    """Have your answer quote an earlier message of this chat: the newest from a person that contains these words.

    For when it would not be clear which of several messages you answer.
    """
    wanted = folded(words)
    if not wanted:
        raise ToolError("Give some words of the message.")
    with tenant_scope(uuid.UUID(context.tenant_id)):
        said = Message.objects.filter(conversation=uuid.UUID(context.conversation_id), direction=Message.Direction.IN)
        newest = said.exclude(kind__in=NOT_QUOTED).order_by("-seq")
        rows = list(newest.values_list("external_id", "text")[:LOOKED_THROUGH])
    for message_id, text in rows:
        if message_id and wanted in folded(text):
            return ToolResult(content="Your answer will quote that message.", offers=[offers.reply(message_id)])
    raise ToolError("None of the newest messages contains these words; the answer quotes nothing.")


def channel_of(context: ToolContext) -> Channel:
    with tenant_scope(uuid.UUID(context.tenant_id)):
        rows = Conversation.objects.filter(pk=context.conversation_id)
        return get_channel(rows.values_list("account__kind", flat=True).get())


def is_emoji(text: str) -> bool:
    """Symbols with what joins and colours them; no letters."""
    kinds = {unicodedata.category(character) for character in text}
    return len(text) <= 12 and "So" in kinds and kinds <= {"So", "Sk", "Mn", "Cf"}


def plain_of(emoji: str) -> str:
    """Without the sign that asks for colour, which one writes and another leaves out."""
    return emoji.replace("\ufe0f", "")


def folded(text: str) -> str:
    return " ".join(text.split()).casefold()
