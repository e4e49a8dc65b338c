"""A market set up through the contract, as an operator would: a source, buyers, and any number of campaigns."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from random import Random
from typing import Final

from benchmarks.harness.exchange import Exchange, Metadata, bearer
from leadexchange.v1.access_service_pb2 import CreateApiKeyRequest
from leadexchange.v1.api_key_pb2 import ROLE_SOURCE, ApiKey, Role
from leadexchange.v1.buyer_pb2 import Buyer
from leadexchange.v1.campaign_pb2 import (
    COMPLETION_ON_ACCEPT,
    COMPLETION_ON_WIN,
    Campaign,
    CodeSet,
    Condition,
    NumericRange,
    PriceModifier,
    StaticBidding,
    Targeting,
)
from leadexchange.v1.catalog_service_pb2 import (
    CatalogItem,
    CreateEndpointRequest,
    CreateSourceRequest,
    ImportCatalogRequest,
)
from leadexchange.v1.endpoint_pb2 import Endpoint
from leadexchange.v1.source_pb2 import Source

_STATES: Final = textwrap.wrap(
    "ALAKAZARCACOCTDEDCFLGAHIIDILINIAKSKYLAMEMDMAMIMNMSMOMTNENVNHNJNMNYNCNDOHOKORPARISCSDTNTXUTVTVAWAWVWIWY", 2
)
_PURPOSES: Final = ("purchase", "refinance")
_TIERS: Final = ("excellent", "good", "fair", "poor")
_FEW_BANDS: Final = (None, 125_000.0, None)
_MANY_BANDS: Final = (None, 75_000.0, 110_000.0, 150_000.0, 225_000.0, None)
_LEAST_AMOUNT: Final = 40_000.0
_MOST_AMOUNT: Final = 420_000.0
_CELL: Final = 25
"""Campaigns that want the same state, purpose and amount. A fifth takes all four credit tiers, the others three."""
_FRAME: Final = 256
_IMPORT: Final = 50_000
"""Items brought in at once; the exchange takes twice as many."""


def static_campaigns(count: int, seed: int = 1) -> Iterator[Campaign]:
    """Campaigns with static bids, of which about 20 match any mortgage lead, however many there are."""
    random = Random(seed)
    bands = _bands(count)
    groups = min(len(_STATES), max(1, round(count / (_CELL * len(_PURPOSES) * (len(bands) - 1)))))
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


def _bands(count: int) -> Sequence[float | None]:
    """Where the amounts part that campaigns want: the more, the more campaigns, once each state has its own."""
    if count < 1_000:
        return _FEW_BANDS
    needed = round(count / (_CELL * len(_PURPOSES) * len(_STATES)))
    if needed < len(_MANY_BANDS):
        return _MANY_BANDS
    step = (_MOST_AMOUNT - _LEAST_AMOUNT) / (needed - 2)
    return (None, *(_LEAST_AMOUNT + step * place for place in range(needed - 1)), None)


def http_campaigns(urls: Iterable[str], *, posted: bool = False) -> Iterator[Campaign]:
    """A campaign a base URL that takes every mortgage lead and asks for a bid over HTTP.

    It owns the lead when it wins or, where leads are `posted`, when it accepts it.
    """
    for place, url in enumerate(urls):
        campaign = _asked(place, posted=posted)
        campaign.http_bidding.call.url = f"{url}/ping"
        if posted:
            campaign.http_posting.call.url = f"{url}/post"
        yield campaign


def stream_campaigns(places: Iterable[int], *, posted: bool = False) -> Iterator[Campaign]:
    """The same for buyers on bid streams."""
    for place in places:
        campaign = _asked(place, posted=posted)
        campaign.stream_bidding.SetInParent()
        if posted:
            campaign.stream_posting.SetInParent()
        yield campaign


def _asked(place: int, *, posted: bool) -> Campaign:
    return Campaign(
        id=campaign_id(place),
        buyer_id=buyer_of(place),
        display_name=f"Campaign {place}",
        targeting=Targeting(vertical="mortgage"),
        completion=COMPLETION_ON_ACCEPT if posted else COMPLETION_ON_WIN,
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
    wanted = list(campaigns)
    buyers = sorted({campaign.buyer_id for campaign in wanted})
    await _bring(exchange, [CatalogItem(buyer=Buyer(id=buyer, display_name=buyer)) for buyer in buyers])
    await _bring(exchange, [CatalogItem(campaign=campaign) for campaign in wanted])
    return await add_source(exchange, "bench")


async def add_source(exchange: Exchange, source_id: str) -> Metadata:
    """Creates a source; answers with its credential."""
    source = Source(id=source_id, display_name=source_id)
    await exchange.catalog.CreateSource(CreateSourceRequest(source=source), metadata=exchange.operator)
    return await add_key(exchange, ROLE_SOURCE, source_id)


async def add_key(exchange: Exchange, role: Role, party_id: str) -> Metadata:
    """A key of a party."""
    request = CreateApiKeyRequest(api_key=ApiKey(role=role, party_id=party_id))
    return bearer((await exchange.access.CreateApiKey(request, metadata=exchange.operator)).secret)


async def subscribe(exchange: Exchange, owner_id: str, url: str, event_type: str) -> str:
    """An endpoint for one type of event; its id."""
    endpoint = Endpoint(owner_id=owner_id, url=url, event_types=[event_type])
    request = CreateEndpointRequest(endpoint=endpoint)
    return (await exchange.catalog.CreateEndpoint(request, metadata=exchange.operator)).endpoint.id


async def _bring(exchange: Exchange, items: Sequence[CatalogItem]) -> None:
    """Creates what is given, at once or in a few parts."""
    for first in range(0, len(items), _IMPORT):
        part = items[first : first + _IMPORT]
        frames = (ImportCatalogRequest(items=part[at : at + _FRAME]) for at in range(0, len(part), _FRAME))
        await exchange.catalog.ImportCatalog(frames, metadata=exchange.operator)
