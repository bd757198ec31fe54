"""What a channel does whose service has no such thing: nothing. To inherit from; `Channel` says what each means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from messaging.channels.base import Channel, Credentials, Fetched, Inspection, Media, ServiceTemplate, TransportError
from messaging.channels.findings import credentials_only


class Bare:
    base_url = ""
    webhook_by_hand = ""

    def show_typing(self, credentials: Credentials, chat_id: str, message_id: str) -> None:
        """The service shows no typing."""

    def show_draft(self, credentials: Credentials, chat_id: str, draft_id: int, markdown: str) -> None:
        """The service shows no drafts."""

    def answer_choice(self, credentials: Credentials, choice_token: str) -> None:
        """The service does not wait for that."""

    def set_commands(self, credentials: Credentials, commands: Mapping[str, str], language: str) -> None:
        """The service has no menu of commands."""

    def fetch(self, credentials: Credentials, media: Media, max_bytes: int) -> Fetched:
        raise TransportError("This service has no files.", permanent=True, code="no_files")

    def templates(self, credentials: Credentials) -> Sequence[ServiceTemplate]:
        return ()

    def inspect(self: Channel, credentials: Credentials, webhook_url: str) -> Inspection:
        """Whether it takes the credentials."""
        return credentials_only(self, credentials)

    def register(self, credentials: Credentials, pin: str) -> None:
        raise TransportError("Accounts of this service are not registered.", permanent=True, code="not_registrable")
