"""The double itself: one call, its refusals, and what it is told to hear."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from simulators.common import ControlError, Double, Fault, control, control_body
from simulators.common.control import PREFIX
from simulators.common.double import CALL

MAX_FILE = 25 << 20  # bytes
ROOM = 1 << 20  # bytes of a request beside its file
ENDINGS = ("flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm")
FORMATS = ("json", "text", "verbose_json")
GRANULES = 48_000  # a second of Opus, whatever rate it was recorded at
GUESSED_RATE = 4000  # bytes a second


class ApiError(Exception):
    """A refusal in the service's own shape."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.retry_after = status, retry_after
        self.error = {"message": message, "type": kind, "param": param, "code": code}

    def response(self) -> web.Response:
        headers = {} if self.retry_after is None else {"Retry-After": str(max(1, round(self.retry_after)))}
        return web.json_response({"error": self.error}, status=self.status, headers=headers)


class TranscriberDouble(Double):
    name = "transcriber"
    max_body = MAX_FILE + ROOM
    fault_kinds = ("error", "rate_limit", "hang", "garbage", "refuse")
    match_facts = ("name", "model")

    def __init__(self, *, state: Path | None = None) -> None:
        super().__init__(state=state)
        self.texts: deque[str] = deque()
        self.key: str | None = None

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return (
            web.post("/v1/audio/transcriptions", self._transcribe),
            web.post("/audio/transcriptions", self._transcribe),
            web.post(PREFIX + "script", control(self._add_script)),
            web.post(PREFIX + "accounts", control(self._set_account)),
        )

    def middlewares(self) -> Sequence[Middleware]:
        return (_service_errors,)

    def reset(self) -> None:
        self.texts.clear()
        self.key = None

    def snapshot(self) -> dict[str, Any]:
        return {"key": self.key}

    def restore(self, snapshot: dict[str, Any]) -> None:
        self.key = snapshot["key"]

    # The service

    async def _transcribe(self, request: web.Request) -> web.StreamResponse:
        self._authenticate(request)
        if request.content_type != "multipart/form-data":
            raise ApiError(400, "Could not parse multipart form", code="invalid_request")
        form = await request.post()
        model, shape = str(form.get("model") or ""), str(form.get("response_format") or "json")
        name, content = _file(form.get("file"))
        if not model:
            raise ApiError(400, "you must provide a model parameter", param="model")
        if shape not in FORMATS:
            raise ApiError(
                400, f"response_format '{shape}' is not one of {', '.join(FORMATS)}", param="response_format"
            )
        fault = self.faults.take({"name": name, "model": model})
        if fault is not None:
            request[CALL].fault = fault.kind
            answer = await _spoiled(request, fault)
            if answer is not None:
                return answer
        return _answer(self._heard(name, content), shape, seconds_of(content))

    def _authenticate(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "")
        if self.key is None:
            return
        if not given:
            raise ApiError(
                401, "You didn't provide an API key. Provide it in an Authorization header using Bearer auth."
            )
        if given != f"Bearer {self.key}":
            raise ApiError(401, "Incorrect API key provided.", code="invalid_api_key")

    def _heard(self, name: str, content: bytes) -> str:
        if self.texts:
            return self.texts.popleft()
        return f"(simulated transcript of {name}, {max(1, round(seconds_of(content)))} s)"

    # The control API

    async def _add_script(self, request: web.Request) -> web.StreamResponse:
        texts = (await control_body(request)).get("texts")
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise ControlError("texts must be a list of strings")
        self.texts.extend(texts)
        return web.json_response({"queued": len(texts)})

    async def _set_account(self, request: web.Request) -> web.StreamResponse:
        key = (await control_body(request)).get("key")
        if key is not None and (not isinstance(key, str) or not key):
            raise ControlError("key must be a string, or null to let everybody in")
        self.key = key
        self.changed()
        return web.json_response({"key": key})


def _file(given: object) -> tuple[str, bytes]:
    """Name and content of the uploaded file; raises ApiError."""
    if not isinstance(given, web.FileField):
        raise ApiError(400, "[{'type': 'missing', 'loc': ('body', 'file'), 'msg': 'Field required'}]", param="file")
    content = given.file.read()
    if given.filename.rpartition(".")[2].lower() not in ENDINGS:
        supported = ", ".join(f"'{ending}'" for ending in ENDINGS)
        raise ApiError(400, f"Invalid file format. Supported formats: [{supported}]", param="file")
    if len(content) > MAX_FILE:
        raise ApiError(413, f"Maximum content size limit ({MAX_FILE}) exceeded ({len(content)} bytes read)")
    if not content:
        message = "Audio file is too short. Minimum audio length is 0.1 seconds."
        raise ApiError(400, message, param="file", code="audio_too_short")
    return given.filename, content


async def _spoiled(request: web.Request, fault: Fault) -> web.StreamResponse | None:
    """The answer that a fault makes of the call; None where it goes on as usual. Raises ApiError."""
    if fault.kind == "rate_limit":
        seconds = fault.number("retry_after", 1.0)
        raise ApiError(429, "Rate limit reached for requests", kind="requests", retry_after=seconds)
    if fault.kind == "error":
        status = int(fault.number("status", 500))
        wait = fault.settings.get("retry_after")
        raise ApiError(
            status,
            "The server had an error while processing your request.",
            kind="server_error",
            retry_after=None if wait is None else float(wait),
        )
    if fault.kind == "garbage":
        return web.Response(text=str(fault.settings.get("body", "<html>It works!</html>")), content_type="text/html")
    if fault.kind == "refuse":
        if request.transport is not None:
            request.transport.abort()
        return web.Response()
    await asyncio.sleep(fault.number("seconds", 30.0))
    return None


def _answer(text: str, shape: str, seconds: float) -> web.Response:
    if shape == "text":
        return web.Response(text=f"{text}\n")
    usage = {"type": "duration", "seconds": max(1, round(seconds))}
    if shape == "json":
        return web.json_response({"text": text, "usage": usage})
    segment = {"id": 0, "start": 0.0, "end": seconds, "text": text}
    whole = {"task": "transcribe", "language": "english", "duration": seconds, "text": text}
    return web.json_response({**whole, "segments": [segment], "usage": usage})


def seconds_of(content: bytes) -> float:
    """By the last page of an Ogg file, which counts the samples so far; else a guess from the size."""
    page = content.rfind(b"OggS")
    granules = int.from_bytes(content[page + 6 : page + 14], "little") if page >= 0 else 0
    if 0 < granules < 100 * 3600 * GRANULES:
        return granules / GRANULES
    return len(content) / GUESSED_RATE


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
        response = ApiError(413, f"Maximum content size limit ({MAX_FILE}) exceeded").response()
    except web.HTTPNotFound:
        response = ApiError(404, f"Invalid URL ({request.method} {request.path})").response()
    except web.HTTPMethodNotAllowed:
        response = ApiError(405, f"Not allowed to {request.method} on {request.path}").response()
    if (call := request.get(CALL)) is not None:
        call.status = response.status
    return response
