"""What comes in: the events that a webhook's body is parsed into. Nothing here imports Django."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

ChatKind = Literal["private", "group"]
DeliveryState = Literal["sent", "delivered", "read", "failed"]
MediaKind = Literal["image", "document", "sticker", "video", "audio", "voice"]
Severity = Literal["info", "warning", "error"]
TemplateState = Literal["approved", "pending", "rejected", "paused", "disabled"]
# "unfit": it is there, and does not take these values; the others are its state from now on.
TemplateTrouble = Literal["gone", "paused", "disabled", "unfit"]


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Who wrote, as the service names them. `address` identifies the person on this channel for good."""

    address: str  # WhatsApp: user id where there is one, else the phone number (digits). Telegram: user id.
    name: str = ""
    username: str = ""
    phone: str = ""  # digits without plus; empty where the service does not tell
    language: str = ""  # IETF tag where the service tells


@dataclass(frozen=True, kw_only=True)
class Media:
    """A file that came with a message and still lies at the service. What is said of it is the sender's word."""

    kind: MediaKind
    file_id: str  # the service's, to fetch it by; at most 500 long
    mime: str = ""
    name: str = ""
    size: int | None = None  # bytes, where the service tells


@dataclass(frozen=True, kw_only=True)
class InboundMessage:
    """Something a person sent or did. No string here holds NUL or a lone surrogate; ids and names are at most 255 long.

    `kind` is "text" or the service's own word for what else it is, but for what both services have: "reaction"
    (`text` is the emoji, "" where one was taken back), "edit" (`text` is the new text) and "deletion"; of these
    `reply_to` is the message that they are about. "unsupported" is what the service, or this version, cannot read:
    somebody sent it and waits for a word.
    """

    key: str  # unique within the account for ever: the guard against duplicates
    message_id: str  # the service's id, to reply to
    chat_id: str  # where an answer goes
    chat_kind: ChatKind
    sender: Sender
    sent_at: datetime  # aware, UTC; of a button of Telegram, which tells no other time: when the message under it was
    kind: str
    text: str  # what they wrote or chose, or what they sent put into words; "" where there are none
    reply_to: str | None = None  # the service's id of the message it answers
    quoted: str = ""  # the words of that message, where the service sends them along
    forwarded: bool = False
    media: Sequence[Media] = ()
    choice: str = ""  # the id that we gave to the button or row that they chose; at most 200 long
    choice_token: str = ""  # what the service wants to be answered with, so that the button stops turning
    mentions: Sequence[str] = ()  # the usernames that it names, in lower case, without "@"
    replies_to_bot: bool = False  # it answers a message that a bot wrote, whichever bot
    reply_to_sender: str = ""  # the address of who wrote the message it answers, where the service tells
    to_us: bool = True  # in a group: whether the assistant is named or replied to; parsing leaves this to the caller
    wakes: bool = True  # whether it asks for an answer; what does not is seen with what does


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something wrong with an account at its service, and what mends it. No secret in it, and nothing of a person.

    In `text` and `fix`, "{tenant}" stands for the tenant's short name in commands.
    """

    code: str  # stable, at most 100 long: "webhook_elsewhere"; what there may be several of names which after a colon
    severity: Severity  # the owner is told, once, where it is more than "info"
    text: str  # in English, at most 500 long, as `fix`
    fix: str
    translations: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # text and fix by language: "es"
    silences: bool = False  # nothing can be sent over the account meanwhile


@dataclass(frozen=True, kw_only=True)
class StatusUpdate:
    """What became of something we sent."""

    external_id: str  # the service's id of our message
    state: DeliveryState
    at: datetime
    delivery_id: str | None = None  # the id that we gave when sending, echoed; always a UUID
    error_code: str = ""  # the service's own code, where `state` is "failed"
    error_text: str = ""
    unreachable: bool = False  # as in TransportError: some refusals come as a status after the send was accepted
    window_closed: bool = False
    template: TemplateTrouble | None = None
    trouble: Finding | None = None


@dataclass(frozen=True, kw_only=True)
class AddressChange:
    """The person blocked us (`reachable=False`) or came back; or a group put us out or let us in."""

    address: str  # the person's address, or the chat id of a group
    reachable: bool


@dataclass(frozen=True, kw_only=True)
class NumberChange:
    """The person has another address from now on, by the service's word; or the same one, and another phone."""

    address: str  # the old one
    new_address: str
    new_phone: str = ""
    phone: str = ""  # the old one: under it they may be known, if not yet under `address`
    at: datetime | None = None  # by the service's clock; it may come late and more than once


@dataclass(frozen=True, kw_only=True)
class ChatMigration:
    """A group has got another id; the old one is no longer good for anything."""

    chat_id: str
    new_chat_id: str


@dataclass(frozen=True, kw_only=True)
class Echo:
    """The owner wrote to the person by hand, in the service's own app: a human took over. Fields as `InboundMessage`'s.

    `phone`: under it the person may be known, if not yet under `chat_id`.
    """

    key: str
    message_id: str
    chat_id: str
    sent_at: datetime
    kind: str
    text: str
    reply_to: str | None = None
    media: Sequence[Media] = ()
    phone: str = ""


@dataclass(frozen=True, kw_only=True)
class Preference:
    """The person told the service that they want no more messages of a category, or want them again."""

    address: str
    category: str  # the service's word: "marketing_messages"
    opted_out: bool
    at: datetime
    phone: str = ""  # under it they may be known, if not yet under `address`


@dataclass(frozen=True, kw_only=True)
class TemplateNews:
    """What the service says of one of the account's templates from now on."""

    name: str  # at most 512 long
    language: str  # "": of all languages
    state: TemplateState
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class AccountNotice:
    """Something that the service tells the account's operators."""

    field: str  # the service's word for what it is about: "account_update"
    summary: str  # one line, without anything of a person; at most 300 long
    severity: Severity
    finding: Finding | None = None  # where it tells of trouble
    mends: Sequence[str] = ()  # the codes of what it tells is over
    template: TemplateNews | None = None  # where it concerns one


@dataclass(frozen=True, kw_only=True)
class Unhandled:
    """Something authentic that this version does not act on: kept as a dead letter and shown, never dropped."""

    reason: str


Event = (
    InboundMessage
    | StatusUpdate
    | AddressChange
    | NumberChange
    | ChatMigration
    | Echo
    | Preference
    | AccountNotice
    | Unhandled
)
