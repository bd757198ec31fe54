from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from messaging import credentials
from tests.doubles import Double
from tests.growth.measure import Measured, measure
from tests.growth.world import World, own_database

AN_HOUR = 3600.0


@pytest.fixture(scope="module")
def measured(migrated_database: None, running_doubles: dict[str, Double], django_db_blocker: Any) -> Iterator[Measured]:
    for double in running_doubles.values():
        double.post("reset")
    urls = {"whatsapp": f"{running_doubles['whatsapp'].url}/v26.0", "telegram": running_doubles["telegram"].url}
    claude = {"ANTHROPIC_BASE_URL": running_doubles["anthropic"].url, "ANTHROPIC_API_KEY": "sk-ant-test"}
    with (
        pytest.MonkeyPatch.context() as patch,
        django_db_blocker.unblock(),
        override_settings(CHANNEL_BASE_URLS=urls, **claude),
        own_database() as admin,
    ):
        patch.setattr(credentials, "KEPT_SECONDS", AN_HOUR)  # forgotten when it is said, however slow the machine
        yield measure(World(admin, running_doubles))
