from django.db import migrations

from tenants_app.isolation import CURRENT_TENANT, READ_WRITE, IsolateTable, grant_sql, policy_sql, role


def isolate_tenant(apps, schema_editor):
    """The tenant's own row is its tenant. Only an operator makes or deletes one: its cascade takes the audit trail."""
    table = "tenants_app_tenant"
    for statement in [*policy_sql(table, f"id = {CURRENT_TENANT}"), *grant_sql(table, READ_WRITE)]:
        schema_editor.execute(statement, params=None)
    schema_editor.execute(f'REVOKE INSERT, DELETE ON "{table}" FROM {role("app")}', params=None)


class Migration(migrations.Migration):
    dependencies = [("tenants_app", "0001_initial")]

    operations = [
        migrations.RunPython(isolate_tenant, migrations.RunPython.noop),
        IsolateTable("Contact", referenced=True),
        IsolateTable("ContactAddress"),
        IsolateTable("DataKey", referenced=True),
        IsolateTable("Secret", referenced=True),
        IsolateTable("AuditEntry", append_only=True),
        IsolateTable("OperatorAlert"),
        IsolateTable("UsageRow", append_only=True),
    ]
