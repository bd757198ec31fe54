"""Fields of tenant-owned models."""

from __future__ import annotations

import json
from typing import Any

from django.db import models


def exact_json(value: Any) -> str:
    """What an ExactJSONField keeps."""
    return json.dumps(value, separators=(",", ":"))


class TenantForeignKey(models.ForeignKey):  # type: ignore[type-arg]
    """A key to a row of the same tenant.

    The constraint in the database is the composite `(tenant_id, x_id)` with its cascade, made by the migration
    operation `IsolateTable`: a single-column key to another tenant's row is accepted even under row-level security.
    """

    def __init__(self, to: Any, on_delete: Any = models.CASCADE, **kwargs: Any) -> None:
        kwargs.setdefault("related_name", "+")
        kwargs["db_constraint"] = False
        kwargs["db_index"] = False  # the operation makes the index that leads with the tenant
        super().__init__(to, on_delete, **kwargs)


class ExactJSONField(models.TextField):  # type: ignore[type-arg]
    """JSON kept to the letter as ASCII text.

    jsonb reorders keys and refuses NUL and lone surrogates; what is sent to the model again must be byte-identical.
    """

    _pyi_private_set_type: Any  # what django-stubs reads: any JSON value in and out
    _pyi_private_get_type: Any

    def from_db_value(self, value: str | None, *_: Any) -> Any:
        return None if value is None else json.loads(value)

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else exact_json(value)

    def to_python(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value

    def value_to_string(self, obj: models.Model) -> str:
        return json.dumps(self.value_from_object(obj))
