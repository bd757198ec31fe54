"""Where words stand: a walk through every column that can hold text, of every table, and through the tenant's files.

It reads the database's own catalogue and no list of ours, so that a table yet to be made is walked as well. For
operators: it looks past tenants only where a table belongs to none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from psycopg import sql

from tenants_app.deletion import tenant_files
from tenants_app.marks import LEAST_ADDRESS, address_pattern, encoded, folded
from tenants_app.models import Tenant
from tenants_app.scope import set_tenant

COLUMNS = """
    SELECT c.relname, a.attname, t.typname
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY c.relname, a.attnum"""
NO_WORDS = frozenset(
    {"bool", "int2", "int4", "int8", "float4", "float8", "numeric", "uuid", "_uuid", "oid"}
    | {"date", "time", "timetz", "timestamp", "timestamptz", "interval"}
)
TENANTS = "tenants_app_tenant"
SHORT_WORD = 7  # letters; it is looked for as a whole, as "Ana" stands in "banana"
CHUNK = 1 << 20  # bytes of a file
LEAST_LETTERS = 4  # of a word that is looked for among stems
LEAST_WORDS = 2  # for which an index of words is looked through


@dataclass(frozen=True, kw_only=True, order=True)
class Trace:
    """A column, or a file, in which one of the words stands."""

    table: str  # "file" for a file
    column: str  # "" for a file: its content or name
    row: str  # its key, or the file's path below the tenant's folder

    def __str__(self) -> str:
        return f"{self.table}.{self.column} {self.row}" if self.column else f"{self.table} {self.row}"


@dataclass(frozen=True, kw_only=True)
class Table:
    name: str
    columns: dict[str, str]  # every column with its type

    @property
    def tenant_column(self) -> str:
        if self.name == TENANTS:
            return "id"
        return "tenant_id" if "tenant_id" in self.columns else ""

    @property
    def wordy(self) -> dict[str, str]:
        return {name: kind for name, kind in self.columns.items() if kind not in NO_WORDS}

    @property
    def key(self) -> str:
        return "id" if "id" in self.columns else next(iter(self.columns))


def tables() -> list[Table]:
    """All of them, of tenants and of the installation, that can hold words."""
    found: dict[str, dict[str, str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        for table, column, kind in cursor.fetchall():
            found.setdefault(table, {})[column] = kind
    return [table for name, columns in found.items() if (table := Table(name=name, columns=columns)).wordy]


@dataclass(frozen=True, kw_only=True)
class Needles:
    """Words in each form in which a column may hold them."""

    texts: Sequence[str]
    codes: Sequence[str]  # as base64 holds them, letter by letter
    bodies: Sequence[str]  # as PostgreSQL's `encode(…, 'escape')` shows bytes
    stems: Sequence[Sequence[str]]  # the beginnings of the words of each
    patterns: str  # a regular expression for numbers, those of phones however they are written, and for short words

    @classmethod
    def of(cls, words: Sequence[str]) -> Needles:
        numbers = [word for word in words if word.isdigit() and len(word) >= LEAST_ADDRESS]
        short = [word for word in words if word.isalpha() and len(word) <= SHORT_WORD]
        others = [word for word in words if word.strip() and word not in {*numbers, *short}]
        forms = {form for word in others for form in written(word)}
        forms |= {spelled(form) for form in forms}
        whole = [f"(?<![0-9a-f]){number}(?![0-9a-f])" for number in numbers]  # not within a hash
        whole += [whole_word(form) for word in short for form in sorted(written(word))]
        return cls(
            texts=sorted(forms),
            codes=sorted({form for word in words for form in encoded(word)}),
            bodies=sorted({escaped(form) for form in forms}),
            stems=[found for word in words if (found := stems_of(word))],
            patterns="|".join([*whole, *map(address_pattern, numbers)]),
        )


def whole_word(word: str) -> str:
    """A regular expression; the letter before may be that of an escape, as JSON writes a line break."""
    return rf"(?:(?<![0-9a-z])|\\[nrt]){re.escape(word)}(?![0-9a-z])"


def written(word: str) -> set[str]:
    """Each way of writing it that comes to something else where only ASCII's letters are made small."""
    return {plain_lower(form) for form in (word, word.lower(), word.upper(), word.title(), folded(word))}


def plain_lower(text: str) -> str:
    return "".join(each.lower() if each.isascii() else each for each in text)


def spelled(text: str) -> str:
    """As JSON in ASCII spells it."""
    return json.dumps(text)[1:-1]


def escaped(text: str) -> str:
    """As PostgreSQL shows the bytes of a text, in lower case."""
    raw = text.encode("utf-8", "surrogatepass")
    shown = ("\\\\" if byte == 0x5C else chr(byte) if 0 < byte < 0x80 else f"\\{byte:03o}" for byte in raw)
    return "".join(shown)


def stems_of(text: str) -> list[str]:
    words = [word[:6] for word in re.findall(r"\w+", folded(text)) if len(word) >= LEAST_LETTERS]
    return words if len(words) >= LEAST_WORDS else []


def find_traces(tenant: Tenant, words: Sequence[str]) -> list[Trace]:
    """Every place that holds one of the words, whatever their case. As an operator, outside of any scope."""
    needles = Needles.of(words)
    if not needles.texts and not needles.patterns:
        return []
    found = [trace for table in tables() for trace in traces_in(table, tenant, needles)]
    return sorted([*found, *traces_in_files(tenant, words)])


def traces_in(table: Table, tenant: Tenant, needles: Needles) -> Iterator[Trace]:
    tests = [condition(name, kind) for name, kind in table.wordy.items()]
    own = (
        sql.SQL("WHERE {} = %(tenant)s").format(sql.Identifier(table.tenant_column))
        if table.tenant_column
        else sql.SQL("")
    )
    statement = sql.SQL("SELECT * FROM (SELECT {key}::text, {tests} FROM {table} {own}) found WHERE {any}").format(
        key=sql.Identifier(table.key),
        tests=sql.SQL(", ").join(
            sql.SQL("{} AS {}").format(test, sql.Identifier(f"in_{place}")) for place, test in enumerate(tests)
        ),
        table=sql.Identifier(table.name),
        own=own,
        any=sql.SQL(" OR ").join(sql.Identifier(f"in_{place}") for place in range(len(tests))),
    )
    values: dict[str, Any] = {
        "tenant": tenant.pk,
        "texts": list(needles.texts),
        "codes": list(needles.codes),
        "bodies": list(needles.bodies),
        "stems": json.dumps(needles.stems),
        "patterns": needles.patterns or None,
    }
    with transaction.atomic():
        set_tenant(str(tenant.pk))  # where the walk is not an operator's, it sees the tenant's rows at least
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            rows = cursor.fetchall()
    for key, *hits in rows:
        yield from (
            Trace(table=table.name, column=column, row=key)
            for column, hit in zip(table.wordy, hits, strict=True)
            if hit
        )


def condition(column: str, kind: str) -> sql.Composed:
    name = sql.Identifier(column)
    if kind == "tsvector":
        return sql.SQL(
            "coalesce(EXISTS (SELECT FROM jsonb_array_elements(%(stems)s::jsonb) one WHERE NOT EXISTS ("
            "SELECT FROM jsonb_array_elements_text(one) w WHERE strpos({0}::text, '''' || w) = 0"
            " AND strpos({0}::text, '''@' || w) = 0)), false)"
        ).format(name)
    is_bytes = kind == "bytea"
    return sql.SQL(
        "coalesce(EXISTS (SELECT FROM unnest({forms}::text[]) n WHERE strpos(lower({text}), n) > 0)"
        " OR EXISTS (SELECT FROM unnest(%(codes)s::text[]) n WHERE strpos({text}, n) > 0)"
        " OR lower({text}) ~ %(patterns)s, false)"
    ).format(
        text=sql.SQL("encode({}, 'escape')" if is_bytes else "{}::text").format(name),
        forms=sql.SQL("%(bodies)s" if is_bytes else "%(texts)s"),
    )


# --- files -----------------------------------------------------------------------------------------------------------


def traces_in_files(tenant: Tenant, words: Sequence[str]) -> Iterator[Trace]:
    """By their names and their bytes; what is inside a compressed file is not seen."""
    root = tenant_files(tenant)
    told = [word for word in words if len(word.strip()) >= LEAST_ADDRESS]
    wanted = [form.lower().encode() for word in told for form in {word, folded(word)}]
    for path in sorted(root.rglob("*")) if root.is_dir() else ():
        if path.is_file() and holds(path, root, wanted):
            yield Trace(table="file", column="", row=str(path.relative_to(root)))


def holds(path: Path, root: Path, wanted: Sequence[bytes]) -> bool:
    name = str(path.relative_to(root)).lower().encode("utf-8", "surrogateescape")
    if any(word in name for word in wanted):
        return True
    overlap = max(map(len, wanted), default=1) - 1
    tail = b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            text = tail + lowered(chunk)
            if any(word in text for word in wanted):
                return True
            tail = text[-overlap:] if overlap else b""
    return False


def lowered(raw: bytes) -> bytes:
    """Letters beyond ASCII as well, where the bytes are text."""
    try:
        return raw.decode().lower().encode()
    except UnicodeDecodeError:
        return raw.lower()


def summary(traces: Sequence[Trace]) -> dict[str, Any]:
    """How many of them in which column."""
    counted: dict[str, int] = {}
    for trace in traces:
        place = f"{trace.table}.{trace.column}" if trace.column else trace.table
        counted[place] = counted.get(place, 0) + 1
    return counted
