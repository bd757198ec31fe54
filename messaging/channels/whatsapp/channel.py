"""WhatsApp as a channel: signed webhooks in, `POST /{phone_number_id}/messages` out."""

from __future__ import annotations

import hashlib
import hmac
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
    FilePart,
    Inspection,
    Limit,
    Media,
    Outgoing,
    Sent,
    ServiceTemplate,
    SetupField,
    TextPart,
    TransportError,
    digits_of,
)
from messaging.channels.door import header, same, text_of
from messaging.channels.hiding import hide_in_urls
from messaging.channels.multipart import Upload
from messaging.channels.whatsapp import health
from messaging.channels.whatsapp.download import fetch
from messaging.channels.whatsapp.errors import error_of
from messaging.channels.whatsapp.parse import parse_body
from messaging.channels.whatsapp.people import USER_ID
from messaging.channels.whatsapp.sending import MAX_CAPTION, MAX_TEXT, message_of, upload_of
from messaging.channels.whatsapp.templates import listed
from messaging.formatting import whatsapp_parts

# 80 messages per second from a number; to one person 1 per 6 seconds, or 45 at once on account of those to come:
# https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput and #pair-rate-limits.
LIMITS = (
    Limit(scope="chat", per_second=1 / 6, burst=40),
    Limit(scope="account", per_second=80, burst=40),
)
_SERVICE = "WhatsApp"
hide_in_urls(r"(?<=input_token=)[^&\s]+")


class WhatsApp(Bare):
    kind = "whatsapp"
    label = "WhatsApp"
    webhook_by_hand = "in the Meta dashboard under WhatsApp > Configuration, and subscribe to “messages”"
    capabilities = Capabilities(
        max_text=MAX_TEXT,
        text_units="codepoints",
        max_caption=MAX_CAPTION,
        typing_seconds=25,
        typing_needs_message=True,
        reports_delivery=True,
        echoes_delivery_id=True,
        free_form_hours=24,
        media_hours=144,
        webhook_per_app=True,
        drafts=False,
        templates=True,
        registers=True,
        command_menu=False,
        limits=LIMITS,
    )
    setup_fields = (
        SetupField(
            name="phone_number_id",
            question="Phone number id (Meta dashboard, WhatsApp > API Setup)",
            made_up=lambda seed: f"1{digits_of(seed, 14)}",
        ),
        SetupField(
            name="waba_id",
            question="WhatsApp Business Account id (same page)",
            made_up=lambda seed: f"2{digits_of(seed, 14)}",
        ),
        SetupField(
            name="access_token",
            question="Permanent access token of a system user",
            made_up=lambda seed: f"EAA{seed}",
            secret=True,
        ),
        SetupField(
            name="app_secret",
            question="App secret (Meta dashboard, App settings > Basic)",
            made_up=lambda seed: seed[:32],
            secret=True,
        ),
    )

    def account_from(self, values: Mapping[str, str], base_url: str) -> tuple[Credentials, str]:
        credentials = Credentials(
            external_id=values["phone_number_id"],
            token=values["access_token"],
            base_url=base_url,
            config={"waba_id": values["waba_id"]},
        )
        return credentials, values["app_secret"]

    def verify(self, body: bytes, headers: Mapping[str, str], secret: str) -> bool:
        """Over the raw bytes: Meta signs what it sends, which no re-serialised JSON equals."""
        if not secret:
            return False
        expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return same(header(headers, "X-Hub-Signature-256"), f"sha256={expected}")

    def parse(self, body: bytes) -> Sequence[Entry]:
        return parse_body(body)

    def render(self, markdown: str) -> Sequence[TextPart]:
        return [TextPart(text=text, plain=plain) for text, plain in whatsapp_parts(markdown)]

    def send(self, credentials: Credentials, outgoing: Outgoing) -> Sent:
        to = "recipient" if USER_ID.fullmatch(outgoing.chat_id) else "to"
        payload: dict[str, object] = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            to: outgoing.chat_id,
            **message_of(outgoing.part, outgoing.reply_to, lambda part: self._upload(credentials, part)),
            "biz_opaque_callback_data": outgoing.delivery_id,
        }
        body = self._call(credentials, "POST", f"{credentials.external_id}/messages", "a message", payload)
        messages = body.get("messages")
        first = messages[0] if isinstance(messages, list) and messages else None
        external_id = text_of(first.get("id")) if isinstance(first, dict) else ""
        if not external_id:
            raise TransportError("WhatsApp took a message without naming its id", in_doubt=True)
        return Sent(external_id=external_id)

    def _upload(self, credentials: Credentials, part: FilePart) -> str:
        """Harmless: nobody sees a file before a message names it."""
        upload = upload_of(part)
        payload: dict[str, object] = {"messaging_product": "whatsapp", "type": upload.mime}
        path = f"{credentials.external_id}/media"
        media_id = text_of(
            self._call(credentials, "POST", path, "a file", payload, upload=upload, harmless=True).get("id")
        )
        if not media_id:
            raise TransportError("WhatsApp took a file without naming its id")
        return media_id

    def show_typing(self, credentials: Credentials, chat_id: str, message_id: str) -> None:
        payload: dict[str, object] = {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": message_id,
            "typing_indicator": {"type": "text"},
        }
        path = f"{credentials.external_id}/messages"
        self._call(credentials, "POST", path, "the typing indicator", payload, harmless=True)

    def fetch(self, credentials: Credentials, media: Media, max_bytes: int) -> Fetched:
        def look_up(media_id: str) -> Mapping[str, Any]:
            return self._call(credentials, "GET", media_id, "a file", harmless=True)

        return fetch(credentials, media, max_bytes, look_up)

    def check(self, credentials: Credentials) -> AccountFacts:
        fields = {"fields": "id,verified_name,display_phone_number"}
        body = self._call(credentials, "GET", credentials.external_id, "the number", params=fields, harmless=True)
        digits = re.sub(r"[^0-9]", "", text_of(body.get("display_phone_number")))
        if not digits:
            raise TransportError(f"WhatsApp's {credentials.external_id} is not a phone number id", permanent=True)
        return AccountFacts(
            external_id=text_of(body.get("id")) or credentials.external_id,
            display_name=text_of(body.get("verified_name")),
            address=f"+{digits}",
        )

    def templates(self, credentials: Credentials) -> Sequence[ServiceTemplate]:
        def ask(path: str, params: Mapping[str, str]) -> Mapping[str, Any]:
            return self._call(credentials, "GET", path, "to list the templates", params=params, harmless=True)

        return listed(credentials, ask)

    def inspect(self, credentials: Credentials, webhook_url: str) -> Inspection:
        def ask(path: str, params: Mapping[str, str]) -> Mapping[str, Any]:
            return self._call(credentials, "GET", path, "to tell of the account", params=params, harmless=True)

        return health.inspect(self, credentials, webhook_url, ask)

    def register(self, credentials: Credentials, pin: str) -> None:
        payload: dict[str, object] = {"messaging_product": "whatsapp", "pin": pin}
        path = f"{credentials.external_id}/register"
        try:
            self._call(credentials, "POST", path, "to register the number", payload, harmless=True)
        except TransportError as error:
            raise health.explained(error) from error

    def connect(self, credentials: Credentials, webhook_url: str, secret: str) -> None:
        """Subscribe the app to the account; the app's own webhook URL and verify token are set in Meta's dashboard."""
        waba_id = credentials.config.get("waba_id", "")
        if not waba_id:
            raise TransportError("WhatsApp needs the WhatsApp Business Account id to subscribe the app", permanent=True)
        self._call(credentials, "POST", f"{waba_id}/subscribed_apps", "to subscribe the app", harmless=True)

    def pairing_link(self, facts: AccountFacts, code: str) -> str:
        return f"https://wa.me/{facts.address.removeprefix('+')}?text={quote(code, safe='')}"

    def _call(
        self,
        credentials: Credentials,
        method: str,
        path: str,
        doing: str,
        payload: Mapping[str, object] | None = None,
        *,
        params: Mapping[str, str] | None = None,
        upload: Upload | None = None,
        harmless: bool = False,
    ) -> Mapping[str, Any]:
        """Meta's answer where it is a yes; raises TransportError otherwise."""
        if not re.fullmatch(r"[!-~]+", credentials.token, re.ASCII):
            raise TransportError("WhatsApp's access token has characters that no token has", unauthorized=True)
        answer = wire.call(
            _SERVICE,
            method,
            f"{credentials.base_url}/{quote(path)}",
            payload=payload,
            upload=upload,
            params=params,
            bearer=credentials.token,
            harmless=harmless,
        )
        error = answer.body.get("error") if answer.body is not None else None
        if isinstance(error, dict):
            raise error_of(answer, error, doing)
        if answer.body is None or answer.status != 200:
            raise wire.not_from_service(_SERVICE, answer, harmless=harmless)
        return answer.body
