"""Voice messages as text, by any service with OpenAI's `POST {base}/audio/transcriptions`: hosted, or on one's own
machine. Without a base URL there is none, and the assistant says so."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from django.conf import settings

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0
LONGEST = 50_000  # characters
PASSING = frozenset({408, 409, 425, 429})  # refusals that another try may not meet


@dataclass(frozen=True, kw_only=True)
class Transcript:
    text: str  # "" where nothing was said
    seconds: float | None  # of recording, by the service's word; None where it gives none


class NotTranscribed(Exception):
    """The service gave no text; says why, without what was said.

    `permanent`: trying again cannot help. `retry_after`: seconds the service asked to wait. `may_cost`: it had the
    recording and gave no answer in time, so it may have done its work.
    """

    def __init__(
        self, message: str, *, permanent: bool = False, retry_after: float | None = None, may_cost: bool = False
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.may_cost = may_cost
        self.retry_after = retry_after


def transcribe(content: bytes, name: str, media_type: str) -> Transcript:
    """One try. Raises NotTranscribed."""
    if not settings.TRANSCRIBER_BASE_URL:
        raise NotTranscribed("no transcriber is set up", permanent=True)
    try:
        response = requests.post(
            f"{settings.TRANSCRIBER_BASE_URL}/audio/transcriptions",
            headers={"Authorization": f"Bearer {settings.TRANSCRIBER_API_KEY}"} if settings.TRANSCRIBER_API_KEY else {},
            files={"file": (name, content, media_type)},
            data={"model": settings.TRANSCRIBER_MODEL, "response_format": "json"},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
        )
    except requests.RequestException as error:
        logger.warning("transcriber.unreachable", extra={"error": type(error).__name__})
        has_it = isinstance(error, requests.ReadTimeout)
        why = f"the transcriber could not be reached: {type(error).__name__}"
        raise NotTranscribed(why, may_cost=has_it) from error
    if response.status_code != requests.codes.ok:
        raise refusal(response)
    return transcript(response)


def refusal(response: requests.Response) -> NotTranscribed:
    status = response.status_code
    logger.warning("transcriber.refused", extra={"status": status})
    wait = response.headers.get("Retry-After", "")
    return NotTranscribed(
        f"the transcriber refused the recording: HTTP {status}",
        permanent=status < 500 and status not in PASSING,
        retry_after=float(wait) if wait.isdecimal() else None,
    )


def transcript(response: requests.Response) -> Transcript:
    """Raises NotTranscribed for an answer that is none: a proxy's page, say."""
    try:
        body: Mapping[str, Any] = response.json()
        text: str = body["text"].replace("\0", "").strip()
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        logger.warning("transcriber.garbage", extra={"error": type(error).__name__})
        raise NotTranscribed("the transcriber's answer was no transcript") from error
    return Transcript(text=text[:LONGEST], seconds=seconds_in(body))


def seconds_in(body: Mapping[str, Any]) -> float | None:
    usage = body.get("usage")
    given = usage.get("seconds") if isinstance(usage, Mapping) else body.get("duration")
    return float(given) if isinstance(given, int | float) and 0 < given < 1e6 else None
