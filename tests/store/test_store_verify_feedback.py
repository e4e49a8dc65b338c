"""`exchange verify` finds what is wrong with dispositions, returns, refunds and figures."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from exchange.domain.lead_return import ReturnState
from exchange.store.sqlite.engine import SqliteStore
from tests.store.duties.feedback import answers, returning, saying
from tests.store.values import id_of, pending, sale, settlement, unsold
from tests.support.exchange import broken

S = ReturnState
IDS = {f"{kind}{number}": id_of(kind, number) for kind in ("lead", "ret") for number in range(4)}
"""What statements name: `:lead1`, `:ret1`."""


async def _populate(path: Path) -> None:
    store = SqliteStore(path)
    await store.open()
    for number in range(4):
        await store.settle(sale(number))
    await store.settle(settlement(unsold(pending(8))))
    await answers(store, saying(0), saying(2), returning(1, S.APPROVED), returning(2, S.DENIED))
    await answers(store, returning(3, S.REQUESTED))
    await store.close()


@pytest.fixture(scope="module")
def populated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound store: one return approved, one denied, one waiting."""
    path = tmp_path_factory.mktemp("feedback") / "exchange.db"
    asyncio.run(_populate(path))
    return path


@pytest.fixture
def path(populated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(populated, tmp_path / "copy.db"))


def damaged(path: Path, *statements: str) -> dict[str, list[str]]:
    """What is broken after these."""
    with closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            assert database.execute(statement, IDS).rowcount, f"changed nothing: {statement}"
    return broken(f"sqlite:///{path}")


MOVED = "UPDATE postings SET amount_micros = amount_micros + {} WHERE transaction_id = :ret1 AND account LIKE '{}:%'"
AGAIN = """
    INSERT INTO postings (transaction_id, account, amount_micros, at_ms)
    SELECT transaction_id, account, amount_micros, at_ms FROM postings WHERE transaction_id = :ret1
"""
SECOND = """
    INSERT INTO returns
    SELECT NULL, 'ret_y', sale_id, lead_id, campaign_id, buyer_id, source_id, reason, refund_micros, requested_ms, note,
        state, decided_ms, decided_by, decision_note, replaced, resale
    FROM returns WHERE id = :ret1
"""


def test_a_sound_store_passes(path: Path) -> None:
    assert broken(f"sqlite:///{path}") == {}


@pytest.mark.parametrize(
    ("statements", "invariant", "row"),
    [
        (["DELETE FROM postings WHERE transaction_id = :ret1"], "refunded", "ret1"),
        ([MOVED.format(1, "buyer"), MOVED.format(-1, "exchange")], "refunded", "ret1"),
        ([AGAIN], "refunds_known", "ret1"),
        (["UPDATE returns SET state = 3 WHERE id = :ret1"], "refunds_known", "ret1"),
        (["UPDATE returns SET sale_id = 'sale_x' WHERE id = :ret1"], "refunded", "ret1"),
        (["UPDATE returns SET state = 2 WHERE id = :ret3"], "refunded", "ret3"),
        (["UPDATE leads SET status = 2 WHERE id = :lead1"], "returned", "lead1"),
        (["UPDATE leads SET status = 5 WHERE id = :lead2"], "returned", "lead2"),
        (["DELETE FROM events WHERE type = 'return.denied'"], "evented_feedback", "lead2"),
        (["DELETE FROM events WHERE type = 'return.requested'"], "evented_feedback", "lead3"),
        (["DELETE FROM events WHERE type = 'lead.disposition'"], "evented_feedback", "lead0"),
        (["UPDATE rollups SET sales = sales + 1 WHERE campaign_id <> ''"], "rolled_up", "camp-of-buy1"),
        (["UPDATE rollups SET contacted = 0 WHERE campaign_id <> ''"], "rolled_up", "camp-of-buy1"),
        (["UPDATE rollups SET refund_micros = 0 WHERE campaign_id <> ''"], "rolled_up", "camp-of-buy1"),
        (["DELETE FROM rollups WHERE campaign_id = ''"], "rolled_up", "nothing"),
        (["UPDATE rollups SET buyer_id = 'other' WHERE campaign_id <> ''"], "rolled_up", "other"),
        (["UPDATE rollup_state SET counted = counted - 1"], "rolled_up", "mortgage"),
    ],
)
def test_what_is_wrong_is_found_and_named(path: Path, statements: list[str], invariant: str, row: str) -> None:
    assert any(IDS.get(row, row) in one for one in damaged(path, *statements)[invariant])


def test_a_sale_is_returned_once(path: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        damaged(path, SECOND)
