from __future__ import annotations

import ssl

import pytest

from tooling.tests.certificates import certificate


@pytest.fixture(scope="session")
def secure(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS of the hosts of these tests, and a client's that trusts it."""
    return certificate(tmp_path_factory.mktemp("tls"), "api.example.com", "*.files.example.com", "www.other.example")
