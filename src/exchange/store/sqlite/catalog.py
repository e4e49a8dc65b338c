"""The catalogue: items as they stand, and as they stood."""

import sqlite3
from collections.abc import Sequence

import msgspec

from exchange.store.base import CatalogItem, Conflict
from exchange.store.base.catalog import I
from exchange.store.sqlite import rows
from exchange.store.sqlite.connected import Connected
from exchange.store.sqlite.queries import query


class CatalogPart(Connected):
    """Items, for `exchange.store.base.CatalogStore`."""

    async def save_items(self, items: Sequence[CatalogItem], at_ms: int) -> None:
        """See `CatalogStore`."""
        await self._writer.write(_save_each, (items, at_ms))

    async def item_at(self, kind: type[I], item_id: str, revision: int) -> I | None:
        """See `CatalogStore`."""
        document = await self._read(_document_at, kind, item_id, revision)
        return msgspec.json.decode(document, type=kind) if document else None


def _save_each(connection: sqlite3.Connection, saves: Sequence[tuple[Sequence[CatalogItem], int]]) -> list[None]:
    for items, at_ms in saves:
        saved = [(*rows.item_row(item), item.revision, at_ms) for item in items]
        noted = connection.executemany(query("note_item"), saved).rowcount if saved else 0
        if noted != len(saved):
            raise Conflict("an item is not changed from the revision at which it stands")
        connection.executemany(query("save_item"), [row[:3] for row in saved])
    return [None] * len(saves)


def _document_at(connection: sqlite3.Connection, kind: type[CatalogItem], item_id: str, revision: int) -> bytes | None:
    row = connection.execute(query("item_at"), (rows.kind_of(kind), item_id, revision)).fetchone()
    return row[0] if row else None
