"""Balances, adjustments and statements."""

from collections.abc import Sequence
from typing import Final

from exchange.domain.posting import Adjustment, Posting, Statement, StatementEntry
from exchange.store.base import StatementQuery
from exchange.store.postgres.connected import Connected
from exchange.store.postgres.queries import Connection, change, fetch, insert, query, single
from exchange.store.postgres.usage import note_booked
from exchange.store.postgres.writer import Transaction
from exchange.store.sqlite import rows

POSTING: Final = ("transaction_id", "account", "amount_micros", "at_ms")


class LedgerPart(Connected):
    """`exchange.store.base.LedgerStore`."""

    async def adjust(self, adjustment: Adjustment, postings: Sequence[Posting]) -> Adjustment:
        """See `LedgerStore`."""
        booked: Adjustment = await self._books.write(_adjust_each, (adjustment, postings))
        return booked

    async def balances(self) -> dict[str, int]:
        """See `LedgerStore`."""
        return await self._read(_balances)

    async def balance(self, account: str) -> int:
        """See `LedgerStore`."""
        return await self._read(_balance, account)

    async def statement(self, wanted: StatementQuery) -> Statement:
        """See `LedgerStore`."""
        return await self._read(_statement, wanted)


async def _adjust_each(
    transaction: Transaction, adjustments: Sequence[tuple[Adjustment, Sequence[Posting]]]
) -> list[Adjustment]:
    return [await _adjust(transaction.connection, *one) for one in adjustments]


async def _adjust(connection: Connection, adjustment: Adjustment, postings: Sequence[Posting]) -> Adjustment:
    """One whose request id was used before changes nothing and is answered with the first."""
    values = {
        "request_id": adjustment.request_id,
        "transaction_id": adjustment.transaction_id,
        "adjustment": rows.encode(adjustment),
    }
    known = await single(connection, query("adjustment_by_request"), values)
    if known is not None:
        return rows.adjustment(known)
    await change(connection, query("insert_adjustment"), values)
    await insert(connection, "postings", POSTING, list(map(rows.posting_row, postings)))
    await note_booked(connection, postings)
    return adjustment


async def _balances(connection: Connection) -> dict[str, int]:
    return {row[0]: row[1] for row in await fetch(connection, query("balances"))}


async def _balance(connection: Connection, account: str) -> int:
    return int(await single(connection, query("balance"), {"account": account}))


async def _statement(connection: Connection, wanted: StatementQuery) -> Statement:
    """Entries with what the account stood at after each. What was booked is never changed: this needs no snapshot."""
    asked = {
        "account": wanted.account,
        "after": wanted.after,
        "from_ms": wanted.booked_from_ms,
        "until_ms": wanted.booked_until_ms,
        "limit": wanted.limit,
    }
    found = await fetch(connection, query("statement"), asked)
    if not found:
        return Statement(-await single(connection, query("stood_at_time"), asked), [])
    between = asked | {"first": found[0][0], "last": found[-1][0]}
    stood_micros = await single(connection, query("stood_before"), between)
    # Of all entries from the first to the last, since those that a time leaves out count too.
    sums = {row[0]: row[1] for row in await fetch(connection, query("stood_between"), between)}
    entries = [
        StatementEntry(
            seq,
            transaction_id,
            lead_id,
            at_ms,
            -amount,
            -(stood_micros + sums[seq]),
            rows.adjustment(adjustment).note if adjustment is not None else "",
        )
        for seq, transaction_id, lead_id, at_ms, amount, adjustment in found
    ]
    return Statement(-stood_micros, entries)
