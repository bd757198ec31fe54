"""Epochs follow the clock, so that none is given twice, and a turn counts the workers that took it up.

A claim need not reach the disk. After a crash of the database it may be gone, and by counting on, the next claim would
get the epoch of a worker that still thinks it holds the work.
"""

from django.db import migrations, models

# Claims the next due work: of the tenant with the least running, its longest due conversation. A row without work
# says: look again, in a new transaction.
# A webhook touches a lane only if that is late or idle, so that a busy tenant's webhooks do not queue for one row. Who
# finds a lane empty looks again after 1, 5 and 30 s before it rests: a message whose webhook saw the lane at work and
# committed meanwhile is then seen.
# Never waits for a lane while it holds another one (two claimers would deadlock), and no longer than the
# caller's lock_timeout: its holder may be a process that was paused.
# The epoch is the clock's microseconds, or one more than the last where that is ahead.
CLAIM = """
CREATE OR REPLACE FUNCTION messaging_claim(p_kind text, p_worker text, p_lease interval)
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
    v_epoch bigint;
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
            v_epoch := greatest(v_work.epoch + 1, floor(extract(epoch FROM v_now) * 1000000)::bigint);
            UPDATE messaging_work w
            SET epoch = v_epoch, lease_until = v_now + p_lease, due_at = v_now + p_lease,
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
            RETURN QUERY SELECT v_work.id, v_work.tenant_id, v_work.conversation_id, v_epoch;
            RETURN;
        END IF;
    END LOOP;
    RETURN QUERY SELECT NULL::uuid, NULL::uuid, NULL::uuid, NULL::bigint;
END $$
"""


def replace(apps, schema_editor):
    schema_editor.execute(CLAIM, params=None)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0005_delivery_in_doubt")]
    operations = [
        migrations.AddField("turn", "claims", models.PositiveIntegerField(default=0)),
        migrations.RunPython(replace, migrations.RunPython.noop),
    ]
