"""Weakening one guard at a time, really and for everybody, and putting it back as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from tests.isolation.catalogue import Catalogue, ForeignKey, Policy

Owner = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True)
class Weakening:
    """A guard that is taken away from a table. Dropping a policy would deny everything and prove nothing."""

    table: str
    name: str
    weaken: tuple[str, ...]
    restore: tuple[str, ...]

    @contextmanager
    def applied(self, owner: Owner) -> Iterator[None]:
        self._run(owner, self.weaken)
        try:
            yield
        finally:
            self._run(owner, self.restore)

    @staticmethod
    def _run(owner: Owner, statements: tuple[str, ...]) -> None:
        with owner.transaction():
            for statement in statements:
                owner.execute(statement)


def weaken_policies(catalogue: Catalogue) -> Iterator[Weakening]:
    for table in catalogue.of_tenants:
        for policy in table.policies:
            yield from weaken_policy(policy)


def weaken_policy(policy: Policy) -> Iterator[Weakening]:
    """The app's policy lets all pass, or all out, or all in; the operators' policy takes anybody for one."""
    alter = f'ALTER POLICY "{policy.name}" ON "{policy.table}"'
    roles = ", ".join(f'"{role}"' for role in policy.roles)
    back = f"{alter} TO {roles} USING ({policy.using}) WITH CHECK ({policy.check})"
    if policy.using == "true":
        yield Weakening(policy.table, f"policy {policy.name} for everybody", (f"{alter} TO PUBLIC",), (back,))
        return
    for what in ("USING (true) WITH CHECK (true)", "USING (true)", "WITH CHECK (true)"):
        yield Weakening(policy.table, f"policy {policy.name} {what}", (f"{alter} {what}",), (back,))


def disable_row_security(catalogue: Catalogue) -> Iterator[Weakening]:
    for table in catalogue.of_tenants:
        alter = f'ALTER TABLE "{table.name}"'
        yield Weakening(
            table.name,
            "row-level security off",
            (f"{alter} DISABLE ROW LEVEL SECURITY",),
            (f"{alter} ENABLE ROW LEVEL SECURITY",),
        )


def weaken_keys(catalogue: Catalogue) -> Iterator[Weakening]:
    """Each composite key as the single-column key that an ORM would make."""
    for key in catalogue.composite_keys():
        single = (
            f'FOREIGN KEY ("{key.pointing}") REFERENCES "{key.target}" ("{key.target_columns[-1]}") ON DELETE CASCADE'
        )
        yield Weakening(key.table, f"key {key.name} single", _swap(key, single), _swap(key, key.definition))


def _swap(key: ForeignKey, definition: str) -> tuple[str, ...]:
    alter = f'ALTER TABLE "{key.table}"'
    return (
        f'{alter} DROP CONSTRAINT "{key.name}"',
        f'{alter} ADD CONSTRAINT "{key.name}" {definition}',
    )
