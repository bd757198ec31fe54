"""The arguments of a tenant's own tool, checked by its JSON schema. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator, ValidationError, validators

from tooling import patterns
from tooling.schema import BadArgumentsError

MOST_BYTES = 64 * 1024
TOLD = 5  # complaints
LONGEST_COMPLAINT = 300


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not patterns.fits(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Validator: Any = validators.extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


class SchemaArguments:
    """`registry.Arguments` by a schema that `argument_schema.check` has nothing against."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema
        self._validator = _Validator(schema)

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Raises BadArgumentsError."""
        given = dict(arguments)
        size = len(json.dumps(given))
        if size > MOST_BYTES:
            raise BadArgumentsError([f"arguments: they have {size:,} bytes, and may have {MOST_BYTES:,}"])
        complaints = [_worded(error) for error in islice(self._validator.iter_errors(given), TOLD)]
        if complaints:
            raise BadArgumentsError(complaints)
        return given


def _worded(error: ValidationError) -> str:
    where = ".".join(str(part) for part in error.absolute_path) or "arguments"
    return f"{where}: {error.message}"[:LONGEST_COMPLAINT]
