"""Telegram's rules for HTML in a message, checked strictly: https://core.telegram.org/bots/api#html-style."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"<(?P<close>/?)(?P<name>[a-z]+)(?P<attributes>[^<>]*)>|&(?P<entity>lt|gt|amp);|(?P<text>[^<>&]+)|(?P<bad>.)",
    re.DOTALL,
)
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&"}
_ALONE = {"code", "pre"}


def visible(html: str) -> str:
    """The text that people see; AssertionError where Telegram would refuse or misread the markup."""
    opened: list[str] = []
    text = []
    for token in _TOKEN.finditer(html):
        assert token["bad"] is None, f"stray {token['bad']!r} in {html!r}"
        if token["name"] is None:
            text.append(_ENTITIES[token["entity"]] if token["entity"] else token["text"])
        elif token["close"]:
            assert opened, f"</{token['name']}> closes nothing in {html!r}"
            assert opened.pop() == token["name"], f"wrongly nested in {html!r}"
        else:
            _check_opening(token["name"], token["attributes"], opened)
            opened.append(token["name"])
    assert not opened, f"{opened} stay open in {html!r}"
    return "".join(text)


def _check_opening(name: str, attributes: str, opened: list[str]) -> None:
    assert name in {"b", "i", "s", "code", "pre", "a", "blockquote"}
    assert name not in opened
    if name == "a":
        assert re.fullmatch(r' href="(https?|tg|mailto):[^"]+"', attributes, re.IGNORECASE)
    elif name == "code" and opened[-1:] == ["pre"]:
        assert re.fullmatch(r' class="language-[\w+#.-]+"', attributes)
        assert opened.count("code") == 0
        return
    else:
        assert attributes == ""
    assert not _ALONE & set(opened), "nothing stands inside code"
    if name in _ALONE:
        assert set(opened) <= {"blockquote"}, "code stands in nothing but a quote"
