"""`exchange verify`: proves from a store that nothing was lost, sold twice or misbooked."""

import os
from pathlib import Path

import msgspec

from exchange.app import stores
from exchange.domain.errors import ConfigError
from exchange.store.base import Finding
from exchange.store.marks import NOTHING, Marks


def verify(url: str) -> list[Finding]:
    """Checks each invariant. Raises ConfigError for a URL that names no store, StoreError for one it cannot read."""
    return stores.prove(url).findings


def verify_on(url: str, state: Path, *, whole: bool) -> list[Finding]:
    """Checks what is new since the last time, and what could still change then; `state` is kept from time to time.

    Everything where there is no such file yet, or when `whole` says so. The file moves on only when nothing is broken.
    Raises as `verify` does, ConfigError also for a file that cannot be read or written.
    """
    proof = stores.prove(url, NOTHING if whole else _read(state))
    if not any(one.offending for one in proof.findings):
        _write(state, proof.marks)
    return proof.findings


def _read(state: Path) -> Marks:
    try:
        return msgspec.json.decode(state.read_bytes(), type=Marks)
    except FileNotFoundError:
        return NOTHING
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(f"{state}: expected what an earlier run wrote: {error}") from error


def _write(state: Path, marks: Marks) -> None:
    new = state.with_name(state.name + ".new")
    try:
        with new.open("wb") as file:
            file.write(msgspec.json.encode(marks))
            file.flush()
            os.fsync(file.fileno())
        new.replace(state)
    except OSError as error:
        raise ConfigError(f"{state}: cannot be written: {error.strerror}") from error
