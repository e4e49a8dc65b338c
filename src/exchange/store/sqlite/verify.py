"""The invariants, checked by reading the file alone: no core needs to run, and one that does is not disturbed."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from exchange.domain.errors import StoreError
from exchange.store.base import Finding
from exchange.store.invariants import CAPS, CHECKS, FIGURES, KEPT, MOST_OFFENDING, Counting
from exchange.store.marks import NOTHING, Bought, Marks, Proof
from exchange.store.sqlite import reads
from exchange.store.sqlite.queries import query
from exchange.store.sqlite.recount import astray, standing


def prove(path: Path, since: Marks = NOTHING) -> Proof:
    """Checks each invariant, from where an earlier run left off. Raises StoreError when the file cannot be read."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            # One snapshot for all checks, so that what a running core adds meanwhile breaks none.
            connection.execute("BEGIN")
            return _proof(connection, since)
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}") from error


def _proof(connection: sqlite3.Connection, since: Marks) -> Proof:
    """Without the file's own soundness in what goes on from an earlier run: that reads all of it."""
    marks = _marks(connection)
    if since.store not in ("", marks.store):
        raise StoreError("what was proved before is of another store")
    places = _places(since)
    counting = Counting(reads.catalog(connection), since.bought)
    for name, times in (("verify_bought", 1), ("verify_replaced", -1)):
        for row in connection.execute(query(name), places):
            counting.count(Bought(*row), times)
    findings = [
        *([_integrity(connection)] if since == NOTHING else []),
        Finding(*KEPT, (since.gone(marks) + _rows(connection, "verify_kept", places))[:MOST_OFFENDING]),
        *(Finding(name, claim, _rows(connection, f"verify_{name}", places)) for name, claim in CHECKS),
        Finding(*CAPS, counting.exceeded()[:MOST_OFFENDING]),
        Finding(*FIGURES, astray(connection, since)),
    ]
    return Proof(findings, msgspec.structs.replace(marks, figures=standing(connection), bought=counting.windows()))


def _marks(connection: sqlite3.Connection) -> Marks:
    *places, pending, open_returns, counted = connection.execute(query("verify_marks")).fetchone()
    more = {"pending": tuple(json.loads(pending)), "open_returns": tuple(json.loads(open_returns)), "counted": counted}
    return msgspec.structs.replace(Marks(*places), **more)


def _places(since: Marks) -> dict[str, Any]:
    places = msgspec.structs.asdict(since)
    return {**places, "pending": json.dumps(since.pending), "open_returns": json.dumps(since.open_returns)}


def _integrity(connection: sqlite3.Connection) -> Finding:
    found = [row[0] for row in connection.execute(f"PRAGMA quick_check({MOST_OFFENDING})")]
    return Finding("integrity", "the file itself is sound", [] if found == ["ok"] else found)


def _rows(connection: sqlite3.Connection, name: str, places: dict[str, Any]) -> list[str]:
    found = connection.execute(query(name), places).fetchmany(MOST_OFFENDING)
    return [" ".join(str(value) for value in row) for row in found]
