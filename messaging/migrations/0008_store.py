"""A message of a known chat is stored by one statement: found, locked, numbered, kept, and its turn made due."""

from django.db import migrations

from tenants_app.isolation import role

# With the caller's own rights: it names its tenant, and row-level security holds for everything after that.
# The conversation's row is locked and gives the seq; the unique key decides whether the message is new; the
# conversation's turn becomes due when the person has been quiet for a while, or at the latest after the limit.
# While a turn runs or waits to be tried again (`busy`), its own end looks for what came in meanwhile.
# An idle lane is always touched: else a claimer could lay it to rest before this commits, and see nothing of it.
STORE = """
CREATE FUNCTION messaging_store(
    p_tenant uuid, p_account uuid, p_channel text, p_chat text, p_address text, p_id uuid, p_key text,
    p_external_id text, p_kind text, p_text text, p_reply_to text, p_forwarded boolean, p_raw bytea,
    p_sent_at timestamptz, p_quiet interval, p_limit interval
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
        reply_to, forwarded, raw, sent_at, stored_at
    ) VALUES (
        p_id, p_tenant, v_conversation, p_account, v_contact, 'in', v_seq, p_key, p_external_id, p_kind, p_text,
        p_reply_to, p_forwarded, p_raw, p_sent_at, v_now
    ) ON CONFLICT (tenant_id, account_id, key) DO NOTHING;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'duplicate', v_conversation, NULL::timestamptz, false;
        RETURN;
    END IF;
    UPDATE messaging_conversation c
    SET last_seq = v_seq, last_inbound_at = greatest(c.last_inbound_at, p_sent_at)
    WHERE c.tenant_id = p_tenant AND c.id = v_conversation;
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


def create(apps, schema_editor):
    schema_editor.execute(STORE, params=None)
    schema_editor.execute("REVOKE ALL ON FUNCTION messaging_store FROM PUBLIC", params=None)
    schema_editor.execute(f"GRANT EXECUTE ON FUNCTION messaging_store TO {role('app')}", params=None)


def drop(apps, schema_editor):
    schema_editor.execute("DROP FUNCTION messaging_store", params=None)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0007_growth")]
    operations = [migrations.RunPython(create, drop)]
