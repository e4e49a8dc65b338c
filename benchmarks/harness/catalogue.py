"""A market set up through the contract, as an operator would: a source, buyers, and any number of campaigns."""

import asyncio
import textwrap
from collections.abc import Awaitable, Callable, Iterable, Iterator
from itertools import pairwise
from random import Random
from typing import Final, TypeVar

from benchmarks.harness.exchange import Exchange, Metadata, bearer
from leadexchange.v1.access_service_pb2 import CreateApiKeyRequest
from leadexchange.v1.api_key_pb2 import ROLE_SOURCE, ApiKey
from leadexchange.v1.buyer_pb2 import Buyer
from leadexchange.v1.campaign_pb2 import (
    COMPLETION_ON_WIN,
    Campaign,
    CodeSet,
    Condition,
    HttpBidding,
    HttpCall,
    NumericRange,
    PriceModifier,
    StaticBidding,
    Targeting,
)
from leadexchange.v1.catalog_service_pb2 import (
    CreateBuyerRequest,
    CreateCampaignRequest,
    CreateEndpointRequest,
    CreateSourceRequest,
)
from leadexchange.v1.endpoint_pb2 import Endpoint
from leadexchange.v1.source_pb2 import Source

_T = TypeVar("_T")

_STATES: Final = textwrap.wrap(
    "ALAKAZARCACOCTDEDCFLGAHIIDILINIAKSKYLAMEMDMAMIMNMSMOMTNENVNHNJNMNYNCNDOHOKORPARISCSDTNTXUTVTVAWAWVWIWY", 2
)
_PURPOSES: Final = ("purchase", "refinance")
_TIERS: Final = ("excellent", "good", "fair", "poor")
_FEW_BANDS: Final = (None, 125_000.0, None)
_MANY_BANDS: Final = (None, 75_000.0, 110_000.0, 150_000.0, 225_000.0, None)
_CELL: Final = 25
"""Campaigns that want the same state, purpose and amount. A fifth takes all four credit tiers, the others three."""
_AT_ONCE: Final = 64


def static_campaigns(count: int, seed: int = 1) -> Iterator[Campaign]:
    """Campaigns with static bids, of which about 20 match any mortgage lead, however many there are."""
    random = Random(seed)
    bands = _FEW_BANDS if count < 1_000 else _MANY_BANDS
    groups = max(1, round(count / (_CELL * len(_PURPOSES) * (len(bands) - 1))))
    cells = [
        (states, purpose, band)
        for states in (_STATES[group::groups] for group in range(groups))
        for purpose in _PURPOSES
        for band in pairwise(bands)
    ]
    for place in range(count):
        states, purpose, (least, below) = cells[place % len(cells)]
        yield Campaign(
            id=campaign_id(place),
            buyer_id=buyer_of(place),
            display_name=f"Campaign {place}",
            targeting=Targeting(
                vertical="mortgage",
                conditions=[
                    _one_of("state", states),
                    _one_of("loan_purpose", [purpose]),
                    _one_of("credit_tier", random.sample(_TIERS, 4 if random.random() < 0.2 else 3)),
                    Condition(attribute="loan_amount", range=_range(least, below)),
                ],
            ),
            static_bidding=StaticBidding(
                base_price_micros=random.randint(20, 90) * 1_000_000,
                modifiers=[
                    PriceModifier(
                        condition=_one_of("credit_tier", ["excellent"]), multiply_bps=random.randint(105, 140) * 100
                    ),
                    PriceModifier(
                        condition=Condition(attribute="loan_amount", range=NumericRange(min=200_000)),
                        add_micros=random.randint(1, 9) * 1_000_000,
                    ),
                ],
            ),
            completion=COMPLETION_ON_WIN,
        )


def http_campaigns(urls: Iterable[str]) -> Iterator[Campaign]:
    """A campaign a URL that takes every mortgage lead, asks for a bid over HTTP, and owns the lead when it wins."""
    for place, url in enumerate(urls):
        yield Campaign(
            id=campaign_id(place),
            buyer_id=buyer_of(place),
            display_name=f"Campaign {place}",
            targeting=Targeting(vertical="mortgage"),
            http_bidding=HttpBidding(call=HttpCall(url=url)),
            completion=COMPLETION_ON_WIN,
        )


def campaign_id(place: int) -> str:
    """The id of a campaign."""
    return f"camp-{place:05}"


def buyer_of(place: int) -> str:
    """The buyer of a campaign: ten campaigns each."""
    return f"buyer-{place // 10:04}"


def _one_of(attribute: str, codes: Iterable[str]) -> Condition:
    return Condition(attribute=attribute, **{"in": CodeSet(codes=codes)})  # type: ignore[arg-type]  # "in": a keyword


def _range(least: float | None, below: float | None) -> NumericRange:
    """Bands share no amount, though both ends of a range belong to it: amounts have two decimals."""
    return NumericRange(min=least, max=None if below is None else below - 0.01)


async def set_up(exchange: Exchange, campaigns: Iterable[Campaign]) -> Metadata:
    """Creates buyers and campaigns, and a source; answers with the source's credential."""
    catalog, operator = exchange.catalog, exchange.operator
    wanted = list(campaigns)
    buyers = sorted({campaign.buyer_id for campaign in wanted})
    await _each(
        (Buyer(id=buyer, display_name=buyer) for buyer in buyers),
        lambda buyer: catalog.CreateBuyer(CreateBuyerRequest(buyer=buyer), metadata=operator),
    )
    await _each(
        wanted,
        lambda campaign: catalog.CreateCampaign(CreateCampaignRequest(campaign=campaign), metadata=operator),
    )
    source = Source(id="bench", display_name="Benchmark")
    await catalog.CreateSource(CreateSourceRequest(source=source), metadata=operator)
    request = CreateApiKeyRequest(api_key=ApiKey(role=ROLE_SOURCE, party_id=source.id))
    return bearer((await exchange.access.CreateApiKey(request, metadata=operator)).secret)


async def subscribe(exchange: Exchange, owner_id: str, url: str, event_type: str) -> str:
    """An endpoint for one type of event; its id."""
    endpoint = Endpoint(owner_id=owner_id, url=url, event_types=[event_type])
    request = CreateEndpointRequest(endpoint=endpoint)
    return (await exchange.catalog.CreateEndpoint(request, metadata=exchange.operator)).endpoint.id


async def _each(items: Iterable[_T], create: Callable[[_T], Awaitable[object]]) -> None:
    """Creates one after the other, a few dozen at once."""
    coming = iter(items)

    async def some() -> None:
        for item in coming:
            await create(item)

    await asyncio.gather(*(some() for _ in range(_AT_ONCE)))
