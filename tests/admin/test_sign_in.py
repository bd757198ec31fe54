"""The first sign-in: a one-time password from a command, which must be changed before anything else."""

from __future__ import annotations

import io
import json

from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from tenants_app.models import InstallationEvent, OneTimePassword

OWN = "my-own-long-word-7"


def create(*arguments: str) -> str:
    out = io.StringIO()
    call_command("create_operator", *arguments, stdout=out)
    return out.getvalue()


def given(*arguments: str) -> str | None:
    answer = json.loads(create("--json", *arguments))
    assert set(answer) == {"username", "password"}
    password: str | None = answer["password"]
    return password


def sign_in(password: str, username: str = "operator") -> tuple[Client, str]:
    """A browser's way: the login page, then wherever it leads."""
    client = Client()
    response = client.post(reverse("admin:login"), {"username": username, "password": password})
    return client, response.headers.get("Location", "")


def change(client: Client, old: str, new: str = OWN) -> str:
    values = {"old_password": old, "new_password1": new, "new_password2": new}
    return client.post(reverse("admin:password_change"), values).headers.get("Location", "")


def test_a_one_time_password_opens_only_the_change_of_it(admin_process: None) -> None:
    password = given()
    assert password
    client, leads_to = sign_in(password)
    assert leads_to == reverse("admin:index")
    for name in ("admin:index", "admin:tenants_app_tenant_changelist", "admin:search"):
        assert client.get(reverse(name)).headers["Location"] == reverse("admin:password_change")
    assert change(client, old="wrong") == "", "a wrong old password changes nothing"
    assert change(client, old=password, new=password) == "", "what was printed cannot stay"
    assert OneTimePassword.objects.exists()
    assert client.get(reverse("admin:index")).status_code == 302
    assert change(client, old=password) == reverse("admin:password_change_done")
    assert client.get(reverse("admin:index")).status_code == 200
    assert sign_in(password)[1] == "", "it worked once"
    client, leads_to = sign_in(OWN)
    assert client.get(leads_to).status_code == 200


def test_until_it_is_changed_the_command_gives_a_new_one(admin_process: None) -> None:
    first, second = given(), given()
    assert first
    assert second
    assert first != second
    assert sign_in(first)[1] == ""
    client, _ = sign_in(second)
    change(client, old=second)
    assert given() is None
    assert "--reset" in create()
    assert User.objects.get().check_password(OWN), "asking again took nothing away"


def test_a_forgotten_password_is_replaced(admin_process: None) -> None:
    first = given()
    assert first
    client, _ = sign_in(first)
    change(client, old=first)
    User.objects.update(is_active=False)
    again = given("--reset")
    assert again
    assert client.get(reverse("admin:index")).status_code == 302, "whoever was signed in is out"
    client, leads_to = sign_in(again)
    assert client.get(leads_to).headers["Location"] == reverse("admin:password_change")
    kinds = list(InstallationEvent.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == ["operator.created", "operator.password_reset"]


def test_the_plain_words_name_operator_and_password(admin_process: None) -> None:
    words = create("--username", "olivia")
    password = words.strip().rsplit(" ", 1)[1]
    client, leads_to = sign_in(password, "olivia")
    assert leads_to
    assert User.objects.get().is_superuser
    assert client.get(leads_to).status_code == 302
