"""Signing in to the admin, against those who try passwords.

After a few wrong ones an account waits, longer with each further one. Each try is counted before its password is looked
at, so that a hundred at once are no way around it. By account, not by address: behind a proxy all come from one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from unfold.forms import AuthenticationForm

from tenants_app import audit
from tenants_app.models import SignInTries

FREE_TRIES = 5
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN = timedelta(days=1)  # after the newest try


class SignInForm(AuthenticationForm):
    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": (
            "This name and password don't fit, or there were too many wrong tries: after five an account waits for a "
            "minute, then longer, at most fifteen. manage.py create_operator --reset gives a new password."
        ),
    }


class PatientBackend(ModelBackend):
    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        known = User.objects.filter(username=username).first() if username and "\x00" not in username else None
        if known is not None and not may_try(known):
            known.set_password(password)  # not kept: takes the time that looking at the password would
            return None
        if known is None and username is not None and "\x00" in username:
            return None  # PostgreSQL refuses it, and nobody is named so
        user = super().authenticate(request, username=username, password=password, **kwargs)
        if user is not None:
            SignInTries.objects.filter(user=user.pk).delete()
        return user


def may_try(user: User) -> bool:
    """Count the try and say whether its password is to be looked at."""
    now = timezone.now()
    with transaction.atomic():
        SignInTries.objects.get_or_create(user=user, defaults={"newest_at": now})
        tries = SignInTries.objects.select_for_update().get(user=user)
        if now - tries.newest_at > FORGOTTEN:
            tries.count = 0
        if tries.count >= FREE_TRIES and now < tries.newest_at + wait_after(tries.count):
            return False
        tries.count, tries.newest_at = tries.count + 1, now
        tries.save(update_fields=["count", "newest_at"])
        if tries.count == FREE_TRIES:
            audit.record_installation("operator.sign_in_slowed", "sign-in", username=user.get_username())
    return True


def wait_after(count: int) -> timedelta:
    """How long an account waits after so many wrong passwords."""
    doublings: int = 2 ** min(count - FREE_TRIES, 10)
    return min(FIRST_WAIT * doublings, LONGEST_WAIT)
