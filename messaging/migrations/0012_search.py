"""Messages stand in the index of the search, with what was said in their recordings and stands in their files."""

from django.db import migrations, models

# What one can look for of a message: its words as they were last changed, and those of its files. Nothing of one that
# was taken back or is to be forgotten, of a reaction, or of what was asked for with a code.
PUT = """
CREATE FUNCTION messaging_index(p_message messaging_message) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_text text := p_message.text;
    v_later messaging_message;
BEGIN
    IF p_message.external_id <> '' THEN
        SELECT m.* INTO v_later FROM messaging_message m
        WHERE m.tenant_id = p_message.tenant_id AND m.conversation_id = p_message.conversation_id
          AND m.reply_to = p_message.external_id AND m.kind IN ('edit', 'deletion')
          AND m.direction = p_message.direction
        ORDER BY m.kind, m.seq DESC LIMIT 1;  -- 'deletion' comes before 'edit': what was taken back stays so
        IF FOUND THEN
            v_text := v_later.text;
        END IF;
    END IF;
    v_text := concat_ws(' ', nullif(v_text, ''), (
        SELECT string_agg(a.text, ' ' ORDER BY a.id) FROM messaging_attachment a
        WHERE a.tenant_id = p_message.tenant_id AND a.message_id = p_message.id AND a.text <> ''
    ));
    IF v_text = '' OR v_later.kind = 'deletion' OR v_later.forgotten_at IS NOT NULL
        OR p_message.forgotten_at IS NOT NULL OR p_message.kind IN ('reaction', 'pairing', 'pairing_refused')
    THEN
        DELETE FROM memory_entry e WHERE e.tenant_id = p_message.tenant_id AND e.id = p_message.id;
    ELSE
        PERFORM memory_put(p_message.tenant_id, p_message.id, 'message', p_message.conversation_id, p_message.seq,
            p_message.sent_at, '', NULL, v_text, messaging_speaker(p_message));
    END IF;
END $$
"""

# The name of who said it: of the person, of whoever of the team wrote, or that it was the assistant.
SPEAKER = """
CREATE FUNCTION messaging_speaker(p_message messaging_message) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT CASE
        WHEN p_message.contact_id IS NOT NULL THEN (
            SELECT c.name FROM tenants_app_contact c
            WHERE c.tenant_id = p_message.tenant_id AND c.id = p_message.contact_id)
        WHEN p_message.direction = 'out' AND p_message.author = '' THEN 'assistant'
        ELSE substr(p_message.author, strpos(p_message.author, ':') + 1) END
$$
"""

OF_MESSAGES = """
CREATE FUNCTION messaging_index_message() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_about messaging_message;
BEGIN
    IF NEW.kind NOT IN ('edit', 'deletion') THEN
        PERFORM messaging_index(NEW);
    ELSE
        FOR v_about IN SELECT m.* FROM messaging_message m
            WHERE m.tenant_id = NEW.tenant_id AND m.conversation_id = NEW.conversation_id
              AND m.external_id = NEW.reply_to AND m.external_id <> '' AND m.kind NOT IN ('edit', 'deletion')
        LOOP
            PERFORM messaging_index(v_about);
        END LOOP;
    END IF;
    RETURN NULL;
END $$
"""

GONE = """
CREATE FUNCTION messaging_unindex_messages() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM memory_entry e USING gone g WHERE e.tenant_id = g.tenant_id AND e.id = g.id;
    RETURN NULL;
END $$
"""

OF_FILES = """
CREATE FUNCTION messaging_index_file() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM messaging_index(m) FROM messaging_message m WHERE m.tenant_id = NEW.tenant_id AND m.id = NEW.message_id;
    RETURN NULL;
END $$
"""

# A contact's new name is known to the search for what they said before, too.
OF_NAMES = """
CREATE FUNCTION messaging_index_name() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM messaging_index(m)
    FROM messaging_message m JOIN messaging_conversation c ON c.tenant_id = m.tenant_id AND c.id = m.conversation_id
    WHERE c.tenant_id = NEW.tenant_id AND c.contact_id = NEW.id AND m.contact_id = NEW.id
      AND m.kind NOT IN ('edit', 'deletion');
    RETURN NULL;
END $$
"""

SAID = "NEW.kind NOT IN ('reaction', 'pairing', 'pairing_refused') AND (NEW.text <> '' OR NEW.kind = 'deletion')"
TRIGGERS = (
    f"""CREATE TRIGGER messaging_search_inserted AFTER INSERT ON messaging_message
        FOR EACH ROW WHEN ({SAID}) EXECUTE FUNCTION messaging_index_message()""",
    """CREATE TRIGGER messaging_search_updated AFTER UPDATE OF text, kind, forgotten_at, contact_id ON messaging_message
       FOR EACH ROW EXECUTE FUNCTION messaging_index_message()""",
    """CREATE TRIGGER messaging_search_deleted AFTER DELETE ON messaging_message
       REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION messaging_unindex_messages()""",
    """CREATE TRIGGER messaging_search_inserted AFTER INSERT ON messaging_attachment
       FOR EACH ROW WHEN (NEW.text <> '') EXECUTE FUNCTION messaging_index_file()""",
    """CREATE TRIGGER messaging_search_updated AFTER UPDATE OF text ON messaging_attachment
       FOR EACH ROW WHEN (NEW.text IS DISTINCT FROM OLD.text) EXECUTE FUNCTION messaging_index_file()""",
    """CREATE TRIGGER messaging_search_renamed AFTER UPDATE OF name ON tenants_app_contact
       FOR EACH ROW WHEN (NEW.name IS DISTINCT FROM OLD.name) EXECUTE FUNCTION messaging_index_name()""",
)
STANDING = "SELECT messaging_index(m) FROM messaging_message m WHERE m.kind NOT IN ('edit', 'deletion')"
FUNCTIONS = (SPEAKER, PUT, OF_MESSAGES, GONE, OF_FILES, OF_NAMES)
DROPPED = (
    "DROP TRIGGER messaging_search_renamed ON tenants_app_contact",
    "DROP TRIGGER messaging_search_updated ON messaging_attachment",
    "DROP TRIGGER messaging_search_inserted ON messaging_attachment",
    "DROP TRIGGER messaging_search_deleted ON messaging_message",
    "DROP TRIGGER messaging_search_updated ON messaging_message",
    "DROP TRIGGER messaging_search_inserted ON messaging_message",
    "DROP FUNCTION messaging_index_name, messaging_index_file, messaging_unindex_messages, messaging_index_message",
    "DROP FUNCTION messaging_index, messaging_speaker",
    "DELETE FROM memory_entry WHERE source = 'message'",
)


def create(apps, schema_editor):
    for statement in (*FUNCTIONS, *TRIGGERS, STANDING):
        schema_editor.execute(statement, params=None)


def drop(apps, schema_editor):
    for statement in DROPPED:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0011_memory"), ("memory", "0002_search")]
    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                fields=["tenant", "conversation", "reply_to"],
                condition=models.Q(kind__in=("edit", "deletion")),
                name="message_changed",
            ),
        ),
        migrations.RunPython(create, drop),
    ]
