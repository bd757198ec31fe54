"""What a channel is to the rest of the house: frozen types at the door, declared capabilities, one error family.

Each channel lives in its own folder beside this file and offers one object named `channel` that satisfies `Channel`.
Nothing here imports Django: parsing, rendering and sending work on plain values, and the callers hold the database.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from messaging.channels.events import (
    AccountNotice,
    AddressChange,
    ChatKind,
    ChatMigration,
    DeliveryState,
    Echo,
    Event,
    Finding,
    InboundMessage,
    Media,
    MediaKind,
    NumberChange,
    Preference,
    Sender,
    Severity,
    StatusUpdate,
    TemplateNews,
    TemplateState,
    TemplateTrouble,
    Unhandled,
)
from messaging.channels.outgoing import (
    Choice,
    ChoicePart,
    FilePart,
    Outgoing,
    Part,
    ReactionPart,
    Sent,
    TemplatePart,
    TextPart,
)

__all__ = [
    "AccountFacts",
    "AccountNotice",
    "AddressChange",
    "Capabilities",
    "Channel",
    "ChatKind",
    "ChatMigration",
    "Choice",
    "ChoicePart",
    "Credentials",
    "DeliveryState",
    "Echo",
    "Entry",
    "Event",
    "Fetched",
    "FilePart",
    "Finding",
    "InboundMessage",
    "Inspection",
    "Limit",
    "LimitScope",
    "MalformedBody",
    "Media",
    "MediaKind",
    "NumberChange",
    "Outgoing",
    "Part",
    "Preference",
    "ReactionPart",
    "Sender",
    "Sent",
    "ServiceTemplate",
    "SetupField",
    "Severity",
    "StatusUpdate",
    "TemplateNews",
    "TemplatePart",
    "TemplateState",
    "TemplateTrouble",
    "TextPart",
    "TransportError",
    "Unhandled",
    "digits_of",
]

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
    templates: bool = False  # approved messages may be sent when free text may not
    registers: bool = False  # an account's number has to be registered with the service before it can be used
    reactions: frozenset[str] | None = None  # the emoji that may be put on a message; None: any one


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What sending needs to know of one account."""

    external_id: str  # WhatsApp: phone_number_id. Telegram: the bot's id.
    token: str = field(repr=False)
    base_url: str  # where the service answers, API version included, no slash at the end
    config: Mapping[str, str] = field(default_factory=dict)  # WhatsApp: {"waba_id": …}. Telegram: {"username": …}.


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
class Fetched:
    """A file that came from the service."""

    content: bytes = field(repr=False)
    mime: str  # by the service's word
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class ServiceTemplate:
    """A message that the service has to approve, as it lists it."""

    name: str
    language: str  # the service's code: "en_US"
    status: TemplateState
    category: str = ""  # the service's word, in lower case: "utility"
    reason: str = ""  # of a refusal
    body: str = ""  # with {{1}} where values go
    components: Sequence[Mapping[str, Any]] = ()  # as the service lists them


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What an account's service was asked, and what is wrong.

    `looked_at`: the codes (before a colon) on which it gave an answer. What was found of these and isn't any more is
    mended; of all others nothing is known.
    """

    findings: Sequence[Finding] = ()
    looked_at: frozenset[str] = frozenset()


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
    `trouble`: not the message but the account is why, and this is what is wrong with it.
    `template`: the template that was sent is not to be had so; another may do.
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
        trouble: Finding | None = None,
        template: TemplateTrouble | None = None,
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
        self.trouble = trouble
        self.template = template
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
    base_url: str  # where the service answers, unless the setting WHATSAPP_BASE_URL says otherwise
    webhook_by_hand: str  # where an operator enters the webhook's URL and token; "" where `connect` does it
    capabilities: Capabilities

    @property
    def setup_fields(self) -> Sequence[SetupField]:
        """What an operator gives to connect an account."""

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

    def templates(self, credentials: Credentials) -> Sequence[ServiceTemplate]:
        """All that the service lists where `capabilities.templates`; raises TransportError."""

    def inspect(self, credentials: Credentials, webhook_url: str) -> Inspection:
        """What is wrong with the account: webhook elsewhere, not registered, bad quality, a token that ends soon …

        Credentials that are refused are a finding too, of code `findings.REFUSED`. Raises TransportError where the
        service cannot be asked.
        """

    def register(self, credentials: Credentials, pin: str) -> None:
        """Register the number with the service, where it has such a thing; raises TransportError."""

    def connect(self, credentials: Credentials, webhook_url: str, secret: str) -> None:
        """Have webhooks sent to us: Telegram's setWebhook, WhatsApp's subscribed_apps; raises TransportError."""

    def pairing_link(self, facts: AccountFacts, code: str) -> str:
        """A link that opens a chat with the account, with the code ready to send."""
