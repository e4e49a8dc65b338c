"""The invariants, checked by reading the database alone: no core needs to run, and one that does is not disturbed."""

from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec

from exchange.domain.errors import StoreError
from exchange.store.base import Finding
from exchange.store.invariants import CAPS, CHECKS, FIGURES, KEPT, MOST_OFFENDING, Counting
from exchange.store.marks import NOTHING, Bought, Marks, Proof
from exchange.store.postgres import catalog
from exchange.store.postgres.offline import read
from exchange.store.postgres.queries import Connection, fetch, first, query
from exchange.store.postgres.recount import astray, standing
from exchange.store.postgres.usage import miscounted

_SLICE: Final = 10_000
"""Sales read at once."""


def prove(url: str, since: Marks = NOTHING) -> Proof:
    """Checks each invariant, from where an earlier run left off, all as of one moment.

    Raises StoreError when the database cannot be read.
    """
    return read(url, proof, since)


async def proof(connection: Connection, since: Marks = NOTHING) -> Proof:
    """The same inside the caller's transaction."""
    marks = await _marks(connection)
    if since.store not in ("", marks.store):
        raise StoreError("what was proved before is of another store")
    places = msgspec.structs.asdict(since)
    counting = Counting(await catalog.items(connection), since.bought)
    async for one, times in _bought(connection, places):
        counting.count(one, times)
    findings = [
        Finding("indexes", "the database's indexes are sound", await _rows(connection, "verify_indexes", places)),
        Finding(*KEPT, (since.gone(marks) + await _rows(connection, "verify_kept", places))[:MOST_OFFENDING]),
        *[Finding(name, claim, await _rows(connection, f"verify_{name}", places)) for name, claim in CHECKS],
        Finding(*CAPS, counting.exceeded()[:MOST_OFFENDING]),
        Finding("held", "room is held for pending leads alone", await _rows(connection, "verify_held", places)),
        Finding(*FIGURES, await astray(connection, since)),
    ]
    if since == NOTHING:  # it is counted anew from all sales
        used = "what is used of caps and credit is what was sold, booked and held"
        findings.append(Finding("used", used, (await miscounted(connection))[:MOST_OFFENDING]))
    figures = await standing(connection)
    return Proof(findings, msgspec.structs.replace(marks, figures=figures, bought=counting.windows()))


async def _marks(connection: Connection) -> Marks:
    row = await first(connection, query("verify_marks"))
    assert row is not None
    *places, pending, open_returns, counted = row
    more = {"pending": tuple(pending), "open_returns": tuple(open_returns), "counted": counted}
    return msgspec.structs.replace(Marks(*places), **more)


async def _bought(connection: Connection, places: dict[str, Any]) -> AsyncIterator[tuple[Bought, int]]:
    """Sales, and how many times each counts more against caps than it did."""
    after = places["sales"]
    while found := await fetch(connection, query("verify_bought"), {"after": after, "limit": _SLICE}):
        for _, *sale, replaced in found:
            if not replaced:
                yield Bought(*sale), 1
        after = found[-1][0]
    for row in await fetch(connection, query("verify_replaced"), places):
        yield Bought(*row), -1


async def _rows(connection: Connection, name: str, places: dict[str, Any]) -> list[str]:
    statement = query(name).rstrip(";")
    found = await fetch(connection, f"{statement}\nLIMIT {MOST_OFFENDING};", places)
    return [" ".join(str(value) for value in row) for row in found]
