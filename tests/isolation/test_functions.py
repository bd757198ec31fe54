"""The functions that cross tenants with the owner's rights: declared, out of strangers' reach, and telling no more."""

from __future__ import annotations

import uuid
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.utils import timezone

from messaging.models import ChannelApp
from tests.fixtures import as_role
from tests.isolation.declared import DEFINER_FUNCTIONS, OPERATORS_FUNCTIONS
from tests.isolation.sweep import Twins

PINNED = "search_path=pg_catalog, public, pg_temp"  # pg_temp last: nobody can put a table before the real one
NUMBERS = {"bigint", "integer", "smallint", "double precision", "boolean"}
TIMES = {"timestamp with time zone", "timestamp with time zone[]", "time without time zone"}
HARMLESS = {"uuid", "text", *NUMBERS, *TIMES}
FUNCTIONS = """
    SELECT p.proname, pg_get_userbyid(p.proowner), p.proconfig, pg_get_function_result(p.oid),
           array(SELECT CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee) END
                 FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g ORDER BY 1)
    FROM pg_proc p WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace"""


def test_every_function_with_the_owners_rights_is_declared_and_pinned(
    migrated_database: None, owner_connection: psycopg.Connection[Any]
) -> None:
    functions = owner_connection.execute(FUNCTIONS).fetchall()
    declared = DEFINER_FUNCTIONS | OPERATORS_FUNCTIONS
    assert {name for name, *_ in functions} == set(declared), "declare it in DEFINER_FUNCTIONS with a reason"
    for name, owner, config, result, grantees in functions:
        assert owner == settings.DATABASE_ROLES["owner"], name
        assert config == [PINNED], name
        kept_out = {settings.DATABASE_ROLES["app"]} if name in OPERATORS_FUNCTIONS else set()
        assert set(grantees) == set(settings.DATABASE_ROLES.values()) - kept_out, name
        columns = result.removeprefix("TABLE(").removesuffix(")").split(", ") if result.startswith("TABLE(") else ()
        told = {column.split(" ", 1)[1] for column in columns} or {result}
        assert told <= HARMLESS, f"{name} tells more than identifiers"


@pytest.fixture
def app_of_both(twins: Twins) -> uuid.UUID:
    """One Meta app with a number of each tenant."""
    with as_role("operator"):
        app = ChannelApp.objects.create(
            kind="whatsapp", fingerprint="f", verify_token="v", wrapped=b"", master_version=1, ciphertext=b""
        )
    for tenant, number, waba in ((twins.a, "111", "waba-a"), (twins.b, "222", "waba-b")):
        twins.owner.execute(
            """UPDATE messaging_channelaccount SET kind = 'whatsapp', app_id = %s, external_id = %s,
               config = jsonb_build_object('waba_id', %s::text) WHERE tenant_id = %s""",
            [app.pk, number, waba, tenant],
        )
    return app.pk


def route(twins: Twins, app: uuid.UUID, *keys: str, kind: str = "whatsapp") -> list[uuid.UUID]:
    rows = twins.app.execute("SELECT tenant_id FROM messaging_route(%s, %s, %s)", [kind, app, list(keys)])
    return [row[0] for row in rows]


def test_a_webhook_reaches_only_accounts_of_the_app_that_signed_it(twins: Twins, app_of_both: uuid.UUID) -> None:
    assert route(twins, app_of_both, "111", "waba-a") == [twins.a]
    assert route(twins, app_of_both, "222", "waba-b") == [twins.b]
    assert route(twins, app_of_both, "333", "waba-b") == [twins.b]
    assert route(twins, app_of_both, "333") == []
    assert route(twins, app_of_both) == []
    assert route(twins, uuid.uuid4(), "111") == []
    assert route(twins, app_of_both, "111", kind="telegram") == []


def test_a_number_is_found_by_its_own_id_before_anybodys_business_account(twins: Twins, app_of_both: uuid.UUID) -> None:
    """A business account id typed wrong at one tenant must not draw another tenant's messages to it."""
    twins.owner.execute(
        """UPDATE messaging_channelaccount SET config = '{"waba_id": "222"}', created_at = now() - interval '1 year'
           WHERE tenant_id = %s""",
        [twins.a],
    )
    assert route(twins, app_of_both, "222", "waba-b") == [twins.b]


def test_an_accounts_tenant_is_told_to_who_names_the_account(twins: Twins) -> None:
    account = twins.rows_b["messaging_channelaccount"]["id"]
    rows = twins.app.execute("SELECT tenant_id FROM messaging_account(%s)", [account]).fetchall()
    assert rows == [(twins.b,)]
    assert twins.app.execute("SELECT * FROM messaging_account(%s)", [uuid.uuid4()]).fetchall() == []


def test_a_claim_changes_nothing_but_its_own_lease(twins: Twins) -> None:
    for table in ("messaging_work", "messaging_lane"):
        twins.owner.execute(f"UPDATE {table} SET kind = 'turn'")
    twins.owner.execute("UPDATE messaging_work SET due_at = now() - interval '1 minute', lease_until = NULL, epoch = 7")
    twins.owner.execute("UPDATE messaging_lane SET next_due_at = now(), running = 0, idle_looks = 0")
    others = [table for table in twins.rows_a if table not in ("messaging_work", "messaging_lane")]
    before = contents(twins, others)
    claim = "SELECT * FROM messaging_claim('turn', 'me', interval '30 seconds')"
    claimed = [twins.app.execute(claim).fetchall() for _ in range(3)]
    assert [len(rows) for rows in claimed] == [1, 1, 0]
    assert {rows[0][1] for rows in claimed[:2]} == {twins.a, twins.b}
    assert contents(twins, others) == before
    assert twins.app.execute("SELECT FROM messaging_work").rowcount == 0


def test_a_lease_is_renewed_by_its_epoch_only(twins: Twins) -> None:
    twins.owner.execute("UPDATE messaging_work SET lease_until = now(), epoch = 7")
    work = twins.rows_b["messaging_work"]["id"]
    renew = "SELECT work_id FROM messaging_renew(%s::uuid[], %s::bigint[], interval '30 seconds')"
    assert twins.app.execute(renew, [[work], [6]]).fetchall() == []
    assert twins.app.execute(renew, [[work], [7]]).fetchall() == [(work,)]


def test_idle_sessions_are_told_by_identifier_up_to_the_limit(twins: Twins) -> None:
    twins.owner.execute("UPDATE messaging_session SET closed_at = NULL, used_at = now() - interval '1 day'")
    idle = "SELECT tenant_id, session_id FROM messaging_idle_sessions(%s, %s)"
    assert len(twins.app.execute(idle, [timezone.now(), 1]).fetchall()) == 1
    assert {row[0] for row in twins.app.execute(idle, [timezone.now(), 9])} == {twins.a, twins.b}
    twins.owner.execute("UPDATE messaging_session SET closed_at = now()")
    assert twins.app.execute(idle, [timezone.now(), 9]).fetchall() == []


def contents(twins: Twins, tables: list[str]) -> dict[str, list[Any]]:
    return {table: twins.owner.execute(f'SELECT t::text FROM "{table}" t ORDER BY 1').fetchall() for table in tables}
