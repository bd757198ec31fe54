"""Voice messages as text, by any service with OpenAI's `POST {base}/audio/transcriptions`: hosted, or on one's own
machine. Without a base URL there is none, and the assistant says so."""

from __future__ import annotations

import logging

import requests
from django.conf import settings

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0
TRIES = 2
LONGEST = 50_000  # characters


class NotTranscribed(Exception):
    """The service gave no text; says why, without what was said."""


def transcribe(content: bytes, name: str, media_type: str) -> str:
    """What was said, "" where nothing was. Raises NotTranscribed."""
    if not settings.TRANSCRIBER_BASE_URL:
        raise NotTranscribed("no transcriber is set up")
    for tried in range(1, TRIES + 1):
        try:
            return ask(content, name, media_type)
        except (requests.RequestException, ValueError, TypeError, KeyError) as error:
            logger.warning("transcriber.failed", extra={"error": type(error).__name__, "tried": tried})
    raise NotTranscribed("the transcriber could not be reached or gave no text")


def ask(content: bytes, name: str, media_type: str) -> str:
    response = requests.post(
        f"{settings.TRANSCRIBER_BASE_URL}/audio/transcriptions",
        headers={"Authorization": f"Bearer {settings.TRANSCRIBER_API_KEY}"} if settings.TRANSCRIBER_API_KEY else {},
        files={"file": (name, content, media_type)},
        data={"model": settings.TRANSCRIBER_MODEL, "response_format": "json"},
        timeout=(CONNECT_SECONDS, READ_SECONDS),
        allow_redirects=False,
    )
    response.raise_for_status()
    text = response.json()["text"]
    if response.status_code != requests.codes.ok or not isinstance(text, str):
        raise ValueError("no transcription")
    return text.replace("\0", "").strip()[:LONGEST]
