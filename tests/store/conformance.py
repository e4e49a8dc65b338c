"""The duties of `exchange.store.base`, as one suite. An engine is held to them by a class of its own:

class TestMyEngine(Conformance):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"myengine:///{tmp_path}/exchange.db"
"""

from tests.store.duties.books import Books
from tests.store.duties.concurrency import Concurrency
from tests.store.duties.durability import Durability
from tests.store.duties.leads import Leads
from tests.store.duties.outbox import Outbox


class Conformance(Durability, Concurrency, Leads, Books, Outbox):
    """What every engine does."""
