"""Copies of the whole store: taken while a core writes to it, and put back in its place.

A copy is made in a file beside the one that it is to be, brought to disk, checked, and only then given its name. It is
one plain file, without SQLite's side files.
"""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from exchange.domain.errors import StoreError
from exchange.store.sqlite.lock import hold
from exchange.store.sqlite.queries import migrations

_STEP_PAGES: Final = 1_024
"""4 MiB, brought to disk before the next: a core's own commits find little in the disk's queue before them."""
_MOST_TOLD: Final = 5
"""Faults of a copy that its error tells."""
_SIDE_FILES: Final = ("", "-wal", "-shm")


class Copy(msgspec.Struct, frozen=True):
    """A copy that is there."""

    path: Path
    bytes: int
    leads: int


def back_up(path: Path, to: Path) -> Copy:
    """Copies a store, which a core may have open, as it stands at one moment. Raises StoreError.

    The core goes on meanwhile; its write-ahead log grows by what it writes until the copy is done.
    """
    with _copied(path, to) as (copy, leads):
        try:
            os.link(copy, to)  # a rename would overwrite what has come meanwhile
        except FileExistsError:
            raise StoreError(f"{to}: it is there already, and is left as it is") from None
        _sync_folder(to)
        return Copy(to, to.stat().st_size, leads)


class Restoring:
    """A checked copy of a backup beside the place where the store belongs."""

    def __init__(self, copy: Path, place: Path, leads: int) -> None:
        self.copy = copy
        self.leads = leads
        self._place = place

    def move_in(self, named: str) -> Path | None:
        """Gives the copy the store's name; what is there now is called `named` first. Answers with where that is."""
        away = {part: self._place.with_name(named + part.name.removeprefix(self._place.name)) for part in self._there()}
        moved: list[Path] = []
        try:
            for part, kept in away.items():  # with its log, without which it would lack its newest commits
                part.rename(kept)
                moved.append(part)
            os.link(self.copy, self._place)
        except OSError:
            for part in moved:
                away[part].rename(part)
            raise
        _sync_folder(self._place)
        return away[moved[0]] if moved else None

    def _there(self) -> list[Path]:
        return [part for part in _parts(self._place) if part.exists()]


@contextmanager
def restoring(path: Path, to: Path, *, replace: bool) -> Iterator[Restoring]:
    """Copies a backup beside the place of a store, for the caller to look at and to move in.

    Raises StoreError, also while a core has the store open, and where there is one that is not to be replaced.
    """
    to.parent.mkdir(parents=True, exist_ok=True)
    lock = hold(to)
    try:
        if not replace and (there := [part for part in _parts(to) if part.exists()]):
            raise StoreError(f"{there[0]}: it is there already, and is replaced only if you say so")
        with _copied(path, to) as (copy, leads):
            yield Restoring(copy, to, leads)
    finally:
        os.close(lock)


def _parts(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in _SIDE_FILES]


@contextmanager
def _copied(path: Path, to: Path) -> Iterator[tuple[Path, int]]:
    """A checked copy beside `to` for as long as it takes to give it its name, and how many leads it holds."""
    if not path.is_file():
        raise StoreError(f"{path}: there is no such file")
    if to.exists() and to.is_dir():
        raise StoreError(f"{to}: expected the name of a file, got a directory")
    try:
        descriptor, name = tempfile.mkstemp(".partial", f"{to.name}.", to.parent)
    except OSError as error:
        raise StoreError(f"{to.parent}: {error.strerror}") from error
    copy = Path(name)
    try:
        _copy(path, copy, descriptor)
        yield copy, _checked(copy, path)
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}") from error
    except OSError as error:
        raise StoreError(f"{error.filename or copy}: {error.strerror}") from error
    finally:
        for part in _parts(copy):
            part.unlink(missing_ok=True)
        os.close(descriptor)


def _copy(path: Path, copy: Path, descriptor: int) -> None:
    def sync(*_: int) -> None:
        os.fdatasync(descriptor)

    with (
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)) as source,
        closing(sqlite3.connect(copy, isolation_level=None)) as target,
    ):
        # One transaction around all steps: else each commit of a core would have the copy begin again.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        source.backup(target, pages=_STEP_PAGES, progress=sync)
        target.execute("PRAGMA journal_mode = DELETE").fetchone()  # one file; a core that opens it changes that back
    os.fsync(descriptor)


def _checked(copy: Path, path: Path) -> int:
    """How many leads a copy holds. Raises StoreError where it is no store of ours, or not sound."""
    with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'leads'").fetchone() or not version:
            raise StoreError(f"{path}: not a store of the exchange")
        if version > migrations()[-1][0]:
            raise StoreError(f"{path}: written by a later version of the exchange (schema {version})")
        faults = [row[0] for row in connection.execute(f"PRAGMA integrity_check({_MOST_TOLD})")]
        if faults != ["ok"]:
            raise StoreError(f"{path}: not sound: {'; '.join(faults)}")
        (leads,) = connection.execute("SELECT count(*) FROM leads").fetchone()
        return int(leads)


def _sync_folder(path: Path) -> None:
    with suppress(OSError):  # some file systems have no use for it
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
