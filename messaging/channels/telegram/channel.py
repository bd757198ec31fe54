"""Telegram as a channel: updates with a secret token in, Bot API methods out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from messaging.channels import wire
from messaging.channels.bare import Bare
from messaging.channels.base import (
    AccountFacts,
    Capabilities,
    Credentials,
    Entry,
    Fetched,
    Inspection,
    Limit,
    Media,
    Outgoing,
    ReactionPart,
    Sent,
    SetupField,
    TemplatePart,
    TextPart,
    TransportError,
    digits_of,
)
from messaging.channels.door import header, same, text_of
from messaging.channels.hiding import hide_in_urls
from messaging.channels.multipart import Upload
from messaging.channels.telegram import health
from messaging.channels.telegram.download import fetch
from messaging.channels.telegram.errors import FormatRefusedError, PhotoRefusedError, error_of
from messaging.channels.telegram.parse import parse_body
from messaging.channels.telegram.sending import MAX_CAPTION, MAX_TEXT, REACTIONS, Call, call_of, reaction_emoji
from messaging.formatting import telegram_parts
from messaging.formatting.telegram_html import escape

# Not what is written to an account that the bot is connected to: nobody meant it for us. That it is connected is shown.
ALLOWED_UPDATES = (
    *("message", "edited_message", "callback_query", "message_reaction", "my_chat_member"),
    "business_connection",
)
MAX_CONNECTIONS = 40
# "Avoid sending more than one message per second" to a chat, "about 30 messages per second" in all, "20 messages per
# minute" to a group: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this. How much it
# grants at once is not told.
LIMITS = (
    Limit(scope="chat", per_second=1, burst=3),
    Limit(scope="chat", per_second=20 / 60, burst=10, chats="group"),
    Limit(scope="account", per_second=30, burst=15),
)
_SERVICE = "Telegram"


hide_in_urls(r"(?<=/bot)[^/\s]+")  # the token is part of every URL here


def _chat(chat_id: str) -> int | str:
    """Telegram's ids are numbers; "@name" is a public channel's."""
    return int(chat_id) if re.fullmatch(r"-?[0-9]{1,20}", chat_id) else chat_id


class Telegram(Bare):
    kind = "telegram"
    label = "Telegram"
    capabilities = Capabilities(
        max_text=MAX_TEXT,
        text_units="utf16",
        max_caption=MAX_CAPTION,
        typing_seconds=5,
        typing_needs_message=False,
        reports_delivery=False,
        echoes_delivery_id=False,
        free_form_hours=None,
        media_hours=24,
        webhook_per_app=False,
        drafts=True,
        command_menu=True,
        limits=LIMITS,
        reactions=REACTIONS,
    )
    setup_fields = (
        SetupField(
            name="bot_token",
            question="Bot token (from @BotFather)",
            made_up=lambda seed: f"7{digits_of(seed, 9)}:{seed[:35]}",
            secret=True,
        ),
    )

    def account_from(self, values: Mapping[str, str], base_url: str) -> tuple[Credentials, str]:
        token = values["bot_token"]
        return Credentials(external_id=token.partition(":")[0], token=token, base_url=base_url), ""

    def verify(self, body: bytes, headers: Mapping[str, str], secret: str) -> bool:
        given = header(headers, "X-Telegram-Bot-Api-Secret-Token")
        return secret != "" and same(given, secret)

    def parse(self, body: bytes) -> Sequence[Entry]:
        return parse_body(body)

    def render(self, markdown: str) -> Sequence[TextPart]:
        return [TextPart(text=text, plain=plain) for text, plain in telegram_parts(markdown)]

    def send(self, credentials: Credentials, outgoing: Outgoing) -> Sent:
        part = outgoing.part
        if isinstance(part, ReactionPart):
            return self._react(credentials, outgoing, part.emoji)
        to: dict[str, object] = {"chat_id": _chat(outgoing.chat_id)}
        if outgoing.reply_to and outgoing.reply_to.isdecimal():
            to["reply_parameters"] = {"message_id": int(outgoing.reply_to), "allow_sending_without_reply": True}
        if isinstance(part, TemplatePart):  # here free text may always be sent
            part = TextPart(text=escape(part.plain), plain=part.plain)
        call = call_of(part)
        while True:
            try:
                return self._send(credentials, to, call)
            except FormatRefusedError:
                if call.is_plain:
                    raise
                call = call.plainly()
            except PhotoRefusedError:
                if call.method != "sendPhoto":
                    raise
                call = call.as_document()

    def _send(self, credentials: Credentials, to: Mapping[str, object], call: Call) -> Sent:
        result = self._call(credentials, call.method, {**to, **call.payload}, upload=call.upload)
        message_id = result.get("message_id") if isinstance(result, dict) else None
        if not isinstance(message_id, int):
            raise TransportError("Telegram took a message without naming its id", in_doubt=True)
        return Sent(external_id=str(message_id), sent_plain=call.is_plain)

    def _react(self, credentials: Credentials, outgoing: Outgoing, emoji: str) -> Sent:
        """Harmless, as it says what the reaction is to be: twice is once."""
        if not outgoing.reply_to or not outgoing.reply_to.isdecimal():
            raise TransportError("A reaction needs a message to stand on", permanent=True, code="no_message")
        payload = {
            "chat_id": _chat(outgoing.chat_id),
            "message_id": int(outgoing.reply_to),
            "reaction": [{"type": "emoji", "emoji": reaction_emoji(emoji)}] if emoji else [],
        }
        self._call(credentials, "setMessageReaction", payload, harmless=True)
        return Sent(external_id="")

    def show_typing(self, credentials: Credentials, chat_id: str, message_id: str) -> None:
        self._call(credentials, "sendChatAction", {"chat_id": _chat(chat_id), "action": "typing"}, harmless=True)

    def show_draft(self, credentials: Credentials, chat_id: str, draft_id: int, markdown: str) -> None:
        """Of a text that will be several messages, the one that is being written now."""
        parts = self.render(markdown)
        if not parts or not chat_id.isdecimal():  # a group's id is negative
            return
        payload = {"chat_id": int(chat_id), "draft_id": draft_id}
        try:
            formatted = {**payload, "text": parts[-1].text, "parse_mode": "HTML"}
            self._call(credentials, "sendMessageDraft", formatted, harmless=True)
        except FormatRefusedError:
            self._call(credentials, "sendMessageDraft", {**payload, "text": parts[-1].plain}, harmless=True)

    def answer_choice(self, credentials: Credentials, choice_token: str) -> None:
        self._call(credentials, "answerCallbackQuery", {"callback_query_id": choice_token}, harmless=True)

    def set_commands(self, credentials: Credentials, commands: Mapping[str, str], language: str) -> None:
        menu = [{"command": name, "description": description[:256]} for name, description in commands.items()]
        payload: dict[str, object] = {"commands": menu}
        if language:
            payload["language_code"] = language.partition("-")[0].lower()  # of two letters
        self._call(credentials, "setMyCommands", payload, harmless=True)

    def fetch(self, credentials: Credentials, media: Media, max_bytes: int) -> Fetched:
        def get_file(file_id: str) -> Any:
            return self._call(credentials, "getFile", {"file_id": file_id}, harmless=True)

        return fetch(credentials, media, max_bytes, get_file)

    def check(self, credentials: Credentials) -> AccountFacts:
        bot = self._call(credentials, "getMe", harmless=True)
        if not isinstance(bot, dict) or not isinstance(bot.get("id"), int) or not text_of(bot.get("username")):
            raise TransportError("Telegram's getMe did not name a bot")
        return AccountFacts(
            external_id=str(bot["id"]), display_name=text_of(bot.get("first_name")), address=text_of(bot["username"])
        )

    def inspect(self, credentials: Credentials, webhook_url: str) -> Inspection:
        def webhook_info() -> Any:
            return self._call(credentials, "getWebhookInfo", harmless=True)

        return health.inspect(self, webhook_url, ALLOWED_UPDATES, webhook_info)

    def connect(self, credentials: Credentials, webhook_url: str, secret: str) -> None:
        payload = {
            "url": webhook_url,
            "secret_token": secret,
            "allowed_updates": list(ALLOWED_UPDATES),
            "max_connections": MAX_CONNECTIONS,
        }
        self._call(credentials, "setWebhook", payload, harmless=True)

    def pairing_link(self, facts: AccountFacts, code: str) -> str:
        return f"https://t.me/{facts.address}?start={quote(code, safe='')}"

    def _call(
        self,
        credentials: Credentials,
        method: str,
        payload: Mapping[str, object] | None = None,
        *,
        upload: Upload | None = None,
        harmless: bool = False,
    ) -> Any:
        """The method's result where the answer is a yes; raises TransportError otherwise."""
        url = f"{credentials.base_url}/bot{quote(credentials.token, safe=':')}/{method}"
        answer = wire.call(_SERVICE, "POST", url, payload=payload or {}, upload=upload, harmless=harmless)
        body = answer.body
        if body is None or not isinstance(body.get("ok"), bool):
            raise wire.not_from_service(_SERVICE, answer, harmless=harmless)
        if not body["ok"]:
            raise error_of(answer, body, method)
        return body.get("result")
