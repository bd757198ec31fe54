"""A call's parameters, whether they came in the query, as JSON, as a form or as multipart."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from simulators.telegram.errors import ApiError, bad


@dataclass(frozen=True)
class Upload:
    name: str
    content: bytes
    mime_type: str


class Params:
    def __init__(self, values: dict[str, Any], files: dict[str, Upload]) -> None:
        self._values, self.files = values, files

    def has(self, name: str) -> bool:
        value = self._values.get(name)
        return value is not None and value != ""

    def text(self, name: str) -> str:
        """The string, "" where it is missing."""
        value = self._values.get(name)
        if value is None:
            return ""
        if isinstance(value, bool | int | float):
            return json.dumps(value)
        if not isinstance(value, str):
            raise bad(f"can't parse {name}: a string is expected")
        return value

    def integer(self, name: str, default: int = 0) -> int:
        try:
            return int(self.text(name) or default)
        except ValueError:
            raise bad(f"{name} must be an integer") from None

    def boolean(self, name: str) -> bool:
        return self.text(name).lower() in {"true", "yes", "1"}

    def json(self, name: str, kind: type[dict[str, Any] | list[Any]]) -> Any:
        """The object or list, empty where it is missing; in forms and queries it comes as a JSON string."""
        value = self._values.get(name)
        if isinstance(value, str) and value:
            try:
                value = json.loads(value)
            except ValueError:
                raise bad(f"can't parse {name} JSON object") from None
        if value in (None, ""):
            return kind()
        if not isinstance(value, kind):
            raise bad(f"can't parse {name}: expected {'an Object' if kind is dict else 'an Array'}")
        return value


async def read_params(request: web.Request) -> Params:
    """All parameters of a call; raises ApiError where the body is not what its type says."""
    values: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        raw = await request.read()
        try:
            body = json.loads(raw) if raw.strip() else {}
        except ValueError:
            raise ApiError(400, "can't parse request: can't parse JSON object") from None
        if not isinstance(body, dict):
            raise ApiError(400, "can't parse request: JSON object expected")
        return Params({**values, **body}, {})
    files: dict[str, Upload] = {}
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            files[name] = Upload(value.filename, value.file.read(), value.content_type)
        else:
            values[name] = value if isinstance(value, str) else bytes(value).decode("utf-8", "replace")
    return Params(values, files)
