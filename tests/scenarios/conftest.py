"""A database for the scenarios that are played over PostgreSQL."""

from collections.abc import Iterator
from typing import Final

import pytest

from tests.support import postgres

_EMPTY: Final = """
DO $$
DECLARE one text;
BEGIN
    FOR one IN SELECT tablename FROM pg_tables
        WHERE schemaname = 'public' AND tablename NOT IN ('migrations', 'rollup_state')
    LOOP
        EXECUTE format('DELETE FROM %I', one);
    END LOOP;
END $$
"""


@pytest.fixture(scope="session")
def one_database() -> Iterator[str]:
    """One for all: to make and to remove one takes longer than most scenarios do."""
    postgres.require()
    with postgres.shared_server() as server, server.database() as url:
        yield url


@pytest.fixture
def empty_database(one_database: str) -> str:
    """The one, without what the scenario before left."""
    postgres.run(one_database, _EMPTY)
    return one_database
