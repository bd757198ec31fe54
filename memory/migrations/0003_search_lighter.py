"""What keeps the index of the search does with less work per message; headings without a body are found, too.

What is found of messages stays as it was. Documents are put into the index anew, a few at a time.
"""

from importlib import import_module

from django.db import connection, migrations

BEFORE = import_module("memory.migrations.0002_search")
BATCH = 200  # documents

# One call for each sign: replace() finds nothing in no time, translate() looks at each letter for each sign.
FOLD = r"""
CREATE OR REPLACE FUNCTION memory_fold(p_text text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN replace(replace(replace(replace(replace(replace(replace(replace(
        lower(public.unaccent('public.unaccent', left(p_text, 65536))),
        '.', ' '), '/', ' '), '_', ' '), '-', ' '), ':', ' '), '@', ' '), '&', ' '), '+', ' ');
END $$
"""

# As before, without a query to take a text with questions apart.
WORDS = r"""
CREATE OR REPLACE FUNCTION memory_words(p_text text, p_asks boolean) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_said text := left(coalesce(p_text, ''), 65536);
    v_part text;
    v_states text[];
    v_asks text[];
    v_asked text;
    v_english tsvector;
    v_spanish tsvector;
BEGIN
    IF p_asks AND strpos(v_said, '?') > 0 THEN
        FOREACH v_part IN ARRAY regexp_split_to_array(v_said, '(?<=[.!?…\n])') LOOP
            IF right(v_part, 1) = '?' THEN
                v_asks := v_asks || v_part;
            ELSE
                v_states := v_states || v_part;
            END IF;
        END LOOP;
        v_said := coalesce(array_to_string(v_states, ' '), '');
        v_asked := memory_fold(array_to_string(v_asks, ' '));
    END IF;
    v_said := memory_fold(v_said);
    v_english := to_tsvector('pg_catalog.english', v_said);
    v_spanish := to_tsvector('pg_catalog.spanish', v_said);
    IF v_asked IS NOT NULL THEN
        v_english := v_english || setweight(to_tsvector('pg_catalog.english', v_asked), 'C');
        v_spanish := v_spanish || setweight(to_tsvector('pg_catalog.spanish', v_asked), 'C');
    END IF;
    RETURN CASE sign(length(v_english) - length(v_spanish))
        WHEN -1 THEN v_english WHEN 1 THEN v_spanish ELSE v_english || v_spanish END;
END $$
"""

NAMES = """
CREATE OR REPLACE FUNCTION memory_names(p_speaker text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    v_word text;
    v_names text[] := '{}';
BEGIN
    FOREACH v_word IN ARRAY tsvector_to_array(
        to_tsvector('pg_catalog.simple', public.memory_fold(left(coalesce(p_speaker, ''), 200)))
    ) LOOP
        v_names := v_names || ('@' || v_word);
    END LOOP;
    RETURN array_to_tsvector(v_names);
END $$
"""

# An expression alone, which PostgreSQL puts in the place of the call.
SAMPLE = """
CREATE OR REPLACE FUNCTION memory_sample(p_id uuid) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN get_byte(uuid_send(p_id), 15) < 4 THEN '''%8'' ''%64'''::tsvector
        WHEN get_byte(uuid_send(p_id), 15) < 32 THEN '''%8'''::tsvector ELSE ''::tsvector END
$$
"""

# The keys that the index has: an SQL function would be parsed and planned anew for each row that is written.
KEYS = """
CREATE OR REPLACE FUNCTION memory_keys(p_tenant uuid, p_lexemes text[]) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    v_word text;
    v_seed bigint := uuid_hash_extended(p_tenant, 0);
    v_keys bigint[] := '{}';
BEGIN
    FOREACH v_word IN ARRAY p_lexemes LOOP
        v_keys := v_keys || hashtextextended(v_word, v_seed);
    END LOOP;
    RETURN v_keys;
END $$
"""

PUT = """
CREATE OR REPLACE FUNCTION memory_put(
    p_tenant uuid, p_id uuid, p_source text, p_chat uuid, p_seq bigint, p_at timestamptz, p_audience text,
    p_contact uuid, p_text text, p_speaker text
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_words tsvector := memory_words(p_text, p_source IN ('message', 'imported'));
    v_vector tsvector := v_words || memory_names(p_speaker) || memory_sample(p_id);
BEGIN
    IF v_words @@ memory_times() THEN
        v_vector := v_vector || '''%when'''::tsvector;
    END IF;
    INSERT INTO memory_entry AS e (id, tenant_id, source, chat, seq, at, audience, contact, length, vector)
    VALUES (p_id, p_tenant, p_source, p_chat, p_seq, p_at, p_audience, p_contact, least(length(v_words), 32767), v_vector)
    ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, at = excluded.at, audience = excluded.audience,
        contact = excluded.contact, length = excluded.length, vector = excluded.vector
    WHERE e.tenant_id = excluded.tenant_id;
END $$
"""

# A heading with nothing under it stands before the next one: "Prices — Cleaning". Many of them, as of a list, and those
# at the end are pieces of their own.
PARAGRAPHS = r"""
CREATE OR REPLACE FUNCTION memory_paragraphs(p_content text)
RETURNS TABLE (number bigint, heading text, body text) LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_line text;
    v_opens boolean;
    v_words integer := 0;
    v_bare boolean := false;  -- nothing was given out yet that has the heading
BEGIN
    number := 0;
    heading := '';
    body := '';
    FOREACH v_line IN ARRAY regexp_split_to_array(p_content, '\r?\n') LOOP
        v_opens := v_line ~ '^#{1,6}\s';
        IF v_words > 0 AND (v_opens OR v_words >= 150 OR (v_words >= 60 AND btrim(v_line) = ''))
            OR v_opens AND v_bare AND length(heading) >= 400
        THEN
            number := number + 1;
            RETURN NEXT;
            body := '';
            v_words := 0;
            v_bare := false;
        END IF;
        IF v_opens THEN
            heading := concat_ws(
                ' — ', CASE WHEN v_bare THEN heading END, nullif(btrim(v_line, E'# \t'), ''));
            v_bare := heading <> '';
        ELSIF btrim(v_line) <> '' THEN
            body := concat_ws(E'\n', nullif(body, ''), v_line);
            v_words := v_words + cardinality(regexp_split_to_array(btrim(v_line), '\s+'));
        END IF;
    END LOOP;
    IF v_words > 0 OR v_bare THEN
        number := number + 1;
        RETURN NEXT;
    END IF;
END $$
"""

# What was forgotten keeps its place in the chat without its text, and stands in no index.
OF_IMPORTED = """
CREATE OR REPLACE FUNCTION memory_index_imported() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM memory_entry e USING gone g WHERE e.tenant_id = g.tenant_id AND e.id = g.id;
    ELSIF TG_OP = 'INSERT' THEN
        PERFORM memory_put(n.tenant_id, n.id, 'imported', n.chat_id, n.seq, n.at, '', NULL, n.text, n.speaker)
        FROM new_rows n WHERE n.text <> '';
    ELSE
        DELETE FROM memory_entry e USING new_rows n WHERE e.tenant_id = n.tenant_id AND e.id = n.id AND n.text = '';
        UPDATE memory_entry e SET seq = n.seq FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE e.tenant_id = n.tenant_id AND e.id = n.id AND e.seq <> n.seq AND (n.text, n.speaker) = (o.text, o.speaker);
        PERFORM memory_put(n.tenant_id, n.id, 'imported', n.chat_id, n.seq, n.at, '', NULL, n.text, n.speaker)
        FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE (n.text, n.speaker) <> (o.text, o.speaker) AND n.text <> '';
    END IF;
    RETURN NULL;
END $$
"""

NAMED = ("FOLD", "WORDS", "NAMES", "SAMPLE", "KEYS", "PUT", "PARAGRAPHS", "OF_IMPORTED")

# What the function before put there of messages without a text. (Going back leaves them out, which does no harm.)
BLANK = """
    DELETE FROM memory_entry e USING memory_importedmessage m
    WHERE m.text = '' AND e.tenant_id = m.tenant_id AND e.id = m.id
"""
# Setting what is set already makes the trigger put the document's paragraphs into the index as the functions now stand.
NEXT = """
    WITH batch AS (SELECT d.id FROM memory_document d WHERE d.id > %s ORDER BY d.id LIMIT %s FOR NO KEY UPDATE),
    again AS (UPDATE memory_document d SET content = d.content FROM batch WHERE d.id = batch.id RETURNING d.id)
    SELECT id FROM again ORDER BY id DESC LIMIT 1
"""


def create(apps, schema_editor):
    for name in NAMED:
        schema_editor.execute(globals()[name], params=None)


def restore(apps, schema_editor):
    for name in NAMED:
        before = getattr(BEFORE, name).replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
        schema_editor.execute(before, params=None)


def index_anew(apps, schema_editor):
    """In short transactions; broken off, it may be begun again."""
    with connection.cursor() as cursor:
        cursor.execute(BLANK)
        last = "00000000-0000-0000-0000-000000000000"
        while last is not None:
            cursor.execute(NEXT, [last, BATCH])
            (last,) = cursor.fetchone() or (None,)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("memory", "0002_search")]
    operations = [
        migrations.RunPython(migrations.RunPython.noop, index_anew),
        migrations.RunPython(create, restore, atomic=True),
        migrations.RunPython(index_anew, migrations.RunPython.noop),
    ]
