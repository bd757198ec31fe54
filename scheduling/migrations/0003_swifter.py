"""Claims that tell enough for a plain reminder, claims of workers that are gone, what waited for too long, and pruning."""

from django.db import migrations, models

from tenants_app.isolation import role

CHANGED = {
    # Claims occurrences that are due: of each tenant a few, in the order of tenants after the one whose turn was last,
    # so that one with much to do does not hold up the others. Where there is room left after a whole round, and some
    # tenant had more, it goes round again.
    "scheduling_claim(p_worker text, p_lease interval, p_limit integer, p_each integer, p_after uuid)": """
        RETURNS TABLE (
            occurrence_id uuid, tenant_id uuid, epoch bigint, task_id uuid, kind text, conversation_id uuid
        ) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
        #variable_conflict use_column
        DECLARE
            v_now timestamptz := scheduling_now();
            v_tenant uuid := p_after;
            v_next uuid;
            v_wrapped boolean := false;
            v_more boolean := false;
            v_count integer := 0;
            v_found bigint;
        BEGIN
            WHILE v_count < p_limit LOOP
                SELECT o.tenant_id INTO v_next FROM scheduling_occurrence o
                WHERE o.due_at <= v_now AND o.tenant_id > v_tenant ORDER BY o.tenant_id LIMIT 1;
                IF NOT FOUND OR (v_wrapped AND v_next > p_after) THEN
                    EXIT WHEN v_wrapped AND NOT v_more;
                    v_more := v_more AND NOT v_wrapped;
                    v_tenant := CASE WHEN v_wrapped THEN p_after ELSE '00000000-0000-0000-0000-000000000000' END;
                    v_wrapped := NOT v_wrapped;
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
                    FROM picked, scheduling_task t
                    WHERE o.id = picked.id AND t.tenant_id = o.tenant_id AND t.id = o.task_id
                    RETURNING o.id, o.tenant_id, o.epoch, t.id, t.kind::text, t.conversation_id;
                GET DIAGNOSTICS v_found = ROW_COUNT;
                v_count := v_count + v_found;
                v_more := v_more OR v_found = p_each;
                v_tenant := v_next;
            END LOOP;
        END $$""",
}
REPLACED = {
    # Occurrences whose turn has ended, whose message is gone, or waits for its turn longer than it is worth.
    "scheduling_ended(p_limit integer)": """
        RETURNS TABLE (tenant_id uuid, occurrence_id uuid) LANGUAGE sql STABLE SECURITY DEFINER
        SET search_path = pg_catalog, public, pg_temp AS $$
            SELECT o.tenant_id, o.id
            FROM scheduling_occurrence o
            JOIN scheduling_task k ON k.tenant_id = o.tenant_id AND k.id = o.task_id
            LEFT JOIN messaging_message m ON m.tenant_id = o.tenant_id AND m.id = o.message_id
            LEFT JOIN messaging_turn t ON t.tenant_id = m.tenant_id AND t.id = m.turn_id
            WHERE o.state = 'running' AND (
                m.id IS NULL OR t.status <> 'open'
                OR m.turn_id IS NULL AND o.began_at + k.misfire_seconds * interval '1 second' < scheduling_now()
            )
            LIMIT p_limit
        $$""",
}
ADDED = {
    # Locks what a reminder is of, in the order of all. With the rights of who asks, in the scope of its tenant.
    "scheduling_lock(p_tenant uuid, p_chat uuid, p_task uuid, p_occurrence uuid)": """
        RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM FROM messaging_conversation WHERE tenant_id = p_tenant AND id = p_chat FOR UPDATE;
            PERFORM FROM tenants_app_tenant WHERE id = p_tenant FOR NO KEY UPDATE;
            PERFORM FROM scheduling_task WHERE tenant_id = p_tenant AND id = p_task FOR UPDATE;
            PERFORM FROM scheduling_occurrence WHERE tenant_id = p_tenant AND id = p_occurrence FOR UPDATE;
        END $$""",
    # Has others claim at once what this worker holds and nobody is at; who still comes to it finds whether it is theirs.
    "scheduling_free(p_worker text)": """
        RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
        DECLARE
            v_freed bigint;
        BEGIN
            WITH held AS MATERIALIZED (
                SELECT o.id FROM scheduling_occurrence o
                WHERE o.lease_until IS NOT NULL AND o.worker = p_worker FOR UPDATE SKIP LOCKED
            )
            UPDATE scheduling_occurrence o SET due_at = least(o.due_at, scheduling_now()) FROM held WHERE o.id = held.id;
            GET DIAGNOSTICS v_freed = ROW_COUNT;
            RETURN v_freed;
        END $$""",
    # The same for what workers hold that have not been heard of for so long, and have not renewed their leases since.
    "scheduling_free_silent(p_silent interval, p_lease interval)": """
        RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
        DECLARE
            v_now timestamptz := scheduling_now();
            v_freed bigint;
        BEGIN
            WITH held AS MATERIALIZED (
                SELECT o.id FROM scheduling_occurrence o
                WHERE o.lease_until IS NOT NULL AND o.lease_until < v_now + p_lease - p_silent AND o.due_at > v_now
                  AND NOT EXISTS (
                    SELECT FROM messaging_workerbeat b
                    WHERE b.worker = o.worker AND b.swept_at > clock_timestamp() - p_silent
                  )
                FOR UPDATE OF o SKIP LOCKED
            )
            UPDATE scheduling_occurrence o SET due_at = v_now FROM held WHERE o.id = held.id;
            GET DIAGNOSTICS v_freed = ROW_COUNT;
            RETURN v_freed;
        END $$""",
    # Takes away what was over long ago, and tasks that are done and have nothing left. Ids begin with when they were
    # made, so the oldest are found by them; the last that went is where the next batch begins. Of a task that goes on,
    # the newest outputs stay: it is told of them. The times of one that is done stay as long as it does, as it is found
    # by them.
    "scheduling_prune(p_after uuid, p_before timestamptz, p_kept integer, p_limit integer)": """
        RETURNS TABLE (gone bigint, last uuid) LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, public, pg_temp AS $$
        DECLARE
            v_made uuid := (
                lpad(to_hex(floor(extract(epoch FROM p_before) * 1000)::bigint), 12, '0') || repeat('0', 20)
            )::uuid;
            v_tasks uuid[];
            v_gone bigint;
            v_last uuid;
        BEGIN
            WITH old AS MATERIALIZED (
                SELECT o.id FROM scheduling_occurrence o
                JOIN scheduling_task t ON t.tenant_id = o.tenant_id AND t.id = o.task_id
                WHERE o.id > p_after AND o.id < v_made AND o.state IN ('done', 'failed', 'skipped')
                  AND greatest(o.ended_at, o.last_for, o.scheduled_for) < p_before
                  AND (t.state <> 'done' OR t.changed_at < p_before)
                  AND (t.state = 'done' OR o.state <> 'done' OR o.output = '' OR p_kept <= (
                    SELECT count(*) FROM (
                        SELECT FROM scheduling_occurrence n
                        WHERE n.tenant_id = o.tenant_id AND n.task_id = o.task_id
                          AND n.scheduled_for > o.scheduled_for AND n.state = 'done' AND n.output <> ''
                        LIMIT p_kept
                    ) newer
                  ))
                ORDER BY o.id LIMIT p_limit FOR UPDATE OF o, t SKIP LOCKED
            ), taken AS (
                DELETE FROM scheduling_occurrence o USING old WHERE o.id = old.id RETURNING o.id, o.task_id
            )
            SELECT array_agg(DISTINCT taken.task_id), count(*), (array_agg(taken.id ORDER BY taken.id DESC))[1]
            INTO v_tasks, v_gone, v_last FROM taken;
            DELETE FROM scheduling_task t WHERE t.id = ANY(v_tasks) AND t.state = 'done' AND NOT EXISTS (
                SELECT FROM scheduling_occurrence o WHERE o.tenant_id = t.tenant_id AND o.task_id = t.id
            );
            RETURN QUERY SELECT v_gone, v_last;
        END $$""",
}


def create(apps, schema_editor):
    for signature in CHANGED:  # what a function returns cannot be replaced
        schema_editor.execute(f"DROP FUNCTION {signature.split('(')[0]}", params=None)
    for signature, body in (CHANGED | REPLACED | ADDED).items():
        schema_editor.execute(f"CREATE OR REPLACE FUNCTION {signature} {body}", params=None)
        name = signature.split("(")[0]
        schema_editor.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC", params=None)
        schema_editor.execute(f"GRANT EXECUTE ON FUNCTION {name} TO {role('app')}, {role('operator')}", params=None)


def drop(apps, schema_editor):
    from importlib import import_module

    for signature in ADDED | CHANGED:
        schema_editor.execute(f"DROP FUNCTION {signature.split('(')[0]}", params=None)
    before = import_module("scheduling.migrations.0002_functions").FUNCTIONS
    for signature in CHANGED | REPLACED:
        schema_editor.execute(f"CREATE OR REPLACE FUNCTION {signature} {before[signature]}", params=None)
        name = signature.split("(")[0]
        schema_editor.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC", params=None)
        schema_editor.execute(f"GRANT EXECUTE ON FUNCTION {name} TO {role('app')}, {role('operator')}", params=None)


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0002_functions"), ("messaging", "0013_erasure")]
    operations = [
        migrations.RemoveIndex(model_name="occurrence", name="occurrence_begun"),
        migrations.AddIndex(
            model_name="occurrence",
            index=models.Index(
                condition=models.Q(("began_at__isnull", False), models.Q(("state", "skipped"), _negated=True)),
                fields=["tenant", "began_at"],
                name="occurrence_begun",
            ),
        ),
        migrations.AddIndex(
            model_name="occurrence",
            index=models.Index(
                condition=models.Q(("began_at__isnull", False), ("state", "skipped")),
                fields=["tenant", "began_at"],
                name="occurrence_skipped",
            ),
        ),
        migrations.AddIndex(
            model_name="occurrence",
            index=models.Index(
                condition=models.Q(("lease_until__isnull", False)),
                fields=["tenant", "worker"],
                name="occurrence_leased",
            ),
        ),
        migrations.RunPython(create, drop),
    ]
