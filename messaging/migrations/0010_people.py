"""People at work in conversations, templates, what is wrong with accounts, and buttons that wait for an answer."""

import django.db.models.deletion
import tenants_app.fields
import tenants_app.ids
from tenants_app.isolation import IsolateTable, role
from django.db import migrations, models

# As in 0009, and: what the service wants to be answered with for a button is kept.
STORE = """
CREATE FUNCTION messaging_store(
    p_tenant uuid, p_account uuid, p_channel text, p_chat text, p_address text, p_id uuid, p_key text,
    p_external_id text, p_kind text, p_text text, p_reply_to text, p_forwarded boolean, p_raw bytea,
    p_sent_at timestamptz, p_quiet interval, p_limit interval, p_quoted text, p_choice text, p_wakes boolean,
    p_media jsonb, p_choice_token text
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
        reply_to, quoted, choice, choice_token, wakes, forwarded, raw, sent_at, stored_at
    ) VALUES (
        p_id, p_tenant, v_conversation, p_account, v_contact, 'in', v_seq, p_key, p_external_id, p_kind, p_text,
        p_reply_to, p_quoted, p_choice, p_choice_token, p_wakes, p_forwarded, p_raw, p_sent_at, v_now
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
OLD = (
    "messaging_store(uuid, uuid, text, text, text, uuid, text, text, text, text, text, boolean, bytea, timestamptz,"
    " interval, interval, text, text, boolean, jsonb)"
)

# Takes the accounts whose health was not looked at for so long, so that two processes don't both look.
CHECKS = """
CREATE FUNCTION messaging_accounts_to_check(p_limit integer, p_age interval)
RETURNS TABLE (tenant_id uuid, account_id uuid) LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE messaging_channelaccount a SET checked_at = clock_timestamp()
    FROM (
        SELECT id FROM messaging_channelaccount
        WHERE checked_at IS NULL OR checked_at < clock_timestamp() - p_age
        ORDER BY checked_at NULLS FIRST LIMIT p_limit FOR UPDATE SKIP LOCKED
    ) due
    WHERE a.id = due.id
    RETURNING a.tenant_id, a.id
$$
"""


def create(apps, schema_editor):
    for statement in (f"DROP FUNCTION {OLD}", STORE, CHECKS):
        schema_editor.execute(statement, params=None)
    both = f"{role('app')}, {role('operator')}"
    for name, roles in (("messaging_store", role("app")), ("messaging_accounts_to_check", both)):
        schema_editor.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC", params=None)
        schema_editor.execute(f"GRANT EXECUTE ON FUNCTION {name} TO {roles}", params=None)



class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0009_media'),
        ('tenants_app', '0008_consent'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccountIssue',
            fields=[
                ('id', models.UUIDField(default=tenants_app.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=100)),
                ('severity', models.CharField(choices=[('info', 'Info'), ('warning', 'Warning'), ('error', 'Error')], max_length=10)),
                ('text', models.CharField(max_length=500)),
                ('fix', models.CharField(blank=True, max_length=500)),
                ('found_at', models.DateTimeField(auto_now_add=True)),
                ('seen_at', models.DateTimeField()),
                ('resolved_at', models.DateTimeField(blank=True, null=True)),
                ('told_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Feedback',
            fields=[
                ('id', models.UUIDField(default=tenants_app.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('text', models.TextField()),
                ('at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name_plural': 'feedback',
            },
        ),
        migrations.CreateModel(
            name='Template',
            fields=[
                ('id', models.UUIDField(default=tenants_app.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=512)),
                ('language', models.CharField(max_length=20)),
                ('category', models.CharField(blank=True, max_length=30)),
                ('status', models.CharField(choices=[('approved', 'Approved'), ('pending', 'Pending'), ('rejected', 'Rejected'), ('paused', 'Paused'), ('disabled', 'Disabled'), ('gone', 'Gone')], max_length=10)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('body', models.TextField(blank=True)),
                ('components', models.JSONField(blank=True, default=list)),
                ('purpose', models.CharField(blank=True, help_text='What the assistant uses it for, such as “message” (its text goes into {{1}}). Empty: nothing.', max_length=30)),
                ('synced_at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='channelaccount',
            name='answers_strangers',
            field=models.BooleanField(db_default=False, default=False, help_text='While the front desk is off: answer unknown people once a day with a polite sentence.'),
        ),
        migrations.AddField(
            model_name='channelaccount',
            name='checked_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='conversation',
            name='ownership',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='conversation',
            name='paused_by',
            field=models.CharField(blank=True, db_default='', max_length=150),
        ),
        migrations.AddField(
            model_name='conversation',
            name='paused_until',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='conversation',
            name='polite_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='delivery',
            name='note',
            field=models.CharField(blank=True, db_default='', max_length=300),
        ),
        migrations.AddField(
            model_name='delivery',
            name='ownership',
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='delivery',
            name='proactive',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='delivery',
            name='purpose',
            field=models.CharField(blank=True, db_default='', max_length=30),
        ),
        migrations.AddField(
            model_name='turn',
            name='ownership',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='message',
            name='author',
            field=models.CharField(blank=True, db_default='', max_length=150),
        ),
        migrations.AddField(
            model_name='message',
            name='choice_token',
            field=models.CharField(blank=True, db_default='', max_length=200),
        ),
        migrations.AlterField(
            model_name='delivery',
            name='status',
            field=models.CharField(choices=[('pending', 'Pending'), ('sending', 'Sending'), ('in_doubt', 'In Doubt'), ('sent', 'Sent'), ('delivered', 'Delivered'), ('read', 'Read'), ('failed', 'Failed'), ('held', 'Held'), ('withdrawn', 'Withdrawn')], default='pending', max_length=10),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(
                condition=models.Q(('direction', 'out'), ('turn', None), models.Q(('author', ''), _negated=True)),
                fields=['tenant', 'conversation', 'seq'],
                name='message_by_team',
            ),
        ),
        migrations.AddIndex(
            model_name='channelaccount',
            index=models.Index(fields=['checked_at'], name='channelaccount_checked'),
        ),
        migrations.AddField(
            model_name='accountissue',
            name='account',
            field=tenants_app.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='messaging.channelaccount'),
        ),
        migrations.AddField(
            model_name='accountissue',
            name='tenant',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants_app.tenant'),
        ),
        migrations.AddField(
            model_name='feedback',
            name='contact',
            field=tenants_app.fields.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tenants_app.contact'),
        ),
        migrations.AddField(
            model_name='feedback',
            name='conversation',
            field=tenants_app.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='messaging.conversation'),
        ),
        migrations.AddField(
            model_name='feedback',
            name='tenant',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants_app.tenant'),
        ),
        migrations.AddField(
            model_name='feedback',
            name='turn',
            field=tenants_app.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='messaging.turn'),
        ),
        migrations.AddField(
            model_name='template',
            name='account',
            field=tenants_app.fields.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='messaging.channelaccount'),
        ),
        migrations.AddField(
            model_name='template',
            name='tenant',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants_app.tenant'),
        ),
        migrations.AddConstraint(
            model_name='accountissue',
            constraint=models.UniqueConstraint(condition=models.Q(('resolved_at', None)), fields=('tenant', 'account', 'code'), name='accountissue_one_open'),
        ),
        migrations.AddConstraint(
            model_name='template',
            constraint=models.UniqueConstraint(fields=('tenant', 'account', 'name', 'language'), name='template_unique'),
        ),
        IsolateTable("AccountIssue"),
        IsolateTable("Template", unindexed=("account",)),
        IsolateTable("Feedback", append_only=True),
        migrations.RunPython(create),
    ]
