"""Rotation of keys, interrupted wherever it can be: every secret opens at every moment, and the next run ends it."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from messaging.accounts import app_for
from messaging.credentials import open_app_secret
from messaging.models import ChannelApp
from tenants_app.models import AuditEntry, DataKey, InstallationEvent, Secret, Tenant
from tenants_app.rotation import Rotated, reseal_secrets
from tenants_app.scope import tenant_scope
from tenants_app.vault import get_secret, put_secret
from tests.fixtures import as_role
from tests.house import wait_for

ROOT = Path(__file__).resolve().parents[2]
Owner = psycopg.Connection[Any]
KEPT = ("tenants_app_datakey", "tenants_app_secret", "messaging_channelapp")
LOCK = 4711
# Counts what the rotation writes, also what is rolled back; at the chosen write it fails, or waits for a lock.
OBSTACLE = """
    CREATE SEQUENCE writes;
    GRANT USAGE ON writes TO PUBLIC;
    CREATE FUNCTION obstruct() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF nextval('writes') = {at} THEN {then}; END IF;
        RETURN coalesce(NEW, OLD);
    END $$;
"""
TRIGGER = """
    CREATE TRIGGER obstacle BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION obstruct();
"""
FAIL = "RAISE EXCEPTION 'cut off'"
WAIT = f"PERFORM pg_advisory_xact_lock({LOCK})"


def put_obstacle(owner: Owner, at: int, then: str) -> None:
    owner.execute("".join([OBSTACLE.format(at=at, then=then), *(TRIGGER.format(table=table) for table in KEPT)]))


def remove_obstacle(owner: Owner) -> None:
    owner.execute("DROP FUNCTION IF EXISTS obstruct CASCADE; DROP SEQUENCE IF EXISTS writes")


@pytest.fixture
def owner(owner_connection: Owner) -> Iterator[Owner]:
    yield owner_connection
    remove_obstacle(owner_connection)


class Vault:
    """Secrets of two tenants and an app's, sealed under master key 1; both masters are configured."""

    def __init__(self, tenants: list[Tenant], settings: Any) -> None:
        self.tenants, self.settings = tenants, settings
        self.old = settings.MASTER_KEYS
        self.new = "2:" + base64.b64encode(os.urandom(32)).decode()
        for tenant in tenants:
            with tenant_scope(tenant):
                for name in ("token", "webhook"):
                    put_secret(tenant, name, f"{name} of {tenant.slug}")
        with as_role("operator"):
            app_for("whatsapp", "secret of the app")
        settings.MASTER_KEYS = f"{self.old},{self.new}"

    def assert_opens(self) -> None:
        for tenant in self.tenants:
            with tenant_scope(tenant):
                assert [get_secret(tenant, name) for name in ("token", "webhook")] == [
                    f"{name} of {tenant.slug}" for name in ("token", "webhook")
                ]
        assert open_app_secret(ChannelApp.objects.get()) == "secret of the app"

    def assert_rotated(self) -> None:
        """The old master can be taken away."""
        self.settings.MASTER_KEYS = self.new
        self.assert_opens()
        with as_role("operator"):
            assert set(DataKey.objects.values_list("master_version", flat=True)) == {2}
            assert ChannelApp.objects.get().master_version == 2


@pytest.fixture
def vault(acme: Tenant, globex: Tenant, settings: Any) -> Vault:
    return Vault([acme, globex], settings)


def rotate(*flags: str) -> dict[str, Any]:
    out = StringIO()
    with as_role("operator"):
        call_command("rotate_keys", "--json", *flags, stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def test_a_new_master_key_wraps_everything_and_the_old_can_go(vault: Vault) -> None:
    counts = {"master_version": 2, "data_keys": 2, "apps": 1, "secrets": 0, "unreadable": []}
    assert rotate() == counts
    assert rotate() == {**counts, "data_keys": 0, "apps": 0}
    vault.assert_rotated()
    with as_role("operator"):
        assert InstallationEvent.objects.filter(kind="keys.rotated").count() == 2
        assert AuditEntry.objects.filter(action="keys.rotated").count() == 2


def test_data_keys_are_made_anew_and_the_old_ones_dropped(vault: Vault) -> None:
    with as_role("operator"):
        before = set(DataKey.objects.values_list("pk", flat=True))
    assert rotate("--data-keys")["secrets"] == 4
    vault.assert_rotated()
    with as_role("operator"):
        after = set(DataKey.objects.values_list("pk", flat=True))
        assert len(after) == 2
        assert not before & after


def test_it_survives_being_cut_off_at_every_write(vault: Vault, owner: Owner) -> None:
    """Each round begins with everything under an older master, so that the write cut off is another one each time."""
    for at in range(1, 100):
        put_obstacle(owner, at, FAIL)
        try:
            rotate("--data-keys")
        except DatabaseError:
            vault.assert_opens()
        else:
            break
        finally:
            remove_obstacle(owner)
        assert rotate("--data-keys")["unreadable"] == []
        vault.assert_opens()
        vault.settings.MASTER_KEYS += f",{at + 2}:" + base64.b64encode(os.urandom(32)).decode()
    assert at > 11  # rewrap two data keys, insert two, seal four secrets, delete two data keys, rewrap the app
    vault.assert_opens()


@pytest.mark.parametrize(("at", "flags"), [(1, []), (3, []), (5, ["--data-keys"]), (7, ["--data-keys"])])
def test_it_survives_a_kill_inside_a_transaction(vault: Vault, owner: Owner, at: int, flags: list[str]) -> None:
    put_obstacle(owner, at, WAIT)
    owner.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    environment = os.environ | {"MASTER_KEYS": vault.settings.MASTER_KEYS, "PYTHONWARNINGS": "default"}
    process = subprocess.Popen([sys.executable, "manage.py", "rotate_keys", *flags], cwd=ROOT, env=environment)
    try:
        wait_for(lambda: waits_for_lock(owner) or process.poll() is not None, seconds=60)
        assert process.poll() is None, "it ended without reaching the write"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        owner.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    wait_for(lambda: not connected(owner))
    remove_obstacle(owner)
    vault.assert_opens()
    assert rotate(*flags)["unreadable"] == []
    vault.assert_rotated()


def waits_for_lock(owner: Owner) -> bool:
    return bool(owner.execute("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").rowcount)


def connected(owner: Owner) -> bool:
    query = (
        "SELECT FROM pg_stat_activity WHERE application_name = 'proxystaff-command' AND datname = current_database()"
    )
    return bool(owner.execute(query).rowcount)


def test_what_does_not_open_is_named_without_its_value_and_the_rest_goes_on(vault: Vault, owner: Owner) -> None:
    owner.execute(
        "UPDATE tenants_app_secret SET ciphertext = '\\x00' WHERE name = 'token' AND tenant_id = %s",
        [vault.tenants[0].pk],
    )
    [[key]] = owner.execute(
        "UPDATE tenants_app_datakey SET master_version = 9 WHERE tenant_id = %s RETURNING id", [vault.tenants[1].pk]
    )
    answer = rotate("--data-keys")
    assert answer["unreadable"] == [
        {"tenant": "acme", "name": "token"},
        {"tenant": "globex", "name": f"data key {key}"},
        {"tenant": "globex", "name": "token"},
        {"tenant": "globex", "name": "webhook"},
    ]
    assert (answer["data_keys"], answer["apps"], answer["secrets"]) == (1, 1, 1)
    owner.execute("UPDATE tenants_app_datakey SET master_version = 1 WHERE id = %s", [key])
    assert [each["name"] for each in rotate("--data-keys")["unreadable"]] == ["token"]


def test_an_apps_secret_that_does_not_open_is_named(vault: Vault, owner: Owner) -> None:
    owner.execute("UPDATE messaging_channelapp SET wrapped = '\\x00'")
    [[app]] = owner.execute("SELECT id FROM messaging_channelapp")
    assert rotate()["unreadable"] == [{"tenant": "", "name": f"whatsapp app {app}"}]


def test_people_are_told_in_words(vault: Vault, owner: Owner) -> None:
    out = StringIO()
    with as_role("operator"):
        call_command("rotate_keys", stdout=out)
    assert "wraps 2 more data keys and 1 more apps" in out.getvalue()
    assert "can be taken out" in out.getvalue()
    owner.execute("UPDATE tenants_app_secret SET ciphertext = '\\x00' WHERE name = 'token'")
    out = StringIO()
    with as_role("operator"):
        call_command("rotate_keys", stdout=out)
    assert "Does not open: token of acme" in out.getvalue()
    assert "keep the old master keys" in out.getvalue()


def test_master_keys_that_cannot_be_read_are_an_error_with_a_reason(vault: Vault, settings: Any) -> None:
    settings.MASTER_KEYS = "1:nonsense"
    with as_role("operator"), pytest.raises(CommandError, match="MASTER_KEYS"):
        call_command("rotate_keys")


def test_a_secret_put_during_a_rotation_is_not_lost(acme: Tenant, owner: Owner) -> None:
    """Its data key is being dropped as unused while the secret sealed with it is not committed yet."""
    with tenant_scope(acme):
        put_secret(acme, "early", "one")
    sealed, go_on = threading.Event(), threading.Event()

    def put() -> None:
        with tenant_scope(acme):
            put_secret(acme, "late", "two")
            sealed.set()
            assert go_on.wait(30)

    putting = threading.Thread(target=put)
    rotating = threading.Thread(target=lambda: reseal_secrets(acme, Rotated()))
    putting.start()
    assert sealed.wait(30)
    rotating.start()
    try:
        wait_for(lambda: owner.execute("SELECT FROM pg_locks WHERE NOT granted").rowcount or not rotating.is_alive())
    finally:
        go_on.set()
        putting.join()
        rotating.join()
    with tenant_scope(acme):
        assert get_secret(acme, "early") == "one"
        assert get_secret(acme, "late") == "two"
        assert Secret.objects.count() == 2
