"""One cluster of two workers for all tests of jobs that do not kill it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shapviz.jobs.cluster import Cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Two workers of one thread each that know the fake demos."""
    with Cluster(2, preload=["tests.jobs.fakes"]) as running:
        yield running
