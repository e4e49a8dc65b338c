"""The exchange from Python: typed, thin over the contract, with what every partner would write again.

    async with AsyncClient("exchange.example:443", key, tls=True) as exchange:
        outcome = await exchange.submit("mortgage", {"state": "TX", …}, contact={"phone": "+1 210 555 0169"})
        async for lead in exchange.leads(acknowledged=False):
            await file(lead)
            await exchange.acknowledge(lead.id)

Answers are the contract's messages (`leadexchange.v1`). Refusals are exceptions, each with its reason and the fields at
fault. What is safe to repeat is repeated: reading, and submitting, since each submission has a request id. `Client` is
the same for programs that do not use asyncio.
"""

from leadexchange.client.aio import AsyncClient
from leadexchange.client.errors import (
    Conflict,
    ExchangeError,
    Forbidden,
    InvalidRequest,
    NotFound,
    TimedOut,
    TooMany,
    Unauthenticated,
    Unavailable,
    Violation,
)
from leadexchange.client.requests import attribute_values, submission
from leadexchange.client.retrying import Retrying
from leadexchange.client.sync import Client

__all__ = [
    "AsyncClient",
    "Client",
    "Conflict",
    "ExchangeError",
    "Forbidden",
    "InvalidRequest",
    "NotFound",
    "Retrying",
    "TimedOut",
    "TooMany",
    "Unauthenticated",
    "Unavailable",
    "Violation",
    "attribute_values",
    "submission",
]
