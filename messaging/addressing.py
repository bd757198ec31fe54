"""Whether what somebody says in a group is meant for the assistant, and commands without the name they are sent to."""

from __future__ import annotations

import re
from dataclasses import replace

from messaging.channels.base import InboundMessage
from messaging.credentials import Route

COMMAND = re.compile(r"/([a-z0-9_]{1,32})(?:@([a-z0-9_]{1,64}))?(?=\s|$)", re.IGNORECASE | re.ASCII)


def addressed(route: Route, event: InboundMessage) -> InboundMessage:
    """The message as it is to be stored. What people in a group say to each other asks for no answer."""
    command = COMMAND.match(event.text) if event.text.startswith("/") else None
    named = (command[2] or "").lower() if command else ""
    if command and named and named == route.handle:
        event = replace(event, text=f"/{command[1]}{event.text[command.end() :]}")
    if event.chat_kind != "group":
        return event
    to_us = is_to_us(route, event) or (command is not None and named in ("", route.handle))
    return replace(event, to_us=to_us, wakes=event.wakes and to_us)


def is_to_us(route: Route, event: InboundMessage) -> bool:
    """Named, answered, or a button pressed: those stand under our own messages only."""
    if event.choice_token or (route.handle and route.handle in event.mentions):
        return True
    if event.reply_to_sender:
        return event.reply_to_sender == route.external_id
    return event.replies_to_bot
