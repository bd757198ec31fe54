from django.db import migrations, models

# As before, but by the clock of the statement: one that moves while the query runs cannot be looked up in an index.
FUNCTION = """
    CREATE OR REPLACE FUNCTION tenants_app_budgets_to_tidy(p_limit integer)
    RETURNS TABLE (tenant_id uuid) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
        SELECT r.tenant_id FROM tenants_app_reservation r WHERE r.expires_at < {clock}()
        UNION
        SELECT a.tenant_id FROM tenants_app_operatoralert a WHERE a.resolved_at IS NULL AND a.kind LIKE 'budget.%'
        LIMIT p_limit
    $$"""


def use(clock):
    def replace(apps, schema_editor):
        schema_editor.execute(FUNCTION.format(clock=clock), params=None)

    return replace


class Migration(migrations.Migration):
    dependencies = [("tenants_app", "0006_budgets_isolation")]
    operations = [
        migrations.AddIndex(
            model_name="reservation",
            index=models.Index(fields=["expires_at"], name="reservation_expires"),
        ),
        migrations.RunPython(use("statement_timestamp"), use("clock_timestamp")),
    ]
