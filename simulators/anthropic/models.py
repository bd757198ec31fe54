"""The models that the double knows, and where they differ in what they accept.

Ids are those of the SDK's own list (anthropic 2.12) less the retired; limits from the vendor's documents of November
2026. Which older models still take a prefill or a thinking budget is unconfirmed: the double takes them where the
vendor was seen to, up to generation 4.5 and 4.6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MAX_OUTPUT = 128_000  # tokens
CONTEXT_WINDOW = 1_000_000  # tokens


@dataclass(frozen=True, kw_only=True)
class Model:
    id: str
    name: str
    line: str
    released: str
    forced_tools: bool = True  # tool_choice any or tool
    prefill: bool = False
    budget: bool = False  # thinking {"type": "enabled", "budget_tokens": …}
    cache_minimum: int = 1024  # tokens; a shorter prefix is not cached, silently
    retires: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "type": "model",
            "display_name": self.name,
            "created_at": f"{self.released}T00:00:00Z",
            "lifecycle": "deprecated" if self.retires else "active",
            "deprecated_at": f"{self.released}T00:00:00Z" if self.retires else None,
            "retires_at": f"{self.retires}T00:00:00Z" if self.retires else None,
            "line": self.line,
            "max_input_tokens": CONTEXT_WINDOW,
            "max_tokens": MAX_OUTPUT,
            "capabilities": None,
        }


def _old(id_: str, name: str, line: str, released: str, *, prefill: bool, retires: str | None = None) -> Model:
    return Model(id=id_, name=name, line=line, released=released, prefill=prefill, budget=True, retires=retires)


_NEW: dict[str, Any] = {"cache_minimum": 512}
_CATALOGUE = (
    Model(id="claude-fable-5-2", name="Claude Fable 5.2", line="fable", released="2026-09-01", **_NEW),
    Model(id="claude-mythos-5-2", name="Claude Mythos 5.2", line="mythos", released="2026-09-01", **_NEW),
    Model(id="claude-opus-5-5", name="Claude Opus 5.5", line="opus", released="2026-08-01", forced_tools=False, **_NEW),
    Model(
        id="claude-sonnet-5-5",
        name="Claude Sonnet 5.5",
        line="sonnet",
        released="2026-08-15",
        forced_tools=False,
        **_NEW,
    ),
    Model(id="claude-haiku-5-5", name="Claude Haiku 5.5", line="haiku", released="2026-08-20", **_NEW),
    Model(id="claude-fable-5-1", name="Claude Fable 5.1", line="fable", released="2026-07-01"),
    Model(id="claude-mythos-5-1", name="Claude Mythos 5.1", line="mythos", released="2026-07-01"),
    Model(id="claude-sonnet-5", name="Claude Sonnet 5", line="sonnet", released="2026-06-01"),
    Model(id="claude-fable-5", name="Claude Fable 5", line="fable", released="2026-05-15"),
    Model(id="claude-mythos-5", name="Claude Mythos 5", line="mythos", released="2026-05-15"),
    Model(id="claude-opus-5", name="Claude Opus 5", line="opus", released="2026-05-01"),
    Model(id="claude-opus-4-8", name="Claude Opus 4.8", line="opus", released="2026-04-01"),
    Model(id="claude-opus-4-7", name="Claude Opus 4.7", line="opus", released="2026-03-15"),
    _old("claude-opus-4-6", "Claude Opus 4.6", "opus", "2026-02-04", prefill=False),
    _old("claude-sonnet-4-6", "Claude Sonnet 4.6", "sonnet", "2026-02-17", prefill=False),
    _old("claude-haiku-4-5", "Claude Haiku 4.5", "haiku", "2025-10-01", prefill=True),
    _old("claude-haiku-4-5-20251001", "Claude Haiku 4.5", "haiku", "2025-10-01", prefill=True),
    _old("claude-opus-4-5", "Claude Opus 4.5", "opus", "2025-11-01", prefill=True),
    _old("claude-opus-4-5-20251101", "Claude Opus 4.5", "opus", "2025-11-01", prefill=True),
    _old("claude-sonnet-4-5", "Claude Sonnet 4.5", "sonnet", "2025-09-29", prefill=True, retires="2026-11-30"),
    _old("claude-sonnet-4-5-20250929", "Claude Sonnet 4.5", "sonnet", "2025-09-29", prefill=True, retires="2026-11-30"),
)
MODELS = {model.id: model for model in _CATALOGUE}
