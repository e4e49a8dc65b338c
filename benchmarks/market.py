"""What matching and ranking cost as campaigns grow: `python -m benchmarks.market`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from random import Random
from statistics import median
from time import perf_counter_ns
from typing import Any, Final, TypeVar

from exchange.domain.bid import Bid
from exchange.domain.campaign import (
    Campaign,
    Completion,
    Condition,
    ConsentKind,
    PriceModifier,
    StaticBidding,
    Targeting,
)
from exchange.domain.lead import Evidence, Profile, Value
from exchange.domain.policy import Policy
from exchange.domain.reasons import Reason
from exchange.market.index import TargetingIndex
from exchange.market.pricing import static_price
from exchange.market.ranking import Terms, rank

_T = TypeVar("_T")

SIZES: Final = (100, 1_000, 10_000, 100_000)
NATIONAL: Final = 60
"""Lenders who buy in most states; all campaigns beyond these are brokers who buy around one place."""
SOURCES: Final = ("lendcompare", "ratewise", "homequotes")
TIERS: Final = ("excellent", "good", "fair", "poor")

# States by the first three digits of their ZIP codes, with how many of 1,000 leads come from them.
_STATES: Final = (
    *(("AL", 350, 369, 15), ("AZ", 850, 865, 22), ("CA", 900, 961, 118), ("CO", 800, 816, 17), ("CT", 60, 69, 11)),
    *(("FL", 320, 349, 65), ("GA", 300, 319, 32), ("IA", 500, 528, 10), ("IL", 600, 629, 38), ("IN", 460, 479, 20)),
    *(("KS", 660, 679, 9), ("KY", 400, 427, 14), ("LA", 700, 714, 14), ("MA", 10, 27, 21), ("MD", 206, 219, 18)),
    *(("MI", 480, 499, 30), ("MN", 550, 567, 17), ("MO", 630, 658, 19), ("NC", 270, 289, 31), ("NJ", 70, 89, 28)),
    *(("NM", 870, 884, 6), ("NV", 889, 898, 9), ("NY", 100, 149, 58), ("OH", 430, 459, 35), ("OK", 730, 749, 12)),
    *(("OR", 970, 979, 13), ("PA", 150, 196, 39), ("SC", 290, 299, 15), ("TN", 370, 385, 21), ("TX", 750, 799, 88)),
    *(("UT", 840, 847, 10), ("VA", 220, 246, 26), ("WA", 980, 994, 23), ("WI", 530, 549, 18)),
)
_WEIGHTS: Final = [share for _, _, _, share in _STATES]


def campaigns(count: int, seed: int) -> Iterator[Campaign]:
    """Static mortgage campaigns: a few national lenders, then local brokers. A longer run begins like a shorter one."""
    random = Random(seed)
    for number in range(count):
        area = _national(random) if number < NATIONAL else _local(random)
        yield Campaign(
            id=f"camp-{number:06}",
            buyer_id=f"buyer-{number // 2:06}",
            display_name=f"Campaign {number}",
            targeting=Targeting(
                vertical="mortgage",
                conditions=(area, *_underwriting(random)),
                allowed_sources=tuple(random.sample(SOURCES, 2)) if random.random() < 0.1 else (),
                denied_sources=(f"{random.choice(SOURCES)}/aff-{random.randrange(40)}",)
                if random.random() < 0.2
                else (),
                required_consent=(ConsentKind.TRUSTEDFORM,) if random.random() < 0.3 else (),
            ),
            bidding=_bidding(random),
            completion=Completion.ON_WIN,
            priority=random.choice((0, 0, 0, 10)),
        )


def profiles(count: int, seed: int) -> Iterator[Profile]:
    """Mortgage profiles with the fifteen attributes of real applications."""
    random = Random(seed)
    for number in range(count):
        ((state, low, high, _),) = random.choices(_STATES, _WEIGHTS)
        value = round(random.lognormvariate(12, 0.5), -3)
        ltv = round(min(1.2, max(0.1, random.gauss(0.78, 0.16))), 4)
        attributes: dict[str, Value] = {
            "zip": f"{random.randint(low, high):03}{random.randrange(100):02}",
            "state": state,
            "loan_purpose": random.choices(("purchase", "refinance"), (68, 32))[0],
            "loan_amount": round(value * ltv, -3),
            "property_value": value,
            "ltv": ltv,
            "monthly_income": round(random.lognormvariate(8.3, 0.5)),
            "housing_ratio": round(random.gauss(25, 6), 1),
            "debt_ratio": round(random.gauss(33, 7), 1),
            "credit_tier": random.choices(TIERS, (17, 62, 15, 6))[0],
            "term_months": random.choices((360, 180, 240), (85, 10, 5))[0],
            "rate_type": random.choices(("fixed", "adjustable"), (69, 31))[0],
            "property_units": random.choices((1, 2), (95, 5))[0],
            "self_employed": random.random() < 0.12,
            "bankruptcy": random.random() < 0.06,
        }
        yield Profile(
            source_id=random.choice(SOURCES),
            vertical="mortgage",
            attributes=attributes,
            evidence=Evidence(has_time=True, has_text=True, has_trustedform=random.random() < 0.85),
            sub_source=f"aff-{random.randrange(40)}",
            external_id=f"lead-{number}",
        )


def _national(random: Random) -> Condition:
    without = random.sample(_STATES, random.randint(1, 12))
    return Condition("state", not_in=tuple(state for state, *_ in without))


def _local(random: Random) -> Condition:
    ((state, low, high, _),) = random.choices(_STATES, _WEIGHTS)
    kind = random.random()
    if kind < 0.002:
        return Condition("state", one_of=(state,))
    first = random.randint(low, high)
    if kind < 0.2:
        codes = random.sample(range(first * 100, first * 100 + 100), random.randint(5, 60))
        return Condition("zip", one_of=tuple(f"{code:05}" for code in sorted(codes)))
    return Condition(
        "zip", prefix_in=tuple(f"{prefix:03}" for prefix in range(first, min(high, first + random.randint(0, 2)) + 1))
    )


def _underwriting(random: Random) -> Iterator[Condition]:
    least = random.choice((50, 75, 80, 100, 125, 150)) * 1000.0
    most = random.choice((None, 250_000.0, 400_000.0, 417_000.0, 750_000.0))
    optional = (
        (1.0, Condition("loan_amount", range=(least, most))),
        (0.8, Condition("credit_tier", one_of=TIERS[: random.randint(2, 4)])),
        (0.6, Condition("ltv", range=(None, random.choice((0.8, 0.85, 0.9, 0.95, 0.97))))),
        (0.5, Condition("loan_purpose", one_of=(random.choice(("purchase", "refinance")),))),
        (0.5, Condition("bankruptcy", flag=False)),
        (0.4, Condition("debt_ratio", range=(None, random.choice((36.0, 40.0, 43.0, 45.0))))),
        (0.3, Condition("monthly_income", range=(random.randint(1_500, 4_000), None))),
        (0.3, Condition("property_units", range=(None, random.choice((1, 2))))),
        (0.2, Condition("property_value", range=(random.choice((80_000, 100_000, 150_000)), None))),
        (0.2, Condition("term_months", one_of=("360", "180"))),
        (0.2, Condition("rate_type", one_of=(random.choice(("fixed", "adjustable")),))),
        (0.1, Condition("self_employed", flag=False)),
        (0.1, Condition("housing_ratio", exists=True)),
    )
    return (condition for share, condition in optional if random.random() < share)


def _bidding(random: Random) -> StaticBidding:
    return StaticBidding(
        base_price_micros=random.randint(20, 90) * 1_000_000,
        modifiers=(
            PriceModifier(Condition("credit_tier", one_of=("excellent",)), multiply_bps=random.randint(105, 140) * 100),
            PriceModifier(
                Condition("loan_amount", range=(200_000.0, None)), add_micros=random.randint(1, 9) * 1_000_000
            ),
        ),
    )


def measure(sizes: Sequence[int] = SIZES, seed: int = 1) -> list[dict[str, Any]]:
    """Median µs of matching, pricing and ranking one lead, and of changing a campaign, at each number of campaigns."""
    rows: list[dict[str, Any]] = []
    leads = list(profiles(500, seed))
    known: dict[str, Campaign] = {}
    index = TargetingIndex()
    terms = Terms(Policy("mortgage"))
    coming = campaigns(max(sizes), seed)
    for size in sorted(sizes):
        for campaign in islice(coming, size - len(known)):
            known[campaign.id] = campaign
            index.put(campaign.id, campaign.targeting)
        matched = [(lead, index.match(lead)) for lead in leads]
        bids = [_bids(known, lead, ids) for lead, ids in matched]
        changes = list(_changes(known, Random(seed)))
        rows += [
            _row(f"market.matches.{size}", median(len(ids) for _, ids in matched), "campaigns"),
            _row(f"market.match.{size}", _us(index.match, leads), "us"),
            _row(f"market.price.{size}", _us(lambda one: _bids(known, *one), matched), "us"),
            _row(f"market.rank.{size}", _us(lambda one: rank(one, known, terms, "auc_1"), bids), "us"),
            _row(f"market.change.{size}", _us(lambda one: index.put(*one), changes), "us"),
        ]
    twenty = [Bid(f"camp-{place * 2:06}", Reason.BID, 1_000_000 * (place + 1)) for place in range(20)]
    rows.append(_row("market.rank.20_bids", _us(lambda one: rank(one, known, terms, "auc_1"), [twenty] * 500), "us"))
    return rows


def _bids(known: Mapping[str, Campaign], lead: Profile, ids: Sequence[str]) -> list[Bid]:
    bids: list[Bid] = []
    for campaign_id in ids:
        bidding = known[campaign_id].bidding
        assert isinstance(bidding, StaticBidding)
        bids.append(Bid(campaign_id, Reason.BID, static_price(bidding, lead)))
    return bids


def _changes(known: Mapping[str, Campaign], random: Random) -> Iterator[tuple[str, Targeting]]:
    """Campaigns take on the targeting of another, then their own again."""
    for _ in range(100):
        one, other = random.sample(list(known.values()), 2)
        yield one.id, other.targeting
        yield one.id, one.targeting


def _us(call: Callable[[_T], object], arguments: Sequence[_T]) -> float:
    """Median µs of a call, the clock's own reading included (some 0.1 µs)."""
    taken: list[int] = []
    for argument in arguments:
        begun = perf_counter_ns()
        call(argument)
        taken.append(perf_counter_ns() - begun)
    return median(taken) / 1_000


def _row(name: str, value: float, unit: str) -> dict[str, Any]:
    return {"name": name, "value": round(value, 2), "unit": unit}


if __name__ == "__main__":
    for row in measure():
        print(f"{row['name']:<28}{row['value']:>12,.2f} {row['unit']}")
