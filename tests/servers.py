"""Starts the tests' own PostgreSQL and Valkey. Loaded with `-p`, so that it runs before the settings are read."""

from __future__ import annotations

import atexit
import os

from stack import testing

# The web's urls and role; nothing of a developer's own environment or running installation.
os.environ |= {"PROXYSTAFF_PROCESS": "web", "SWEEP_SECONDS": "0.2"}
for name in (
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    "WHATSAPP_BASE_URL",
    "TELEGRAM_BASE_URL",
    "PUBLIC_URL",
    "SIMULATED",
):
    os.environ.pop(name, None)

STACK = testing.start()
atexit.register(STACK.stop)
os.environ.update(STACK.env)
