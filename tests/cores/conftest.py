"""A database of its own for each test."""

from collections.abc import Iterator

import pytest

from tests.support import postgres


@pytest.fixture
def database() -> Iterator[str]:
    """An empty one."""
    postgres.require()
    with postgres.shared_server() as server, server.database() as url:
        yield url
