from __future__ import annotations

from collections.abc import Iterator

import anthropic
import pytest

from simulators.anthropic.app import AnthropicDouble
from simulators.common import serve_in_thread
from simulators.tests.messages_api import Api


@pytest.fixture(scope="session")
def anthropic_url() -> Iterator[str]:
    with serve_in_thread(AnthropicDouble()) as url:
        yield url


@pytest.fixture
def api(anthropic_url: str) -> Api:
    """The double of the Messages API as new."""
    fresh = Api(anthropic_url)
    fresh.control("reset", {})
    return fresh


@pytest.fixture
def sdk(api: Api) -> Iterator[anthropic.Anthropic]:
    with api.client() as client:
        yield client
