"""Roll-ups: counted in memory as leads are decided, added to the store in slices right behind, and read from there.

What is only in memory is lost with the process and counted again from the leads when the store is opened: the state in
the store says from where.
"""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from exchange.domain.auction import Sale
from exchange.domain.errors import StoreError
from exchange.domain.lead import Profile
from exchange.domain.report import Cell, Figures, ReportQuery, ReportRow
from exchange.feedback.rules.counting import Cells, Place, count, places, row, values
from exchange.store.base import Settlement
from exchange.store.sqlite import rows
from exchange.store.sqlite.connected import Connected
from exchange.store.sqlite.queries import query
from exchange.store.sqlite.writes import Writes

_log = logging.getLogger(__name__)
_EVERY_S: Final = 5.0
"""Beyond it a crash leaves more to be counted again; below it the same cells are written more often."""
_SLICE: Final = 256
"""Cells a commit: about a millisecond, in which settlements wait."""
_CONDITIONS: Final = ("of_campaigns", "vertical", "source_id", "campaign_id", "buyer_id")
_profile: Final = msgspec.json.Decoder(Profile).decode
_sales: Final = msgspec.json.Decoder(list[tuple[str, str, int, int]]).decode


class Leaving(NamedTuple):
    """Cells on their way into the store: from which on, how many, and which lead is the last in them."""

    start: int
    cells: int
    to: int


class Rollups:
    """What was decided and is not in the store's figures yet. Only the writer thread changes it."""

    def __init__(self) -> None:
        self._cells: Cells = {}
        self._counted = 0
        """The last lead that is in the cells, by its sequence."""
        self._settled: Sequence[Settlement] = ()
        """The last group: counted when its commit is known to have been kept."""
        self._settled_to = 0
        self._leaving: Cells = {}
        self._places: list[Place] = []
        self._target = 0
        """The last lead that is in the cells that leave; they have left once the store has counted it."""

    def load(self, connection: sqlite3.Connection) -> None:
        """Counts what the last process had not added, inside a transaction of its own."""
        connection.execute("BEGIN IMMEDIATE")
        counted, target, done = connection.execute(query("rollup_state")).fetchone()
        if target:
            cells = counted_between(connection, counted, target)
            _add(connection, [row(cells, place) for place in places(cells)[done:]])
            counted = target
            connection.execute(query("save_rollup_state"), (counted, 0, 0))
        connection.execute("COMMIT")
        self._counted = last_decided(connection)
        self._cells = counted_between(connection, counted, self._counted)

    def confirm(self, last: int) -> None:
        """Counts the last group, if `last`, the sequence of a decided lead that is durable, says that it was kept."""
        if self._settled and last >= self._settled_to:
            for one in self._settled:
                record = one.record
                count(self._cells, record.profile, record.submitted_ms, record.trace, record.outcome.sales)
            self._counted, self._settled = self._settled_to, ()

    def settled(self, connection: sqlite3.Connection, settlements: Sequence[Settlement]) -> None:
        """Takes note of a group inside the transaction that keeps it; one before it that was not kept is forgotten."""
        self._settled, self._settled_to = settlements, last_decided(connection)

    def begin(self, connection: sqlite3.Connection, durable: Sequence[int]) -> list[Leaving]:
        """Has what was counted leave for the store, or goes on where that was broken off.

        `durable` holds sequences of decided leads that a reader saw.
        """
        self.confirm(max(durable))
        counted, target, done = connection.execute(query("rollup_state")).fetchone()
        if self._target <= counted:
            self._leaving, self._cells, self._target = self._cells, {}, self._counted
            self._places = places(self._leaving)
        if self._target != target:
            done = 0
            state = (counted, self._target, 0) if self._places else (self._target, 0, 0)
            connection.execute(query("save_rollup_state"), state)
        return [Leaving(done, len(self._places), self._target)] * len(durable)

    def leave(self, connection: sqlite3.Connection, starts: Sequence[int]) -> list[int]:
        """Adds a slice of the leaving cells to the store's; answers where the next begins."""
        return [self._leave(connection, start) for start in starts]

    def _leave(self, connection: sqlite3.Connection, start: int) -> int:
        end = start + _SLICE
        _add(connection, [row(self._leaving, place) for place in self._places[start:end]])
        counted, _, _ = connection.execute(query("rollup_state")).fetchone()
        state = (counted, self._target, end) if end < len(self._places) else (self._target, 0, 0)
        connection.execute(query("save_rollup_state"), state)
        return end


class ReportsPart(Connected):
    """`exchange.store.base.ReportStore`."""

    _writes: Writes
    _rolling: "asyncio.Task[None]"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._rollups = Rollups()
        self._rolling_up = asyncio.Lock()
        self._rolled_up_to = -1

    def _settle_counted(self, connection: sqlite3.Connection, settlements: Sequence[Settlement]) -> Sequence[None]:
        """Settles a group, and has it counted."""
        self._rollups.confirm(last_decided(connection))
        answers = self._writes.settle(connection, settlements)
        self._rollups.settled(connection, settlements)
        return answers

    async def _roll_up(self) -> None:
        """Returns when everything that was durable before is in the store's figures."""
        async with self._rolling_up:
            durable = await self._read(last_decided)
            while self._rolled_up_to < durable:
                leaving: Leaving = await self._writer.write(self._rollups.begin, durable)
                start = leaving.start
                while start < leaving.cells:
                    start = await self._writer.write(self._rollups.leave, start)
                self._rolled_up_to = leaving.to if leaving.cells else durable

    async def _keep_rolling_up(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_S)
            try:
                await self._roll_up()
            except StoreError as error:
                _log.error("figures were not added, and are tried again: %s", error)

    async def _stop_rolling_up(self) -> None:
        self._rolling.cancel()
        with contextlib.suppress(StoreError):  # what was not added is counted again at the next start
            await self._roll_up()

    async def figures_of(self, wanted: ReportQuery) -> list[ReportRow]:
        """See `ReportStore`."""
        await self._roll_up()
        return await self._read(_figures_of, wanted)


def _figures_of(connection: sqlite3.Connection, wanted: ReportQuery) -> list[ReportRow]:
    first, second, third = (*wanted.dimensions, 0, 0, 0)[:3]
    names = [name for name in _CONDITIONS if getattr(wanted, name)]
    where = "".join(f"\n    AND {query(f'report_where_{name}')}" for name in names)
    parameters = msgspec.structs.asdict(wanted) | {"first": first, "second": second, "third": third}
    del parameters["dimensions"]
    found = connection.execute(query("figures_of").format(where=where), parameters)
    keys = len(wanted.dimensions)
    return [ReportRow(one[:keys], Figures(*one[3:])) for one in found if any(one[3:])]


def last_decided(connection: sqlite3.Connection) -> int:
    """The sequence of the lead that was decided last; 0 when there is none."""
    (sequence,) = connection.execute(query("last_decided")).fetchone()
    return int(sequence)


def counted_between(connection: sqlite3.Connection, after: int, last: int) -> Cells:
    """What the leads decided after a sequence, up to another, come to."""
    cells: Cells = {}
    for submitted_ms, profile, trace, sales in connection.execute(query("decided_between"), (after, last)):
        count(cells, _profile(profile), submitted_ms, rows.trace(trace), list(_sales_of(sales)))
    return cells


def _sales_of(document: str) -> Iterator[Sale]:
    """Sales as far as they are counted."""
    for campaign_id, buyer_id, price_micros, payout_micros in _sales(document):
        yield Sale("", "", campaign_id, buyer_id, price_micros, payout_micros, 0)


def add_figures(connection: sqlite3.Connection, cell: Cell, figures: Figures) -> None:
    """Adds to a cell."""
    _add(connection, [(*msgspec.structs.astuple(cell), *values(figures))])


def _add(connection: sqlite3.Connection, cells: Sequence[rows.Row]) -> None:
    """One statement for all: each is waited for with the interpreter let go of, and won back after."""
    if cells:
        connection.execute(_adding(len(cells)), tuple(chain.from_iterable(cells)))


@lru_cache(maxsize=16)
def _adding(cells: int) -> str:
    """The statement for so many cells."""
    return query("add_figures").format(cells=", ".join([query("one_cell")] * cells))
