"""The index of the search: how texts become words, the triggers that keep it, and the one way to look in it."""

from django.db import migrations, models

from tenants_app.isolation import CURRENT_TENANT, role

# Runs of letters and digits, as the question's words are found too: PostgreSQL's parser would take "house/garden" for a
# path and "sold.Great" for a host, and neither would be found by its words.
FOLD = r"""
CREATE FUNCTION memory_fold(p_text text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT translate(lower(public.unaccent('public.unaccent', left(p_text, 65536))), './_-:@&+', '        ')
$$
"""

# A text's language is the one whose stop words take out more of it: the fewer words stay. Where that does not tell, it is
# kept as both. What somebody asks has another weight than what they state: a question rarely is the answer to another.
WORDS = r"""
CREATE FUNCTION memory_words(p_text text, p_asks boolean) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_said text := left(p_text, 65536);
    v_asked text;
    v_english tsvector;
    v_spanish tsvector;
BEGIN
    IF p_asks AND strpos(v_said, '?') > 0 THEN
        SELECT string_agg(s, ' ') FILTER (WHERE right(s, 1) <> '?'), string_agg(s, ' ') FILTER (WHERE right(s, 1) = '?')
        INTO v_said, v_asked FROM regexp_split_to_table(v_said, '(?<=[.!?…\n])') AS s;
    END IF;
    v_said := memory_fold(coalesce(v_said, ''));
    v_english := to_tsvector('pg_catalog.english', v_said);
    v_spanish := to_tsvector('pg_catalog.spanish', v_said);
    IF v_asked IS NOT NULL THEN
        v_asked := memory_fold(v_asked);
        v_english := v_english || setweight(to_tsvector('pg_catalog.english', v_asked), 'C');
        v_spanish := v_spanish || setweight(to_tsvector('pg_catalog.spanish', v_asked), 'C');
    END IF;
    RETURN CASE sign(length(v_english) - length(v_spanish))
        WHEN -1 THEN v_english WHEN 1 THEN v_spanish ELSE v_english || v_spanish END;
END $$
"""

# "@" and the words of who said it: one can ask for what somebody said.
NAMES = """
CREATE FUNCTION memory_names(p_speaker text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_to_tsvector(ARRAY(
        SELECT '@' || word
        FROM unnest(tsvector_to_array(to_tsvector('pg_catalog.simple', public.memory_fold(left(p_speaker, 200))))) AS word
    ))
$$
"""

# One entry in 8, and one in 64, can be found as a sample of all. Which of them it is, the last byte of its id says.
SAMPLE = """
CREATE FUNCTION memory_sample(p_id uuid) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN byte < 4 THEN '''%8'' ''%64'''::tsvector WHEN byte < 32 THEN '''%8'''::tsvector ELSE ''::tsvector END
    FROM get_byte(uuid_send(p_id), 15) AS byte
$$
"""

# What the index looks entries up by: each word of each tenant is a key of its own, so that a tenant's words are found
# without passing by those of all others, and what has two words is found without fetching what has one.
KEYS = """
CREATE FUNCTION memory_keys(p_tenant uuid, p_lexemes text[]) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ARRAY(SELECT hashtextextended(word, uuid_hash_extended(p_tenant, 0)) FROM unnest(p_lexemes) AS word)
$$
"""
HAS = "memory_keys(e.tenant_id, tsvector_to_array(e.vector)) && "

# Words that say a time. A message that has one often is the answer to "when".
TIMES = """
CREATE FUNCTION memory_times() RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (replace(plainto_tsquery('pg_catalog.english', 'yesterday today tonight tomorrow morning afternoon evening
        night weekend week month year day ago last next since monday tuesday wednesday thursday friday saturday sunday
        january february march april may june july august september october november december spring summer autumn fall
        winter christmas easter birthday anniversary hour minute')::text, '&', '|')
    || ' | ' || replace(plainto_tsquery('pg_catalog.spanish', 'ayer hoy manana anoche tarde noche semana mes ano dia hace
        pasado pasada proximo proxima lunes martes miercoles jueves viernes sabado domingo enero febrero marzo abril
        mayo junio julio agosto septiembre octubre noviembre diciembre primavera verano otono invierno navidad hora
        minuto')::text, '&', '|'))::tsquery
$$
"""

# Puts an entry into the index, or another text in its place.
PUT = """
CREATE FUNCTION memory_put(
    p_tenant uuid, p_id uuid, p_source text, p_chat uuid, p_seq bigint, p_at timestamptz, p_audience text,
    p_contact uuid, p_text text, p_speaker text
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_words tsvector := memory_words(p_text, p_source IN ('message', 'imported'));
    v_vector tsvector := v_words || memory_names(p_speaker) || memory_sample(p_id)
        || CASE WHEN v_words @@ memory_times() THEN '''%when'''::tsvector ELSE ''::tsvector END;
BEGIN
    INSERT INTO memory_entry AS e (id, tenant_id, source, chat, seq, at, audience, contact, length, vector)
    VALUES (p_id, p_tenant, p_source, p_chat, p_seq, p_at, p_audience, p_contact, least(length(v_words), 32767), v_vector)
    ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, at = excluded.at, audience = excluded.audience,
        contact = excluded.contact, length = excluded.length, vector = excluded.vector
    WHERE e.tenant_id = excluded.tenant_id;
END $$
"""

# A document in pieces that say one thing: paragraphs under their heading, small ones together, large ones cut.
PARAGRAPHS = r"""
CREATE FUNCTION memory_paragraphs(p_content text)
RETURNS TABLE (number bigint, heading text, body text) LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_line text;
    v_words integer := 0;
BEGIN
    number := 0;
    heading := '';
    body := '';
    FOR v_line IN SELECT regexp_split_to_table(p_content || E'\n\n# ', '\r?\n') LOOP
        IF v_words > 0 AND (
            v_line ~ '^#{1,6}\s' OR v_words >= 150 OR (v_words >= 60 AND btrim(v_line) = '')
        ) THEN
            number := number + 1;
            RETURN NEXT;
            body := '';
            v_words := 0;
        END IF;
        IF v_line ~ '^#{1,6}\s' THEN
            heading := btrim(v_line, E'# \t');
        ELSIF btrim(v_line) <> '' THEN
            body := concat_ws(E'\n', nullif(body, ''), v_line);
            v_words := v_words + cardinality(regexp_split_to_array(btrim(v_line), '\s+'));
        END IF;
    END LOOP;
END $$
"""

OF_DOCUMENTS = """
CREATE FUNCTION memory_index_document() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM memory_entry e WHERE e.tenant_id = OLD.tenant_id AND e.chat = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.deleted_at IS NULL THEN
        PERFORM memory_put(NEW.tenant_id, md5(concat(NEW.id, '/', p.number))::uuid, 'document', NEW.id, p.number,
            NEW.changed_at, NEW.audience, NEW.contact_id,
            concat_ws(' ', NEW.title, p.heading, p.body, CASE WHEN p.number = 1 THEN concat(NEW.path, ' ', NEW.about) END), '')
        FROM memory_paragraphs(NEW.content) p;
    END IF;
    RETURN NULL;
END $$
"""

OF_FACTS = """
CREATE FUNCTION memory_index_fact() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.withdrawn_at IS NOT NULL THEN
        DELETE FROM memory_entry e WHERE e.tenant_id = OLD.tenant_id AND e.id = OLD.id;
    ELSE
        PERFORM memory_put(NEW.tenant_id, NEW.id, 'fact', NEW.id, 0, NEW.valid_from, NEW.audience, NEW.contact_id,
            concat_ws(' ', NEW.subject, NEW.predicate, NEW.value), '');
    END IF;
    RETURN NULL;
END $$
"""

# A whole chat comes, or is numbered anew, in one statement.
OF_IMPORTED = """
CREATE FUNCTION memory_index_imported() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM memory_entry e USING gone g WHERE e.tenant_id = g.tenant_id AND e.id = g.id;
    ELSIF TG_OP = 'INSERT' THEN
        PERFORM memory_put(n.tenant_id, n.id, 'imported', n.chat_id, n.seq, n.at, '', NULL, n.text, n.speaker) FROM new_rows n;
    ELSE
        UPDATE memory_entry e SET seq = n.seq FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE e.tenant_id = n.tenant_id AND e.id = n.id AND e.seq <> n.seq AND (n.text, n.speaker) = (o.text, o.speaker);
        PERFORM memory_put(n.tenant_id, n.id, 'imported', n.chat_id, n.seq, n.at, '', NULL, n.text, n.speaker)
        FROM new_rows n JOIN old_rows o ON o.id = n.id WHERE (n.text, n.speaker) <> (o.text, o.speaker);
    END IF;
    RETURN NULL;
END $$
"""

TRIGGERS = (
    """CREATE TRIGGER memory_search_written AFTER INSERT
       OR UPDATE OF content, path, title, about, audience, contact_id, deleted_at OR DELETE
       ON memory_document FOR EACH ROW EXECUTE FUNCTION memory_index_document()""",
    """CREATE TRIGGER memory_search_written AFTER INSERT
       OR UPDATE OF subject, predicate, value, audience, contact_id, valid_from, withdrawn_at OR DELETE
       ON memory_fact FOR EACH ROW EXECUTE FUNCTION memory_index_fact()""",
    """CREATE TRIGGER memory_search_inserted AFTER INSERT ON memory_importedmessage
       REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION memory_index_imported()""",
    """CREATE TRIGGER memory_search_updated AFTER UPDATE ON memory_importedmessage
       REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT
       EXECUTE FUNCTION memory_index_imported()""",
    """CREATE TRIGGER memory_search_deleted AFTER DELETE ON memory_importedmessage
       REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION memory_index_imported()""",
)

# Each word's stems, in English and in Spanish; a stop word has none.
STEMS = """
CREATE FUNCTION memory_stems(p_words text[]) RETURNS TABLE (word text, english text[], spanish text[])
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT w, tsvector_to_array(to_tsvector('pg_catalog.english', memory_fold(w))),
           tsvector_to_array(to_tsvector('pg_catalog.spanish', memory_fold(w)))
    FROM unnest(p_words) AS w
$$
"""

# How many entries of a sample, or of all, the tenant has, counted up to `p_most`, and their mean length.
SIZE = f"""
CREATE FUNCTION memory_size(p_sample text, p_most integer) RETURNS TABLE (entries bigint, mean_length double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_tenant uuid := {CURRENT_TENANT};
BEGIN
    RETURN QUERY EXECUTE 'SELECT count(*), coalesce(avg(s.length), 0)::double precision FROM (
        SELECT e.length FROM memory_entry e WHERE e.tenant_id = $1'
        || CASE WHEN p_sample <> '' THEN ' AND {HAS} $2' ELSE '' END || ' LIMIT $3) AS s'
        USING v_tenant, memory_keys(v_tenant, ARRAY[p_sample]), p_most;
END $$
"""

# In how many entries of the sample each word stands.
FREQUENCIES = f"""
CREATE FUNCTION memory_frequencies(p_sample text) RETURNS TABLE (lexeme text, entries bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_tenant uuid := {CURRENT_TENANT};
BEGIN
    RETURN QUERY EXECUTE 'SELECT w, count(*) FROM memory_entry e, unnest(tsvector_to_array(e.vector)) AS w
        WHERE e.tenant_id = $1 AND {HAS} $2 GROUP BY w' USING v_tenant, memory_keys(v_tenant, ARRAY[p_sample]);
END $$
"""

# An expression for the bits of the queries that an entry `e` answers; one look first whether it answers any.
BITS = """
CREATE FUNCTION memory_bits(p_queries text[]) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT CASE count(*) WHEN 0 THEN '0::bigint' ELSE
        format('(CASE WHEN e.vector @@ %L::tsquery THEN %s ELSE 0 END)::bigint', string_agg(q, ' | '),
            string_agg(format('((e.vector @@ %L::tsquery)::integer::bigint << %s)', q, n - 1), ' | ')) END
    FROM unnest(p_queries) WITH ORDINALITY AS u(q, n) WHERE q <> ''
$$
"""

# What is told of an entry `e`. Only a few ask with one of the words, so most bits are worked out once: where none stands
# in a question, what is matched is stated.
COLUMNS = """
CREATE FUNCTION memory_columns(p_terms text[], p_stated text[], p_names text[]) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT format('e.id, e.source::text, e.chat, e.seq, extract(epoch FROM e.at)::double precision, e.length::bigint,
        %s, CASE WHEN e.vector @@ %L::tsquery THEN %s ELSE -1 END, %s, (e.vector @@ %L::tsquery)::integer::bigint',
        memory_bits(p_terms),
        coalesce((SELECT string_agg(replace(q, ':D', ':C'), ' | ') FROM unnest(p_stated) AS q WHERE q <> ''), ''),
        memory_bits(p_stated), memory_bits(p_names), '''%when''')
$$
"""

# The tenant's entries that the viewer may see and that have one of `p_any`, or of `p_both`, [[lexemes, lexemes], …], one
# of the first and one of the second. With a bit for each of `p_terms` that stands in them,
# of `p_stated` that does so outside of questions, and of `p_names` that said them; `timed`: it says a time. Row-level
# security would keep PostgreSQL from the index: hence the owner's rights; the tenant is the setting's, never an
# argument's. `p_chats`: of a customer, the only chats; of staff, those hidden from
# them. Values stand in the statement, so that PostgreSQL plans for them.
CANDIDATES = f"""
CREATE FUNCTION memory_candidates(
    p_any text[], p_both jsonb, p_terms text[], p_stated text[], p_names text[], p_role text, p_contact uuid, p_chats uuid[],
    p_since timestamptz, p_until timestamptz, p_most integer
) RETURNS TABLE (
    id uuid, source text, chat uuid, seq bigint, at double precision, length bigint, matched bigint, stated bigint,
    spoken bigint, timed bigint
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_tenant uuid := {CURRENT_TENANT};
    v_columns text;
    v_wanted text;
    v_found text;
    v_seen text[];
BEGIN
    v_columns := 'SELECT ' || memory_columns(p_terms, p_stated, p_names) || ' FROM memory_entry e';
    SELECT string_agg(format('{HAS} %L AND {HAS} %L',
        memory_keys(v_tenant, ARRAY(SELECT jsonb_array_elements_text(b -> 0))),
        memory_keys(v_tenant, ARRAY(SELECT jsonb_array_elements_text(b -> 1)))), ' OR ')
    INTO v_wanted FROM jsonb_array_elements(p_both) AS b;
    v_wanted := concat_ws(
        ' OR ', CASE WHEN p_any <> '{{}}' THEN format('{HAS} %L', memory_keys(v_tenant, p_any)) END, v_wanted);
    v_found := format(' WHERE e.tenant_id = %L AND (%s)', v_tenant, v_wanted)
        || CASE WHEN p_since IS NULL THEN '' ELSE format(' AND e.at >= %L', p_since) END
        || CASE WHEN p_until IS NULL THEN '' ELSE format(' AND e.at < %L', p_until) END;
    v_seen := CASE p_role
        WHEN 'owner' THEN ARRAY['']
        WHEN 'staff' THEN ARRAY[format(' AND e.audience <> ''owner'' AND e.chat <> ALL (%L)', p_chats)]
        WHEN 'customer' THEN ARRAY[
            format(' AND e.source = ''message'' AND e.chat = ANY (%L)', p_chats),
            format(' AND (e.audience = ''public'' OR e.audience = ''contact'' AND e.contact = %L)', p_contact)]
        END;
    IF v_seen IS NULL THEN
        RAISE EXCEPTION 'no role: %', p_role;
    END IF;
    RETURN QUERY EXECUTE array_to_string(
        ARRAY(SELECT format('(%s%s%s LIMIT %s)', v_columns, v_found, s, p_most) FROM unnest(v_seen) AS s), ' UNION ALL ');
END $$
"""

# The entries in these places of chats, with the same bits. The caller may see the chats.
NEIGHBOURS = f"""
CREATE FUNCTION memory_neighbours(p_chats uuid[], p_seqs bigint[], p_terms text[], p_stated text[], p_names text[])
RETURNS TABLE (
    id uuid, source text, chat uuid, seq bigint, at double precision, length bigint, matched bigint, stated bigint,
    spoken bigint, timed bigint
) LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN QUERY EXECUTE 'SELECT ' || memory_columns(p_terms, p_stated, p_names) || ' FROM unnest($1, $2) AS p(chat, seq)
        JOIN memory_entry e ON e.tenant_id = $3 AND e.chat = p.chat AND e.seq = p.seq'
    USING p_chats, p_seqs, {CURRENT_TENANT};
END $$
"""

INDEX = """
CREATE INDEX memory_entry_words ON memory_entry USING gin (memory_keys(tenant_id, tsvector_to_array(vector)))
WITH (fastupdate = off)
"""

PLAIN = (FOLD, WORDS, NAMES, SAMPLE, KEYS, TIMES, PUT, PARAGRAPHS, STEMS, BITS, COLUMNS, NEIGHBOURS, OF_DOCUMENTS, OF_FACTS, OF_IMPORTED)
OF_THE_OWNER = (SIZE, FREQUENCIES, CANDIDATES)
NAMED = (
    "memory_candidates", "memory_neighbours", "memory_columns", "memory_bits", "memory_frequencies", "memory_size", "memory_stems", "memory_index_imported",
    "memory_index_fact", "memory_index_document", "memory_paragraphs", "memory_put", "memory_times", "memory_sample", "memory_names",
    "memory_words", "memory_fold", "memory_keys",
)


def create(apps, schema_editor):
    for statement in (*PLAIN, *OF_THE_OWNER, INDEX, *TRIGGERS):
        schema_editor.execute(statement, params=None)
    for name in ("memory_size", "memory_frequencies", "memory_candidates"):
        schema_editor.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC", params=None)
        schema_editor.execute(f"GRANT EXECUTE ON FUNCTION {name} TO {role('app')}, {role('operator')}", params=None)


def drop(apps, schema_editor):
    for table, event in (
        ("memory_document", "written"), ("memory_fact", "written"), ("memory_importedmessage", "inserted"),
        ("memory_importedmessage", "updated"), ("memory_importedmessage", "deleted"),
    ):
        schema_editor.execute(f"DROP TRIGGER memory_search_{event} ON {table}", params=None)
    schema_editor.execute("DROP INDEX memory_entry_words", params=None)
    for name in NAMED:
        schema_editor.execute(f"DROP FUNCTION {name}", params=None)


class Migration(migrations.Migration):
    dependencies = [("memory", "0001_initial")]
    operations = [
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                fields=["tenant", "audience", "contact"], condition=~models.Q(audience=""), name="entry_audience"
            ),
        ),
        migrations.RunPython(create, drop),
    ]
