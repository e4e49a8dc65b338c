"""Selling: the cascade, carried out. Reserves, posts, and goes on until the lead is sold or nobody is left."""

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec

from exchange.auction.care import Care
from exchange.auction.clock import Clock
from exchange.auction.posts import Posts
from exchange.auction.run import Run
from exchange.catalog.book import Book
from exchange.domain.auction import LeadRecord, Outcome, PostAttempt, Sale
from exchange.domain.bid import PostVerdict
from exchange.domain.campaign import Campaign
from exchange.domain.errors import StoreError
from exchange.domain.ids import lead_of
from exchange.domain.lead import Person
from exchange.domain.reasons import Reason
from exchange.ledger.postings import payout
from exchange.market.caps import CapCrossing, Reservation
from exchange.market.cascade import Cascade, Ended, Post, Sold, Wait, Won
from exchange.market.pricing import net
from exchange.market.ranking import Standing
from exchange.market.shares import BY_TURNS

_WON: Final = PostVerdict(Reason.WON)


class Decided(msgspec.Struct, frozen=True):
    """How the cascade ended."""

    outcome: Outcome
    voided: tuple[PostAttempt, ...] = ()
    """Posts whose outcome was unknown, or not as asked, and which are no sale."""
    crossings: tuple[CapCrossing, ...] = ()
    """Caps that the sales brought near their limit, or to it."""
    reservations: tuple[Reservation, ...] = ()
    """Of the sales."""


class Sales:
    """Sells leads."""

    def __init__(self, book: Book, posts: Posts, care: Care, clock: Clock) -> None:
        self._book = book
        self._posts = posts
        self._care = care
        self._clock = clock

    async def cascade(
        self, run: Run, record: LeadRecord, person: Person, standing: Sequence[Standing], wanted: int
    ) -> Decided:
        """Offers the lead to the standing bidders until as many as are wanted have it, or nobody or no time is left."""
        selling = _Selling(self, run, record, person)
        ends_ms, floor_micros = run.ends_us // 1000, run.trace.floor_micros
        cascade = Cascade(standing, self._book.campaigns, ends_ms, wanted, floor_micros, self._care.usual_post_ms)
        try:
            return await self._carry_out(cascade, selling)
        except StoreError:
            selling.undo()
            raise

    async def _carry_out(self, cascade: Cascade, selling: "_Selling") -> Decided:
        while True:
            step = cascade.next(self._clock.us() // 1000)
            if type(step) is Wait:
                await selling.wait(cascade)
            elif type(step) is Ended:
                return selling.ended(cascade, step)
            elif type(step) is Sold:
                selling.sold(cascade, step.campaign, step.price_micros, step.verdict)
            elif type(step) is Post or type(step) is Won:
                refused = selling.reserve(step.campaign, step.standing.price_micros)
                if refused is not None:
                    cascade.skip(refused)
                elif type(step) is Post:
                    selling.post(step)
                else:
                    selling.sold(cascade, step.campaign, step.standing.price_micros, _WON)

    def reserve(self, run: Run, campaign: Campaign, price_micros: int) -> Reservation | Reason:
        """Holds room under the caps and of the balance of a campaign and its buyer."""
        buyer = self._book.buyers[campaign.buyer_id]
        zone = self._book.zone(campaign.buyer_id)
        return self._book.caps.reserve(campaign, buyer, zone, run.submitted_ms, price_micros)

    def release(self, *reservations: Reservation) -> None:
        """Gives back what was held for no sale, or spent on one that could not be kept."""
        for reservation in reservations:
            self._book.caps.release(reservation)

    def sale(
        self, run: Run, campaign: Campaign, price_micros: int, reference: str, reservation: Reservation
    ) -> tuple[Sale, list[CapCrossing]]:
        """A sale, for which what was reserved is now spent, and the caps that it brought to a limit."""
        price_micros, crossings = self._book.caps.commit(reservation, price_micros)
        source = self._book.sources[run.profile.source_id]
        fee_bps = self._book.policies[run.profile.vertical].fee_bps
        payout_micros = payout(net(price_micros, fee_bps), source.payout_bps)
        sale = Sale(
            self._clock.mint("sale"),
            lead_of(run.auction_id),
            campaign.id,
            campaign.buyer_id,
            price_micros,
            payout_micros,
            self._clock.now_ms(),
            reference,
            run.trace.shared,
        )
        return sale, crossings

    async def post(self, run: Run, record: LeadRecord, person: Person, step: Post, attempt: PostAttempt) -> PostVerdict:
        """Posts, and remembers how long the buyer took."""
        verdict = await self._posts.post(run, record, person, step.campaign, attempt, step.timeout_ms)
        if verdict.result != Reason.POST_NOT_SENT:
            self._care.note_post(step.campaign.id, attempt.latency_us)
        return verdict

    def turn(self, run: Run, winner: Campaign, cascade: Cascade) -> None:
        """Notes whose turn it was, for the distributions that go by weight or by turns."""
        distribution = self._book.policies[run.profile.vertical].distribution
        if distribution in BY_TURNS:
            rivals = [self._book.campaigns[campaign_id] for campaign_id in cascade.undecided()]
            self._book.shares.won(distribution, winner, rivals, self._clock.now_ms())

    def new_post(self, run: Run, step: Post) -> PostAttempt:
        """A post about to be made, in the trace."""
        attempt = PostAttempt(
            self._clock.mint("post"),
            step.campaign.id,
            step.standing.price_micros,
            reference=step.standing.bid.reference,
            shared=run.trace.shared,
        )
        run.trace.posts.append(attempt)
        return attempt

    def accepted(self, run: Run) -> None:
        """Notes when the first post was accepted."""
        if not run.phases.post_accepted_us:
            run.phases.post_accepted_us = self._clock.us() - run.started_us


class _Selling:
    """One lead being sold: what is held, asked and sold so far."""

    def __init__(self, sales: Sales, run: Run, record: LeadRecord, person: Person) -> None:
        self._sales = sales
        self._run = run
        self._record = record
        self._person = person
        self._held: dict[str, Reservation] = {}
        self._asked: dict[asyncio.Task[PostVerdict], PostAttempt] = {}
        self._sold: list[Sale] = []
        self._spent: list[Reservation] = []
        self._crossings: list[CapCrossing] = []
        self._redirect_url = ""

    def reserve(self, campaign: Campaign, price_micros: int) -> Reason | None:
        """Holds room for a campaign; answers why there is none."""
        reservation = self._sales.reserve(self._run, campaign, price_micros)
        if isinstance(reservation, Reason):
            return reservation
        self._held[campaign.id] = reservation
        return None

    def post(self, step: Post) -> None:
        """Begins a post."""
        attempt = self._sales.new_post(self._run, step)
        posting = self._sales.post(self._run, self._record, self._person, step, attempt)
        self._asked[asyncio.get_running_loop().create_task(posting)] = attempt

    async def wait(self, cascade: Cascade) -> None:
        """Waits for an answer, and tells the cascade."""
        done, _ = await asyncio.wait(self._asked, return_when=asyncio.FIRST_COMPLETED)
        # In the order in which they were asked: which of several answers came first must not depend on a set's order.
        for task in [one for one in self._asked if one in done]:
            attempt = self._asked.pop(task)
            cascade.answered(attempt.campaign_id, task.result())
            attempt.result = cascade.results[attempt.campaign_id]  # accepting at too low a price is a rejection
            if attempt.result != Reason.ACCEPTED:
                self._sales.release(self._held.pop(attempt.campaign_id))

    def sold(self, cascade: Cascade, campaign: Campaign, price_micros: int, verdict: PostVerdict) -> None:
        """Makes a sale."""
        if verdict.result == Reason.ACCEPTED:
            self._sales.accepted(self._run)
        reservation = self._held.pop(campaign.id)
        sale, crossings = self._sales.sale(self._run, campaign, price_micros, verdict.reference, reservation)
        self._sales.turn(self._run, campaign, cascade)
        self._sold.append(sale)
        self._spent.append(reservation)
        self._crossings += crossings
        self._redirect_url = self._redirect_url or verdict.redirect_url

    def ended(self, cascade: Cascade, step: Ended) -> Decided:
        """Notes in the trace why each campaign won or lost, and which posts are to be voided."""
        results = cascade.results
        for consideration in self._run.trace.considerations:
            if consideration.rank:
                consideration.result = results.get(consideration.campaign_id, consideration.result)
        voided = tuple(one for one in self._run.trace.posts if one.campaign_id in cascade.voided)
        outcome = Outcome(step.status, step.reason, tuple(self._sold), self._redirect_url)
        return Decided(outcome, voided, tuple(self._crossings), tuple(self._spent))

    def undo(self) -> None:
        """Gives up in the middle: the store failed, and nothing of the lead can be kept."""
        for task in self._asked:
            task.cancel()
        self._sales.release(*self._held.values(), *self._spent)
