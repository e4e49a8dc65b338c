"""From the driver's errors to the store's. No password, and no value that was to be kept, is in what they say."""

import asyncio
from typing import Final

import asyncpg

from exchange.domain.errors import StoreError
from exchange.store.base import Conflict

FAILED: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    asyncio.IncompleteReadError,
    ValueError,
)
"""Whatever the driver raises."""
_LOST: Final = (
    OSError,  # TimeoutError and ConnectionError among them
    asyncio.IncompleteReadError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # the server shuts down, or ends sessions
    asyncpg.TooManyConnectionsError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,  # a failover left the session on a standby: a new one finds the other server
)
_REPEATABLE: Final = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InvalidCachedStatementError,  # a migration by another process
)


def is_lost(error: BaseException) -> bool:
    """Whether the session behind an error is gone, or none is to be had now."""
    cancelled = isinstance(error, asyncpg.QueryCanceledError)  # one statement was too slow
    return isinstance(error, _LOST) and not cancelled and not isinstance(error, ValueError)  # that is a wrong value


def is_repeatable(error: BaseException) -> bool:
    """Whether a transaction was given up for the sake of another, and may fare better when it is repeated."""
    return isinstance(error, _REPEATABLE)


def as_store_error(error: Exception) -> StoreError:
    """An error as the store's callers know it."""
    if isinstance(error, StoreError):
        return error
    if isinstance(error, asyncpg.UniqueViolationError):
        return Conflict(f"{error.constraint_name}: it is there already")
    if isinstance(error, asyncpg.PostgresError):
        return StoreError(f"PostgreSQL {error.sqlstate}: {error.message}")
    if isinstance(error, TimeoutError):
        return StoreError("PostgreSQL did not answer in time")
    if isinstance(error, OSError):
        return StoreError(f"PostgreSQL cannot be reached: {error.strerror or type(error).__name__}")
    if isinstance(error, ValueError):  # it quotes the value
        return StoreError("a value is not one that PostgreSQL keeps")
    return StoreError(f"{type(error).__name__}: {error}")
