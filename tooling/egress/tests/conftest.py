from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from tooling.tests.certificates import certificate


@pytest.fixture(scope="session")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the one certificate of `secure` is."""
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="session")
def secure(trusted: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS of the hosts of these tests, and a client's that trusts it."""
    return certificate(trusted, "api.example.com", "*.files.example.com", "www.other.example")
