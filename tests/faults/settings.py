"""The product's settings as they are, with the test-only app that rings bells, looks around and brings in bugs."""

from __future__ import annotations

from config.settings import *  # noqa: F403 - a settings module is a namespace

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.bugs"]  # noqa: F405
SHUTDOWN_SECONDS = 1.0  # a worker that is asked to end gives its leases back after so long: 10 s in production
