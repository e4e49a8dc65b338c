"""What is bought and sold in a simulated world, drawn by lot."""

import random
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from exchange.domain.campaign import (
    Campaign,
    Completion,
    Condition,
    OnTimeout,
    PriceModifier,
    ScheduleWindow,
    StaticBidding,
    StreamBidding,
    StreamPosting,
    Targeting,
)
from exchange.domain.caps import Cap, CapPeriod
from exchange.domain.endpoint import Endpoint
from exchange.domain.lead import Consent, Contact, Evidence, RawProfile, Submission
from exchange.domain.party import Buyer, PartyState, Source
from exchange.domain.policy import BidderCare, Clearing, Distribution, Policy
from exchange.store.base import CatalogItem
from tests.support.leads import examples

UNIT: Final = 1_000_000
_DAY_S: Final = 86_400
BUYERS: Final = 7


def catalog(chance: random.Random) -> list[CatalogItem]:
    """Two sources, and buyers of every kind with their campaigns."""
    items: list[CatalogItem] = [
        Source("ratewise", "R", floor_micros=UNIT, payout_bps=7_500),
        Source("lendcompare", "L"),
        Endpoint("ep-buyer", "buyer-3", "https://hooks.example/x", ("*",), "whsec_x"),
    ]
    for number in range(BUYERS):
        items.append(
            Buyer(
                f"buyer-{number}",
                "B",
                time_zone=chance.choice(["UTC", "America/New_York", "Asia/Kolkata"]),
                caps=_caps(chance, 60) if number % 3 == 0 else (),
                credit_limit_micros=chance.choice([None, 0, 200 * UNIT]) if number else 0,
                duplicate_window_s=chance.choice([0, 0, _DAY_S]),
            )
        )
        campaigns = [_campaign(chance, f"camp-{number}-{place}", f"buyer-{number}") for place in range(2)]
        items += campaigns
    items.append(_campaign(chance, "static-win", "buyer-0", StaticBidding(3 * UNIT), Completion.ON_WIN))
    items.append(_campaign(chance, "test", "buyer-1", StaticBidding(9 * UNIT), Completion.ON_WIN, test=True))
    return items


def _caps(chance: random.Random, most: int) -> tuple[Cap, ...]:
    periods = chance.sample(list(CapPeriod), 2)
    return (
        Cap(periods[0], max_leads=chance.randrange(2, most) * periods[0]),
        Cap(periods[1], max_spend_micros=chance.randrange(5, most * 10) * periods[1] * UNIT),
    )


def _campaign(
    chance: random.Random, campaign_id: str, buyer_id: str, bidding: Any = None, completion: Any = None, **more: Any
) -> Campaign:
    if bidding is None:
        price = chance.randrange(1, 20) * UNIT
        modifier = PriceModifier(Condition("credit_tier", one_of=("good",)), UNIT, 11_000)
        static = StaticBidding(price, (modifier,), shared_bps=chance.choice([0, 5_000, 9_000]))
        bidding = static if chance.random() < 0.3 else StreamBidding()
    completion = completion or Completion.ON_ACCEPT
    conditions = (Condition("state", not_in=("NY",)),) if chance.random() < 0.3 else ()
    return Campaign(
        id=campaign_id,
        buyer_id=buyer_id,
        display_name="C",
        targeting=Targeting("mortgage", conditions),
        bidding=bidding,
        completion=completion,
        posting=StreamPosting() if completion == Completion.ON_ACCEPT else None,
        schedule=tuple(ScheduleWindow(day, 300, 1_300) for day in range(1, 8)) if chance.random() < 0.2 else (),
        caps=_caps(chance, 40) if chance.random() < 0.6 else (),
        on_timeout=chance.choice(list(OnTimeout)),
        bid_window_ms=chance.choice([50, 100, 150]),
        post_timeout_ms=chance.choice([60, 150, 400]),
        max_bid_micros=60 * UNIT,
        priority=chance.randrange(3),
        weight=chance.randrange(1, 5),
        floor_micros=chance.choice([0, 0, 4 * UNIT]),
        bid_adjustment_bps=chance.choice([10_000, 10_000, 8_000, 12_500]),
        paced=chance.random() < 0.2,
        min_revised_bps=chance.choice([10_000, 9_000]),
        **more,
    )


def policy(chance: random.Random) -> Policy:
    """How leads are auctioned, until the next change."""
    most = chance.choice([1, 1, 2, 3])
    return Policy(
        "mortgage",
        chance.choice(list(Distribution)),
        chance.choice(list(Clearing)),
        floor_micros=chance.choice([0, 2 * UNIT, 5 * UNIT]),
        fee_bps=chance.choice([0, 1_000]),
        max_buyers=most,
        min_buyers=chance.randint(1, most),
        duplicate_window_s=chance.choice([0, 600, _DAY_S]),
        bidder_care=chance.choice(list(BidderCare)),
        care_threshold_bps=1_500,
    )


def changed(chance: random.Random, items: Sequence[CatalogItem]) -> CatalogItem:
    """Something that is different now: a policy, who takes part, prices, or a cap that was raised."""
    if chance.random() < 0.3:
        return policy(chance)
    one = chance.choice(items)
    if isinstance(one, Campaign) and chance.random() < 0.5:
        caps = tuple(Cap(cap.period, cap.max_leads * 2, cap.max_spend_micros * 2) for cap in one.caps)
        floor = chance.choice([0, 3 * UNIT])
        return msgspec.structs.replace(one, caps=caps, floor_micros=floor, weight=chance.randrange(1, 5))
    if isinstance(one, Campaign | Buyer) or (isinstance(one, Source) and chance.random() < 0.3):
        paused = one.state == PartyState.ACTIVE and chance.random() < 0.3
        return msgspec.structs.replace(one, state=PartyState.PAUSED if paused else PartyState.ACTIVE)
    return one


def submission(chance: random.Random, consumer: int, number: int) -> Submission:
    """A lead about a consumer; no two consumers share a phone or an address, and every value can be searched for."""
    lead = chance.choice(examples())
    contact = Contact(
        f"Quillibald{consumer:04}",
        "Vanterpool",
        f"quilly.vanter{consumer:04}@privaatpost.example.com",
        f"(312) 867-{consumer:04}",
        f"{consumer:04} Zuiderkruislaan",
        "Oudewaterkerk",
    )
    consent = Consent(given_at="2024-05-01T12:00:00Z", ip="198.51.100.7", user_agent="Vuurtorenbrowser/7")
    profile = RawProfile("mortgage", lead["attributes"], f"x-{number}", lead["sub_source"], chance.random() < 0.03)
    return Submission(chance.choice(["ratewise", "lendcompare"]), profile, contact, consent, f"r{number}")


def evidence(lead: Submission) -> Evidence:
    """What a source says in a ping that it has on file."""
    return Evidence(has_time=bool(lead.consent.given_at))


NEEDLES: Final = ("Quillibald", "privaatpost", "867-", "+1312867", "Zuiderkruis", "198.51.100.7", "Vuurtoren")
"""Parts of every person there is."""
