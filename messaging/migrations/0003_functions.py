"""The app's few acts across tenants, as functions of the owner, and storage settings of the busy tables."""

from django.db import migrations

from tenants_app.isolation import role

FUNCTIONS = {
    # Which account a webhook is for: bound to the app that signed it, by the first of its keys that is known.
    "messaging_route(p_kind text, p_app uuid, p_keys text[])": """
        RETURNS TABLE (tenant_id uuid, account_id uuid) LANGUAGE sql STABLE SECURITY DEFINER
        SET search_path = pg_catalog, public, pg_temp AS $$
            SELECT a.tenant_id, a.id
            FROM unnest(p_keys) WITH ORDINALITY AS k(key, place)
            JOIN messaging_channelaccount a
              ON a.kind = p_kind AND a.app_id = p_app AND (a.external_id = k.key OR a.config ->> 'waba_id' = k.key)
            -- An account's own id comes first: a WABA id typed wrong must not draw another tenant's messages to it.
            ORDER BY k.place, (a.external_id = k.key) DESC, a.created_at
            LIMIT 1
        $$""",
    # Which tenant an account belongs to.
    "messaging_account(p_account uuid)": """
        RETURNS TABLE (tenant_id uuid, kind text) LANGUAGE sql STABLE SECURITY DEFINER
        SET search_path = pg_catalog, public, pg_temp AS $$
            SELECT a.tenant_id, a.kind::text FROM messaging_channelaccount a WHERE a.id = p_account
        $$""",
    # Claims the next due work: of the tenant with the least running, its longest due conversation. A row without work
    # says: look again, in a new transaction.
    # A webhook touches a lane only if that is late or idle, so that a busy tenant's webhooks do not queue for one row. Who
    # finds a lane empty looks again after 1, 5 and 30 s before it rests: a message whose webhook saw the lane at work and
    # committed meanwhile is then seen.
    # Never waits for a lane while it holds another one (two claimers would deadlock), and no longer than the
    # caller's lock_timeout: its holder may be a process that was paused.
    "messaging_claim(p_kind text, p_worker text, p_lease interval)": """
        RETURNS TABLE (work_id uuid, tenant_id uuid, conversation_id uuid, epoch bigint)
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
        #variable_conflict use_column
        DECLARE
            v_now timestamptz;
            v_lane messaging_lane%ROWTYPE;
            v_work messaging_work%ROWTYPE;
            v_running integer;
            v_most integer;
            v_found boolean;
            v_holding boolean := false;
            v_next timestamptz;
            v_looks smallint;
        BEGIN
            FOR v_attempt IN 1..50 LOOP
                v_now := clock_timestamp();
                SELECT l.* INTO v_lane FROM messaging_lane l
                WHERE l.kind = p_kind AND l.next_due_at <= v_now
                ORDER BY l.running, l.next_due_at LIMIT 1 FOR UPDATE SKIP LOCKED;
                IF NOT FOUND THEN  -- all due lanes are being looked at: wait for one of them
                    IF NOT EXISTS (SELECT 1 FROM messaging_lane l WHERE l.kind = p_kind AND l.next_due_at <= v_now) THEN
                        RETURN;
                    END IF;
                    EXIT WHEN v_holding;
                    BEGIN
                        SELECT l.* INTO v_lane FROM messaging_lane l
                        WHERE l.kind = p_kind AND l.next_due_at <= v_now
                        ORDER BY l.running, l.next_due_at LIMIT 1 FOR UPDATE;
                    EXCEPTION WHEN lock_not_available THEN
                        RETURN;
                    END;
                    CONTINUE WHEN NOT FOUND;
                    v_now := clock_timestamp();
                END IF;
                v_holding := true;
                SELECT t.max_running_turns INTO v_most FROM tenants_app_tenant t WHERE t.id = v_lane.tenant_id;
                SELECT count(*) INTO v_running FROM messaging_work w
                WHERE w.tenant_id = v_lane.tenant_id AND w.kind = p_kind AND w.lease_until > v_now;
                v_found := false;
                IF v_running < v_most THEN
                    SELECT w.* INTO v_work FROM messaging_work w
                    WHERE w.tenant_id = v_lane.tenant_id AND w.kind = p_kind AND w.due_at <= v_now
                    ORDER BY w.due_at LIMIT 1 FOR UPDATE SKIP LOCKED;
                    v_found := FOUND;
                END IF;
                IF v_found THEN
                    UPDATE messaging_work w
                    SET epoch = w.epoch + 1, lease_until = v_now + p_lease, due_at = v_now + p_lease,
                        worker = p_worker, hinted = false
                    WHERE w.id = v_work.id;
                    v_running := v_running + 1;
                END IF;
                IF v_running >= v_most THEN  -- look again when one of them ends, or its lease does
                    SELECT min(w.lease_until) INTO v_next FROM messaging_work w
                    WHERE w.tenant_id = v_lane.tenant_id AND w.kind = p_kind AND w.lease_until > v_now;
                    v_looks := 0;
                ELSE
                    SELECT min(w.due_at) INTO v_next FROM messaging_work w
                    WHERE w.tenant_id = v_lane.tenant_id AND w.kind = p_kind AND w.due_at IS NOT NULL;
                    v_looks := CASE WHEN v_found THEN 0 ELSE least(v_lane.idle_looks + 1, 4) END;
                    v_next := least(v_next, CASE v_looks
                        WHEN 0 THEN v_now + interval '1 second' WHEN 1 THEN v_now + interval '1 second'
                        WHEN 2 THEN v_now + interval '5 seconds' WHEN 3 THEN v_now + interval '30 seconds' END);
                    IF NOT v_found AND v_next <= v_now THEN  -- its due work is locked by whoever is just storing to it
                        v_next := v_now + interval '20 milliseconds';
                    END IF;
                END IF;
                UPDATE messaging_lane l SET running = v_running, next_due_at = v_next, idle_looks = v_looks
                WHERE l.id = v_lane.id;
                IF v_found THEN
                    RETURN QUERY SELECT v_work.id, v_work.tenant_id, v_work.conversation_id, v_work.epoch + 1;
                    RETURN;
                END IF;
            END LOOP;
            RETURN QUERY SELECT NULL::uuid, NULL::uuid, NULL::uuid, NULL::bigint;
        END $$""",
    # Renews the leases that are still their holder's; what comes back is still held.
    "messaging_renew(p_ids uuid[], p_epochs bigint[], p_lease interval)": """
        RETURNS TABLE (work_id uuid) LANGUAGE sql SECURITY DEFINER
        SET search_path = pg_catalog, public, pg_temp AS $$
            UPDATE messaging_work w
            SET lease_until = clock_timestamp() + p_lease, due_at = clock_timestamp() + p_lease
            FROM unnest(p_ids, p_epochs) AS held(id, epoch)
            WHERE w.id = held.id AND w.epoch = held.epoch AND w.lease_until IS NOT NULL
            RETURNING w.id
        $$""",
    # Open sessions that nobody used since a moment.
    "messaging_idle_sessions(p_before timestamptz, p_limit integer)": """
        RETURNS TABLE (tenant_id uuid, session_id uuid) LANGUAGE sql STABLE SECURITY DEFINER
        SET search_path = pg_catalog, public, pg_temp AS $$
            SELECT s.tenant_id, s.id FROM messaging_session s
            WHERE s.closed_at IS NULL AND s.used_at < p_before ORDER BY s.used_at LIMIT p_limit
        $$""",
    # For readiness and metrics: how long the longest due work has waited, in seconds, and how many lanes are due.
    "messaging_backlog(p_kind text)": """
        RETURNS TABLE (lanes bigint, oldest_seconds double precision) LANGUAGE sql STABLE SECURITY DEFINER
        SET search_path = pg_catalog, public, pg_temp AS $$
            SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(d.due_at)), 0)::double precision
            FROM messaging_lane l
            CROSS JOIN LATERAL (
                SELECT w.due_at FROM messaging_work w
                WHERE w.tenant_id = l.tenant_id AND w.kind = p_kind AND w.due_at <= clock_timestamp()
                ORDER BY w.due_at LIMIT 1
            ) d
            WHERE l.kind = p_kind AND l.next_due_at <= clock_timestamp()
        $$""",
}

HOT_TABLES = ["messaging_work", "messaging_lane", "messaging_conversation", "messaging_delivery", "messaging_turn"]


def create(apps, schema_editor):
    for signature, body in FUNCTIONS.items():
        schema_editor.execute(f"CREATE FUNCTION {signature} {body}", params=None)
        name = signature.split("(")[0]
        schema_editor.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC", params=None)
        schema_editor.execute(f"GRANT EXECUTE ON FUNCTION {name} TO {role('app')}, {role('operator')}", params=None)
    for table in HOT_TABLES:
        schema_editor.execute(
            f"ALTER TABLE {table} SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02,"
            " autovacuum_vacuum_threshold = 200)",
            params=None,
        )


def drop(apps, schema_editor):
    for signature in FUNCTIONS:
        schema_editor.execute(f"DROP FUNCTION {signature.split('(')[0]}", params=None)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0002_isolation")]
    operations = [migrations.RunPython(create, drop)]
