"""CatalogService: who takes part and how."""

import base64
from collections.abc import Callable
from typing import TypeVar

import msgspec

from exchange.access.authority import Action, acting_owner, require_own
from exchange.access.keys import KeyRing
from exchange.auction.clock import Clock
from exchange.catalog.service import Catalog
from exchange.domain.campaign import Campaign
from exchange.domain.party import Buyer, Endpoint, Source
from exchange.domain.principal import Principal, Role
from exchange.rpc.calls import Context, Service, page_size, page_token, position_of, unary
from exchange.rpc.convert import campaigns, parties
from exchange.rpc.masks import merged
from leadexchange.v1 import catalog_service_pb2 as pb
from leadexchange.v1.catalog_service_pb2_grpc import CatalogServiceServicer

I = TypeVar("I", Source, Buyer, Campaign, Endpoint)  # noqa: E741
_SECRET_BYTES = 24  # Standard Webhooks: 24 to 64


class CatalogItems(Service, CatalogServiceServicer):
    """Converts, calls the catalogue, and converts back."""

    def __init__(self, keys: KeyRing, clock: Clock, catalog: Catalog) -> None:
        super().__init__(keys, clock)
        self._catalog = catalog

    def _new(self, item: I, prefix: str) -> I:
        item_id = item.id or self.clock.mint(prefix)
        return msgspec.structs.replace(item, id=item_id, created_ms=self.clock.now_ms())

    def _page(self, kind: type[I], size: int, token: str, wanted: Callable[[I], bool]) -> tuple[list[I], str]:
        limit = page_size(size)
        items = self._catalog.page(kind, position_of(token), limit + 1, wanted)
        return items[:limit], page_token(items[limit - 1].id) if len(items) > limit else ""

    # Sources.

    @unary(Action.MANAGE_CATALOG)
    async def CreateSource(
        self, request: pb.CreateSourceRequest, caller: Principal, context: Context
    ) -> pb.CreateSourceResponse:
        """A new source."""
        source = await self._catalog.create(self._new(parties.source(request.source), "src"))
        return pb.CreateSourceResponse(source=parties.source_message(source))

    @unary(Action.MANAGE_CATALOG)
    async def GetSource(
        self, request: pb.GetSourceRequest, caller: Principal, context: Context
    ) -> pb.GetSourceResponse:
        """One source."""
        return pb.GetSourceResponse(source=parties.source_message(self._catalog.get(Source, request.source_id)))

    @unary(Action.MANAGE_CATALOG)
    async def ListSources(
        self, request: pb.ListSourcesRequest, caller: Principal, context: Context
    ) -> pb.ListSourcesResponse:
        """Sources by id."""
        items, token = self._page(Source, request.page_size, request.page_token, lambda _: True)
        return pb.ListSourcesResponse(sources=map(parties.source_message, items), next_page_token=token)

    @unary(Action.MANAGE_CATALOG)
    async def UpdateSource(
        self, request: pb.UpdateSourceRequest, caller: Principal, context: Context
    ) -> pb.UpdateSourceResponse:
        """A source changed."""
        current = self._catalog.get(Source, request.source.id)
        message = merged(parties.source_message(current), request.source, request.update_mask, "source")
        changed = msgspec.structs.replace(parties.source(message), created_ms=current.created_ms)
        source = await self._catalog.update(changed, request.source.revision)
        return pb.UpdateSourceResponse(source=parties.source_message(source))

    # Buyers.

    @unary(Action.MANAGE_CATALOG)
    async def CreateBuyer(
        self, request: pb.CreateBuyerRequest, caller: Principal, context: Context
    ) -> pb.CreateBuyerResponse:
        """A new buyer."""
        buyer = await self._catalog.create(self._new(parties.buyer(request.buyer), "buy"))
        return pb.CreateBuyerResponse(buyer=parties.buyer_message(buyer))

    @unary(Action.READ_CATALOG)
    async def GetBuyer(self, request: pb.GetBuyerRequest, caller: Principal, context: Context) -> pb.GetBuyerResponse:
        """One buyer."""
        require_own(caller, request.buyer_id, "buyer of that id")
        return pb.GetBuyerResponse(buyer=parties.buyer_message(self._catalog.get(Buyer, request.buyer_id)))

    @unary(Action.READ_CATALOG)
    async def ListBuyers(
        self, request: pb.ListBuyersRequest, caller: Principal, context: Context
    ) -> pb.ListBuyersResponse:
        """Buyers by id."""
        items, token = self._page(Buyer, request.page_size, request.page_token, lambda one: _own(caller, one.id))
        return pb.ListBuyersResponse(buyers=map(parties.buyer_message, items), next_page_token=token)

    @unary(Action.MANAGE_CATALOG)
    async def UpdateBuyer(
        self, request: pb.UpdateBuyerRequest, caller: Principal, context: Context
    ) -> pb.UpdateBuyerResponse:
        """A buyer changed."""
        current = self._catalog.get(Buyer, request.buyer.id)
        message = merged(parties.buyer_message(current), request.buyer, request.update_mask, "buyer")
        changed = msgspec.structs.replace(parties.buyer(message), created_ms=current.created_ms)
        buyer = await self._catalog.update(changed, request.buyer.revision)
        return pb.UpdateBuyerResponse(buyer=parties.buyer_message(buyer))

    # Campaigns.

    @unary(Action.MANAGE_CAMPAIGN)
    async def CreateCampaign(
        self, request: pb.CreateCampaignRequest, caller: Principal, context: Context
    ) -> pb.CreateCampaignResponse:
        """A new campaign."""
        item = campaigns.campaign(request.campaign)
        owner = acting_owner(caller, item.buyer_id, "campaign.buyer_id")
        new = self._new(msgspec.structs.replace(item, buyer_id=owner), "camp")
        campaign = await self._catalog.create(new)
        return pb.CreateCampaignResponse(campaign=campaigns.campaign_message(campaign))

    @unary(Action.READ_CATALOG)
    async def GetCampaign(
        self, request: pb.GetCampaignRequest, caller: Principal, context: Context
    ) -> pb.GetCampaignResponse:
        """One campaign."""
        campaign = self._own_campaign(caller, request.campaign_id)
        return pb.GetCampaignResponse(campaign=campaigns.campaign_message(campaign))

    def _own_campaign(self, caller: Principal, campaign_id: str) -> Campaign:
        campaign = self._catalog.get(Campaign, campaign_id)
        require_own(caller, campaign.buyer_id, "campaign of that id")
        return campaign

    @unary(Action.READ_CATALOG)
    async def ListCampaigns(
        self, request: pb.ListCampaignsRequest, caller: Principal, context: Context
    ) -> pb.ListCampaignsResponse:
        """Campaigns by id."""
        buyer_id = request.buyer_id
        items, token = self._page(
            Campaign,
            request.page_size,
            request.page_token,
            lambda one: _own(caller, one.buyer_id) and buyer_id in ("", one.buyer_id),
        )
        return pb.ListCampaignsResponse(campaigns=map(campaigns.campaign_message, items), next_page_token=token)

    @unary(Action.MANAGE_CAMPAIGN)
    async def UpdateCampaign(
        self, request: pb.UpdateCampaignRequest, caller: Principal, context: Context
    ) -> pb.UpdateCampaignResponse:
        """A campaign changed."""
        current = self._own_campaign(caller, request.campaign.id)
        known = campaigns.campaign_message(current, with_headers=True)
        message = merged(known, request.campaign, request.update_mask, "campaign")
        changed = msgspec.structs.replace(campaigns.campaign(message), created_ms=current.created_ms)
        campaign = await self._catalog.update(changed, request.campaign.revision)
        return pb.UpdateCampaignResponse(campaign=campaigns.campaign_message(campaign))

    # Endpoints.

    @unary(Action.MANAGE_ENDPOINT)
    async def CreateEndpoint(
        self, request: pb.CreateEndpointRequest, caller: Principal, context: Context
    ) -> pb.CreateEndpointResponse:
        """A new endpoint, with the secret that the exchange will sign with."""
        owner = acting_owner(caller, request.endpoint.owner_id, "endpoint.owner_id")
        secret = "whsec_" + base64.b64encode(self.clock.entropy(_SECRET_BYTES)).decode()
        item = msgspec.structs.replace(parties.endpoint(request.endpoint), owner_id=owner, secret=secret)
        endpoint = await self._catalog.create(self._new(item, "ep"))
        message = parties.endpoint_message(endpoint)
        message.secret = secret
        return pb.CreateEndpointResponse(endpoint=message)

    @unary(Action.MANAGE_ENDPOINT)
    async def GetEndpoint(
        self, request: pb.GetEndpointRequest, caller: Principal, context: Context
    ) -> pb.GetEndpointResponse:
        """One endpoint."""
        endpoint = self._own_endpoint(caller, request.endpoint_id)
        return pb.GetEndpointResponse(endpoint=parties.endpoint_message(endpoint))

    def _own_endpoint(self, caller: Principal, endpoint_id: str) -> Endpoint:
        endpoint = self._catalog.get(Endpoint, endpoint_id)
        require_own(caller, endpoint.owner_id, "endpoint of that id")
        return endpoint

    @unary(Action.MANAGE_ENDPOINT)
    async def ListEndpoints(
        self, request: pb.ListEndpointsRequest, caller: Principal, context: Context
    ) -> pb.ListEndpointsResponse:
        """Endpoints by id."""
        owner_id = request.owner_id
        items, token = self._page(
            Endpoint,
            request.page_size,
            request.page_token,
            lambda one: _own(caller, one.owner_id) and owner_id in ("", one.owner_id),
        )
        return pb.ListEndpointsResponse(endpoints=map(parties.endpoint_message, items), next_page_token=token)

    @unary(Action.MANAGE_ENDPOINT)
    async def UpdateEndpoint(
        self, request: pb.UpdateEndpointRequest, caller: Principal, context: Context
    ) -> pb.UpdateEndpointResponse:
        """An endpoint changed; its owner and secret stay."""
        current = self._own_endpoint(caller, request.endpoint.id)
        message = merged(parties.endpoint_message(current), request.endpoint, request.update_mask, "endpoint")
        kept = {"owner_id": current.owner_id, "secret": current.secret, "created_ms": current.created_ms}
        changed = msgspec.structs.replace(parties.endpoint(message), **kept)
        endpoint = await self._catalog.update(changed, request.endpoint.revision)
        return pb.UpdateEndpointResponse(endpoint=parties.endpoint_message(endpoint))


def _own(caller: Principal, owner_id: str) -> bool:
    return caller.role == Role.OPERATOR or caller.party_id == owner_id
