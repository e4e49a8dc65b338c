"""Statements."""

import sqlite3

from exchange.domain.posting import Statement, StatementEntry
from exchange.store.base.ledger import StatementQuery
from exchange.store.sqlite.connected import Connected
from exchange.store.sqlite.queries import query


class LedgerPart(Connected):
    """What `exchange.store.base.LedgerStore` has of statements."""

    async def statement(self, wanted: StatementQuery) -> Statement:
        """See `LedgerStore`."""
        return await self._read(_statement, wanted)


def _statement(connection: sqlite3.Connection, wanted: StatementQuery) -> Statement:
    """Entries with what the account stood at after each. What was booked is never changed: this needs no snapshot."""
    values = {
        "account": wanted.account,
        "after": wanted.after,
        "from_ms": wanted.booked_from_ms,
        "until_ms": wanted.booked_until_ms,
        "limit": wanted.limit,
    }
    found = connection.execute(query("statement"), values).fetchall()
    if not found:
        (stood_micros,) = connection.execute(query("stood_at_time"), values).fetchone()
        return Statement(-stood_micros, [])
    between = values | {"first": found[0][0], "last": found[-1][0]}
    (stood_micros,) = connection.execute(query("stood_before"), between).fetchone()
    # Of all entries from the first to the last, since those that a time leaves out count too.
    sums = dict(connection.execute(query("stood_between"), between))
    entries = [
        StatementEntry(seq, transaction_id, lead_id, at_ms, -amount, -(stood_micros + sums[seq]), note)
        for seq, transaction_id, lead_id, at_ms, amount, note in found
    ]
    return Statement(-stood_micros, entries)
