"""Findings, worded in the languages that owners are told in: those that any channel may have, and how to word more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from messaging.channels.base import Channel, Credentials, Finding, Inspection, Severity, TransportError


class Told(NamedTuple):
    """A template of what is wrong, and of what mends it."""

    text: str
    fix: str


Words = Mapping[str, Mapping[str, Told]]  # by code, then by language; English is always there

LONGEST_CODE = 100
LONGEST = 500
REFUSED = "refused"
UNASKED = "unasked"
COMMON: Words = {
    REFUSED: {
        "en": Told(
            "{service} refuses this account's token: {detail}",
            "Make a new token at the service, then run: manage.py onboard --slug {tenant} --channel {kind}. What waits "
            "is sent then.",
        ),
        "es": Told(
            "{service} rechaza el token de esta cuenta: {detail}",
            "Crea un token nuevo en el servicio y ejecuta: manage.py onboard --slug {tenant} --channel {kind}. Lo que "
            "espera se envía entonces.",
        ),
    },
    UNASKED: {
        "en": Told(
            "{service} could not be asked about this account at the last check: {detail}",
            "Nothing, unless it stays: the next check asks again.",
        ),
    },
}


def worded(
    words: Words, code: str, severity: Severity, *, which: str = "", silences: bool = False, **values: str
) -> Finding:
    """The finding of this code, with the values in their places. `which` tells it from others of the same code."""
    told = {language: (filled(text, values), filled(fix, values)) for language, (text, fix) in words[code].items()}
    text, fix = told.pop("en")
    return Finding(
        code=f"{code}:{which}"[:LONGEST_CODE] if which else code,
        severity=severity,
        text=text,
        fix=fix,
        translations=told,
        silences=silences,
    )


def filled(words: str, values: Mapping[str, str]) -> str:
    return words.format(**values, tenant="{tenant}")[:LONGEST]


def refused(channel: Channel, error: TransportError) -> Finding:
    return worded(
        COMMON, REFUSED, "error", silences=True, service=channel.label, kind=channel.kind, detail=str(error)[:300]
    )


def unasked(channel: Channel, error: TransportError) -> Finding:
    return worded(COMMON, UNASKED, "info", service=channel.label, detail=str(error)[:300])


def credentials_only(channel: Channel, credentials: Credentials) -> Inspection:
    """All that can be asked of a service that tells no more than whether it takes the credentials."""
    try:
        channel.check(credentials)
    except TransportError as error:
        if not error.unauthorized:
            raise
        return Inspection(findings=(refused(channel, error),), looked_at=frozenset({REFUSED}))
    return Inspection(looked_at=frozenset({REFUSED}))
