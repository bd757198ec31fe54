"""The engine's few acts across tenants, as functions of the owner, and storage settings of the busy tables."""

from django.db import migrations

from tenants_app.isolation import role

# Tests step this clock.
NOW = """
CREATE FUNCTION scheduling_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$ SELECT clock_timestamp() $$
"""

FUNCTIONS = {
    # The tasks that are due, locked until the transaction ends; others that look meanwhile pass them by. Their tenants
    # are locked as the rows to come will lock them: who deletes a tenant holds it first, and none waits for the other.
    "scheduling_due(p_limit integer)": """
        RETURNS TABLE (
            now timestamptz, tenant_id uuid, task_id uuid, run_at timestamptz, rule text, zone text, placed_in text,
            misfire text, misfire_seconds integer, misfire_most smallint, quiet_from time, quiet_until time,
            in_quiet_hours boolean, tenant_zone text, taken timestamptz[]
        ) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
        DECLARE
            v_now timestamptz := scheduling_now();
        BEGIN
            RETURN QUERY
                SELECT v_now, t.tenant_id, t.id, t.next_run_at, t.rule, coalesce(nullif(t.timezone, ''), n.timezone)::text,
                    t.placed_in::text, t.misfire::text, t.misfire_seconds, t.misfire_most, n.quiet_from, n.quiet_until,
                    t.in_quiet_hours, n.timezone::text, ARRAY(
                        SELECT o.scheduled_for FROM scheduling_occurrence o
                        WHERE o.tenant_id = t.tenant_id AND o.task_id = t.id AND o.scheduled_for >= t.next_run_at
                    )
                FROM scheduling_task t JOIN tenants_app_tenant n ON n.id = t.tenant_id
                WHERE t.next_run_at <= v_now
                ORDER BY t.next_run_at LIMIT p_limit
                FOR UPDATE OF t SKIP LOCKED FOR KEY SHARE OF n SKIP LOCKED;
        END $$""",
    # Turns the times of these tasks into occurrences, each once, and moves the tasks on to their next times. In the
    # transaction that locked the tasks; one that was at another time than it is now is left alone.
    "scheduling_fire(p_tasks jsonb, p_occurrences jsonb)": """
        RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
        DECLARE
            v_made bigint;
        BEGIN
            INSERT INTO scheduling_occurrence (
                id, tenant_id, task_id, scheduled_for, last_for, times, trigger, state, reason, due_at, epoch, worker,
                attempts, output, ended_at
            )
            SELECT o.id, t.tenant_id, t.id, o.scheduled_for, o.last_for, o.times, 'time', o.state, o.reason, o.due_at, 0,
                '', 0, '', CASE WHEN o.state = 'skipped' THEN scheduling_now() END
            FROM jsonb_to_recordset(p_occurrences) AS o(
                id uuid, task_id uuid, scheduled_for timestamptz, last_for timestamptz, times integer, state text,
                reason text, due_at timestamptz
            )
            JOIN jsonb_to_recordset(p_tasks) AS n(id uuid, was timestamptz) ON n.id = o.task_id
            JOIN scheduling_task t ON t.id = n.id AND t.next_run_at = n.was
            ON CONFLICT (tenant_id, task_id, scheduled_for) DO NOTHING;
            GET DIAGNOSTICS v_made = ROW_COUNT;
            UPDATE scheduling_task t
            SET next_run_at = n.next_run_at, placed_in = n.placed_in, state_reason = n.broken,
                state = CASE WHEN n.broken <> '' THEN 'disabled' WHEN n.next_run_at IS NULL THEN 'done' ELSE t.state END
            FROM jsonb_to_recordset(p_tasks) AS n(
                id uuid, was timestamptz, next_run_at timestamptz, placed_in text, broken text
            )
            WHERE t.id = n.id AND t.next_run_at = n.was;
            RETURN v_made;
        END $$""",
    # Claims occurrences that are due: of each tenant a few, in the order of tenants after the one whose turn was last,
    # so that one with much to do does not hold up the others.
    "scheduling_claim(p_worker text, p_lease interval, p_limit integer, p_each integer, p_after uuid)": """
        RETURNS TABLE (occurrence_id uuid, tenant_id uuid, epoch bigint)
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
        #variable_conflict use_column
        DECLARE
            v_now timestamptz := scheduling_now();
            v_tenant uuid := p_after;
            v_next uuid;
            v_wrapped boolean := false;
            v_count integer := 0;
            v_found bigint;
        BEGIN
            WHILE v_count < p_limit LOOP
                SELECT o.tenant_id INTO v_next FROM scheduling_occurrence o
                WHERE o.due_at <= v_now AND o.tenant_id > v_tenant ORDER BY o.tenant_id LIMIT 1;
                IF NOT FOUND OR (v_wrapped AND v_next > p_after) THEN
                    EXIT WHEN v_wrapped;
                    v_wrapped := true;
                    v_tenant := '00000000-0000-0000-0000-000000000000';
                    CONTINUE;
                END IF;
                RETURN QUERY
                    WITH picked AS MATERIALIZED (
                        SELECT d.id FROM scheduling_occurrence d
                        WHERE d.tenant_id = v_next AND d.due_at <= v_now
                        ORDER BY d.due_at LIMIT least(p_each, p_limit - v_count) FOR UPDATE SKIP LOCKED
                    )
                    UPDATE scheduling_occurrence o
                    SET epoch = greatest(
                            o.epoch + 1, floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint
                        ), lease_until = v_now + p_lease, due_at = v_now + p_lease, worker = p_worker
                    FROM picked WHERE o.id = picked.id
                    RETURNING o.id, o.tenant_id, o.epoch;
                GET DIAGNOSTICS v_found = ROW_COUNT;
                v_count := v_count + v_found;
                v_tenant := v_next;
            END LOOP;
        END $$""",
    # Renews the leases that are still their holder's; what comes back is still held.
    "scheduling_renew(p_ids uuid[], p_epochs bigint[], p_lease interval)": """
        RETURNS TABLE (occurrence_id uuid) LANGUAGE sql SECURITY DEFINER
        SET search_path = pg_catalog, public, pg_temp AS $$
            UPDATE scheduling_occurrence o
            SET lease_until = scheduling_now() + p_lease, due_at = scheduling_now() + p_lease
            FROM unnest(p_ids, p_epochs) AS held(id, epoch)
            WHERE o.id = held.id AND o.epoch = held.epoch AND o.lease_until IS NOT NULL
            RETURNING o.id
        $$""",
    # Occurrences whose turn has ended, or whose message is gone.
    "scheduling_ended(p_limit integer)": """
        RETURNS TABLE (tenant_id uuid, occurrence_id uuid) LANGUAGE sql STABLE SECURITY DEFINER
        SET search_path = pg_catalog, public, pg_temp AS $$
            SELECT o.tenant_id, o.id
            FROM scheduling_occurrence o
            LEFT JOIN messaging_message m ON m.tenant_id = o.tenant_id AND m.id = o.message_id
            LEFT JOIN messaging_turn t ON t.tenant_id = m.tenant_id AND t.id = m.turn_id
            WHERE o.state = 'running' AND (m.id IS NULL OR t.status <> 'open')
            LIMIT p_limit
        $$""",
    # When the next task of any tenant is due, by the same clock: seconds from now.
    "scheduling_wait()": """
        RETURNS double precision LANGUAGE plpgsql STABLE SECURITY DEFINER
        SET search_path = pg_catalog, public, pg_temp AS $$
        BEGIN
            RETURN (
                SELECT extract(epoch FROM min(t.next_run_at) - scheduling_now()) FROM scheduling_task t
                WHERE t.next_run_at IS NOT NULL
            );
        END $$""",
    # How much is due and not begun, of all tenants, and for how long: tasks that no ticker took up, occurrences that no
    # runner did.
    "scheduling_backlog()": """
        RETURNS TABLE (kind text, due bigint, oldest_seconds double precision) LANGUAGE plpgsql STABLE SECURITY DEFINER
        SET search_path = pg_catalog, public, pg_temp AS $$
        DECLARE
            v_now timestamptz := scheduling_now();
        BEGIN
            RETURN QUERY
                SELECT 'task', count(*), coalesce(extract(epoch FROM v_now - min(t.next_run_at)), 0)::double precision
                FROM scheduling_task t WHERE t.next_run_at <= v_now
                UNION ALL
                SELECT 'occurrence', count(*), coalesce(extract(epoch FROM v_now - min(o.due_at)), 0)::double precision
                FROM scheduling_occurrence o WHERE o.due_at <= v_now;
        END $$""",
}

HOT_TABLES = ["scheduling_task", "scheduling_occurrence"]


def create(apps, schema_editor):
    schema_editor.execute(NOW, params=None)
    for signature, body in FUNCTIONS.items():
        schema_editor.execute(f"CREATE FUNCTION {signature} {body}", params=None)
        name = signature.split("(")[0]
        schema_editor.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC", params=None)
        schema_editor.execute(f"GRANT EXECUTE ON FUNCTION {name} TO {role('app')}, {role('operator')}", params=None)
    for table in HOT_TABLES:
        schema_editor.execute(
            f"ALTER TABLE {table} SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02,"
            " autovacuum_vacuum_threshold = 200)",
            params=None,
        )


def drop(apps, schema_editor):
    for signature in FUNCTIONS:
        schema_editor.execute(f"DROP FUNCTION {signature.split('(')[0]}", params=None)
    schema_editor.execute("DROP FUNCTION scheduling_now", params=None)


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
