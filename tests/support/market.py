"""What tests set up, over the contract as anyone would: sources, buyers, campaigns, endpoints and keys."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from leadexchange.v1.access_service_pb2 import CreateApiKeyRequest
from leadexchange.v1.api_key_pb2 import ROLE_BUYER, ROLE_SOURCE, ApiKey, Role
from leadexchange.v1.buyer_pb2 import Buyer
from leadexchange.v1.campaign_pb2 import Campaign
from leadexchange.v1.catalog_service_pb2 import (
    CreateBuyerRequest,
    CreateCampaignRequest,
    CreateEndpointRequest,
    CreateSourceRequest,
)
from leadexchange.v1.endpoint_pb2 import Endpoint
from leadexchange.v1.source_pb2 import Source
from tests.support.caller import Caller, connect

Rows = dict[str, tuple[int, str]]
"""By table: how many rows, and a digest of them all."""


def rows(path: Path) -> Rows:
    """Everything that a store's file holds, in a form that can be compared."""
    with closing(sqlite3.connect(path)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        found = {}
        for table in sorted(tables):
            held = database.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - names from the schema
            found[table] = len(held), blake2b(repr(sorted(map(repr, held))).encode(), digest_size=8).hexdigest()
        return found


class Market:
    """An exchange that serves, and an operator who sets it up. Subclasses say how it runs."""

    operator: Caller

    def __init__(self, directory: Path, **settings: str) -> None:
        """`settings` are environment variables: `EXCHANGE_AUCTION_MAX_OPEN="1"`."""
        self.directory = directory
        self.path = directory / "exchange.db"
        self.url = settings.get("EXCHANGE_STORE_URL", f"sqlite:///{self.path}")
        self.environment = {
            "EXCHANGE_STORE_URL": self.url,
            "EXCHANGE_GRPC_LISTEN": "127.0.0.1:0",
            "EXCHANGE_SECURITY_VAR_DIR": str(directory),
            "EXCHANGE_SECURITY_DEVELOPMENT": "true",
            "EXCHANGE_AUCTION_BUDGET_MS": "10000",  # a busy machine must not turn a sale into another outcome
            **settings,
        }
        self.address = ""
        self._channels: list[grpc.aio.Channel] = []

    def _serves_at(self, address: str, operator_key: str) -> None:
        """From the second start on the address is the same, as it would be anywhere else."""
        self.address = self.environment["EXCHANGE_GRPC_LISTEN"] = address
        self.operator = self.caller(operator_key)

    def caller(self, key: str | None) -> Caller:
        """Somebody with that key, on a connection of their own."""
        channel = connect(self.address)
        self._channels.append(channel)
        return Caller(channel, key)

    async def _disconnect(self) -> None:
        channels, self._channels = self._channels, []
        for channel in channels:
            await channel.close()

    async def key(self, role: Role, party_id: str = "", expires_ms: int = 0) -> str:
        """A fresh key's text."""
        wanted = ApiKey(role=role, party_id=party_id)
        if expires_ms:
            wanted.expires_at.CopyFrom(Timestamp(seconds=expires_ms // 1000, nanos=expires_ms % 1000 * 1_000_000))
        answer = await self.operator.access.CreateApiKey(CreateApiKeyRequest(api_key=wanted))
        return answer.secret

    async def source(self, source_id: str = "ratewise", **fields: Any) -> Caller:
        """A source, and somebody with its key."""
        source = Source(**{"id": source_id, "display_name": source_id, **fields})
        await self.operator.catalog.CreateSource(CreateSourceRequest(source=source))
        return self.caller(await self.key(ROLE_SOURCE, source_id))

    async def buyer(self, buyer_id: str = "lender", **fields: Any) -> Caller:
        """A buyer, and somebody with its key."""
        buyer = Buyer(**{"id": buyer_id, "display_name": buyer_id, **fields})
        await self.operator.catalog.CreateBuyer(CreateBuyerRequest(buyer=buyer))
        return self.caller(await self.key(ROLE_BUYER, buyer_id))

    async def campaign(self, campaign: Campaign) -> Campaign:
        """A campaign."""
        return (await self.operator.catalog.CreateCampaign(CreateCampaignRequest(campaign=campaign))).campaign

    async def endpoint(self, owner_id: str, url: str, *event_types: str) -> Endpoint:
        """An endpoint, with its secret."""
        endpoint = Endpoint(owner_id=owner_id, url=url, event_types=event_types or ("*",))
        return (await self.operator.catalog.CreateEndpoint(CreateEndpointRequest(endpoint=endpoint))).endpoint

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Holds that the store is the same afterwards, to the row."""
        before = rows(self.path)
        yield
        assert rows(self.path) == before, "the store changed"
