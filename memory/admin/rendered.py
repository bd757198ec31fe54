"""A document's Markdown as HTML for operators. Whoever wrote it may mean harm: nothing runs and nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

SCHEMES = {"http", "https", "mailto", "tel"}
UNSHOWN = re.compile("[\x00\ud800-\udfff]")


class Renderer(RendererHTML):
    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        tokens[idx].attrSet("rel", "noopener noreferrer nofollow")
        tokens[idx].attrSet("target", "_blank")
        return str(self.renderToken(tokens, idx, options, env))

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """What it shows in words: fetching it would tell its server who reads here."""
        words = self.renderInlineAsText(tokens[idx].children, options, env)
        return str(format_html('<span class="memory-image">[picture: {}]</span>', words or tokens[idx].attrs["src"]))


def may_link(url: str) -> bool:
    """A document of the life folder and a page of this admin have no address that a document could name."""
    try:
        return urlsplit(url.strip()).scheme.lower() in SCHEMES
    except ValueError:
        return False


class Reader(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        return may_link(url)


# Deeper nesting than the limit would vanish without a word; beyond Python's own depth the text stands as it was typed.
_reader = Reader("commonmark", {"html": False, "maxNesting": 10_000}, renderer_cls=Renderer)
_reader.enable(["strikethrough", "table"])


def rendered(markdown: str) -> SafeString:
    text = UNSHOWN.sub("\ufffd", markdown)
    try:
        html: Any = _reader.render(text)
    except RecursionError:
        return render_to_string("admin/memory/plain.html", {"text": text})
    return SafeString(html)  # the reader escapes all text and writes its own tags only
