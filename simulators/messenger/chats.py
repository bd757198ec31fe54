"""What the people's phones show: chats with their messages, typing, drafts, and who is looking at them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

MAX_MESSAGES = 1000  # kept of each chat; older ones are forgotten
KEPT_MESSAGES = 100  # of each chat in the state file
ORDER = {"pending": 0, "sent": 1, "delivered": 2, "read": 3, "failed": 4}
Event = tuple[str, dict[str, Any]]
LAST_INBOUND = "last_inbound"  # the fact of when the person wrote last, Unix seconds; where the service has a window


def iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()


@dataclass(slots=True, eq=False)
class ChatMessage:
    id: str
    direction: Literal["in", "out"]  # in: the person wrote it
    type: str
    text: str
    at: float
    status: str
    format: str = "plain"  # whatsapp | html | plain
    html: str | None = None  # Telegram: the text as a safe subset of HTML
    reply_to: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)  # what the type adds: buttons, media, emoji
    private: dict[str, Any] = field(default_factory=dict)  # what the service remembers and no phone shows

    def as_dict(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": self.id,
            "direction": self.direction,
            "type": self.type,
            "text": self.text,
            "format": self.format,
            "at": iso(self.at),
            "status": self.status,
            **self.extra,
        }
        if self.html is not None:
            shown["entities_html"] = self.html
        if self.reply_to is not None:
            shown["reply_to"] = self.reply_to
        return shown


class Chat:
    def __init__(self, account: str, chat_id: str, book: ChatBook) -> None:
        self.account, self.id = account, chat_id
        self.messages: dict[str, ChatMessage] = {}
        self.typing_until = 0.0
        self.draft: str | None = None
        self.facts: dict[str, Any] = {}  # what the service knows of the contact or group; survives a restart
        self.phones: set[asyncio.Queue[Event | None]] = set()
        self._book = book

    def as_dict(self, now: float) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "messages": [message.as_dict() for message in self.messages.values()],
            "typing_until": iso(self.typing_until) if self.typing_until > now else None,
        }
        if self.draft is not None:
            shown["draft"] = self.draft
        if LAST_INBOUND in self.facts:
            shown[LAST_INBOUND] = iso(self.facts[LAST_INBOUND])
        return shown

    def post(self, message: ChatMessage) -> None:
        """Show a new message, or an edited one in its old place."""
        self.messages[message.id] = message
        self._book.index(self, message.id)
        while len(self.messages) > MAX_MESSAGES:
            oldest = next(iter(self.messages))
            del self.messages[oldest]
            self._book.forget(self, oldest)
        self._tell("chat", message.as_dict())

    def remove(self, message_id: str) -> None:
        message = self.messages.pop(message_id, None)
        if message is not None:
            message.type, message.text, message.html, message.extra = "deleted", "", None, {}
            self._tell("chat", message.as_dict())

    def mark(self, message: ChatMessage, status: str) -> bool:
        """Move a message on to a later status; False where it stands there or further already."""
        if ORDER[status] <= ORDER[message.status]:
            return False
        message.status = status
        error = {"error": message.extra["error"]} if "error" in message.extra else {}
        self._tell("status", {"id": message.id, "status": status, **error})
        return True

    def show_typing(self, until: float) -> None:
        self.typing_until = until
        self._tell("typing", {"until": iso(until) if until else None})

    def wrote_at(self, moment: float) -> None:
        """When the person wrote last, for the service's window."""
        self.facts[LAST_INBOUND] = moment
        self._tell("window", {LAST_INBOUND: iso(moment)})

    def stop_typing(self) -> None:
        if self.typing_until:
            self.show_typing(0.0)

    def show_draft(self, text: str | None) -> None:
        if text is None and self.draft is None:
            return
        self.draft = text
        self._tell("draft", {"text": text})

    def _tell(self, event: str, data: dict[str, Any]) -> None:
        for phone in self.phones:
            phone.put_nowait((event, data))
        self._book.changed()

    def snapshot(self) -> dict[str, Any]:
        messages = [asdict(message) for message in list(self.messages.values())[-KEPT_MESSAGES:]]
        return {"account": self.account, "id": self.id, "facts": self.facts, "messages": messages}


class ChatBook:
    def __init__(self, changed: Callable[[], None]) -> None:
        self._chats: dict[tuple[str, str], Chat] = {}
        self._by_message: dict[tuple[str, str], Chat] = {}
        self.changed = changed

    def __iter__(self) -> Iterator[Chat]:
        return iter(tuple(self._chats.values()))

    def open(self, account: str, chat_id: str) -> Chat:
        """The chat, made where it isn't there yet."""
        key = (account, chat_id)
        if key not in self._chats:
            self._chats[key] = Chat(account, chat_id, self)
        return self._chats[key]

    def find(self, account: str, chat_id: str) -> Chat | None:
        return self._chats.get((account, chat_id))

    def index(self, chat: Chat, message_id: str) -> None:
        self._by_message[chat.account, message_id] = chat

    def forget(self, chat: Chat, message_id: str) -> None:
        self._by_message.pop((chat.account, message_id), None)

    def of_message(self, account: str, message_id: str) -> Chat | None:
        """The chat that a message is in; only of use where message ids are unique within the account (WhatsApp)."""
        return self._by_message.get((account, message_id))

    def move(self, chat: Chat, new_id: str) -> Chat:
        """A group that was upgraded: the old id stays known, the new chat takes over what is known of it."""
        new = self.open(chat.account, new_id)
        new.facts = dict(chat.facts)
        return new

    def clear(self) -> None:
        """Forget every chat; phones that are connected see nothing more until they connect again."""
        for chat in self:
            for phone in chat.phones:
                phone.put_nowait(None)
        self._chats.clear()
        self._by_message.clear()

    def snapshot(self) -> list[dict[str, Any]]:
        return [chat.snapshot() for chat in self]

    def restore(self, chats: list[dict[str, Any]]) -> None:
        for kept in chats:
            chat = self.open(kept["account"], kept["id"])
            chat.facts = kept["facts"]
            for message in kept["messages"]:
                chat.messages[message["id"]] = ChatMessage(**message)
                self.index(chat, message["id"])
