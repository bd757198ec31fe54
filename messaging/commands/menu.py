"""The menu of commands that a service shows people, where it has one."""

from __future__ import annotations

from messaging.channels.base import Channel, Credentials
from messaging.commands.registry import LANGUAGES, menu_for


def set_menu(channel: Channel, credentials: Credentials) -> None:
    """In each language, and in English for everybody else. Raises TransportError."""
    if channel.capabilities.command_menu:
        for language in ("", *LANGUAGES):
            channel.set_commands(credentials, menu_for(language), language)
