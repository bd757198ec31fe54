"""Passwords of operators cannot be tried one after the other."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from config.sign_in import FREE_TRIES, LONGEST_WAIT, wait_after
from tenants_app.management.commands.create_operator import give_password
from tenants_app.models import InstallationEvent, SignInTries
from tests.admin.conftest import admin_process  # noqa: F401 - a fixture

RIGHT = "a-long-password-1"
pytestmark = pytest.mark.usefixtures("operator")


@pytest.fixture
def operator(admin_process: None) -> User:  # noqa: F811 - the fixture
    return User.objects.create_user("olivia", password=RIGHT, is_staff=True, is_superuser=True)


def tries(password: str, username: str = "olivia") -> bool:
    """Whether the browser is signed in after it."""
    answer = Client().post("/admin/login/?next=/admin/", {"username": username, "password": password})
    assert answer.status_code in (200, 302)
    return answer.status_code == 302


def test_after_five_wrong_passwords_the_right_one_waits_too() -> None:
    assert not any(tries(f"wrong-{place}") for place in range(FREE_TRIES))
    assert not tries(RIGHT)
    assert InstallationEvent.objects.filter(kind="operator.sign_in_slowed").count() == 1
    SignInTries.objects.update(newest_at=timezone.now() - timedelta(minutes=1, seconds=1))
    assert tries(RIGHT)
    assert not SignInTries.objects.exists()


def test_while_it_waits_further_tries_neither_count_nor_prolong_it() -> None:
    for place in range(FREE_TRIES + 3):
        tries(f"wrong-{place}")
    assert SignInTries.objects.get().count == FREE_TRIES


def test_many_at_once_are_no_way_around_it(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    check = User.check_password

    def noted(user: User, raw: str) -> bool:
        looked.append(raw)
        return check(user, raw)

    monkeypatch.setattr(User, "check_password", noted)

    def attempt(place: int) -> None:
        try:
            tries(f"wrong-{place}")
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt, args=[place]) for place in range(FREE_TRIES + 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked) == FREE_TRIES


def test_a_name_that_is_nobodys_is_refused_alike_and_leaves_nothing() -> None:
    for name in ("nobody", "", "a\x00b", "x" * 10_000):
        assert not tries("wrong", name)
    assert not SignInTries.objects.exists()


def test_wrong_tries_of_yesterday_are_forgotten(operator: User) -> None:
    then = timezone.now() - timedelta(days=1, seconds=1)
    SignInTries.objects.create(user=operator, count=50, newest_at=then)
    assert not tries("wrong")
    assert SignInTries.objects.get().count == 1


def test_a_new_password_is_taken_at_once() -> None:
    for place in range(FREE_TRIES + 1):
        tries(f"wrong-{place}")
    password = give_password("olivia", reset=True)
    assert password is not None
    assert tries(password)


def test_waits_grow_and_end() -> None:
    waits = [wait_after(count) for count in range(FREE_TRIES, FREE_TRIES + 100)]
    assert waits[0] == timedelta(minutes=1)
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT
