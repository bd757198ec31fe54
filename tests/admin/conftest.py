"""The operators' process for tests: its urls, its middleware and its database role, with somebody signed in."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.contrib import admin
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.test import Client

from tests.fixtures import use_role

admin.autodiscover()  # the web process, which these settings are for, leaves the admin out


@pytest.fixture
def admin_process(database: None, settings: Any, tmp_path: Path) -> Iterator[None]:
    """Take it after the fixtures that come in through the web process's doors."""
    settings.ROOT_URLCONF = "config.admin_urls"
    settings.MIDDLEWARE = project.ADMIN_MIDDLEWARE
    settings.STATIC_ROOT = tmp_path
    use_role("operator")
    try:
        yield
    finally:
        use_role("app")


@cache
def hashed() -> str:
    """A password's hash takes half a second on purpose: once is enough for operators who sign in by force."""
    return make_password("a-long-password-1")


def sign_in(username: str, **fields: Any) -> Client:
    user = User.objects.create(username=username, password=hashed(), is_staff=True, **fields)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def olivia(admin_process: None) -> Client:
    """An operator who may do everything."""
    return sign_in("olivia", is_superuser=True)


@pytest.fixture
def trainee(admin_process: None) -> Client:
    """One of the staff who was given no rights yet."""
    return sign_in("trainee")
