"""Talking to the double of the Messages API, by plain HTTP and through the real SDK."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import anthropic
import requests

MODEL = "claude-sonnet-5-5"
KEY = "sk-ant-test"
HEADERS = {"Authorization": f"Bearer {KEY}", "anthropic-version": "2026-10-21"}
CLOCK: Any = {
    "name": "current_time",
    "description": "Tell the time",
    "input_schema": {"type": "object", "properties": {}},
}
FETCH: Any = {
    "name": "fetch_url",
    "description": "Read a page",
    "input_schema": {"type": "object", "properties": {"url": {"type": "string"}}, "required": ["url"]},
}
MARK = {"type": "ephemeral"}
MARK_1H = {"type": "ephemeral", "ttl": "1h"}


# Any, as the SDK has its own types for what is written here as plain JSON.


def user(content: Any) -> Any:
    return {"role": "user", "content": content}


def assistant(content: Any) -> Any:
    return {"role": "assistant", "content": content}


def text(words: str, **more: Any) -> Any:
    return {"type": "text", "text": words, **more}


def call(id_: str, name: str = "current_time") -> Any:
    return {"type": "tool_use", "id": id_, "name": name, "input": {}}


def result(id_: str, content: Any = "noon") -> Any:
    return {"type": "tool_result", "tool_use_id": id_, "content": content}


@dataclass(frozen=True)
class Api:
    url: str

    def raw(self, body: Any, *, path: str = "/v1/messages", headers: dict[str, str] | None = None) -> requests.Response:
        return requests.post(self.url + path, json=body, headers=HEADERS if headers is None else headers, timeout=30)

    def create(self, messages: Any = "Hello", **body: Any) -> dict[str, Any]:
        """The answer, whatever its status."""
        given = [user(messages)] if isinstance(messages, str) else messages
        answer: dict[str, Any] = self.raw({"model": MODEL, "max_tokens": 1000, "messages": given, **body}).json()
        return answer

    def refused(self, messages: Any = "Hello", **body: Any) -> str:
        """The words of a 400."""
        answer = self.create(messages, **body)
        assert answer["type"] == "error", answer
        assert answer["error"]["type"] == "invalid_request_error"
        message: str = answer["error"]["message"]
        return message

    def control(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = requests.post(f"{self.url}/_sim/{path}", json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    def script(self, *answers: dict[str, Any], **defaults: Any) -> None:
        self.control("script", {"answers": list(answers), **defaults})

    def fault(self, kind: str, **settings: Any) -> None:
        self.control("faults", {"faults": [{"kind": kind, **settings}]})

    def journal(self) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = requests.get(f"{self.url}/_sim/journal?details=1", timeout=10).json()["calls"]
        return calls

    def client(self, **settings: Any) -> anthropic.Anthropic:
        return anthropic.Anthropic(api_key=KEY, base_url=self.url, max_retries=0, **settings)
