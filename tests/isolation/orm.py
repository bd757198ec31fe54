"""The same ways across as the sweep's, as the product would go them: through its models, inside `tenant_scope`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from django.apps import apps
from django.db import DatabaseError, models, transaction
from psycopg.types.json import Jsonb

from tenants_app.fields import TenantForeignKey
from tenants_app.scope import tenant_scope
from tests.isolation.catalogue import TENANTS, Table
from tests.isolation.seeding import Row
from tests.isolation.sweep import DENIED, FOREIGN, Crossing, Expected, Sweeper, Twins

Act = Callable[[], int]
Probe = tuple[str, Expected, Act]


def attempt(act: Act) -> int | str:
    """What comes of it: how many rows, or the error's code. Everything is rolled back."""
    try:
        with transaction.atomic():
            outcome = act()
            transaction.set_rollback(True)
            return outcome
    except DatabaseError as error:
        cause = error.__cause__
        return (cause.sqlstate if isinstance(cause, psycopg.Error) else None) or str(error)


def sweep_models(twins: Twins, *tables: str) -> list[Crossing]:
    """Whatever crossed through the models of the tables named, or of all."""
    found = []
    for model in apps.get_models():
        table = twins.catalogue.tables.get(model._meta.db_table)
        if table is None or not table.is_tenants or (tables and table.name not in tables):
            continue
        probes = ModelProbes(twins, table, model)
        with tenant_scope(twins.a):
            outcomes = [(name, expected, attempt(act)) for name, expected, act in probes.inside()]
        outcomes += [(f"{name} outside a scope", expected, attempt(act)) for name, expected, act in probes.outside()]
        found += [
            Crossing(table.name, name, outcome) for name, expected, outcome in outcomes if outcome not in expected
        ]
    return found


class ModelProbes:
    def __init__(self, twins: Twins, table: Table, model: type[models.Model]) -> None:
        self.twins, self.table, self.rows = twins, table, model._default_manager
        self.model = model
        self.own, self.other = twins.rows_a[table.name]["id"], twins.rows_b[table.name]["id"]
        self.tenant = "id" if table.name == TENANTS else "tenant_id"
        self.none = Sweeper(twins, table).none

    def instance(self, row: Row) -> models.Model:
        """The row as an object of its model."""
        values = {name: value.obj if isinstance(value, Jsonb) else value for name, value in row.items()}
        fields = [each for each in self.model._meta.local_fields if each.column in values]
        return self.model(**{each.attname: values[str(each.column)] for each in fields})

    def inside(self) -> Iterator[Probe]:
        rows, b = self.rows, self.twins.b
        yield "count all", {1}, rows.count
        yield "count the other tenant's", {0}, lambda: rows.filter(**{self.tenant: b}).count()
        yield "get the other's", {0}, lambda: len(rows.in_bulk([self.other]))
        yield "raw query", {1}, lambda: len(list(rows.raw(f'SELECT * FROM "{self.table.name}"')))
        yield "update the other's", self.none("UPDATE"), lambda: rows.filter(pk=self.other).update(**{self.tenant: b})
        # Where rows refer to it, Django looks for them first and finds nothing to delete.
        yield "delete the other's", self.none("DELETE") | {0}, lambda: rows.filter(pk=self.other).delete()[0]
        if self.table.name != TENANTS:
            yield from self._crossing()
        yield from self._pointing()

    def _crossing(self) -> Iterator[Probe]:
        new = self.instance(self.twins.new_row(self.table, self.twins.b))
        yield "save for the other tenant", {DENIED}, lambda: self._save(new, force_insert=True)
        yield "give one's own away", {DENIED}, self._give_away
        taken = self.instance(self.twins.new_row(self.table, self.twins.a) | {"id": self.other})
        yield (
            "overwrite the other's",
            {DENIED},
            lambda: len(
                self.rows.bulk_create([taken], update_conflicts=True, unique_fields=["id"], update_fields=["tenant"])
            ),
        )

    def _pointing(self) -> Iterator[Probe]:
        for key in self.model._meta.local_fields:
            if not isinstance(key, TenantForeignKey):
                continue
            there = {key.attname: self.twins.rows_b[key.related_model._meta.db_table]["id"]}
            yield f"follow {key.name} of the other's", {0}, lambda there=there: self.rows.filter(**there).count()  # type: ignore[misc]
            expected = {FOREIGN} if self.none("UPDATE") == {0} else {DENIED}
            own = self.rows.filter(pk=self.own)
            yield f"point {key.name} at the other's", expected, lambda own=own, there=there: own.update(**there)  # type: ignore[misc]

    def outside(self) -> Iterator[Probe]:
        yield "count all", {0}, self.rows.count
        if self.table.name != TENANTS:
            new = self.instance(self.twins.new_row(self.table, self.twins.a))
            yield "save", {DENIED}, lambda: self._save(new, force_insert=True)

    def _give_away(self) -> int:
        own = self.rows.get(pk=self.own)
        own.tenant_id = self.twins.b  # type: ignore[attr-defined]
        return self._save(own, update_fields=["tenant"])

    @staticmethod
    def _save(instance: models.Model, **options: Any) -> int:
        instance.save(**options)
        return 1
