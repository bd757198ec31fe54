"""The service's errors: status, type and body as the real one gives them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from aiohttp import web

TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}
ORGANIZATION = "c0ffee00-0000-4000-8000-000000000001"


def request_id() -> str:
    return "req_" + secrets.token_hex(12)


class ApiError(Exception):
    """An answer other than 200. `details` may hold `error_code`, the stable name of the cause."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str | None = None,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind or TYPES.get(status, "api_error")
        self.details = details
        self.headers = headers or {}

    def body(self, request: str) -> dict[str, Any]:
        error: dict[str, Any] = {"type": self.kind, "message": self.message}
        if self.details is not None:
            error["details"] = dict(self.details)
        return {"type": "error", "error": error, "request_id": request}

    def response(self) -> web.Response:
        request = request_id()
        headers = {"request-id": request, "anthropic-organization-id": ORGANIZATION, **self.headers}
        body = json.dumps(self.body(request)).encode()
        return web.Response(status=self.status, body=body, content_type="application/json", headers=headers)


def invalid(path: str, message: str) -> ApiError:
    """400, naming the field as the service does: `messages.0.content: …`."""
    return ApiError(400, f"{path}: {message}" if path else message)
