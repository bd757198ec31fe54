"""Meta's check of a webhook URL before it is used."""

from __future__ import annotations

import secrets

import aiohttp

TIMEOUT = aiohttp.ClientTimeout(total=10)


async def check_webhook(url: str, verify_token: str) -> str | None:
    """What is wrong with the webhook; None where it answered the challenge as Meta wants it."""
    challenge = str(secrets.randbelow(10**10))
    query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
    try:
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT) as session,
            session.get(url, params=query, allow_redirects=False) as response,
        ):
            body = await response.text(errors="replace")
            if response.status != 200:
                return f"HTTP Status Code = {response.status}; HTTP Message = {response.reason}"
            if body != challenge:
                return f"the answer was not the challenge: {body[:100]!r}"
            return None
    except TimeoutError:
        return "no answer within 10 seconds"
    except (aiohttp.ClientError, ValueError, OSError) as error:
        return f"{type(error).__name__}: {error}"
