"""A private PostgreSQL for the tests that need one, and a fresh database for each of them."""

from collections.abc import Iterator

import pytest

from tests.support import postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    postgres.require()
    with postgres.shared_server() as shared:
        yield shared


@pytest.fixture
def postgres_url(postgres_server: postgres.Server) -> Iterator[str]:
    with postgres_server.database() as place:
        yield place
