"""Grants on tables that belong to no tenant; each tenant's table has its grants from its own migration.

Runs as the owner after every `migrate`, so that a third-party app's new table is covered too.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models

from tenants_app.isolation import APPEND_ONLY, READ_WRITE, role

# What the app role may do on the installation's own tables; everything not named here is closed to it.
APP_RIGHTS = {
    "django_migrations": "SELECT",
    "django_content_type": "SELECT",
    "tenants_app_price": "SELECT",
    "tenants_app_installationevent": "INSERT",
    "messaging_channelapp": "SELECT",
    "messaging_unroutedwebhook": "INSERT",
    "messaging_workerbeat": READ_WRITE,
}
APP_PREFIXES = {"django_celery_beat_": READ_WRITE}
OPERATOR_APPEND_ONLY = {"tenants_app_installationevent", "messaging_unroutedwebhook"}


def grant_access(**_: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        if cursor.fetchone() != (settings.DATABASE_ROLES["owner"],):
            return  # only the owner can grant; anyone else migrating is refused by PostgreSQL before this
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {role('app')}, {role('operator')}")
        for table in installation_tables(connection.introspection.table_names(cursor)):
            rights = APP_RIGHTS.get(table) or next((r for p, r in APP_PREFIXES.items() if table.startswith(p)), None)
            cursor.execute(f'REVOKE ALL ON "{table}" FROM PUBLIC, {role("app")}, {role("operator")}')
            given = APPEND_ONLY if table in OPERATOR_APPEND_ONLY else READ_WRITE
            cursor.execute(f'GRANT {given} ON "{table}" TO {role("operator")}')
            if rights:
                cursor.execute(f'GRANT {rights} ON "{table}" TO {role("app")}')
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role('app')}, {role('operator')}")


def tenant_tables() -> set[str]:
    """The tables of every model with a tenant, and the tenant's own."""
    return {model._meta.db_table for model in apps.get_models() if is_tenant_model(model)}


def is_tenant_model(model: type[models.Model]) -> bool:
    if model._meta.label == "tenants_app.Tenant":
        return True
    return any(field.name == "tenant" and not field.null for field in model._meta.local_fields)


def installation_tables(existing: list[str]) -> list[str]:
    owned = tenant_tables()
    return sorted(table for table in existing if table not in owned)
