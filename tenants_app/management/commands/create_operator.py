"""An operator's first sign-in: a superuser with a one-time password, which the admin makes them change."""

from __future__ import annotations

import json
import secrets
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand
from django.db import transaction

from tenants_app import audit
from tenants_app.models import OneTimePassword, SignInTries

ACTOR = "command:create_operator"
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that is read for something else
GROUPS = 4  # of four characters: 79 bits


class Command(BaseCommand):
    help = (
        "Makes an operator who signs in to the admin with a one-time password. Run again, it gives a new one as "
        "long as the operator has not chosen a password of their own."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--username", default="operator")
        parser.add_argument(
            "--reset",
            action="store_true",
            help="A new one-time password in any case; also lets a deactivated operator in again.",
        )
        parser.add_argument("--json", action="store_true", help='Print {"username": …, "password": … or null}.')

    def handle(self, *args: Any, username: str, reset: bool, **options: Any) -> None:
        password = give_password(username, reset=reset)
        if options["json"]:
            self.stdout.write(json.dumps({"username": username, "password": password}))
        elif password is None:
            self.stdout.write(
                f"{username} has chosen a password already. To replace a forgotten one: "
                f"manage.py create_operator --username {username} --reset"
            )
        else:
            self.stdout.write(f"Sign in as {username} with the one-time password {password}")


def give_password(username: str, *, reset: bool) -> str | None:
    """A new one-time password, or None where the operator has chosen their own and `reset` is not asked for."""
    password = "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(GROUPS))
    with transaction.atomic():
        user, created = User.objects.get_or_create(username=username)
        user = User.objects.select_for_update().get(pk=user.pk)  # two commands at once: the later one's password holds
        if not created and not reset and not OneTimePassword.objects.filter(user=user).exists():
            return None
        user.is_staff = user.is_superuser = user.is_active = True
        user.set_password(password)
        user.save()
        OneTimePassword.objects.get_or_create(user=user)
        SignInTries.objects.filter(user=user).delete()  # the new password is tried at once
        audit.record_installation(
            "operator.created" if created else "operator.password_reset", ACTOR, username=username
        )
    return password
