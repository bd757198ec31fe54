"""What a phrase about time is understood as: its rule and next times, or why it is not understood."""

from __future__ import annotations

import io
import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from scheduling.clock import place
from scheduling.language import Parsed, parse

COUNT = 3
YEARS = range(1970, 9000)  # a calendar's last years have no time after them


class Command(BaseCommand):
    requires_system_checks = ()  # it asks nothing but the language
    help = "Shows what phrases about time mean. Without PHRASE, it reads them from the standard input, one a line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("phrases", nargs="*", metavar="PHRASE")
        parser.add_argument("--tz", metavar="ZONE", default=settings.TIME_ZONE, help="Default: %(default)s.")
        parser.add_argument("--now", metavar="LOCAL-ISO", help="The time by the clocks of the zone, in place of now.")
        parser.add_argument("--lang", choices=("en", "es", "auto"), default="auto")
        parser.add_argument("--count", type=int, default=COUNT, help="How many next times. Default: %(default)s.")
        parser.add_argument(
            "--json",
            action="store_true",
            help='An object a line: {"phrase", "kind", "rule", "subject", "next", "error", "hint"}.',
        )

    def handle(self, *args: Any, **options: Any) -> None:
        _speak_utf8()
        zone = _zone(options["tz"])
        now = _now(options["now"], zone)
        if options["count"] < 1:
            raise CommandError("--count is at least 1.")
        phrases: Iterable[str] = options["phrases"] or (line.rstrip("\r\n") for line in sys.stdin)
        try:
            self._answer_all(phrases, now, zone, options)
            self.stdout.flush()
        except BrokenPipeError:  # whoever reads has seen enough (`| head`); nor is there anybody for the last flush
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _answer_all(self, phrases: Iterable[str], now: datetime, zone: ZoneInfo, options: dict[str, Any]) -> None:
        for phrase in phrases:
            found = parse(phrase, now=now, zone=zone, language=options["lang"])
            answer = _answer(found, now, zone, options["count"])
            self.stdout.write(json.dumps(answer, ensure_ascii=False) if options["json"] else _readable(answer))


def _speak_utf8() -> None:
    """Whatever the terminal's locale: bytes that are no UTF-8 are read as “�”, and nothing said cannot be written."""
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CommandError(f"There is no time zone “{name}”. Write it as America/Chicago.") from error


def _now(text: str | None, zone: ZoneInfo) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        given = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"“{text}” is no time. Write it as 2026-03-11T10:00:00.") from error
    if given.year not in YEARS:
        raise CommandError(f"The year of --now is between {YEARS[0]} and {YEARS[-1]}.")
    return given if given.tzinfo else place(given, zone)


def _answer(found: Parsed, now: datetime, zone: ZoneInfo, count: int) -> dict[str, Any]:
    rule = found.rule
    return {
        "phrase": found.phrase,
        "kind": rule.kind if rule else "error",
        "rule": rule.text if rule else None,
        "subject": found.subject,
        "next": [each.isoformat() for each in islice(rule.after(now, zone), count)] if rule else [],
        "error": found.error,
        "hint": found.hint,
    }


def _readable(answer: dict[str, Any]) -> str:
    lines = [f"{answer['phrase']}", f"  {answer['kind']}"]
    if answer["error"]:
        lines[-1] += f" ({answer['error']}): {answer['hint']}"
        return "\n".join(lines)
    lines += [f"  {line}" for line in answer["rule"].splitlines()]
    lines += [f"  next: {each}" for each in answer["next"]]
    if answer["subject"]:
        lines.append(f"  to do: {answer['subject']}")
    return "\n".join(lines)
