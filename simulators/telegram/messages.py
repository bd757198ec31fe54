"""The Bot API's methods that people see: sending, editing, deleting, typing, drafts, reactions, callback answers."""

from __future__ import annotations

import asyncio
from typing import Any

from simulators.messenger import Chat, ChatMessage
from simulators.telegram.bots import Bot
from simulators.telegram.conversations import Conversations, Payload, is_group, payload_of
from simulators.telegram.errors import bad
from simulators.telegram.files import MB, UPLOAD_CAP, UPLOAD_CAPS, File, FileStore, is_image, media_node
from simulators.telegram.params import Params
from simulators.telegram.reactions import read_reaction
from simulators.telegram.texts import Text, read_markup, read_text, shown_buttons

TYPING_SECONDS, DRAFT_SECONDS = 5, 30
QUERY_SECONDS = 15 * 60
ACTIONS = frozenset(
    {
        *("typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice"),
        *("upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note"),
    }
)
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)


class Messages:
    def __init__(self, conversations: Conversations, files: FileStore) -> None:
        self._conversations, self._files = conversations, files
        self.queries: dict[str, tuple[int, float]] = {}  # callback queries not yet answered: bot and time

    def send_message(self, bot: Bot, params: Params) -> Payload:
        text, markup = read_text(params), read_markup(params)
        _check_preview(params)
        chat = self._conversations.reach(bot, params)
        sent = self._post(bot, chat, params, "text", text, text.fields("text"), markup)
        if "://" in text.html and not params.json("link_preview_options", dict).get("is_disabled"):
            message = chat.messages[str(sent["message_id"])]
            message.extra["preview"] = True
            chat.post(message)
        return sent

    def send_media(self, bot: Bot, params: Params, kind: str) -> Payload:
        caption, markup = read_text(params, "caption", required=False), read_markup(params)
        chat = self._conversations.reach(bot, params)
        file = self._file(params, kind)
        content = {kind: media_node(kind, file), **caption.fields("caption")}
        return self._post(bot, chat, params, kind, caption, content, markup, file)

    def edit_message_text(self, bot: Bot, params: Params) -> Payload:
        text, markup = read_text(params), read_markup(params)
        chat = self._conversations.reach(bot, params)
        message = chat.messages.get(params.text("message_id"))
        payload = payload_of(message)
        if message is None or payload is None:
            raise bad("message to edit not found")
        if message.direction == "in" or message.type != "text":
            raise bad("message can't be edited")
        fields = text.fields("text")
        before = {name: payload.get(name) for name in ("text", "entities", "reply_markup")}
        if before == {"entities": None, "reply_markup": markup or None, **fields}:
            raise bad(NOT_MODIFIED)
        self._conversations.keep_limits(bot, chat)
        kept = {name: value for name, value in payload.items() if name not in before}
        edited = {**kept, **fields, "edit_date": int(self._conversations.clock.now())}
        if markup:
            edited["reply_markup"] = markup
        message.text, message.html, message.private["payload"] = text.text, text.html, edited
        message.extra = {"edited": True, **({"buttons": shown_buttons(markup)} if markup else {})}
        chat.post(message)
        return edited

    def delete_message(self, bot: Bot, params: Params) -> bool:
        chat = self._conversations.reach(bot, params)
        if params.text("message_id") not in chat.messages:
            raise bad("message to delete not found")
        chat.remove(params.text("message_id"))
        return True

    def send_chat_action(self, bot: Bot, params: Params) -> bool:
        chat = self._conversations.reach(bot, params)
        if params.text("action") not in ACTIONS:
            raise bad("wrong parameter action in request")
        chat.show_typing(self._conversations.clock.now() + TYPING_SECONDS)
        return True

    def send_message_draft(self, bot: Bot, params: Params) -> bool:
        if params.integer("draft_id") == 0:
            raise bad("draft_id must be non-zero")
        text = read_text(params, required=False)
        chat = self._conversations.reach(bot, params)
        if is_group(chat):
            raise bad("TEXTDRAFT_PEER_INVALID")
        chat.show_draft(text.text)
        asyncio.get_running_loop().call_later(DRAFT_SECONDS, _drop_draft, chat, text.text)
        return True

    def set_message_reaction(self, bot: Bot, params: Params) -> bool:
        chat = self._conversations.reach(bot, params)
        message = chat.messages.get(params.text("message_id"))
        if message is None:
            raise bad("message to react not found")
        message.extra["reaction"] = read_reaction(params)
        chat.post(message)
        return True

    def answer_callback_query(self, bot: Bot, params: Params) -> bool:
        bot_id, at = self.queries.pop(params.text("callback_query_id"), (0, 0.0))
        if bot_id != bot.id or self._conversations.clock.now() - at > QUERY_SECONDS:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        return True

    def _post(
        self,
        bot: Bot,
        chat: Chat,
        params: Params,
        kind: str,
        text: Text,
        content: Payload,
        markup: Payload,
        file: File | None = None,
    ) -> Payload:
        reply = _reply(chat, params)
        self._conversations.keep_limits(bot, chat)
        now = self._conversations.clock.now()
        message_id = self._conversations.next_id(chat)
        payload: Payload = {"message_id": message_id, "from": bot.as_user(), "chat": chat.facts["chat"]}
        payload |= {"date": int(now), **content}
        if reply is not None:
            payload["reply_to_message"] = payload_of(reply)
        if "inline_keyboard" in markup:
            payload["reply_markup"] = markup
        message = ChatMessage(
            id=str(message_id),
            direction="out",
            type=kind,
            text=text.text,
            at=now,
            status="sent",
            format="html" if text.formatted else "plain",
            html=text.html,
            reply_to=reply.id if reply is not None else None,
            private={"payload": payload},
        )
        if markup.get("inline_keyboard"):
            message.extra["buttons"] = shown_buttons(markup)
        if file is not None:
            message.extra["media"] = {"id": file.id, "mime_type": file.mime_type, "name": file.name, "size": file.size}
        _show(chat, message)
        return payload

    def _file(self, params: Params, kind: str) -> File:
        given = params.text(kind)
        name = given.removeprefix("attach://") if given.startswith("attach://") else kind
        upload = params.files.get(name)
        if upload is not None:
            cap = UPLOAD_CAPS.get(kind, UPLOAD_CAP)
            if len(upload.content) > cap:
                raise bad(f"file is too big: at most {cap // MB} MB can be sent")
            if not upload.content:
                raise bad("file must be non-empty")
            if kind == "photo" and not is_image(upload.content):
                raise bad("IMAGE_PROCESS_FAILED")
            return self._files.add(kind, upload.content, upload.name, upload.mime_type)
        if not given:
            raise bad(f"there is no {kind} in the request")
        file = self._files.find(given)
        if file is None and given.startswith(("http://", "https://")):
            return self._files.add(kind, b"", given.rpartition("/")[2], "application/octet-stream")
        if file is None:
            raise bad("wrong remote file identifier specified: Wrong string length")
        return file


def _reply(chat: Chat, params: Params) -> ChatMessage | None:
    """The message that is answered; raises ApiError where it isn't there and must be."""
    given: dict[str, Any] = params.json("reply_parameters", dict)
    message_id = str(given.get("message_id", "") or params.text("reply_to_message_id"))
    if not message_id:
        return None
    message = chat.messages.get(message_id)
    lenient = given.get("allow_sending_without_reply") or params.boolean("allow_sending_without_reply")
    if message is None and not lenient:
        raise bad("message to be replied not found")
    return message


def _show(chat: Chat, message: ChatMessage) -> None:
    """Put a new message on the phone, where it ends typing and draft."""
    chat.stop_typing()
    chat.show_draft(None)
    chat.post(message)
    if chat.phones:
        chat.mark(message, "read")


def _check_preview(params: Params) -> None:
    options = params.json("link_preview_options", dict)
    if not isinstance(options.get("is_disabled", False), bool):
        raise bad("can't parse link preview options JSON object")


def _drop_draft(chat: Chat, text: str) -> None:
    if chat.draft == text:
        chat.show_draft(None)
