"""Selling: the cascade, carried out. Reserves the cap, posts, and goes on to the next until one buyer has the lead."""

from collections.abc import Sequence

import msgspec

from exchange.auction.clock import Clock
from exchange.auction.posts import Posts
from exchange.auction.run import Run
from exchange.catalog.book import Book
from exchange.domain.auction import LeadRecord, Outcome, PostAttempt, Sale
from exchange.domain.bid import Bid, PostVerdict
from exchange.domain.campaign import Campaign
from exchange.domain.errors import StoreError
from exchange.domain.ids import lead_of
from exchange.domain.lead import LeadStatus, Person
from exchange.domain.reasons import Reason
from exchange.ledger.postings import payout
from exchange.market.caps import Reservation
from exchange.market.cascade import Cascade, Ended, Post, Sold, Won


class Decided(msgspec.Struct, frozen=True):
    """How the cascade ended."""

    outcome: Outcome
    voided: tuple[PostAttempt, ...] = ()
    """Posts whose outcome was unknown, and which are no sale."""
    reservation: Reservation | None = None
    """Of the sale, if there is one."""


class Sales:
    """Carries out what the cascade decides."""

    def __init__(self, book: Book, posts: Posts, clock: Clock) -> None:
        self._book = book
        self._posts = posts
        self._clock = clock

    async def cascade(self, run: Run, record: LeadRecord, person: Person, standing: Sequence[Bid]) -> Decided:
        """Offers the lead to each standing bidder in turn until it is sold, or nobody or no time is left."""
        cascade = Cascade(standing, self._book.campaigns, run.ends_us // 1000)
        reservation: Reservation | None = None
        while True:
            match cascade.next(self._clock.us() // 1000):
                case Post(bid, campaign, timeout_ms):
                    reservation = self._reserve(run, campaign, bid.price_micros)
                    if reservation is None:
                        cascade.skip(Reason.CAP_LOST)
                        continue
                    attempt = PostAttempt(
                        self._clock.mint("post"), campaign.id, bid.price_micros, reference=bid.reference
                    )
                    run.trace.posts.append(attempt)
                    try:
                        verdict = await self._posts.post(run, record, person, campaign, attempt, timeout_ms)
                    except StoreError:  # the lead never left
                        self._book.caps.release(reservation)
                        raise
                    cascade.answered(verdict)
                    attempt.result = cascade.results[campaign.id]  # accepting at a lower price is a rejection
                    if attempt.result != Reason.ACCEPTED:
                        self._book.caps.release(reservation)
                case Won(bid, campaign):
                    reservation = self._reserve(run, campaign, bid.price_micros)
                    if reservation is None:
                        cascade.skip(Reason.CAP_LOST)
                        continue
                    outcome = self.sold(run, campaign, bid.price_micros, PostVerdict(Reason.WON), reservation)
                    return _decided(run, cascade, outcome, reservation)
                case Sold(_, campaign, price_micros, verdict):
                    assert reservation is not None  # a sale follows the post that reserved
                    outcome = self.sold(run, campaign, price_micros, verdict, reservation)
                    return _decided(run, cascade, outcome, reservation)
                case Ended(status, reason):
                    return _decided(run, cascade, Outcome(status, reason))

    def undo(self, decided: Decided) -> None:
        """Gives back what a sale that could not be kept had spent."""
        if decided.reservation is not None:
            self._book.caps.release(decided.reservation)

    def _reserve(self, run: Run, campaign: Campaign, price_micros: int) -> Reservation | None:
        return self._book.caps.reserve(campaign, self._book.zone(campaign.buyer_id), run.submitted_ms, price_micros)

    def sold(
        self, run: Run, campaign: Campaign, price_micros: int, verdict: PostVerdict, reservation: Reservation
    ) -> Outcome:
        """The outcome of a sale; what was reserved for it is now spent."""
        price_micros = self._book.caps.commit(reservation, price_micros)
        sale = Sale(
            id=self._clock.mint("sale"),
            lead_id=lead_of(run.auction_id),
            campaign_id=campaign.id,
            buyer_id=campaign.buyer_id,
            price_micros=price_micros,
            payout_micros=payout(price_micros, self._book.sources[run.profile.source_id].payout_bps),
            sold_ms=self._clock.now_ms(),
            reference=verdict.reference,
        )
        return Outcome(LeadStatus.SOLD, sales=(sale,), redirect_url=verdict.redirect_url)


def _decided(run: Run, cascade: Cascade, outcome: Outcome, reservation: Reservation | None = None) -> Decided:
    """Notes in the trace why each campaign won or lost, and which posts are to be voided."""
    for consideration in run.trace.considerations:
        consideration.result = cascade.results.get(consideration.campaign_id, consideration.result)
    voided = tuple(attempt for attempt in run.trace.posts if attempt.campaign_id in cascade.voided)
    return Decided(outcome, voided, reservation)
