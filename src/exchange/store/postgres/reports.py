"""Roll-ups: leads are counted from the store right behind their decision, by the core that leads.

So does any core that is asked for figures. A step counts the leads that follow the last one counted, and is kept only
if no other core has counted them meanwhile.
"""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec

from exchange.domain.auction import Sale
from exchange.domain.errors import StoreError
from exchange.domain.lead import Profile
from exchange.domain.report import Cell, Figures, ReportQuery, ReportRow
from exchange.feedback.rules.counting import Cells, count, places, row, values
from exchange.store.postgres.connected import Connected
from exchange.store.postgres.queries import Connection, Row, change, columns, fetch, query, single
from exchange.store.postgres.writer import Transaction
from exchange.store.sqlite import rows

_log = logging.getLogger(__name__)
_EVERY_S: Final = 5.0
"""Below it the same cells are written more often."""
_STEP_LEADS: Final = 500
"""Leads a step: their cells are added in one commit, in which settlements wait."""
_CONDITIONS: Final = ("of_campaigns", "vertical", "source_id", "campaign_id", "buyer_id")
_CELL: Final = (*Cell.__struct_fields__, *Figures.__struct_fields__)
_profile: Final = msgspec.json.Decoder(Profile).decode


class Step(NamedTuple):
    """What leads come to: those decided after a sequence, up to another."""

    after: int
    to: int
    cells: list[Row]


class ReportsPart(Connected):
    """`exchange.store.base.ReportStore`."""

    _rolling: "asyncio.Task[None]"

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._rolling_up = asyncio.Lock()

    async def _roll_up(self) -> None:
        """Returns when everything that was durable before is in the store's figures."""
        durable = await self._read(_last_decided)
        async with self._rolling_up:
            counted: int = await self._read(_counted)
            while counted < durable:
                step: Step = await self._read(_next_step, counted, durable)
                counted = await self._books.write(_add_step, step)

    async def _keep_rolling_up(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_S)
            if not self._leads:
                continue
            try:
                await self._roll_up()
            except StoreError as error:
                _log.error("figures were not added, and are tried again: %s", error)

    async def _stop_rolling_up(self) -> None:
        self._rolling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._rolling

    async def figures_of(self, wanted: ReportQuery) -> list[ReportRow]:
        """See `ReportStore`."""
        await self._roll_up()
        return await self._read(_figures_of, wanted)


async def _figures_of(connection: Connection, wanted: ReportQuery) -> list[ReportRow]:
    broken_down = dict(zip(("first", "second", "third"), (*wanted.dimensions, 0, 0, 0), strict=False))
    names = [name for name in _CONDITIONS if getattr(wanted, name)]
    where = "".join(f"\n    AND {query(f'report_where_{name}')}" for name in names)
    asked: dict[str, Any] = msgspec.structs.asdict(wanted) | broken_down
    found = await fetch(connection, query("figures_of").format(where=where), asked)
    keys = len(wanted.dimensions)
    return [ReportRow(tuple(one)[:keys], Figures(*tuple(one)[3:])) for one in found if any(tuple(one)[3:])]


async def _last_decided(connection: Connection) -> int:
    return int(await single(connection, query("last_decided")))


async def _counted(connection: Connection) -> int:
    return int(await single(connection, query("counted")))


async def _next_step(connection: Connection, after: int, durable: int) -> Step:
    cells: Cells = {}
    to = await _count(connection, cells, after, durable)
    return Step(after, to, [row(cells, place) for place in places(cells)])


async def count_between(connection: Connection, cells: Cells, after: int, last: int) -> None:
    """Counts leads decided after a sequence, up to another."""
    while after < last:
        after = await _count(connection, cells, after, last)


async def _count(connection: Connection, cells: Cells, after: int, last: int) -> int:
    """Counts some of them; answers up to which."""
    wanted = {"after": after, "last": last, "limit": _STEP_LEADS}
    found = await fetch(connection, query("decided_between"), wanted)
    for _, submitted_ms, profile, trace, sold in found:
        sales = [Sale("", "", campaign_id, buyer_id, price, payout, 0) for campaign_id, buyer_id, price, payout in sold]
        count(cells, _profile(profile), submitted_ms, rows.trace(trace), sales)
    return found[-1][0] if len(found) == _STEP_LEADS else last


async def _add_step(transaction: Transaction, steps: Sequence[Step]) -> list[int]:
    return [await _add_one(transaction.connection, step) for step in steps]


async def _add_one(connection: Connection, step: Step) -> int:
    """Adds a step unless another core was quicker; answers up to where leads are counted."""
    if not await change(connection, query("count_on"), {"after": step.after, "to": step.to}):
        return await _counted(connection)
    await _add(connection, step.cells)
    return step.to


async def add_figures(connection: Connection, cell: Cell, figures: Figures) -> None:
    """Adds to a cell."""
    await _add(connection, [(*msgspec.structs.astuple(cell), *values(figures))])


async def _add(connection: Connection, cells: Sequence[Row]) -> None:
    if cells:
        await change(connection, query("add_figures"), columns(cells, _CELL))
