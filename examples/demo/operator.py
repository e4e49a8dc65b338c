"""The operator: holds the first key, sets the market up, and afterwards reads what became of the leads."""

from collections.abc import Mapping
from typing import Any

import aiohttp
import grpc

from adapters.common.core import credential
from examples.demo.children import DemoError
from leadexchange.v1.access_service_pb2 import CreateApiKeyRequest
from leadexchange.v1.access_service_pb2_grpc import AccessServiceStub
from leadexchange.v1.api_key_pb2 import ApiKey, Role
from leadexchange.v1.auction_pb2 import Auction
from leadexchange.v1.catalog_service_pb2 import CreateSourceRequest
from leadexchange.v1.catalog_service_pb2_grpc import CatalogServiceStub
from leadexchange.v1.lead_service_pb2 import GetAuctionRequest
from leadexchange.v1.lead_service_pb2_grpc import LeadServiceStub
from leadexchange.v1.source_pb2 import Source

_PAGE = 500


class Operator:
    """Calls over REST where JSON is at hand, and over gRPC elsewhere; a real one would choose either."""

    def __init__(self, session: aiohttp.ClientSession, rest: str, channel: grpc.aio.Channel, key: str) -> None:
        self._session = session
        self._rest = rest
        self._headers = {"Authorization": f"Bearer {key}"}
        self._metadata = credential(key)
        self._catalog = CatalogServiceStub(channel)
        self._access = AccessServiceStub(channel)
        self._leads = LeadServiceStub(channel)

    async def create(self, noun: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Creates one of `sources`, `buyers`, `campaigns` or `endpoints`, over REST."""
        async with self._session.post(f"{self._rest}/{noun}", json=body, headers=self._headers) as response:
            return await _read(response, f"{noun} {body.get('id', '')}")

    async def leads(self) -> list[dict[str, Any]]:
        """All leads, page by page, over REST."""
        leads: list[dict[str, Any]] = []
        query = {"limit": str(_PAGE)}
        while True:
            async with self._session.get(f"{self._rest}/leads", params=query, headers=self._headers) as response:
                page = await _read(response, "leads")
            leads += page["data"]
            if not page["next_cursor"]:
                return leads
            query["cursor"] = page["next_cursor"]

    async def create_source(self, source_id: str) -> None:
        """Creates a source that nobody described, over gRPC. Raises AioRpcError."""
        source = Source(id=source_id, display_name=source_id)
        await self._catalog.CreateSource(CreateSourceRequest(source=source), metadata=self._metadata)

    async def create_key(self, role: Role, party_id: str) -> str:
        """A key for a source or a buyer, over gRPC; it is shown this once."""
        request = CreateApiKeyRequest(api_key=ApiKey(role=role, party_id=party_id, label="demo"))
        return (await self._access.CreateApiKey(request, metadata=self._metadata)).secret

    async def auction(self, lead_id: str) -> Auction:
        """The trace of a lead's auction, over gRPC."""
        request = GetAuctionRequest(auction_id=lead_id)
        return (await self._leads.GetAuction(request, metadata=self._metadata)).auction


async def _read(response: aiohttp.ClientResponse, what: str) -> dict[str, Any]:
    answer: dict[str, Any] = await response.json(content_type=None)
    if response.status >= 300:
        raise DemoError(f"{what}: {answer['detail']}")
    return answer
