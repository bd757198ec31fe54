"""Nothing on a message's way reads more, the more tenants there are or the longer a chat has been going on."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.fields.json import KT

import tenants_app.fields
import tenants_app.ids
from tenants_app.isolation import IsolateTable

# Claims the next due work: of the tenant with the least running, its longest due conversation. A row without work
# says: look again, in a new transaction.
# The lanes are looked at by how much they have running, one probe of the index for each count, of which there are few:
# read in one go, thousands of idle lanes that are due later would stand before those that are due.
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
    v_level integer;
    v_locked uuid;
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
        SELECT l.id INTO v_locked FROM messaging_lane l
        WHERE l.kind = p_kind AND l.next_due_at <= v_now ORDER BY l.next_due_at LIMIT 1;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        v_level := -1;
        LOOP
            SELECT min(l.running) INTO v_level FROM messaging_lane l
            WHERE l.kind = p_kind AND l.next_due_at IS NOT NULL AND l.running > v_level;
            EXIT WHEN v_level IS NULL;
            SELECT l.* INTO v_lane FROM messaging_lane l
            WHERE l.kind = p_kind AND l.running = v_level AND l.next_due_at <= v_now
            ORDER BY l.next_due_at LIMIT 1 FOR UPDATE SKIP LOCKED;
            EXIT WHEN FOUND;
        END LOOP;
        IF v_level IS NULL THEN  -- all due lanes are being looked at: wait for one of them
            EXIT WHEN v_holding;
            BEGIN
                SELECT l.* INTO v_lane FROM messaging_lane l
                WHERE l.id = v_locked AND l.next_due_at <= v_now FOR UPDATE;
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

# Which account a webhook is for: bound to the app that signed it, by the first of its keys that is known. An account's
# own id comes first: a WABA id typed wrong must not draw another tenant's messages to it. Each way in has its index, as
# one app may serve the accounts of all tenants.
ROUTE = """
CREATE OR REPLACE FUNCTION messaging_route(p_kind text, p_app uuid, p_keys text[])
RETURNS TABLE (tenant_id uuid, account_id uuid) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT found.tenant_id, found.id
    FROM unnest(p_keys) WITH ORDINALITY AS k(key, place)
    CROSS JOIN LATERAL (
        SELECT a.tenant_id, a.id, 1 AS rank, a.created_at FROM messaging_channelaccount a
        WHERE a.kind = p_kind AND a.external_id = k.key AND a.app_id = p_app
        UNION ALL (
            SELECT a.tenant_id, a.id, 2 AS rank, a.created_at FROM messaging_channelaccount a
            WHERE a.app_id = p_app AND a.config ->> 'waba_id' = k.key AND a.kind = p_kind
            ORDER BY a.created_at LIMIT 1
        )
    ) AS found
    ORDER BY k.place, found.rank, found.created_at
    LIMIT 1
$$
"""

# For readiness and metrics: how long the longest due work has waited, in seconds, and how many lanes are due.
# By the statement's time: a clock that moves while it is read rules out the indexes.
BACKLOG = """
CREATE OR REPLACE FUNCTION messaging_backlog(p_kind text)
RETURNS TABLE (lanes bigint, oldest_seconds double precision) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT count(*), coalesce(extract(epoch FROM statement_timestamp() - min(d.due_at)), 0)::double precision
    FROM messaging_lane l
    CROSS JOIN LATERAL (
        SELECT w.due_at FROM messaging_work w
        WHERE w.tenant_id = l.tenant_id AND w.kind = p_kind AND w.due_at <= statement_timestamp()
        ORDER BY w.due_at LIMIT 1
    ) d
    WHERE l.kind = p_kind AND l.next_due_at <= statement_timestamp()
$$
"""

# Who wrote in groups until now.
BACKFILL = """
INSERT INTO messaging_participant (id, tenant_id, conversation_id, contact_id)
SELECT gen_random_uuid(), m.tenant_id, m.conversation_id, m.contact_id
FROM messaging_message m
JOIN messaging_conversation c ON c.tenant_id = m.tenant_id AND c.id = m.conversation_id AND c.is_group
WHERE m.direction = 'in'
GROUP BY m.tenant_id, m.conversation_id, m.contact_id
"""


def replace(apps, schema_editor):
    for function in (CLAIM, ROUTE, BACKLOG):
        schema_editor.execute(function, params=None)


def fill(apps, schema_editor):
    schema_editor.execute(BACKFILL, params=None)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0006_epochs"), ("tenants_app", "0004_sign_in_tries")]
    operations = [
        migrations.AddIndex(
            "delivery",
            models.Index(fields=["tenant", "conversation"], condition=models.Q(status="held"), name="delivery_held"),
        ),
        migrations.AddIndex(
            "lane",
            models.Index(
                fields=["kind", "next_due_at"], condition=models.Q(next_due_at__isnull=False), name="lane_next"
            ),
        ),
        migrations.AddIndex(
            "channelaccount",
            models.Index("app", KT("config__waba_id"), name="channelaccount_business"),
        ),
        migrations.CreateModel(
            name="Participant",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenants_app.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants_app.tenant",
                    ),
                ),
                (
                    "conversation",
                    tenants_app.fields.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="messaging.conversation",
                    ),
                ),
                (
                    "contact",
                    tenants_app.fields.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="tenants_app.contact",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "conversation", "contact"), name="participant_unique")
                ]
            },
        ),
        IsolateTable("Participant", unindexed=("conversation",)),
        migrations.RunPython(replace, migrations.RunPython.noop),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
