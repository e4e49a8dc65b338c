"""A core's place among those that share the database, and taking over from those that died or left.

Whoever takes a core for dead first ends its sessions, which may hold locks, and then removes its rows: what it was
about to commit is kept or rolled back by then, and nothing that it writes is kept any more. Whatever no living core
holds is left behind, whichever way that came about: its core died, or closed, or all of them went down at once.

The clock is the database's. A core whose own place lapsed cannot tell the dead from those that were kept away as it
was: it judges nobody until it has kept its place without a gap for as long as it takes to be judged.
"""

import asyncio
import os
import platform
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from exchange.domain.auction import LeadRecord
from exchange.store.base import Place, Replaced
from exchange.store.postgres.connected import Connected
from exchange.store.postgres.locks import INHERITING, SPACE
from exchange.store.postgres.queries import Connection, change, fetch, first, query, single
from exchange.store.postgres.writer import Transaction, Writer
from exchange.store.sqlite import rows

LEASE_MS: Final = 5_000
"""A core that was not seen for so long is taken for dead."""
_MOST_INHERITED: Final = 500
"""Leads taken over at once; the rest follow with the next time that the place is kept."""


class Member(NamedTuple):
    """Whose place, and after how long others are taken for dead."""

    core_id: str
    lease_ms: int


class CoresPart(Connected):
    """`exchange.store.base.CoreStore`, but for news."""

    _places: Writer
    """A writer of its own: a place is kept however much the others have to write."""

    def __init__(self, url: str, lease_ms: int) -> None:
        super().__init__(url)
        self._lease_ms = lease_ms
        self._keeping: asyncio.Future[Place] | None = None

    async def keep_place(self) -> Place:
        """See `CoreStore`."""
        if self._keeping is None:
            self._keeping = self._places.write(_keep_each, Member(self.core_id, self._lease_ms))
        keeping = self._keeping
        try:
            place = await asyncio.shield(keeping)
            self._leads = place.leads
            return place
        finally:
            if keeping.done():  # else the caller was cancelled, and the answer waits for the next
                self._keeping = None


async def enter(connection: Connection, core_id: str, writer_ids: Sequence[str]) -> None:
    """Makes a core's rows."""
    address = f"{platform.node()}/{os.getpid()}"
    await change(connection, query("enter_core"), {"id": core_id, "address": address})
    await change(connection, query("enter_writers"), {"core_id": core_id, "ids": writer_ids})


async def leave_each(transaction: Transaction, core_ids: Sequence[str]) -> list[None]:
    """Removes cores' rows: others take over at once what they left behind."""
    for core_id in core_ids:
        await change(transaction.connection, query("leave_writers"), {"id": core_id})
        await change(transaction.connection, query("leave"), {"id": core_id})
    return [None] * len(core_ids)


async def _keep_each(transaction: Transaction, members: Sequence[Member]) -> list[Place]:
    return [await _keep(transaction.connection, one) for one in members]


async def _keep(connection: Connection, member: Member) -> Place:
    values: dict[str, Any] = {"id": member.core_id, "lease_ms": member.lease_ms}
    kept = await first(connection, query("keep_place"), values)
    if kept is None:
        raise Replaced
    values["now_ms"], steady = kept
    cores = await fetch(connection, query("cores"), values)
    dead = [core_id for core_id, lapsed in cores if lapsed] if steady else []
    inherited: tuple[LeadRecord, ...] = ()
    if dead or await single(connection, query("anything_left_behind")):
        inherited = await _take_over(connection, dead, values)
    living = [core_id for core_id, _ in cores if core_id not in dead]
    return Place(living[0] == member.core_id, len(living), inherited)


async def _take_over(connection: Connection, dead: Sequence[str], values: dict[str, Any]) -> tuple[LeadRecord, ...]:
    """What no living core holds, unless another core is about to take it."""
    if not await single(connection, f"SELECT pg_try_advisory_xact_lock({SPACE}, {INHERITING})"):
        return ()
    values = {**values, "ids": dead, "limit": _MOST_INHERITED}
    if dead:
        await fetch(connection, query("end_sessions"), values)
        await change(connection, query("remove_cores"), values)
    await change(connection, query("remove_writers"), values)
    return tuple(sorted(map(_lead, await fetch(connection, query("inherit"), values)), key=_sequence))


def _lead(row: Sequence[Any]) -> LeadRecord:
    return rows.lead(tuple(row))


def _sequence(lead: LeadRecord) -> int:
    return lead.sequence
