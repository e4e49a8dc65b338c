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
from exchange.domain.ids import lead_of
from exchange.domain.lead import Person
from exchange.domain.reasons import Reason
from exchange.ledger.postings import payout
from exchange.market import quotas
from exchange.market.caps import CapCrossing, Reservation
from exchange.market.cascade import Cascade, Ended, Post, Sold, Wait, Won
from exchange.market.pricing import net
from exchange.market.ranking import Standing
from exchange.market.shares import BY_TURNS
from exchange.store.base import OverQuota

_WON: Final = PostVerdict(Reason.WON)


class Decided(msgspec.Struct, frozen=True):
    """How the cascade ended."""

    outcome: Outcome
    voided: tuple[PostAttempt, ...] = ()
    """Posts whose outcome was unknown, or not as asked, and which are no sale."""
    crossings: tuple[CapCrossing, ...] = ()
    """Caps that the sales brought near their limit, or to it."""


class Sales:
    """Sells leads."""

    def __init__(self, book: Book, posts: Posts, care: Care, clock: Clock, *, shared: bool = False) -> None:
        """`shared`: other cores sell as well, so that the store must be told what sales count against."""
        self._book = book
        self._posts = posts
        self._care = care
        self._clock = clock
        self.shared = shared

    def selling(
        self, run: Run, record: LeadRecord, person: Person, standing: Sequence[Standing], wanted: int
    ) -> "Selling":
        """A lead to be offered to the standing bidders, until so many have it."""
        ends_ms, floor_micros = run.ends_us // 1000, run.trace.floor_micros
        cascade = Cascade(standing, self._book.campaigns, ends_ms, wanted, floor_micros, self._care.usual_post_ms)
        return Selling(self, run, record, person, cascade)

    def now_ms(self) -> int:
        """The monotonic clock, in ms."""
        return self._clock.us() // 1000

    def reserve(self, run: Run, campaign: Campaign, price_micros: int) -> Reservation | Reason:
        """Holds room under the caps and of the balance of a campaign and its buyer."""
        buyer = self._book.buyers[campaign.buyer_id]
        zone = self._book.zone(campaign.buyer_id)
        held = self._book.caps.reserve(campaign, buyer, zone, run.submitted_ms, price_micros)
        if self.shared and isinstance(held, Reservation):
            self.count(run, campaign, price_micros)
        return held

    def granted(self, run: Run, campaign: Campaign, price_micros: int) -> Reservation:
        """Holds what a shared store holds for the run, whatever the picture here shows."""
        buyer, zone = self._book.buyers[campaign.buyer_id], self._book.zone(campaign.buyer_id)
        return self._book.caps.hold(campaign, buyer, zone, run.submitted_ms, price_micros)

    def count(self, run: Run, campaign: Campaign, price_micros: int) -> None:
        """Has the shared store count a purchase with the next that it is told of the lead."""
        buyer, zone = self._book.buyers[campaign.buyer_id], self._book.zone(campaign.buyer_id)
        run.purchases[campaign.id] = quotas.purchase(campaign, buyer, zone, run.submitted_ms, price_micros)

    def refused(self, run: Run, campaign_id: str, price_micros: int, over: OverQuota) -> Reason:
        """Why a shared store had no room for a purchase."""
        run.purchases.pop(campaign_id, None)
        self._book.caps.learn(over.used)
        again = self.reserve(run, self._book.campaigns[campaign_id], price_micros)
        if isinstance(again, Reason):
            return again
        self.release(again)
        run.purchases.pop(campaign_id, None)
        return Reason.CAP_LOST

    def release(self, *reservations: Reservation) -> None:
        """Gives back what was held for no sale, or spent on one that could not be kept."""
        for reservation in reservations:
            self._book.caps.release(reservation)

    def sale(
        self, run: Run, campaign: Campaign, price_micros: int, reference: str, reservation: Reservation
    ) -> tuple[Sale, list[CapCrossing]]:
        """A sale, for which what was reserved is now spent, and the caps that it brought to a limit."""
        price_micros, crossings = self._book.caps.commit(reservation, price_micros)
        if self.shared:
            self.count(run, campaign, price_micros)
            crossings = []  # only the store knows how the caps stand
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


def _heard(task: "asyncio.Task[PostVerdict]") -> None:
    """Nobody waits for it any more, whether it was cancelled or had failed before."""
    if not task.cancelled():
        task.exception()


class _Made(msgspec.Struct, frozen=True):
    """A sale that is made, and not yet in the store."""

    sale: Sale
    campaign: Campaign
    spent: Reservation
    crossings: Sequence[CapCrossing]
    held_micros: int
    """What was held for it; whoever accepts at more is charged that if there is room."""


class Selling:
    """One lead being sold: what is held, asked and sold so far."""

    def __init__(self, sales: Sales, run: Run, record: LeadRecord, person: Person, cascade: Cascade) -> None:
        self._sales = sales
        self._run = run
        self._record = record
        self._person = person
        self._cascade = cascade
        self._held: dict[str, Reservation] = {}
        self._asked: dict[asyncio.Task[PostVerdict], PostAttempt] = {}
        self._made: dict[str, _Made] = {}
        self._redirect_url = ""

    async def decide(self) -> Decided:
        """Offers the lead until as many as are wanted have it, or nobody or no time is left. Raises StoreError."""
        while True:
            step = self._cascade.next(self._sales.now_ms())
            if type(step) is Wait:
                await self._wait()
            elif type(step) is Ended:
                return self._ended(step)
            elif type(step) is Sold:
                self._sell(step.campaign, step.price_micros, step.verdict)
            elif type(step) is Post or type(step) is Won:
                self._offer(step)

    def lost(self, over: OverQuota) -> None:
        """Takes sales back for which a shared store had no room; `decide` then goes on with the next bidders."""
        for campaign_id in over.campaign_ids:
            made = self._made.pop(campaign_id)
            self._sales.release(made.spent)
            if made.held_micros < made.sale.price_micros:
                self._sell_as_held(made)
                continue
            why = self._sales.refused(self._run, campaign_id, made.sale.price_micros, over)
            self._cascade.withdrawn(campaign_id, why)

    def undo(self) -> None:
        """Gives up in the middle: the store failed. What was posted before is then for recovery."""
        for task in self._asked:
            task.cancel()
            task.add_done_callback(_heard)
        self._sales.release(*self._held.values(), *(one.spent for one in self._made.values()))

    def _offer(self, step: Post | Won) -> None:
        """Holds room for a bidder, and posts the lead to it or sells it."""
        campaign, price_micros = step.campaign, step.standing.price_micros
        reservation = self._sales.reserve(self._run, campaign, price_micros)
        if isinstance(reservation, Reason):
            self._cascade.skip(reservation)
            return
        self._held[campaign.id] = reservation
        if type(step) is Won:
            self._sell(campaign, price_micros, _WON)
        elif type(step) is Post:
            attempt = self._sales.new_post(self._run, step)
            posting = self._sales.post(self._run, self._record, self._person, step, attempt)
            self._asked[asyncio.get_running_loop().create_task(posting)] = attempt

    async def _wait(self) -> None:
        """Waits for an answer, and tells the cascade."""
        done, _ = await asyncio.wait(self._asked, return_when=asyncio.FIRST_COMPLETED)
        # In the order in which they were asked: which of several answers came first must not depend on a set's order.
        for task in [one for one in self._asked if one in done]:
            attempt = self._asked.pop(task)
            campaign_id = attempt.campaign_id
            try:
                verdict = task.result()
            except OverQuota as over:
                self._run.trace.posts.remove(attempt)
                self._sales.release(self._held.pop(campaign_id))
                why = self._sales.refused(self._run, campaign_id, attempt.price_micros, over)
                self._cascade.withdrawn(campaign_id, why)
                continue
            self._cascade.answered(campaign_id, verdict)
            attempt.result = self._cascade.results[campaign_id]  # accepting at too low a price is a rejection
            if attempt.result != Reason.ACCEPTED:
                self._sales.release(self._held.pop(campaign_id))
                self._run.purchases.pop(campaign_id, None)

    def _sell(self, campaign: Campaign, price_micros: int, verdict: PostVerdict) -> None:
        """Makes a sale."""
        if verdict.result == Reason.ACCEPTED:
            self._sales.accepted(self._run)
        reservation = self._held.pop(campaign.id)
        held_micros = reservation.price_micros
        sale, crossings = self._sales.sale(self._run, campaign, price_micros, verdict.reference, reservation)
        self._sales.turn(self._run, campaign, self._cascade)
        self._made[campaign.id] = _Made(sale, campaign, reservation, crossings, held_micros)
        self._redirect_url = self._redirect_url or verdict.redirect_url

    def _sell_as_held(self, made: _Made) -> None:
        """Charges no more than the store has granted: beyond it there is no room, and the buyer has the lead."""
        campaign, price_micros = made.campaign, made.held_micros
        reservation = self._sales.granted(self._run, campaign, price_micros)
        sale, crossings = self._sales.sale(self._run, campaign, price_micros, made.sale.reference, reservation)
        self._made[campaign.id] = _Made(sale, campaign, reservation, crossings, price_micros)

    def _ended(self, step: Ended) -> Decided:
        """Notes in the trace why each campaign won or lost, and which posts are to be voided."""
        results, made = self._cascade.results, self._made.values()
        for consideration in self._run.trace.considerations:
            if consideration.rank:
                consideration.result = results.get(consideration.campaign_id, consideration.result)
        voided = tuple(one for one in self._run.trace.posts if one.campaign_id in self._cascade.voided)
        outcome = Outcome(step.status, step.reason, tuple(one.sale for one in made), self._redirect_url)
        crossings = tuple(crossing for one in made for crossing in one.crossings)
        return Decided(outcome, voided, crossings)
