"""Fetching what people sent: Meta names a URL that is good for some minutes and wants the token there, too."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from messaging.channels import wire
from messaging.channels.base import Credentials, Fetched, Media, TransportError
from messaging.channels.door import text_of
from messaging.channels.whatsapp.errors import error_of

META_DOMAINS = ("facebook.com", "fbcdn.net", "fbsbx.com", "whatsapp.net")  # nobody else is shown a token
ID = re.compile(r"[0-9A-Za-z_-]{1,200}", re.ASCII)
_ASK_ANEW = {401, 404}  # what a URL answers that has run out
_SERVICE = "WhatsApp"


def fetch(
    credentials: Credentials, media: Media, max_bytes: int, look_up: Callable[[str], Mapping[str, Any]]
) -> Fetched:
    """`look_up` asks Meta for the node of an id. Raises TransportError."""
    if not ID.fullmatch(media.file_id):
        raise TransportError("WhatsApp has no file of such an id", permanent=True, code="bad_id")
    node, answer = _try(credentials, look_up(media.file_id), max_bytes)
    if isinstance(answer, wire.Answer) and answer.status in _ASK_ANEW:
        node, answer = _try(credentials, look_up(media.file_id), max_bytes)
    if isinstance(answer, wire.Answer):
        raise _refusal(answer)
    return Fetched(content=answer.content, mime=text_of(node.get("mime_type")) or answer.mime, name=media.name)


def _try(
    credentials: Credentials, node: Mapping[str, Any], max_bytes: int
) -> tuple[Mapping[str, Any], wire.File | wire.Answer]:
    size = node.get("file_size")
    if isinstance(size, int) and size > max_bytes:
        raise wire.file_too_large(_SERVICE, max_bytes)
    url = node.get("url")
    if not isinstance(url, str) or not may_have_token(url, credentials.base_url):
        raise TransportError("WhatsApp named a place for the file that is not Meta's", permanent=True, code="bad_url")
    return node, wire.download(_SERVICE, url, max_bytes=max_bytes, bearer=credentials.token)


def may_have_token(url: str, base_url: str) -> bool:
    """Whether the URL leads to Meta, over TLS, or to where the calls go.

    Read by the parser that the request is made by: two that disagree can be told two hosts by one URL.
    """
    try:
        asked, base = parse_url(url), parse_url(base_url)
    except LocationParseError:
        return False
    if asked.auth is not None or asked.host is None:
        return False
    if (asked.scheme, asked.host, asked.port) == (base.scheme, base.host, base.port):
        return True
    of_meta = any(f".{asked.host}".endswith(f".{domain}") for domain in META_DOMAINS)
    return asked.scheme == "https" and of_meta and asked.port in {None, 443}


def _refusal(answer: wire.Answer) -> TransportError:
    error = answer.body.get("error") if answer.body is not None else None
    if isinstance(error, dict):
        return error_of(answer, error, "a file")
    return wire.not_from_service(_SERVICE, answer, harmless=True)
