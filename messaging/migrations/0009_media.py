"""Messages with files, quotes, choices and things that ask for no answer."""

import django.db.models.deletion
from django.db import migrations, models

import messaging.models.attachment
import tenants_app.fields
import tenants_app.ids
from tenants_app.isolation import IsolateTable, role

# As in 0008, and: the files that a message names are kept to be fetched, and what does not wake asks for no turn: it
# joins the next one.
STORE = """
CREATE FUNCTION messaging_store(
    p_tenant uuid, p_account uuid, p_channel text, p_chat text, p_address text, p_id uuid, p_key text,
    p_external_id text, p_kind text, p_text text, p_reply_to text, p_forwarded boolean, p_raw bytea,
    p_sent_at timestamptz, p_quiet interval, p_limit interval, p_quoted text, p_choice text, p_wakes boolean,
    p_media jsonb
) RETURNS TABLE (outcome text, conversation_id uuid, due_at timestamptz, hint boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_conversation uuid;
    v_contact uuid;
    v_seq bigint;
    v_now timestamptz;
    v_work messaging_work%ROWTYPE;
    v_idle boolean;
    v_due timestamptz;
BEGIN
    PERFORM set_config('app.tenant_id', p_tenant::text, true);
    SELECT c.id, a.contact_id, c.last_seq + 1 INTO v_conversation, v_contact, v_seq
    FROM tenants_app_contactaddress a
    JOIN messaging_conversation c ON c.tenant_id = a.tenant_id AND c.account_id = p_account AND c.chat_id = p_chat
    WHERE a.tenant_id = p_tenant AND a.kind = p_channel AND a.address = p_address
    FOR NO KEY UPDATE OF c;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'unknown', NULL::uuid, NULL::timestamptz, false;
        RETURN;
    END IF;
    v_now := clock_timestamp();
    INSERT INTO messaging_message (
        id, tenant_id, conversation_id, account_id, contact_id, direction, seq, key, external_id, kind, text,
        reply_to, quoted, choice, wakes, forwarded, raw, sent_at, stored_at
    ) VALUES (
        p_id, p_tenant, v_conversation, p_account, v_contact, 'in', v_seq, p_key, p_external_id, p_kind, p_text,
        p_reply_to, p_quoted, p_choice, p_wakes, p_forwarded, p_raw, p_sent_at, v_now
    ) ON CONFLICT (tenant_id, account_id, key) DO NOTHING;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'duplicate', v_conversation, NULL::timestamptz, false;
        RETURN;
    END IF;
    UPDATE messaging_conversation c
    SET last_seq = v_seq, last_inbound_at = greatest(c.last_inbound_at, p_sent_at)
    WHERE c.tenant_id = p_tenant AND c.id = v_conversation;
    IF p_media IS NOT NULL THEN
        INSERT INTO messaging_attachment (
            id, tenant_id, conversation_id, message_id, kind, file_id, name, claimed_type, claimed_size, state,
            attempts, error, media_type, size, sha256, file, view, view_size, view_type, pages, text, shown, stored_at
        )
        SELECT m.id, p_tenant, v_conversation, p_id, m.kind, m.file_id, m.name, m.claimed_type, m.claimed_size,
            'pending', 0, '', '', 0, '', '', '', 0, '', 0, '', false, v_now
        FROM jsonb_to_recordset(p_media) AS m(
            id uuid, kind text, file_id text, name text, claimed_type text, claimed_size bigint
        );
        UPDATE messaging_work w SET due_at = least(w.due_at, v_now)
        WHERE w.tenant_id = p_tenant AND w.conversation_id = v_conversation AND w.kind = 'media'
          AND w.lease_until IS NULL;
        UPDATE messaging_lane l SET next_due_at = least(l.next_due_at, v_now), idle_looks = 0
        WHERE l.tenant_id = p_tenant AND l.kind = 'media'
          AND (l.next_due_at IS NULL OR l.next_due_at > v_now OR l.idle_looks > 0);
    END IF;
    IF NOT p_wakes THEN
        RETURN QUERY SELECT 'stored', v_conversation, NULL::timestamptz, false;
        RETURN;
    END IF;
    SELECT w.* INTO v_work FROM messaging_work w
    WHERE w.tenant_id = p_tenant AND w.conversation_id = v_conversation AND w.kind = 'turn' FOR UPDATE;
    v_idle := NOT (v_work.busy OR coalesce(v_work.lease_until > v_now, false));
    v_due := CASE WHEN v_idle THEN least(v_now + p_quiet, coalesce(v_work.first_at, v_now) + p_limit)
        ELSE v_work.due_at END;
    UPDATE messaging_work w
    SET first_at = coalesce(w.first_at, v_now), due_at = v_due, hinted = w.hinted OR v_idle
    WHERE w.id = v_work.id;
    UPDATE messaging_lane l SET next_due_at = least(l.next_due_at, v_due), idle_looks = 0
    WHERE l.tenant_id = p_tenant AND l.kind = 'turn' AND v_due IS NOT NULL
      AND (l.next_due_at IS NULL OR l.next_due_at > v_due OR l.idle_looks > 0);
    RETURN QUERY SELECT 'stored', v_conversation, v_due, v_idle AND NOT v_work.hinted;
END $$
"""

# Each conversation has a row for each kind of work, each tenant a lane for each.
WORK = """
INSERT INTO messaging_work (id, tenant_id, conversation_id, kind, epoch, worker, busy, hinted)
SELECT gen_random_uuid(), tenant_id, id, 'media', 0, '', false, false FROM messaging_conversation
ON CONFLICT DO NOTHING
"""
LANES = """
INSERT INTO messaging_lane (id, tenant_id, kind, running, idle_looks)
SELECT gen_random_uuid(), id, 'media', 0, 0 FROM tenants_app_tenant
ON CONFLICT DO NOTHING
"""
OLD = (
    "messaging_store(uuid, uuid, text, text, text, uuid, text, text, text, text, text, boolean, bytea, timestamptz,"
    " interval, interval)"
)


def create(apps, schema_editor):
    for statement in (f"DROP FUNCTION {OLD}", STORE, WORK, LANES):
        schema_editor.execute(statement, params=None)
    schema_editor.execute("REVOKE ALL ON FUNCTION messaging_store FROM PUBLIC", params=None)
    schema_editor.execute(f"GRANT EXECUTE ON FUNCTION messaging_store TO {role('app')}", params=None)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0008_store"), ("tenants_app", "0007_reservation_expires")]
    operations = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants_app.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("kind", models.CharField(max_length=10)),
                ("file_id", models.CharField(max_length=500)),
                ("name", models.CharField(blank=True, max_length=255)),
                ("claimed_type", models.CharField(blank=True, max_length=100)),
                ("claimed_size", models.BigIntegerField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "Pending"), ("kept", "Kept"), ("lost", "Lost")],
                        default="pending",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("error", models.CharField(blank=True, max_length=300)),
                ("media_type", models.CharField(blank=True, max_length=100)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("file", models.FileField(blank=True, max_length=200, upload_to=messaging.models.attachment.path_of)),
                ("view", models.FileField(blank=True, max_length=200, upload_to=messaging.models.attachment.path_of)),
                ("view_size", models.PositiveIntegerField(default=0)),
                ("view_type", models.CharField(blank=True, max_length=100)),
                ("pages", models.PositiveIntegerField(default=0)),
                ("text", models.TextField(blank=True)),
                ("shown", models.BooleanField(default=False)),
                ("stored_at", models.DateTimeField(auto_now_add=True)),
                ("kept_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name="message",
            name="choice",
            field=models.CharField(blank=True, db_default="", max_length=200),
        ),
        migrations.AddField(
            model_name="message",
            name="quoted",
            field=models.TextField(blank=True, db_default=""),
        ),
        migrations.AddField(
            model_name="message",
            name="wakes",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name="session",
            name="media_bytes",
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name="lane",
            name="kind",
            field=models.CharField(choices=[("turn", "Turn"), ("send", "Send"), ("media", "Media")], max_length=10),
        ),
        migrations.AlterField(
            model_name="work",
            name="kind",
            field=models.CharField(choices=[("turn", "Turn"), ("send", "Send"), ("media", "Media")], max_length=10),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("external_id", ""), _negated=True),
                fields=["tenant", "conversation", "external_id"],
                name="message_external",
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="conversation",
            field=tenants_app.fields.TenantForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="messaging.conversation",
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="message",
            field=tenants_app.fields.TenantForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="messaging.message",
            ),
        ),
        migrations.AddField(
            model_name="attachment",
            name="tenant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="tenants_app.tenant",
            ),
        ),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(
                condition=models.Q(("state", "pending")), fields=["tenant", "conversation"], name="attachment_pending"
            ),
        ),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(
                condition=models.Q(("shown", False)), fields=["tenant", "conversation"], name="attachment_unshown"
            ),
        ),
        IsolateTable("Attachment"),
        migrations.RunPython(create),
    ]
