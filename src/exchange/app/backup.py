"""`exchange backup` and `exchange restore`: the embedded store, copied while it is in use, and put back."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from exchange.app import stores
from exchange.app.config import Config
from exchange.domain.errors import ConfigError
from exchange.store.base import Finding
from exchange.store.sqlite import backup as copies
from exchange.store.sqlite.verify import prove


class Done(msgspec.Struct, frozen=True):
    """What a backup or a restore came to."""

    path: Path
    bytes: int
    leads: int
    broken: list[Finding]
    """The invariants that the copy breaks, where it was verified. One that breaks any is not put in place."""
    kept: Path | None = None
    """Where the store that was replaced is now."""


def back_up(url: str, to: Path, *, verified: bool) -> Done:
    """Copies a store to a file that is not there yet. Raises ConfigError, StoreError."""
    copy = copies.back_up(_embedded(url), to)
    return Done(copy.path, copy.bytes, copy.leads, _broken(to) if verified else [])


def restore(backup: Path, url: str, now: datetime, *, verified: bool, replace: bool) -> Done:
    """Puts a copy in the store's place; with `replace`, where there is one already. Raises ConfigError, StoreError."""
    place = _embedded(url)
    with copies.restoring(backup, place, replace=replace) as restoring:
        broken = _broken(restoring.copy) if verified else []
        size = restoring.copy.stat().st_size
        kept = None if broken else restoring.move_in(f"{place.stem}-replaced-{now:%Y%m%dT%H%M%SZ}{place.suffix}")
        return Done(place, size, restoring.leads, broken, kept)


def where_the_key_is(environment: Mapping[str, str], config: Config) -> str:
    """Where the master key comes from, for people: no copy of a store holds it, and none is of use without."""
    if "EXCHANGE_MASTER_KEY" in environment:
        return "the environment's EXCHANGE_MASTER_KEY"
    return environment.get("EXCHANGE_MASTER_KEY_FILE") or str(Path(config.security.var_dir) / "master.key")


def _embedded(url: str) -> Path:
    if stores.shared(url):
        raise ConfigError(
            "store: a database is backed up by its own tools: pg_basebackup with archived WAL, or pg_dump"
        )
    return stores.file_of(url)


def _broken(path: Path) -> list[Finding]:
    return [one for one in prove(path).findings if one.offending]
