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
    """Entries with what the account stood at after each, whether those between them are on the page or not."""
    values = {
        "account": wanted.account,
        "after": wanted.after,
        "from_ms": wanted.booked_from_ms,
        "until_ms": wanted.booked_until_ms,
        "limit": wanted.limit,
    }
    found = connection.execute(query("statement"), values).fetchall()
    (stood_micros,) = connection.execute(query("stood_at" if found else "stood_before"), values).fetchone()
    entries = [
        StatementEntry(seq, transaction_id, lead_id, at_ms, -amount, -(stood_micros + running), note)
        for seq, transaction_id, lead_id, at_ms, amount, running, note in found
    ]
    opening_micros = entries[0].balance_micros - entries[0].amount_micros if entries else -stood_micros
    return Statement(opening_micros, entries)
