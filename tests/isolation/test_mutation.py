"""The sweep is proved by breaking what it guards: every policy and every composite key in turn turns it red."""

from __future__ import annotations

import psycopg
import pytest
from django.apps import apps
from psycopg import sql

from tenants_app.fields import TenantForeignKey
from tests.isolation.catalogue import state
from tests.isolation.mutation import Weakening, disable_row_security, weaken_keys, weaken_policies
from tests.isolation.orm import sweep_models
from tests.isolation.sweep import Twins, report, sweep


def unnoticed(twins: Twins, weakenings: list[Weakening]) -> str:
    """The weakenings under which a sweep stays green; asserts that each is undone."""
    before = state(twins.owner)
    missed = []
    for weakening in weakenings:
        with weakening.applied(twins.owner):
            if not sweep(twins, weakening.table):
                missed.append(f"{weakening.table}: {weakening.name}")
    assert state(twins.owner) == before
    assert report(sweep(twins)) == ""
    return "\n".join(missed)


def test_every_weakened_policy_is_noticed(twins: Twins) -> None:
    weakenings = list(weaken_policies(twins.catalogue))
    assert len(weakenings) == 4 * len(twins.catalogue.of_tenants)
    assert unnoticed(twins, weakenings) == ""


def test_every_single_column_key_is_noticed(twins: Twins) -> None:
    weakenings = list(weaken_keys(twins.catalogue))
    fields = [field for model in apps.get_models() for field in model._meta.local_fields]
    assert len(weakenings) == sum(isinstance(field, TenantForeignKey) for field in fields)
    assert unnoticed(twins, weakenings) == ""


def test_row_security_switched_off_is_noticed(twins: Twins) -> None:
    assert unnoticed(twins, list(disable_row_security(twins.catalogue))) == ""


def test_the_models_sweep_notices_weakened_policies_and_keys_as_well(twins: Twins) -> None:
    open_wide = [
        each for each in weaken_policies(twins.catalogue) if each.name.endswith("USING (true) WITH CHECK (true)")
    ]
    updated = {table.name for table in twins.catalogue.of_tenants if _may_update(twins, table.name)}
    keys = [each for each in weaken_keys(twins.catalogue) if each.table in updated]
    missed = []
    for weakening in [*open_wide, *keys]:
        with weakening.applied(twins.owner):
            if not sweep_models(twins, weakening.table):
                missed.append(f"{weakening.table}: {weakening.name}")
    assert "\n".join(missed) == ""
    assert report(sweep_models(twins)) == ""


def _may_update(twins: Twins, table: str) -> bool:
    [[held]] = twins.app.execute("SELECT has_table_privilege(current_user, %s, 'UPDATE')", [table])
    return bool(held)


def test_twins_collide_under_every_unique_key_that_forgets_the_tenant(twins: Twins) -> None:
    """Seeding two tenants with the same values is what tries unique keys: without the tenant in them, it would fail."""
    tried = 0
    for table in twins.catalogue.of_tenants:
        pointing = {key.pointing for key in table.tenant_keys}
        for index in table.indexes:
            rest = tuple(column for column in index.columns if column != "tenant_id")
            if not index.unique or rest == index.columns or pointing & set(rest) or rest == table.primary_key:
                continue  # a row that is referred to is a tenant's already, and so is a key that holds it
            tried += 1
            forgetful = sql.SQL("CREATE UNIQUE INDEX forgetful ON {} ({})").format(
                sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, rest))
            )
            with pytest.raises(psycopg.errors.UniqueViolation):
                twins.owner.execute(forgetful)
    assert tried >= 5
