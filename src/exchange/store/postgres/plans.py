"""What cores counted of rate plans, told to each other through a table."""

from collections.abc import Sequence
from typing import Any, Final

from exchange.domain.plan import PlanCount
from exchange.store.postgres.connected import Connected
from exchange.store.postgres.queries import Connection, change, columns, fetch, query, single
from exchange.store.postgres.writer import Transaction

_LENGTHS_MS: Final = {"minute": 60_000, "hour": 3_600_000}
_PARTS: Final = 60
_OVERLAP_MS: Final = 5_000
"""How much later than it was written a count may have been committed, with room to spare."""
_MOST_FORGOTTEN: Final = 5_000
"""At once; what is left goes the next time."""
_COUNT: Final = ("party_id", "span", "from_ms", "calls")


class PlansPart(Connected):
    """`CoreStore.share_counts`."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._counts_ms = 0
        """When others' counts were last read, by the database's clock."""

    async def share_counts(self, counts: Sequence[PlanCount]) -> list[PlanCount]:
        """See `CoreStore`."""
        if counts:
            await self._outbox.write(_add_each, counts)
        others, self._counts_ms = await self._read(_others, self.core_id, self._counts_ms - _OVERLAP_MS)
        return others


async def _add_each(transaction: Transaction, several: Sequence[Sequence[PlanCount]]) -> list[None]:
    connection = transaction.connection
    for counts in several:
        values: dict[str, Any] = columns(sorted(counts), _COUNT)
        await change(connection, query("add_plan_counts"), {**values, "core_id": transaction.core_id})
    for span, length_ms in _LENGTHS_MS.items():
        over = {"span": span, "length_ms": length_ms + 2 * length_ms // _PARTS, "limit": _MOST_FORGOTTEN}
        await change(connection, query("forget_plan_counts"), over)
    return [None] * len(several)


async def _others(connection: Connection, core_id: str, since_ms: int) -> tuple[list[PlanCount], int]:
    """What others counted where they did since a moment, and when that was read."""
    read_ms = int(await single(connection, query("plan_counts_now")))
    wanted = {"core_id": core_id, "since_ms": since_ms, "spans": list(_LENGTHS_MS)}
    return [PlanCount(*row) for row in await fetch(connection, query("plan_counts_since"), wanted)], read_ms
