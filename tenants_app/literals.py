"""Constants that stand in a statement as they are.

Web and workers send values apart from their statements, and PostgreSQL may settle on one plan for all values. It then
uses a partial index only where the statement itself says that the index's condition holds.
"""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, Value


class Literal(Value):
    """A short text of the code's own, such as a status; never what anybody wrote."""

    def __init__(self, text: str) -> None:
        if not text.replace("_", "").isalnum() and text:
            raise ValueError("a literal is a word")
        super().__init__(str(text), output_field=CharField())

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[()]]:
        return f"'{self.value}'", ()
