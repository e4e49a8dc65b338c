"""CatalogService: who takes part and how."""

import msgspec

from exchange.access.authority import Action, acting_owner, require_own
from exchange.domain.campaign import Campaign
from exchange.domain.party import Buyer, Source
from exchange.domain.principal import Principal
from exchange.rpc.calls import Context, unary
from exchange.rpc.catalog_files import CatalogFiles
from exchange.rpc.convert import campaigns, parties
from exchange.rpc.endpoints import EndpointItems
from exchange.rpc.items import own
from exchange.rpc.masks import merged
from leadexchange.v1 import catalog_service_pb2 as pb
from leadexchange.v1.catalog_service_pb2_grpc import CatalogServiceServicer


class CatalogItems(EndpointItems, CatalogFiles, CatalogServiceServicer):
    """Converts, calls the catalogue, and converts back."""

    # Sources.

    @unary(Action.MANAGE_CATALOG)
    async def CreateSource(
        self, request: pb.CreateSourceRequest, caller: Principal, context: Context
    ) -> pb.CreateSourceResponse:
        """A new source."""
        source = await self._create(
            self._new(parties.source(request.source), "src"), validate_only=request.validate_only
        )
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
        source = await self._update(changed, request.source.revision, validate_only=request.validate_only)
        return pb.UpdateSourceResponse(source=parties.source_message(source))

    # Buyers.

    @unary(Action.MANAGE_CATALOG)
    async def CreateBuyer(
        self, request: pb.CreateBuyerRequest, caller: Principal, context: Context
    ) -> pb.CreateBuyerResponse:
        """A new buyer."""
        buyer = await self._create(self._new(parties.buyer(request.buyer), "buy"), validate_only=request.validate_only)
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
        items, token = self._page(Buyer, request.page_size, request.page_token, lambda one: own(caller, one.id))
        return pb.ListBuyersResponse(buyers=map(parties.buyer_message, items), next_page_token=token)

    @unary(Action.MANAGE_CATALOG)
    async def UpdateBuyer(
        self, request: pb.UpdateBuyerRequest, caller: Principal, context: Context
    ) -> pb.UpdateBuyerResponse:
        """A buyer changed."""
        current = self._catalog.get(Buyer, request.buyer.id)
        message = merged(parties.buyer_message(current), request.buyer, request.update_mask, "buyer")
        changed = msgspec.structs.replace(parties.buyer(message), created_ms=current.created_ms)
        buyer = await self._update(changed, request.buyer.revision, validate_only=request.validate_only)
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
        campaign = await self._create(new, validate_only=request.validate_only)
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
            lambda one: own(caller, one.buyer_id) and buyer_id in ("", one.buyer_id),
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
        campaign = await self._update(changed, request.campaign.revision, validate_only=request.validate_only)
        return pb.UpdateCampaignResponse(campaign=campaigns.campaign_message(campaign))
