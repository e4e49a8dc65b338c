"""What purchases count against in a store that several cores share."""

from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.domain.campaign import Campaign, Completion, StaticBidding, Targeting
from exchange.domain.caps import Cap, CapPeriod
from exchange.domain.party import Buyer
from exchange.domain.quota import CREDIT, Purchase, Quota, Usage
from exchange.domain.reasons import Reason
from exchange.market.caps import CapBook, Reservation
from exchange.market.quotas import crossings, purchase
from exchange.market.schedule import period_end, period_key

ZONES = [ZoneInfo(name) for name in ("UTC", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "America/St_Johns")]
ZONE = ZoneInfo("America/New_York")
AT_MS = 1_790_000_000_000
BUYER = Buyer("b", "B", caps=(Cap(CapPeriod.MONTH, max_spend_micros=900),), credit_limit_micros=0)
CAPS = (Cap(CapPeriod.DAY, max_leads=5), Cap(CapPeriod.DAY, max_leads=3, max_spend_micros=70))
CAMPAIGN = Campaign("c", "b", "C", Targeting("mortgage"), StaticBidding(1), Completion.ON_WIN, caps=CAPS)


@given(st.sampled_from(ZONES), st.sampled_from(CapPeriod), st.integers(0, 4_000_000_000_000))
def test_a_window_ends_where_the_next_begins(zone: ZoneInfo, period: CapPeriod, at_ms: int) -> None:
    began = period_key(period, zone, at_ms)
    ends = period_end(period, zone, began)
    assert began <= at_ms < ends
    assert period_key(period, zone, ends - 1) == began
    assert period_key(period, zone, ends) == ends


def test_a_purchase_counts_under_its_campaign_its_buyer_and_the_credit() -> None:
    bought = purchase(CAMPAIGN, BUYER, ZONE, AT_MS, 20)
    day, month = (period_key(one, ZONE, AT_MS) for one in (CapPeriod.DAY, CapPeriod.MONTH))
    assert bought == Purchase(
        "c",
        20,
        (
            Quota("campaign:c", CapPeriod.DAY, day, period_end(CapPeriod.DAY, ZONE, day), 3, 70),
            Quota("buyer:b", CapPeriod.MONTH, month, period_end(CapPeriod.MONTH, ZONE, month), None, 900),
            Quota("buyer:b", CREDIT, max_micros=0),
        ),
    )


def test_a_test_campaign_counts_for_itself_only() -> None:
    tested = msgspec.structs.replace(CAMPAIGN, test=True)
    assert {one.owner for one in purchase(tested, BUYER, ZONE, AT_MS, 20).quotas} == {"campaign:c"}


@pytest.mark.parametrize(
    ("leads", "micros", "held", "kinds"),
    [
        (1, 20, 0, []),
        (3, 40, 0, [("reached", False)]),
        (2, 60, 0, [("reached", True)]),
        (4, 80, 2, []),
        (3, 70, 1, []),
    ],
)
def test_crossings_are_told_by_what_is_sold(leads: int, micros: int, held: int, kinds: list[tuple[str, bool]]) -> None:
    bought = purchase(CAMPAIGN, BUYER, ZONE, AT_MS, 20)
    (quota, *_) = bought.quotas
    used = Usage(quota.owner, quota.period, quota.from_ms, leads, micros, held, held * 20)
    found = list(crossings(CAMPAIGN, BUYER, bought, [used]))
    assert [(one.kind, one.by_spend) for one in found] == kinds


def test_a_picture_of_the_store_refuses_what_the_store_would() -> None:
    book = CapBook()
    buyer = Buyer("b", "B", credit_limit_micros=100)
    first = book.reserve(CAMPAIGN, buyer, ZONE, AT_MS, 20)
    assert isinstance(first, Reservation)
    day = period_key(CapPeriod.DAY, ZONE, AT_MS)
    book.learn([Usage("campaign:c", CapPeriod.DAY, day, 3, 60)])
    assert book.reserve(CAMPAIGN, buyer, ZONE, AT_MS, 5) == Reason.CAP_LOST
    book.learn([Usage("campaign:c", CapPeriod.DAY, day, 2, 40), Usage("buyer:b", CREDIT, 0, 0, 90)])
    assert book.reserve(CAMPAIGN, buyer, ZONE, AT_MS, 20) == Reason.BALANCE_LOST
    assert isinstance(book.reserve(CAMPAIGN, buyer, ZONE, AT_MS, 10), Reservation)
    assert isinstance(book.hold(CAMPAIGN, buyer, ZONE, AT_MS, 10), Reservation)
