"""The store that simulations run on is held to the duties that auctions need, but for what only a disk can do."""

from itertools import count

import pytest

from exchange.store.base import Store
from tests.store.duties.books import Books
from tests.store.duties.concurrency import Concurrency
from tests.store.duties.leads import Leads
from tests.store.engines import store_at

_numbers = count()


class TestMemory(Concurrency, Leads, Books):
    @pytest.fixture
    def url(self) -> str:
        return f"memory:///{next(_numbers)}"

    @pytest.fixture
    async def store(self, url: str) -> Store:
        return store_at(url)  # there is no file that `exchange verify` could read
