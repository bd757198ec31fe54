"""The language of schedules: phrases in English and Spanish, cron lines and ISO times become rules, or say why not."""

from scheduling.language.parsed import Error, Parsed, parse, tongue_of

__all__ = ["Error", "Parsed", "parse", "tongue_of"]
