"""The double itself: routes, accounts, and the way of one call."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from simulators.anthropic import validation
from simulators.anthropic.cache import PromptCache, positions
from simulators.anthropic.delivery import REFUSALS, SPOILERS, deliver, refuse
from simulators.anthropic.errors import ApiError, invalid, request_id
from simulators.anthropic.models import CONTEXT_WINDOW, MODELS
from simulators.anthropic.prompt import FACTS, Prompt
from simulators.anthropic.reply import compose
from simulators.anthropic.script import Script
from simulators.anthropic.signatures import Emitted
from simulators.anthropic.standin import answer
from simulators.common import ControlError, Double, control, control_body
from simulators.common.control import PREFIX
from simulators.common.double import CALL

MAX_BODY = 32 << 20  # bytes
DEFAULT_PAGE = 20
MAX_PAGE = 1000
STATUSES = ("active", "revoked", "forbidden", "spend_limit", "no_credit")
_KEY = re.compile(r"[\x21-\x7e]+")


class AnthropicDouble(Double):
    name = "anthropic"
    max_body = MAX_BODY
    fault_kinds = (*REFUSALS, *SPOILERS)
    match_facts = FACTS

    def __init__(self, *, state: Path | None = None, delay: float = 0.0, chunk_delay: float = 0.0) -> None:
        super().__init__(state=state)
        self._pace = {"delay": delay, "chunk_delay": chunk_delay}
        self.pace = dict(self._pace)
        self.script = Script()
        self.cache = PromptCache()
        self.emitted = Emitted()
        self.accounts: dict[str, str] = {}

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return (
            web.post("/v1/messages", self._create),
            web.post("/v1/messages/count_tokens", self._count),
            web.get("/v1/models", self._list_models),
            web.get("/v1/models/{id}", self._show_model),
            web.get(PREFIX + "accounts", self._show_accounts),
            web.post(PREFIX + "accounts", control(self._set_account)),
            web.get(PREFIX + "script", self._show_script),
            web.post(PREFIX + "script", control(self._add_script)),
            web.delete(PREFIX + "script", self._clear_script),
            web.post(PREFIX + "pace", control(self._set_pace)),
        )

    def middlewares(self) -> Sequence[Middleware]:
        return (_service_errors,)

    def reset(self) -> None:
        self.pace = dict(self._pace)
        self.script.clear()
        self.cache.clear()
        self.emitted.clear()
        self.accounts.clear()

    def snapshot(self) -> dict[str, Any]:
        return {"accounts": self.accounts}

    def restore(self, snapshot: dict[str, Any]) -> None:
        self.accounts = snapshot["accounts"]

    # The service

    async def _create(self, request: web.Request) -> web.StreamResponse:
        key = self._authenticated(request, spending=True)
        validation.check_version(request.headers)
        body = validation.parse(await request.read())
        validation.check_create(body, self.emitted)
        prompt = Prompt(body, key)
        fault = self.faults.take(prompt.facts)
        if fault is not None:
            request[CALL].fault = fault.kind
            if (refused := await refuse(request, fault)) is not None:
                return refused
        scripted = self.script.take(prompt.facts) if self.script else None
        draft = scripted.draft(prompt) if scripted is not None else answer(prompt)
        places = positions(prompt)
        if places[-1].tokens > CONTEXT_WINDOW:
            raise ApiError(400, f"prompt is too long: {places[-1].tokens} tokens > {CONTEXT_WINDOW} maximum")
        used = self.cache.account(places, minimum=prompt.model.cache_minimum, now=self.clock.now())
        reply = compose(prompt, draft, used, **self.pace)
        self.emitted.remember(reply.content, reply.message["stop_reason"])
        return await deliver(request, reply, stream=prompt.stream, fault=fault)

    async def _count(self, request: web.Request) -> web.StreamResponse:
        key = self._authenticated(request)
        validation.check_version(request.headers)
        body = validation.parse(await request.read())
        validation.check_count(body, self.emitted)
        return web.json_response(
            {"input_tokens": positions(Prompt(body, key))[-1].tokens}, headers={"request-id": request_id()}
        )

    async def _list_models(self, request: web.Request) -> web.StreamResponse:
        self._authenticated(request)
        validation.check_version(request.headers)
        limit = request.query.get("limit", str(DEFAULT_PAGE))
        if not limit.isdecimal() or not 1 <= int(limit) <= MAX_PAGE:
            raise invalid("limit", f"Input should be between 1 and {MAX_PAGE}")
        wanted = set(request.query.getall("lifecycle", []) + request.query.getall("lifecycle[]", []))
        listed = [m.as_dict() for m in MODELS.values()]
        listed = [model for model in listed if not wanted or model["lifecycle"] in wanted]
        ids = [model["id"] for model in listed]
        start = ids.index(request.query["after_id"]) + 1 if request.query.get("after_id") in ids else 0
        page = listed[start : start + int(limit)]
        more = start + int(limit) < len(listed)
        ends = {"first_id": page[0]["id"] if page else None, "last_id": page[-1]["id"] if page else None}
        return web.json_response({"data": page, "has_more": more, **ends}, headers={"request-id": request_id()})

    async def _show_model(self, request: web.Request) -> web.StreamResponse:
        self._authenticated(request)
        validation.check_version(request.headers)
        model = MODELS.get(request.match_info["id"])
        if model is None:
            raise ApiError(404, f"model: {request.match_info['id']}")
        return web.json_response(model.as_dict(), headers={"request-id": request_id()})

    def _authenticated(self, request: web.Request, *, spending: bool = False) -> str:
        """The key that was sent; raises ApiError where the account may not call, or not spend."""
        kind, _, bearer = request.headers.get("Authorization", "").partition(" ")
        key = request.headers.get("x-api-key") or (bearer.strip() if kind.lower() == "bearer" else "")
        if not key:
            raise ApiError(401, "x-api-key header is required")
        status = self.accounts.setdefault(key, "active")
        if not _KEY.fullmatch(key) or status == "revoked":
            raise ApiError(401, "invalid x-api-key")
        if status == "forbidden":
            raise ApiError(403, "Your API key does not have permission to use the specified resource.")
        if spending and status == "no_credit":
            raise ApiError(402, "Your credit balance is too low to access the Anthropic API.")
        if spending and status == "spend_limit":
            message = "Your organization has reached its monthly API usage threshold."
            raise ApiError(429, message, details={"error_code": "enforced_spend_limit_reached"})
        return key

    # The control API

    async def _show_accounts(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"accounts": [{"key": key, "status": s} for key, s in self.accounts.items()]})

    async def _set_account(self, request: web.Request) -> web.StreamResponse:
        body = await control_body(request)
        key, status = body.get("key"), body.get("status", "active")
        if not isinstance(key, str) or not key:
            raise ControlError("key must be a string")
        if status not in STATUSES:
            raise ControlError(f"status must be one of {', '.join(STATUSES)}")
        self.accounts[key] = status
        self.changed()
        return web.json_response({"key": key, "status": status})

    async def _show_script(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"answers": self.script.pending()})

    async def _add_script(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"queued": self.script.add_all(await control_body(request))})

    async def _clear_script(self, _request: web.Request) -> web.StreamResponse:
        self.script.clear()
        return web.json_response({"ok": True})

    async def _set_pace(self, request: web.Request) -> web.StreamResponse:
        for name, value in (await control_body(request)).items():
            if name not in self.pace:
                raise ControlError(f"unknown {name!r}; known are {', '.join(self.pace)}")
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                raise ControlError(f"{name} must be seconds, 0 or more")
            self.pace[name] = value
        return web.json_response(self.pace)


@web.middleware
async def _service_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every refusal in the service's own shape."""
    if request.path.startswith(PREFIX):
        return await handler(request)
    try:
        return await handler(request)
    except ApiError as error:
        response = error.response()
    except web.HTTPRequestEntityTooLarge:
        response = ApiError(413, "Request exceeds the maximum size").response()
    except web.HTTPNotFound:
        response = ApiError(404, "Not Found").response()
    except web.HTTPMethodNotAllowed:
        response = ApiError(405, "Method Not Allowed").response()
    if (call := request.get(CALL)) is not None:
        call.status = response.status
    return response
