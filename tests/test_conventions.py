"""House rules that no linter sees: every model belongs to its tenant, and refers only to what stands left of it.

The models are held against the catalogue here; what PostgreSQL itself enforces is tried in `tests/isolation`.
"""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.db.models.expressions import OrderBy

from tenants_app.fields import TenantForeignKey
from tenants_app.grants import APP_RIGHTS, OPERATOR_APPEND_ONLY, is_tenant_model
from tenants_app.models import Tenant
from tests.isolation.catalogue import Catalogue, Table
from tests.isolation.declared import CROSS_TENANT_INDEXES, INSTALLATION_TABLES

# A package refers only to those to its left; scheduling and learning not to each other.
LAYERS = (
    {"tenants_app"},
    {"tooling"},
    {"memory"},
    {"messaging"},
    {"scheduling", "learning"},
    {"installation"},
)  # by label; config's is "installation"
OWN = {label for layer in LAYERS for label in layer}
Model = type[models.Model]


def own_models() -> list[Model]:
    return [model for model in apps.get_models() if model._meta.app_label in OWN]


def tenant_models() -> list[Model]:
    return [model for model in own_models() if is_tenant_model(model)]


def keys(model: Model) -> Iterator[Any]:
    return (field for field in model._meta.local_fields if field.is_relation)


def level(label: str) -> int:
    return next((place for place, layer in enumerate(LAYERS) if label in layer), -1)


def upward(model: Model) -> Iterator[str]:
    """Its keys to a package that does not stand to its left. Django's own packages stand left of all."""
    own = model._meta.app_label
    for field in [*keys(model), *model._meta.local_many_to_many]:
        other = field.related_model._meta.app_label
        if other != own and level(other) >= level(own):
            yield f"{model._meta.label}.{field.name} → {other}"


def test_every_app_of_ours_has_its_layer() -> None:
    libraries = Path(sysconfig.get_path("purelib"))
    ours = {each.label for each in apps.get_app_configs() if not Path(each.path).is_relative_to(libraries)}
    assert "messaging" in ours
    assert ours <= OWN


def test_no_model_refers_upward() -> None:
    assert [each for model in own_models() for each in upward(model)] == []


def test_an_upward_reference_would_be_found() -> None:
    class Upward(models.Model):
        turn = models.ForeignKey("messaging.Turn", models.CASCADE)

        class Meta:
            app_label = "tenants_app"
            apps = apps
            managed = False

        def __str__(self) -> str:
            return "upward"

    try:
        assert list(upward(Upward)) == ["tenants_app.Upward.turn → messaging"]
    finally:
        del apps.all_models["tenants_app"]["upward"]
        apps.clear_cache()


def test_every_model_has_a_tenant_or_is_declared() -> None:
    without = {model._meta.db_table for model in own_models() if not is_tenant_model(model)}
    assert without <= set(INSTALLATION_TABLES)
    assert set(APP_RIGHTS) | OPERATOR_APPEND_ONLY <= set(INSTALLATION_TABLES)


def test_every_tenant_field_is_required_and_its_cascade_is_the_databases() -> None:
    for model in tenant_models():
        if model is Tenant:
            continue
        field: Any = model._meta.get_field("tenant")
        assert not field.null, model
        assert field.related_model is Tenant, model
        assert not field.db_constraint, f"{model}: the constraint is made by IsolateTable, with its cascade"


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model._meta.label)
def test_its_keys_to_tenants_rows_are_composite(model: Model, catalogue: Catalogue) -> None:
    table = catalogue.tables[model._meta.db_table]
    for field in keys(model):
        if field.name == "tenant" or not is_tenant_model(field.related_model):
            continue
        assert isinstance(field, TenantForeignKey), f"{field} must be a TenantForeignKey"
        [key] = [key for key in table.foreign_keys if field.column in key.columns]
        assert key.is_composite, field
        assert key.target == field.related_model._meta.db_table, field
        assert_deletion(model, field, key.on_delete)


def assert_deletion(model: Model, field: Any, in_database: str) -> None:
    """What Django does on deletion is what the database does; it leaves append-only rows to the database alone."""
    action = field.remote_field.on_delete
    assert in_database == ("n" if field.null else "c"), field
    if action is not models.DO_NOTHING:
        assert action is (models.SET_NULL if field.null else models.CASCADE), field


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model._meta.label)
def test_its_table_has_its_tenant_policy_and_cascade(model: Model, catalogue: Catalogue) -> None:
    table = catalogue.tables[model._meta.db_table]
    assert table.is_tenants
    assert table.columns[table.tenant_column].not_null
    assert table.row_security
    assert table.forced
    assert {policy.name for policy in table.policies} == {"tenant", "everything"}
    if model is not Tenant:
        assert any(key.columns == ("tenant_id",) and key.on_delete == "c" for key in table.foreign_keys)


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model._meta.label)
def test_its_indexes_lead_with_the_tenant(model: Model, catalogue: Catalogue) -> None:
    """Under row-level security any other index is read for all tenants and then filtered."""
    for index in model._meta.indexes:
        first = index.fields[0] if index.fields else expression_name(index.expressions[0])
        assert first == "tenant" or index.name in CROSS_TENANT_INDEXES, index.name
    if model is not Tenant:
        assert [key.name for key in unserved(catalogue.tables[model._meta.db_table])] == []


def expression_name(expression: Any) -> str:
    while isinstance(expression, OrderBy):
        expression = expression.expression
    return str(getattr(expression, "name", expression))


def unserved(table: Table) -> list[Any]:
    """Keys without an index that begins with (tenant_id, column): deleting what they refer to would read the table."""
    served = {index.columns[:2] for index in table.indexes if not index.partial}
    return [key for key in table.tenant_keys if key.is_composite and ("tenant_id", key.pointing) not in served]


def test_every_identifier_is_made_in_python_and_sorts_by_time() -> None:
    for model in tenant_models():
        primary = model._meta.pk
        assert isinstance(primary, models.UUIDField), model
        first, second = primary.get_default(), primary.get_default()
        assert first.version == second.version == 7, model
