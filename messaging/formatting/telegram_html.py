"""Rich text as Telegram's HTML: https://core.telegram.org/bots/api#html-style.

Only `& < >` are escaped. Telegram nests neither quotes nor code with anything else inside, and follows only some kinds
of links; what it would refuse is never written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from messaging.formatting.markdown import parse
from messaging.formatting.rich import Run, Style, plain_text
from messaging.formatting.split import split

MAX_UNITS = 4096  # UTF-16 units after the tags are taken out
MAX_BYTES = 32_000  # with tags; the service's own limit of 32 KiB is not documented (unconfirmed), so stay below it
_FOLLOWED = re.compile(r"(?:https?|tg|mailto):", re.IGNORECASE)
_INVISIBLE = re.compile(
    r"[\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff]*"
)

Tag = tuple[str, str]  # name, and the whole opening tag


def telegram_parts(markdown: str, limit: int = MAX_UNITS) -> list[tuple[str, str]]:
    """The messages for a Markdown text, each as (HTML, plain text), both of at most `limit` UTF-16 units as seen."""
    rich = parse(markdown)

    @cache
    def piece(start: int, end: int) -> tuple[str, str]:
        runs = rich.cut(start, end)
        return to_html(runs), plain_text(runs)

    def fits(start: int, end: int) -> bool:
        html, plain = piece(start, end)
        return utf16_units(plain) <= limit and len(html.encode()) <= MAX_BYTES  # plain: never less than is seen of html

    pieces = (piece(start, end) for start, end in split(rich.text, limit, fits))
    return [(html, plain) for html, plain in pieces if not is_invisible(plain)]


def utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def is_invisible(text: str) -> bool:
    """Whether a service would call this an empty message."""
    return _INVISIBLE.fullmatch(text) is not None


def to_html(runs: Sequence[Run]) -> str:
    out: list[str] = []
    opened: list[Tag] = []
    for run in runs:
        wanted = _tags(run.style)
        shared = 0
        while shared < min(len(opened), len(wanted)) and opened[shared] == wanted[shared]:
            shared += 1
        out += [f"</{name}>" for name, _ in reversed(opened[shared:])]
        out += [opening for _, opening in wanted[shared:]]
        out.append(escape(run.text))
        if run.aside and not _followed(run.style.link):
            out.append(escape(run.aside))
        opened = wanted
    out += [f"</{name}>" for name, _ in reversed(opened)]
    return "".join(out)


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _followed(link: str) -> bool:
    return bool(_FOLLOWED.match(link))


def _tags(style: Style) -> list[Tag]:
    """The tags around a run, outermost first, always in the same order so that neighbours share what they can."""
    tags: list[Tag] = [("blockquote", "<blockquote>")] if style.quote else []
    if style.pre is not None:
        tags.append(("pre", "<pre>"))
        if style.pre:
            tags.append(("code", f'<code class="language-{style.pre}">'))
        return tags
    if _followed(style.link):
        address = escape(style.link).replace('"', "%22")
        tags.append(("a", f'<a href="{address}">'))
    elif style.code:
        return [*tags, ("code", "<code>")]
    tags += [(name, f"<{name}>") for name, on in (("b", style.bold), ("i", style.italic), ("s", style.strike)) if on]
    return tags
