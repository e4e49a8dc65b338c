"""The duties of `exchange.store.base`, as one suite. An engine is held to them by a class of its own:

class TestMyEngine(Conformance):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"myengine:///{tmp_path}/exchange.db"
"""

from tests.store.duties.books import Books
from tests.store.duties.concurrency import Concurrency
from tests.store.duties.durability import Durability
from tests.store.duties.feedback import Feedback
from tests.store.duties.leads import Leads
from tests.store.duties.ledger import Ledger
from tests.store.duties.outbox import Outbox
from tests.store.duties.reports import Reports
from tests.store.duties.retrieval import Retrieval


class Conformance(Durability, Concurrency, Leads, Books, Outbox, Retrieval, Feedback, Ledger, Reports):
    """What every engine does."""
