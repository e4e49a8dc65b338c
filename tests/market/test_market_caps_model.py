"""The book of caps and credit held equal to a list of purchases that is added up each time."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from exchange.domain.campaign import Campaign, Completion, StaticBidding, Targeting
from exchange.domain.caps import Cap, CapPeriod
from exchange.domain.party import Buyer
from exchange.domain.reasons import Reason
from exchange.market.caps import CapBook, Reservation
from exchange.market.schedule import period_key

ZONE = ZoneInfo("America/New_York")
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
NOON: Final = round(datetime.fromisoformat("2026-07-15T12:00:00-04:00").timestamp() * 1000)

CAPS = st.lists(
    st.builds(Cap, st.sampled_from(CapPeriod), st.integers(0, 4), st.sampled_from((0, 0, 50, 100))), max_size=3
).map(tuple)


class Purchase:
    """One that is reserved or committed."""

    def __init__(self, campaign: Campaign, at_ms: int, price_micros: int, reservation: Reservation) -> None:
        self.campaign = campaign
        self.at_ms = at_ms
        self.price_micros = price_micros
        self.reservation = reservation
        self.committed = False


class Caps(RuleBasedStateMachine):
    held = Bundle("held")

    @initialize(
        caps=st.lists(CAPS, min_size=3, max_size=3),
        credits=st.lists(st.sampled_from((None, 0, 0, 120)), min_size=2, max_size=2),
        over_all=CAPS,
        tested=st.booleans(),
        start=st.integers(NOON, NOON + 365 * 24 * HOUR_MS),
    )
    def begin(
        self,
        caps: list[tuple[Cap, ...]],
        credits: list[int | None],  # noqa: A002
        over_all: tuple[Cap, ...],
        tested: bool,
        start: int,
    ) -> None:
        """Three campaigns of two buyers; the first buyer has two of them, and caps over both."""
        self.buyers = {
            "buyer-1": Buyer("buyer-1", "One", caps=over_all, credit_limit_micros=credits[0]),
            "buyer-2": Buyer("buyer-2", "Two", credit_limit_micros=credits[1]),
        }
        self.campaigns = [
            Campaign(
                f"camp-{number}",
                "buyer-2" if number == 2 else "buyer-1",
                "One",
                Targeting("mortgage"),
                StaticBidding(1),
                Completion.ON_WIN,
                caps=some,
                test=tested and number == 1,
            )
            for number, some in enumerate(caps)
        ]
        self.book = CapBook()
        self.paid = dict.fromkeys(self.buyers, 0)
        self.bought: list[Purchase] = []
        self.now_ms = start
        self.clock_was_set = False

    @rule(minutes=st.sampled_from((0, 1, 20, 60, 150, 60 * 24, 60 * 24 * 8)))
    def time_passes(self, minutes: int) -> None:
        self.now_ms += minutes * MINUTE_MS

    @rule(hours=st.integers(-50, 50))
    def clock_is_set(self, hours: int) -> None:
        self.now_ms += hours * HOUR_MS
        self.clock_was_set = True

    @rule(buyer_id=st.sampled_from(("buyer-1", "buyer-2")), micros=st.integers(1, 200))
    def pay(self, buyer_id: str, micros: int) -> None:
        self.paid[buyer_id] += micros
        self.book.funds.adjust(buyer_id, micros)

    @rule(target=held, which=st.integers(0, 2), price=st.integers(1, 60), late_ms=st.sampled_from((0, 0, 1, 1_000)))
    def reserve(self, which: int, price: int, late_ms: int) -> Purchase | None:
        one, at_ms = self.campaigns[which], self.now_ms - late_ms
        buyer = self.buyers[one.buyer_id]
        admitted = self.book.admits(one, buyer, ZONE, at_ms)
        reserved = self.book.reserve(one, buyer, ZONE, at_ms, price)
        left = self._left(buyer)
        if not self.clock_was_set:  # otherwise what is too old to be known is refused
            assert admitted is self._fits(one, at_ms, 1)
            if not self._fits(one, at_ms, price):
                assert reserved == Reason.CAP_LOST
            elif not one.test and left is not None and left < price:
                assert reserved == Reason.BALANCE_LOST
            else:
                assert isinstance(reserved, Reservation)
        if not isinstance(reserved, Reservation):
            return None
        self.bought.append(Purchase(one, at_ms, price, reserved))
        return self.bought[-1]

    @rule(purchase=held, price=st.integers(0, 150))
    def commit(self, purchase: Purchase | None, price: int) -> None:
        if purchase not in self.bought or purchase is None or purchase.committed:
            return
        before = purchase.price_micros
        charged, _ = self.book.commit(purchase.reservation, price)
        purchase.price_micros, purchase.committed = charged, True
        if price <= before:
            assert charged == price
        else:
            assert before <= charged <= price
        if charged < price:
            full = [
                self._total(caps_of, cap, purchase.at_ms)[1] == cap.max_spend_micros
                for caps_of, caps in self._caps(purchase.campaign)
                for cap in caps
                if cap.max_spend_micros
            ]
            assert any(full) or self._left(self.buyers[purchase.campaign.buyer_id]) == 0

    @rule(purchase=consumes(held))
    def release(self, purchase: Purchase | None) -> None:
        if purchase is not None:
            self.book.release(purchase.reservation)
            self.bought = [one for one in self.bought if one is not purchase]

    @invariant()
    def no_cap_is_exceeded(self) -> None:
        for purchase in self.bought:
            for caps_of, caps in self._caps(purchase.campaign):
                for cap in caps:
                    leads, spend = self._total(caps_of, cap, purchase.at_ms)
                    assert leads <= (cap.max_leads or leads)
                    assert spend <= (cap.max_spend_micros or spend)

    @invariant()
    def no_credit_is_exceeded(self) -> None:
        for buyer in self.buyers.values():
            left = self._left(buyer)
            assert self.book.funds.left(buyer) == left
            assert left is None or left >= 0

    def _caps(self, one: Campaign) -> list[tuple[str, tuple[Cap, ...]]]:
        """The caps that a campaign's purchases count under, by whose they are."""
        over_all = [] if one.test else [(one.buyer_id, self.buyers[one.buyer_id].caps)]
        return [(one.id, one.caps), *over_all]

    def _total(self, caps_of: str, cap: Cap, at_ms: int) -> tuple[int, int]:
        key = period_key(cap.period, ZONE, at_ms)
        prices = [
            bought.price_micros
            for bought in self.bought
            if caps_of in [owner for owner, _ in self._caps(bought.campaign)]
            and period_key(cap.period, ZONE, bought.at_ms) == key
        ]
        return len(prices), sum(prices)

    def _fits(self, one: Campaign, at_ms: int, price: int) -> bool:
        totals = [(cap, *self._total(caps_of, cap, at_ms)) for caps_of, caps in self._caps(one) for cap in caps]
        return not any(
            (cap.max_leads and leads + 1 > cap.max_leads)
            or (cap.max_spend_micros and spend + price > cap.max_spend_micros)
            for cap, leads, spend in totals
        )

    def _left(self, buyer: Buyer) -> int | None:
        if buyer.credit_limit_micros is None:
            return None
        mine = [one for one in self.bought if one.campaign.buyer_id == buyer.id and not one.campaign.test]
        return self.paid[buyer.id] + buyer.credit_limit_micros - sum(one.price_micros for one in mine)


Caps.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
TestCaps = Caps.TestCase
