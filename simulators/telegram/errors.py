"""The Bot API's errors, in its own words."""

from __future__ import annotations

from typing import Any

PREFIXES = {400: "Bad Request: ", 403: "Forbidden: "}


class ApiError(Exception):
    """`parameters` is what the API adds: retry_after (seconds) or migrate_to_chat_id."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        self.code, self.parameters = code, parameters
        self.description = PREFIXES.get(code, "") + description
        super().__init__(self.description)

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad(description: str) -> ApiError:
    return ApiError(400, description)


def too_many(seconds: float) -> ApiError:
    wait = max(1, int(-(-seconds // 1)))
    return ApiError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
