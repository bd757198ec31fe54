"""Taking a person's words out of rows that nobody else may change: an operator's act, and only that.

Each function changes rows of the tenant that the setting names, and can put nothing there but a mark in place of words.
"""

from django.db import migrations

from tenants_app.isolation import CURRENT_TENANT, role

HEAD = "LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS"

FUNCTIONS = {
    "messaging_erase_steps(p_ids uuid[], p_contents text[])": """
        RETURNS TABLE (id uuid) HEAD $$
            UPDATE messaging_turnstep s SET content = cut.content
            FROM unnest(p_ids, p_contents) AS cut(id, content)
            WHERE s.tenant_id = TENANT AND s.id = cut.id AND cut.content LIKE '%[erased]%'
            RETURNING s.id
        $$""",
    "messaging_erase_audit(p_ids uuid[], p_subjects text[], p_details text[])": """
        RETURNS TABLE (id uuid) HEAD $$
            UPDATE tenants_app_auditentry a SET subject = cut.subject, detail = cut.detail::jsonb
            FROM unnest(p_ids, p_subjects, p_details) AS cut(id, subject, detail)
            WHERE a.tenant_id = TENANT AND a.id = cut.id
              AND (cut.subject LIKE '%[erased]%' OR cut.detail LIKE '%[erased]%')
            RETURNING a.id
        $$""",
    "messaging_erase_feedback(p_ids uuid[])": """
        RETURNS TABLE (id uuid) HEAD $$
            DELETE FROM messaging_feedback f WHERE f.tenant_id = TENANT AND f.id = ANY (p_ids) RETURNING f.id
        $$""",
    "messaging_erase_statuses(p_ids uuid[])": """
        RETURNS TABLE (id uuid) HEAD $$
            DELETE FROM messaging_deliverystatus s WHERE s.tenant_id = TENANT AND s.id = ANY (p_ids)
            RETURNING s.id
        $$""",
    "messaging_erase_letters(p_ids uuid[])": """
        RETURNS TABLE (id uuid) HEAD $$
            UPDATE messaging_deadletter d SET raw = '[erased]'
            WHERE d.tenant_id = TENANT AND d.id = ANY (p_ids) RETURNING d.id
        $$""",
    # These belong to no tenant.
    "messaging_erase_unrouted(p_ids uuid[])": """
        RETURNS TABLE (id uuid) HEAD $$
            UPDATE messaging_unroutedwebhook u SET raw = '[erased]' WHERE u.id = ANY (p_ids) RETURNING u.id
        $$""",
}


def create(apps, schema_editor):
    for signature, body in FUNCTIONS.items():
        name = signature.split("(")[0]
        definition = body.replace("HEAD", HEAD).replace("TENANT", CURRENT_TENANT)
        schema_editor.execute(f"CREATE FUNCTION {signature} {definition}", params=None)
        schema_editor.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC", params=None)
        schema_editor.execute(f"GRANT EXECUTE ON FUNCTION {name} TO {role('operator')}", params=None)


def drop(apps, schema_editor):
    for signature in FUNCTIONS:
        schema_editor.execute(f"DROP FUNCTION {signature.split('(')[0]}", params=None)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0012_search"), ("tenants_app", "0009_prompt_epoch")]
    operations = [migrations.RunPython(create, drop)]
