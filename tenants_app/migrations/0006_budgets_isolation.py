from django.db import migrations

from tenants_app.isolation import IsolateTable, role

# Which tenants the tidying has to look at: those with a reservation that nobody ended, or an open alert of a budget.
NAME = "tenants_app_budgets_to_tidy"
FUNCTION = f"""
    CREATE FUNCTION {NAME}(p_limit integer)
    RETURNS TABLE (tenant_id uuid) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
        SELECT r.tenant_id FROM tenants_app_reservation r WHERE r.expires_at < clock_timestamp()
        UNION
        SELECT a.tenant_id FROM tenants_app_operatoralert a WHERE a.resolved_at IS NULL AND a.kind LIKE 'budget.%'
        LIMIT p_limit
    $$"""


def create(apps, schema_editor):
    schema_editor.execute(FUNCTION, params=None)
    schema_editor.execute(f"REVOKE ALL ON FUNCTION {NAME} FROM PUBLIC", params=None)
    schema_editor.execute(f"GRANT EXECUTE ON FUNCTION {NAME} TO {role('app')}, {role('operator')}", params=None)
    for table in ("tenants_app_spending", "tenants_app_reservation"):  # each call changes them: few rows, many versions
        schema_editor.execute(
            f"ALTER TABLE {table} SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02,"
            " autovacuum_vacuum_threshold = 200)",
            params=None,
        )


def drop(apps, schema_editor):
    schema_editor.execute(f"DROP FUNCTION {NAME}", params=None)


class Migration(migrations.Migration):
    dependencies = [("tenants_app", "0005_budgets")]
    operations = [
        IsolateTable("Spending"),
        IsolateTable("Reservation"),
        IsolateTable("BudgetNotice"),
        migrations.RunPython(create, drop),
    ]
