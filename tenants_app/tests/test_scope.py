from __future__ import annotations

import pytest
from django.db import connection, transaction

from tenants_app.models import Contact, Tenant
from tenants_app.scope import ForeignScope, tenant_scope


def test_outside_a_scope_a_tenants_table_is_empty(acme: Tenant) -> None:
    with tenant_scope(acme):
        Contact.objects.create(tenant=acme, name="Alice")
        assert Contact.objects.count() == 1
    assert Contact.objects.count() == 0
    assert Tenant.objects.count() == 0


def test_it_refuses_another_tenant_inside_a_scope(acme: Tenant, globex: Tenant) -> None:
    with tenant_scope(acme), pytest.raises(ForeignScope), tenant_scope(globex):
        pass


def test_the_same_tenant_nests(acme: Tenant) -> None:
    with tenant_scope(acme):
        with tenant_scope(acme):
            Contact.objects.create(tenant=acme)
        assert Contact.objects.count() == 1


def test_a_surrounding_transaction_does_not_keep_the_tenant(acme: Tenant) -> None:
    with transaction.atomic():
        with tenant_scope(acme):
            assert Tenant.objects.count() == 1
        assert Tenant.objects.count() == 0


def test_a_failed_scope_inside_a_transaction_does_not_keep_the_tenant(acme: Tenant) -> None:
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError), tenant_scope(acme):
            raise ZeroDivisionError
        assert Tenant.objects.count() == 0


def test_it_gives_its_connection_back(acme: Tenant) -> None:
    with tenant_scope(acme):
        assert connection.connection is not None
    assert connection.connection is None
