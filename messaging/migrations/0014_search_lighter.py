"""Messages come into the index of the search with less work, and a new name without reading what was said anew.

Commands, what answers them, and what a schedule asks are no memories: they are left out.
"""

from importlib import import_module

from django.db import connection, migrations

BEFORE = import_module("messaging.migrations.0012_search")
UNSAID = "('reaction', 'pairing', 'pairing_refused', 'command', 'command_answer', 'task')"
RECENT = 2000  # messages of a chat that are found by a new name; for all, a transaction could take half a minute

# As before, of whatever kind.
PUT = BEFORE.PUT.replace("('reaction', 'pairing', 'pairing_refused')", UNSAID)

# Of a new message only what can have come before it is looked up: no file refers to it yet.
OF_MESSAGES = """
CREATE FUNCTION messaging_index_message() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_changed boolean;
    v_speaker text;
BEGIN
    IF NEW.kind IN ('edit', 'deletion') THEN
        PERFORM messaging_index(m) FROM messaging_message m
        WHERE m.tenant_id = NEW.tenant_id AND m.conversation_id = NEW.conversation_id
          AND m.external_id = NEW.reply_to AND m.external_id <> '' AND m.kind NOT IN ('edit', 'deletion');
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' AND NEW.forgotten_at IS NULL THEN
        SELECT CASE WHEN NEW.contact_id IS NULL THEN messaging_speaker(NEW) ELSE (
                SELECT c.name FROM tenants_app_contact c WHERE c.tenant_id = NEW.tenant_id AND c.id = NEW.contact_id) END,
            NEW.external_id <> '' AND EXISTS (
                SELECT FROM messaging_message m
                WHERE m.tenant_id = NEW.tenant_id AND m.conversation_id = NEW.conversation_id
                  AND m.reply_to = NEW.external_id AND m.kind IN ('edit', 'deletion'))
        INTO v_speaker, v_changed;
        IF NOT v_changed THEN
            PERFORM memory_put(NEW.tenant_id, NEW.id, 'message', NEW.conversation_id, NEW.seq, NEW.sent_at, '', NULL,
                NEW.text, v_speaker);
            RETURN NULL;
        END IF;
    END IF;
    PERFORM messaging_index(NEW);
    RETURN NULL;
END $$
"""

# A contact's new name stands in the place of the old one, for what they said last.
OF_NAMES = f"""
CREATE FUNCTION messaging_index_name() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_old text[] := tsvector_to_array(memory_names(OLD.name));
    v_new tsvector := memory_names(NEW.name);
BEGIN
    UPDATE memory_entry e SET vector = ts_delete(e.vector, v_old) || v_new
    WHERE e.tenant_id = NEW.tenant_id AND e.id = ANY (ARRAY(
        SELECT m.id FROM messaging_conversation c
        JOIN messaging_message m ON m.tenant_id = c.tenant_id AND m.conversation_id = c.id AND m.seq > c.last_seq - {RECENT}
        WHERE c.tenant_id = NEW.tenant_id AND c.contact_id = NEW.id AND m.contact_id = NEW.id
    ));
    RETURN NULL;
END $$
"""

# An edit that leaves no words, of a picture's caption say, takes the old ones out.
INSERTED = f"""
CREATE TRIGGER messaging_search_inserted AFTER INSERT ON messaging_message FOR EACH ROW
WHEN (NEW.kind NOT IN {UNSAID} AND (NEW.text <> '' OR NEW.kind IN ('edit', 'deletion')))
EXECUTE FUNCTION messaging_index_message()
"""

# What stands there though an edit took the words away.
EMPTIED = """
    SELECT messaging_index(m) FROM messaging_message e
    JOIN messaging_message m ON m.tenant_id = e.tenant_id AND m.conversation_id = e.conversation_id
        AND m.external_id = e.reply_to AND m.external_id <> '' AND m.kind NOT IN ('edit', 'deletion')
    WHERE e.kind = 'edit' AND e.text = ''
"""


def replacing(statement):
    return statement.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(
        "CREATE TRIGGER", "CREATE OR REPLACE TRIGGER")


def create(apps, schema_editor):
    for statement in (PUT, OF_MESSAGES, OF_NAMES, INSERTED):
        schema_editor.execute(replacing(statement), params=None)


def restore(apps, schema_editor):
    for statement in (BEFORE.PUT, BEFORE.OF_MESSAGES, BEFORE.OF_NAMES, BEFORE.TRIGGERS[0]):
        schema_editor.execute(replacing(statement), params=None)


def index_anew(apps, schema_editor):
    with connection.cursor() as cursor:
        cursor.execute(EMPTIED)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("messaging", "0013_erasure"), ("memory", "0003_search_lighter")]
    operations = [
        migrations.RunPython(create, restore, atomic=True),
        migrations.RunPython(index_anew, migrations.RunPython.noop),
    ]
