"""The catalogue, keys and settings."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec

from exchange.domain.principal import ApiKey
from exchange.store.base import CatalogItem, Conflict
from exchange.store.base.catalog import I
from exchange.store.postgres.connected import Connected
from exchange.store.postgres.queries import Connection, change, change_each, columns, fetch, query, single
from exchange.store.postgres.writer import Transaction
from exchange.store.sqlite import rows

_KEY: Final = "key"
_ITEM: Final = ("kind", "id", "document", "revision")
_MOST_CHANGES: Final = 1_000  # read at once


class Changes(NamedTuple):
    """What became of the catalogue after a place."""

    items: list[CatalogItem]
    """As they now stand, their secrets sealed."""
    keys: list[ApiKey]
    place: int
    """The last of them."""


class CatalogPart(Connected):
    """`exchange.store.base.CatalogStore`, but for suppression lists."""

    async def save_items(self, items: Sequence[CatalogItem], at_ms: int) -> None:
        """See `CatalogStore`."""
        await self._books.write(_save_each, (items, at_ms))

    async def item_at(self, kind: type[I], item_id: str, revision: int) -> I | None:
        """See `CatalogStore`."""
        document = await self._read(_document_at, kind, item_id, revision)
        return msgspec.json.decode(document, type=kind) if document else None

    async def save_key(self, key: ApiKey) -> None:
        """See `CatalogStore`."""
        await self._books.write(_save_keys, key)

    async def save_setting(self, name: str, value: bytes) -> bytes:
        """See `CatalogStore`."""
        kept: bytes = await self._books.write(_save_settings, {"name": name, "value": value})
        return kept


async def _save_each(transaction: Transaction, saves: Sequence[tuple[Sequence[CatalogItem], int]]) -> list[None]:
    for items, at_ms in saves:
        await _save(transaction.connection, items, at_ms)
    transaction.news = True
    return [None] * len(saves)


async def _save(connection: Connection, items: Sequence[CatalogItem], at_ms: int) -> None:
    stood = [(*rows.item_row(item), item.revision) for item in items]
    if await change(connection, query("note_items"), {**columns(stood, _ITEM), "at_ms": at_ms}) != len(items):
        raise Conflict("an item is not changed from the revision at which it stands, or its id is another party's")
    await change_each(connection, query("save_item"), [dict(zip(_ITEM, row, strict=True)) for row in stood])


async def _save_keys(transaction: Transaction, keys: Sequence[ApiKey]) -> list[None]:
    saved = [{"id": key.id, "document": rows.encode(key)} for key in keys]
    await change_each(transaction.connection, query("save_key"), saved)
    transaction.news = True
    return [None] * len(keys)


async def _save_settings(transaction: Transaction, settings: Sequence[dict[str, Any]]) -> list[bytes]:
    await change_each(transaction.connection, query("save_setting"), settings)
    return [await single(transaction.connection, query("setting"), one) for one in settings]


async def _document_at(connection: Connection, kind: type[CatalogItem], item_id: str, revision: int) -> bytes | None:
    wanted = {"kind": rows.kind_of(kind), "id": item_id, "revision": revision}
    document: bytes | None = await single(connection, query("item_at"), wanted)
    return document


async def items(connection: Connection) -> list[CatalogItem]:
    """Every item of the catalogue."""
    return [rows.item(kind, document) for kind, document in await fetch(connection, query("catalog"))]


async def keys(connection: Connection) -> list[ApiKey]:
    """Every key."""
    return [rows.key(document) for (document,) in await fetch(connection, query("keys"))]


async def settings(connection: Connection) -> dict[str, bytes]:
    """What the core keeps for itself."""
    return {row[0]: row[1] for row in await fetch(connection, query("settings"))}


async def changes_after(connection: Connection, place: int) -> Changes:
    """What has changed since, the oldest change first, at most a thousand."""
    found = await fetch(connection, query("catalog_after"), {"after": place, "limit": _MOST_CHANGES})
    return Changes(
        [rows.item(kind, document) for _, kind, document in found if kind != _KEY],
        [rows.key(document) for _, kind, document in found if kind == _KEY],
        found[-1][0] if found else place,
    )
