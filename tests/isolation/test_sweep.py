"""No row crosses between tenants, whatever the app tries, in any table that the catalogue knows."""

from __future__ import annotations

from tests.isolation.catalogue import TENANTS
from tests.isolation.orm import sweep_models
from tests.isolation.sweep import Twins, report, sweep


def test_no_row_crosses_through_sql(twins: Twins) -> None:
    assert report(sweep(twins)) == ""


def test_every_table_is_seeded_for_both_and_every_key_is_set(twins: Twins) -> None:
    """The sweep would prove nothing about a table without rows, or about a key that points nowhere."""
    assert set(twins.rows_a) == set(twins.rows_b) == {table.name for table in twins.catalogue.of_tenants}
    unset = [
        f"{key.table}.{key.pointing}"
        for key in twins.catalogue.composite_keys()
        if key.table != TENANTS and twins.rows_a[key.table][key.pointing] is None
    ]
    assert unset == []


def test_no_row_crosses_through_the_models(twins: Twins) -> None:
    assert report(sweep_models(twins)) == ""
