"""The calls of the Graph API that the double answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from simulators.common import Fault
from simulators.messenger.clock import WakingClock
from simulators.whatsapp.accounts import Accounts, Number, checked_token
from simulators.whatsapp.errors import GraphError, bad_token, missing, unknown_object
from simulators.whatsapp.health import APP_ID, health_status, token_node, webhook_configuration
from simulators.whatsapp.media import LINK_SECONDS, Media, MediaStore, check_upload
from simulators.whatsapp.sending import Sender
from simulators.whatsapp.templates import TemplateBook, page_of
from simulators.whatsapp.verification import check_webhook

DEFAULT_FIELDS = ["verified_name", "code_verification_status", "display_phone_number", "quality_rating"]
DEFAULT_FIELDS += ["platform_type", "throughput", "webhook_configuration", "id"]


class Calls:
    def __init__(
        self,
        accounts: Accounts,
        sender: Sender,
        media: MediaStore,
        templates: TemplateBook,
        clock: WakingClock,
        changed: Callable[[], None],
    ) -> None:
        self._accounts, self._sender, self._media, self._templates = accounts, sender, media, templates
        self._clock, self._changed = clock, changed

    async def facts(self, request: web.Request, method: str) -> dict[str, str]:
        """What faults can match; raises GraphError where the token is refused or a message's body is no JSON."""
        checked_token(request.headers.get("Authorization"))
        chat = ""
        if method == "messages":
            body = await _json(request)
            if "status" in body:
                method = "read"
                found = self._sender.chat_of(request.match_info["id"], str(body.get("message_id")))
                chat = found.id if found is not None else ""
            else:
                to = body.get("to")
                chat = "".join(filter(str.isdigit, to)) if isinstance(to, str) else str(body.get("recipient", ""))
        return {"account": request.match_info.get("id", ""), "chat": chat, "method": method}

    async def messages(self, request: web.Request, fault: Fault | None) -> web.StreamResponse:
        number = self._number(request)
        body = await _json(request)
        if "status" in body:
            return web.json_response(self._sender.mark_read(number, body))
        return web.json_response(self._sender.send(number, body, fault))

    async def upload(self, request: web.Request, _fault: Fault | None) -> web.StreamResponse:
        number = self._number(request)
        form = await request.post()
        if form.get("messaging_product") != "whatsapp":
            raise missing("messaging_product")
        file = form.get("file")
        if not isinstance(file, web.FileField):
            raise missing("file")
        mime_type = str(form.get("type") or file.content_type)
        content = file.file.read()
        check_upload(mime_type, len(content))
        media = self._media.add(number.id, content, mime_type, file.filename, self._clock.now())
        return web.json_response({"id": media.id})

    async def register(self, request: web.Request, _fault: Fault | None) -> web.StreamResponse:
        number = self._number(request)
        body = await _json(request)
        if body.get("messaging_product") != "whatsapp":
            raise missing("messaging_product")
        pin = body.get("pin")
        if not isinstance(pin, str) or len(pin) != 6 or not pin.isdecimal():
            raise GraphError(100, message="(#100) Param pin must be a string of 6 digits.")
        if number.shown_status == "UNVERIFIED":
            raise GraphError(133006)
        if number.pin and number.pin != pin:
            raise GraphError(133005)
        number.registered, number.pin = True, pin
        self._changed()
        return web.json_response({"success": True})

    async def deregister(self, request: web.Request, _fault: Fault | None) -> web.StreamResponse:
        self._number(request).registered = False
        self._changed()
        return web.json_response({"success": True})

    async def subscribe(self, request: web.Request, _fault: Fault | None) -> web.StreamResponse:
        numbers = self._waba(request)
        body = await _json(request)
        url = await _override_url(body)
        for number in numbers:
            number.subscribed, number.waba_override_url = True, url
        self._changed()
        return web.json_response({"success": True})

    async def unsubscribe(self, request: web.Request, _fault: Fault | None) -> web.StreamResponse:
        for number in self._waba(request):
            number.subscribed = False
        self._changed()
        return web.json_response({"success": True})

    async def subscriptions(self, request: web.Request, _fault: Fault | None) -> web.StreamResponse:
        numbers = self._waba(request)
        app = {"link": f"https://www.facebook.com/games/?app_id={APP_ID}", "name": "Simulated app", "id": APP_ID}
        node: dict[str, Any] = {"whatsapp_business_api_data": app}
        override = next((number.waba_override_url for number in numbers if number.waba_override_url), "")
        if override:
            node["override_callback_uri"] = override
        return web.json_response({"data": [node] if any(number.subscribed for number in numbers) else []})

    async def debug_token(self, request: web.Request, _fault: Fault | None) -> web.StreamResponse:
        """Asked with the token itself, as a system user of the app may."""
        if "input_token" not in request.query:
            raise missing("input_token")
        given = request.query["input_token"]
        if given != checked_token(request.headers.get("Authorization")):
            raise GraphError(100, message="(#100) The App_id in the input_token did not match the Viewing App")
        return web.json_response({"data": token_node(self._accounts.of_token(given))})

    async def phone_numbers(self, request: web.Request, _fault: Fault | None) -> web.StreamResponse:
        fields = _fields(request)
        data = [_number_node(number, fields) for number in self._waba(request)]
        return web.json_response({"data": data, "paging": {"cursors": {"before": "QVFI", "after": "QVFI"}}})

    async def templates(self, request: web.Request, _fault: Fault | None) -> web.StreamResponse:
        self._waba(request)
        name = request.query.get("name")
        rows = self._templates.of(request.match_info["id"])
        data = [template for template in rows if name is None or name in template["name"]]
        url = str(request.url.with_query(None))
        return web.json_response(page_of(data, request.query.get("limit"), request.query.get("after"), url))

    async def show(self, request: web.Request, _fault: Fault | None) -> web.StreamResponse:
        object_id = request.match_info["id"]
        media = self._media.find(object_id, self._clock.now())
        if media is not None:
            return web.json_response(_media_node(media, request, self._clock.now()))
        if object_id in self._accounts.wabas:
            self._waba(request)
            return web.json_response({"id": object_id, "name": "Simulated WABA", "timezone_id": "1"})
        return web.json_response(_number_node(self._number(request), _fields(request)))

    async def change(self, request: web.Request, _fault: Fault | None) -> web.StreamResponse:
        number = self._number(request)
        configuration = (await _json(request)).get("webhook_configuration")
        if isinstance(configuration, dict):
            number.override_url = await _override_url(configuration)
        self._changed()
        return web.json_response({"success": True})

    async def delete(self, request: web.Request, _fault: Fault | None) -> web.StreamResponse:
        media = self._media.find(request.match_info["id"], self._clock.now())
        if media is None:
            raise unknown_object(request.match_info["id"], "delete")
        self._media.remove(media.id)
        return web.json_response({"success": True})

    async def download(self, request: web.Request, _fault: Fault | None) -> web.StreamResponse:
        media = self._media.find(request.query.get("mid", ""), self._clock.now())
        expires = request.query.get("ext", "")
        known = media is not None and media.key == request.query.get("hash")
        if media is None or not known or not expires.isdecimal() or int(expires) < self._clock.now():
            return web.Response(status=404)
        number = self._accounts.numbers.get(media.number_id)
        if number is not None and number.token_status is not None:
            raise bad_token(number.token_status)
        return web.Response(body=media.content, content_type=media.mime_type.partition(";")[0])

    def _number(self, request: web.Request) -> Number:
        number = self._accounts.number(request.match_info["id"], request.headers.get("Authorization"), _verb(request))
        self._changed()
        return number

    def _waba(self, request: web.Request) -> list[Number]:
        numbers = self._accounts.waba(request.match_info["id"], request.headers.get("Authorization"), _verb(request))
        self._changed()
        return numbers


def _verb(request: web.Request) -> str:
    return request.method.lower()


def _fields(request: web.Request) -> list[str]:
    named = [name.strip() for name in request.query.get("fields", "").split(",")]
    return [*filter(None, named), "id"] if any(named) else DEFAULT_FIELDS


async def _json(request: web.Request) -> dict[str, Any]:
    """The parameters, as JSON or form; raises GraphError where they are neither."""
    raw = await request.read()
    if not raw.strip():
        return {}
    if request.content_type == "application/x-www-form-urlencoded":
        return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise GraphError(100, message="(#100) The request body must be a JSON object.")
    return body


async def _override_url(configuration: dict[str, Any]) -> str:
    """A webhook URL instead of the app's, "" to take it away; raises GraphError where it can't be verified."""
    url, verify_token = configuration.get("override_callback_uri"), configuration.get("verify_token")
    if not isinstance(url, str) or not url:
        return ""
    wrong = await check_webhook(url, str(verify_token or ""))
    if wrong is not None:
        message = f"(#2200) Callback verification failed with the following errors: {wrong}"
        raise GraphError(2200, message=message, status=400)
    return url


def _number_node(number: Number, fields: list[str]) -> dict[str, Any]:
    node = {
        "id": number.id,
        "verified_name": number.name,
        "display_phone_number": f"+{number.digits}",
        "quality_rating": number.quality_rating,
        "code_verification_status": "VERIFIED",
        "platform_type": "CLOUD_API" if number.registered else "NOT_APPLICABLE",
        "throughput": {"level": "STANDARD"},
        "webhook_configuration": webhook_configuration(number),
        "status": number.shown_status,
        "health_status": health_status(number),
        "name_status": "APPROVED",
        "account_mode": "LIVE",
    }
    return {name: node[name] for name in fields if name in node}


def _media_node(media: Media, request: web.Request, now: float) -> dict[str, Any]:
    link = request.url.origin().with_path("/whatsapp_business/attachments/")
    query = {"mid": media.id, "ext": str(int(now) + LINK_SECONDS), "hash": media.key}
    return {
        "url": str(link.with_query(query)),
        "mime_type": media.mime_type,
        "sha256": media.sha256,
        "file_size": len(media.content),
        "id": media.id,
        "messaging_product": "whatsapp",
    }
