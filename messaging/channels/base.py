"""What a channel is to the rest of the house: frozen types at the door, declared capabilities, one error family.

Each channel lives in its own folder beside this file and offers one object named `channel` that satisfies `Channel`.
Nothing here imports Django: parsing, rendering and sending work on plain values, and the callers hold the database.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

ChatKind = Literal["private", "group"]
DeliveryState = Literal["sent", "delivered", "read", "failed"]
MediaKind = Literal["image", "document", "sticker", "video", "audio", "voice"]
Severity = Literal["info", "warning", "error"]
LimitScope = Literal["chat", "account"]


@dataclass(frozen=True, kw_only=True)
class Limit:
    """How fast the service lets us send: `burst` messages at once, then `per_second` in the long run.

    We keep it ourselves so as not to be refused. Declare less of a burst than the service grants: what leaves here in
    good time may arrive in a bunch.
    """

    scope: LimitScope  # each chat on its own, or all chats of the account together
    per_second: float
    burst: int
    chats: ChatKind | None = None  # of this kind only


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What a channel can do; callers ask this instead of asking for the channel's name."""

    max_text: int  # longest text of one message, in `text_units`
    text_units: Literal["codepoints", "utf16"]
    max_caption: int  # longest text under a file, in `text_units`
    typing_seconds: float  # how long one typing indicator stays; 0: none
    typing_needs_message: bool  # the indicator is tied to an inbound message id
    reports_delivery: bool  # delivered and read are reported
    echoes_delivery_id: bool  # statuses carry the id that we gave when sending, which resolves sends of unknown outcome
    free_form_hours: int | None  # hours after the contact's last message in which free text may be sent; None: always
    media_hours: int  # so long after a message came, its files can still be had
    webhook_per_app: bool  # one webhook URL for an app that signs for many accounts, not one for each account
    drafts: bool  # a text can be shown while it is being written, in private chats
    command_menu: bool  # the service shows people the commands that there are
    limits: Sequence[Limit]  # all of those that fit are kept


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What sending needs to know of one account."""

    external_id: str  # WhatsApp: phone_number_id. Telegram: the bot's id.
    token: str = field(repr=False)
    base_url: str  # where the service answers, API version included, no slash at the end
    config: Mapping[str, str] = field(default_factory=dict)  # WhatsApp: {"waba_id": …}. Telegram: {"username": …}.


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
class AccountNotice:
    """Something that the service tells the account's operators."""

    field: str  # the service's word for what it is about: "account_update"
    summary: str  # one line, without anything of a person; at most 300 long
    severity: Severity


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


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A part of a webhook body that concerns one account, with the bytes of just that part.

    `account_keys` are the external ids under which the account may be found, best first; empty where the URL names the
    account (Telegram), and where the part names none (WhatsApp, something malformed). `raw` is a body of its own, so
    that `parse(raw)` gives this entry again: the very bytes where the body has one part, else JSON made anew from it.
    `pieces`, where there is more than one event, are bodies of one event each (for what is unhandled still the whole):
    kept with every message, a batch would take a thousand times its size.
    """

    account_keys: tuple[str, ...]
    events: tuple[Event, ...]
    raw: bytes
    pieces: tuple[bytes, ...] = field(default=(), compare=False)

    def bodies(self) -> Iterator[tuple[Event, bytes]]:
        """Each event with the body that holds it."""
        return zip(self.events, self.pieces or itertools.repeat(self.raw), strict=False)


class MalformedBody(ValueError):
    """The body is authentic but not what the service sends; it is kept whole as a dead letter."""


@dataclass(frozen=True, kw_only=True)
class TextPart:
    """One message's worth of text: in the service's own format, and plain for when the service refuses the format."""

    text: str
    plain: str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A button, or a row of a list."""

    id: str  # comes back as `InboundMessage.choice`; at most 64 bytes
    title: str
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class ChoicePart:
    """A text with things to choose from; a channel that cannot show them writes them as a numbered list."""

    text: str
    plain: str
    choices: Sequence[Choice]
    button: str = ""  # what opens the list, where there are more choices than buttons fit


@dataclass(frozen=True, kw_only=True)
class FilePart:
    """A file. `caption` and `plain_caption` as `TextPart`'s two."""

    kind: Literal["image", "document"]
    content: bytes = field(repr=False)
    mime: str
    name: str
    caption: str = ""
    plain_caption: str = ""


@dataclass(frozen=True, kw_only=True)
class ReactionPart:
    """An emoji on the message that `Outgoing.reply_to` names; "" takes it back."""

    emoji: str


Part = TextPart | ChoicePart | FilePart | ReactionPart


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    delivery_id: str  # echoed in statuses where the service can
    chat_id: str
    part: Part
    reply_to: str | None = None


@dataclass(frozen=True, kw_only=True)
class Sent:
    external_id: str
    sent_plain: bool = False  # the service refused the format and got the plain text


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A file that came from the service."""

    content: bytes = field(repr=False)
    mime: str  # by the service's word
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class AccountFacts:
    """What the service says of an account when its credentials are checked."""

    external_id: str
    display_name: str  # WhatsApp: verified name. Telegram: the bot's name.
    address: str  # what a person would look up: "+15551234567" or "acme_bot"


class TransportError(Exception):
    """A send or call that did not succeed.

    `permanent`: trying again cannot help. `retry_after`: seconds the service asked to wait. `in_doubt`: bytes were
    written and no answer came, so it may have been sent. `unreachable`: the person cannot be reached at this address
    (blocked, deactivated, not on the service). `unauthorized`: the account's credentials were refused; the message
    itself may go out once they are mended. `window_closed`: free text may not be sent until the person writes again;
    not permanent, but in vain before that. `migrated_to`: the chat has got this new id, under which trying again helps.
    `scope`: a limit was met, and what else would be sent to the chat, or from the whole account, has to wait too.
    None of these set: trying again later may help.
    `code` is the service's own code, for operators; `str(error)` holds no secret and no message text.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        in_doubt: bool = False,
        unreachable: bool = False,
        unauthorized: bool = False,
        window_closed: bool = False,
        migrated_to: str | None = None,
        scope: LimitScope | None = None,
        code: str = "",
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after
        self.in_doubt = in_doubt
        self.unreachable = unreachable
        self.unauthorized = unauthorized
        self.window_closed = window_closed
        self.migrated_to = migrated_to
        self.scope = scope
        self.code = code


@dataclass(frozen=True, kw_only=True)
class SetupField:
    """Something an operator gives to connect an account: a flag of `onboard`, or a question that it asks."""

    name: str  # "bot_token"; the flag is --bot-token
    question: str
    made_up: Callable[[str], str]  # a well-formed value for a double, from 64 hexadecimal digits
    secret: bool = False


def digits_of(seed: str, count: int) -> str:
    """So many decimal digits from hexadecimal ones."""
    return str(int(seed, 16))[-count:].zfill(count)


class Channel(Protocol):
    kind: str  # "whatsapp": the folder's name, the word in URLs and in the database
    label: str  # "WhatsApp": what people read
    capabilities: Capabilities
    setup_fields: Sequence[SetupField]

    def account_from(self, values: Mapping[str, str], base_url: str) -> tuple[Credentials, str]:
        """The credentials, and the app secret ("" where there is none), from the values of `setup_fields`."""

    def verify(self, body: bytes, headers: Mapping[str, str], secret: str) -> bool:
        """Whether the body is authentic, in constant time; header names are looked up without regard to case."""

    def parse(self, body: bytes) -> Sequence[Entry]:
        """The body's entries; unknown kinds become `Unhandled`. Raises MalformedBody where it has none at all."""

    def render(self, markdown: str) -> Sequence[TextPart]:
        """The model's Markdown as messages in order, split at natural places under the limit; [] for blank text."""

    def send(self, credentials: Credentials, outgoing: Outgoing) -> Sent:
        """Send one message; raises TransportError."""

    def show_typing(self, credentials: Credentials, chat_id: str, message_id: str) -> None:
        """Mark as read and show the typing indicator, as far as the service can; raises TransportError."""

    def show_draft(self, credentials: Credentials, chat_id: str, draft_id: int, markdown: str) -> None:
        """Show the text so far as a draft where `capabilities.drafts`, and only to one person; raises TransportError.

        `draft_id` is not 0 and stays the same while one text grows.
        """

    def answer_choice(self, credentials: Credentials, choice_token: str) -> None:
        """Tell the service that a pressed button was taken, where it waits to hear that; raises TransportError."""

    def set_commands(self, credentials: Credentials, commands: Mapping[str, str], language: str) -> None:
        """Put names with their descriptions into the menu where `capabilities.command_menu`; raises TransportError.

        `language` is an IETF tag; "" is for people of every language that has no menu of its own.
        """

    def fetch(self, credentials: Credentials, media: Media, max_bytes: int) -> Fetched:
        """The file; raises TransportError (`permanent` where it is gone or larger than `max_bytes`)."""

    def check(self, credentials: Credentials) -> AccountFacts:
        """Ask the service who this is; raises TransportError (`unauthorized` where the credentials are refused)."""

    def connect(self, credentials: Credentials, webhook_url: str, secret: str) -> None:
        """Have webhooks sent to us: Telegram's setWebhook, WhatsApp's subscribed_apps; raises TransportError."""

    def pairing_link(self, facts: AccountFacts, code: str) -> str:
        """A link that opens a chat with the account, with the code ready to send."""
