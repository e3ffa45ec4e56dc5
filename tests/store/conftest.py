"""Servers for the whole session, and what points a process at them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import missing
from tests.store import servers


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of a PostgreSQL server without a database's name."""
    pytest.importorskip("psycopg")
    binaries = servers.postgresql_binaries()
    if binaries is None:
        missing("no PostgreSQL was found: `make postgresql`, or install Debian's `postgresql`")
    assert binaries is not None
    with servers.postgresql(binaries) as url:
        yield url


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """Address of an S3 server; the environment of this process and its children leads there."""
    patch = pytest.MonkeyPatch()
    with servers.s3() as address:
        patch.setenv("AWS_ENDPOINT_URL", address)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        yield address
    patch.undo()
