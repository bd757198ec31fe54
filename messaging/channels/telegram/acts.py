"""What a person does without writing: presses a button, reacts; and what happens to a chat."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import telegram
from telegram.constants import ChatMemberStatus

from messaging.channels.base import AddressChange, ChatMigration, Event, InboundMessage, Unhandled
from messaging.channels.door import LONGEST_CHOICE, id_of, text_of, time_of
from messaging.channels.telegram.inbound import chat_kind_of, number_of, sender_of

_PRESENT = {ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER}
_ABSENT = {ChatMemberStatus.LEFT, ChatMemberStatus.BANNED}
_NAMELESS = {"custom_emoji": "(custom emoji)", "paid": "⭐"}  # reactions that are no emoji


def choice_of(query: telegram.CallbackQuery, node: Mapping[str, Any]) -> Event:
    """A button under a message of ours. Telegram does not tell when it was pressed."""
    message, choice = query.message, text_of(query.data, LONGEST_CHOICE)
    if not choice or not isinstance(message, telegram.Message):
        return Unhandled(reason="callback_query without a message or data of ours")
    chat_kind = chat_kind_of(message.chat)
    if chat_kind is None:
        return Unhandled(reason="callback_query in a channel")
    if query.from_user.is_bot:
        return Unhandled(reason="callback_query from a bot")
    message_id = number_of(message.message_id, "message id")
    token = id_of(query.id, "callback_query id", 200)
    return InboundMessage(
        key=f"callback_query:{token}",
        message_id=message_id,
        chat_id=number_of(message.chat.id, "chat id"),
        chat_kind=chat_kind,
        sender=sender_of(query.from_user),
        sent_at=time_of(node["message"].get("date"), "date"),
        kind="button",
        text=_label(message, query.data) or choice,
        reply_to=message_id,
        choice=choice,
        choice_token=token,
    )


def _label(message: telegram.Message, data: str | None) -> str:
    """What stood on the button, as the message shows it."""
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    return next((text_of(button.text) for row in rows for button in row if button.callback_data == data), "")


def reaction_of(update_id: object, change: telegram.MessageReactionUpdated, node: Mapping[str, Any]) -> Event:
    """All reactions that the person now has on the message; "" where there is none left."""
    user, chat_kind = change.user, chat_kind_of(change.chat)
    if user is None or chat_kind is None:
        return Unhandled(reason="message_reaction of nobody who is named")
    if user.is_bot:
        return Unhandled(reason="message_reaction from a bot")
    before, after = _emojis(change.old_reaction), _emojis(change.new_reaction)
    if before == after:
        return Unhandled(reason="message_reaction without a change")
    chat_id, message_id = number_of(change.chat.id, "chat id"), number_of(change.message_id, "message id")
    date = node.get("date")
    return InboundMessage(
        key=f"{number_of(update_id, 'update id')}:{chat_id}:{message_id}:reaction:{number_of(date, 'date')}",
        message_id=message_id,
        chat_id=chat_id,
        chat_kind=chat_kind,
        sender=sender_of(user),
        sent_at=time_of(date, "date"),
        kind="reaction",
        text="".join(after),
        reply_to=message_id,
        wakes=False,
    )


def _emojis(reactions: Iterable[telegram.ReactionType]) -> list[str]:
    return [text_of(getattr(each, "emoji", "")) or _NAMELESS.get(each.type, "(reaction)") for each in reactions]


def migration_of(message: telegram.Message) -> ChatMigration | None:
    """A group became a supergroup: told in both, once with the new id and once with the old one."""
    here = number_of(message.chat.id, "chat id")
    if message.migrate_to_chat_id is not None:
        return ChatMigration(chat_id=here, new_chat_id=number_of(message.migrate_to_chat_id, "new chat id"))
    if message.migrate_from_chat_id is not None:
        return ChatMigration(chat_id=number_of(message.migrate_from_chat_id, "old chat id"), new_chat_id=here)
    return None


def address_change_of(change: telegram.ChatMemberUpdated) -> Event:
    member = change.new_chat_member
    if member.status in _PRESENT:
        reachable = True
    elif member.status in _ABSENT:
        reachable = False
    elif isinstance(member, telegram.ChatMemberRestricted):
        reachable = bool(member.is_member and member.can_send_messages)
    else:
        return Unhandled(reason="my_chat_member with an unknown status")
    return AddressChange(address=number_of(change.chat.id, "chat id"), reachable=reachable)
