"""The catalogue in memory, as auctions see it. A change is seen by the next auction."""

from collections.abc import Callable, Iterable
from typing import Any, Final
from zoneinfo import ZoneInfo

from msgspec import structs

from exchange.domain.campaign import Campaign, StaticBidding
from exchange.domain.endpoint import Endpoint
from exchange.domain.lead import Profile
from exchange.domain.mapping import Mapping
from exchange.domain.party import Buyer, PartyState, Source
from exchange.domain.plan import RatePlan
from exchange.domain.policy import Policy
from exchange.intake.schema import VERTICALS
from exchange.market.caps import CapBook
from exchange.market.index import TargetingIndex
from exchange.market.shares import Shares

Item = Source | Buyer | Campaign | Endpoint | Mapping | Policy | RatePlan
_MOST_SHARED: Final = 100_000  # beyond it sharing begins anew
_UTC: Final = ZoneInfo("UTC")


class Book:
    """Sources, buyers, campaigns and endpoints by id; the targeting index and the caps beside them."""

    def __init__(self) -> None:
        self.sources: dict[str, Source] = {}
        self.buyers: dict[str, Buyer] = {}
        self.campaigns: dict[str, Campaign] = {}
        self.endpoints: dict[str, Endpoint] = {}
        self.policies: dict[str, Policy] = {vertical: Policy(vertical) for vertical in VERTICALS}
        self.mappings: dict[str, Mapping] = {}
        self.plans: dict[str, RatePlan] = {}
        self.endpoints_by_owner: dict[str, tuple[Endpoint, ...]] = {}
        self.longest_duplicate_window_s = 0
        """The longest that a buyer has asked for since the start."""
        self.caps = CapBook()
        self.shares = Shares()
        self.revision = 0
        """Grows with each change; traces name the one that they saw."""
        self._index = TargetingIndex()
        self._shared: dict[Any, Any] = {}
        """Conditions, price modifiers and ids of buyers, each by itself."""
        self._zones: dict[str, ZoneInfo] = {}
        self._listeners: list[Callable[[Campaign], None]] = []
        self._mapping_listeners: list[Callable[[Mapping], None]] = []
        self._plan_listeners: list[Callable[[RatePlan], None]] = []

    def on_campaign(self, listener: Callable[[Campaign], None]) -> None:
        """Calls the listener with each campaign that is new or has changed."""
        self._listeners.append(listener)

    def on_mapping(self, listener: Callable[[Mapping], None]) -> None:
        """Calls the listener with each mapping that is new or has changed."""
        self._mapping_listeners.append(listener)

    def on_plan(self, listener: Callable[[RatePlan], None]) -> None:
        """Calls the listener with each rate plan that is new or has changed."""
        self._plan_listeners.append(listener)

    def load(self, items: Iterable[Item]) -> None:
        """Takes in what the store held."""
        for item in items:
            self.put(item)

    def learn(self, items: Iterable[Item]) -> None:
        """Takes in items as they stand in the store; what is known to stand later is left."""
        for item in items:
            known = self._known(item)
            if known is None or known.revision < item.revision:
                self.put(item)

    def _known(self, item: Item) -> Item | None:
        """The item of that kind and id, as it is known."""
        match item:
            case Source():
                return self.sources.get(item.id)
            case Buyer():
                return self.buyers.get(item.id)
            case Campaign():
                return self.campaigns.get(item.id)
            case Endpoint():
                return self.endpoints.get(item.id)
            case Policy():
                return self.policies.get(item.vertical)
            case Mapping():
                return self.mappings.get(item.id)
            case RatePlan():
                return self.plans.get(item.party_id)

    def put(self, item: Item) -> None:
        """Takes in an item as it now stands."""
        self.revision = max(self.revision + 1, item.revision)
        match item:
            case Source():
                self.sources[item.id] = item
            case Buyer():
                self.buyers[self._shared.setdefault(item.id, item.id)] = item
                self.longest_duplicate_window_s = max(self.longest_duplicate_window_s, item.duplicate_window_s)
                self._zones[item.id] = ZoneInfo(item.time_zone)
            case Campaign():
                self._put_campaign(item)
            case Endpoint():
                self._put_endpoint(item)
            case Policy():
                self.policies[item.vertical] = item
            case Mapping():
                self.mappings[item.id] = item
                for tell_mapping in self._mapping_listeners:
                    tell_mapping(item)
            case RatePlan():
                self.plans[item.party_id] = item
                for tell_plan in self._plan_listeners:
                    tell_plan(item)

    def _put_campaign(self, campaign: Campaign) -> None:
        campaign = self._sharing(campaign)
        self.campaigns[campaign.id] = campaign
        if campaign.state == PartyState.ARCHIVED:
            self._index.remove(campaign.id)
        else:
            self._index.put(campaign.id, campaign.targeting)
        for listener in self._listeners:
            listener(campaign)

    def _sharing(self, campaign: Campaign) -> Campaign:
        """The campaign with what equals others' shared with them: what auctions walk through then fits the caches."""
        if len(self._shared) > _MOST_SHARED:
            self._shared.clear()
        share = self._shared.setdefault
        targeting = campaign.targeting
        conditions = tuple(share(one, one) for one in targeting.conditions)
        bidding = campaign.bidding
        if isinstance(bidding, StaticBidding) and bidding.modifiers:
            modifiers = [
                structs.replace(one, condition=share(one.condition, one.condition)) for one in bidding.modifiers
            ]
            bidding = structs.replace(bidding, modifiers=tuple(share(one, one) for one in modifiers))
        return structs.replace(
            campaign,
            buyer_id=share(campaign.buyer_id, campaign.buyer_id),
            targeting=structs.replace(targeting, conditions=conditions),
            bidding=bidding,
        )

    def _put_endpoint(self, endpoint: Endpoint) -> None:
        self.endpoints[endpoint.id] = endpoint
        others = [one for one in self.endpoints_by_owner.get(endpoint.owner_id, ()) if one.id != endpoint.id]
        self.endpoints_by_owner[endpoint.owner_id] = (*others, endpoint)

    def targeted(self, profile: Profile) -> list[Campaign]:
        """Campaigns whose targeting the profile meets."""
        return [self.campaigns[campaign_id] for campaign_id in self._index.match(profile)]

    def zone(self, buyer_id: str) -> ZoneInfo:
        """The time zone in which a buyer's caps and schedules count."""
        return self._zones.get(buyer_id, _UTC)
