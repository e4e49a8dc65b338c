"""Settling: what an auction leaves in the store, all of it in one transaction."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from exchange.access.sealing import ENTROPY_BYTES, Sealer
from exchange.auction.clock import Clock
from exchange.auction.posts import Posts
from exchange.auction.run import Run
from exchange.auction.sales import Decided
from exchange.catalog.book import Book
from exchange.domain.auction import LeadRecord, Offer, Outcome
from exchange.domain.event import Delivery, Event
from exchange.domain.ids import lead_of
from exchange.domain.lead import LeadStatus, Person, Submission
from exchange.domain.posting import Posting
from exchange.domain.reasons import Reason
from exchange.events.compose import compose, crossed, voided
from exchange.events.routing import route
from exchange.intake import admit
from exchange.intake.keys import Parts
from exchange.ledger.postings import sale_postings
from exchange.market import quotas
from exchange.market.ranking import Ranking
from exchange.store.base import AuctionStore, Settlement, Usage


class SettlingStore(AuctionStore, Protocol):
    """What settling needs of a store."""

    async def publish(self, events: Sequence[Event], deliveries: Sequence[Delivery]) -> None:
        """See `OutboxStore`."""


class Settling:
    """Turns runs into records, and records into settlements."""

    def __init__(
        self, book: Book, store: SettlingStore, sealer: Sealer, posts: Posts, clock: Clock, offer_ttl_ms: int
    ) -> None:
        self._book = book
        self._store = store
        self._sealer = sealer
        self._posts = posts
        self._clock = clock
        self._offer_ttl_ms = offer_ttl_ms
        self._pepper = sealer.derive("request digests")

    def digest(self, content: Submission | Parts) -> bytes:
        """Of a request's content; keyed, so that nothing of a person can be guessed from it."""
        return admit.digest(content, self._pepper)

    def person(self, record: LeadRecord) -> Person:
        """The person of a lead. Raises SealError."""
        return self._sealer.open(record.id, record.sealed, record.wrapped_key)

    def opening(self, run: Run, person: Person, request_id: str, digest: bytes) -> LeadRecord:
        """The lead as it is while its auction runs, with the person sealed."""
        lead_id = lead_of(run.auction_id)
        sealed, wrapped_key = self._sealer.seal(lead_id, person, self._clock.entropy(ENTROPY_BYTES))
        return LeadRecord(
            id=lead_id,
            profile=run.profile,
            sealed=sealed,
            wrapped_key=wrapped_key,
            request_id=request_id,
            request_digest=digest,
            submitted_ms=run.submitted_ms,
            outcome=Outcome(LeadStatus.PENDING),
            trace=run.trace,
        )

    async def offered(self, ping_id: str) -> Offer | None:
        """The offer of a ping."""
        return await self._store.offer(ping_id)

    async def offer(self, run: Run, ranking: Ranking, nobody: Reason, request_id: str, digest: bytes) -> Offer:
        """The answer to a ping, kept."""
        now_ms = self._clock.now_ms()
        run.phases.total_us = self._clock.us() - run.started_us
        offer = Offer(
            auction_id=run.auction_id,
            profile=run.profile,
            request_id=request_id,
            request_digest=digest,
            made_ms=now_ms,
            expires_ms=now_ms + self._offer_ttl_ms,
            ranking=tuple((one.bid.campaign_id, one.price_micros, one.bid.reference) for one in ranking.standing),
            shared=ranking.shared,
            sales_wanted=ranking.sales_wanted,
            reason=nobody,
            trace=run.trace,
        )
        await self._store.save_offer(offer)
        return offer

    async def settle(self, run: Run, opening: LeadRecord, decided: Decided) -> LeadRecord:
        """Keeps how the lead ended: its sale, postings, events and deliveries. Durable when it returns."""
        run.phases.total_us = self._clock.us() - run.started_us
        outcome = decided.outcome
        record = msgspec.structs.replace(opening, outcome=outcome, decided_ms=self._clock.now_ms())
        events = self._events(record, decided)
        settlement = Settlement(
            record=record,
            opened=run.opened,
            postings=_postings(record),
            events=events,
            deliveries=route(events, self._book.endpoints_by_owner, self._clock.ids("dlv")),
            consumer_keys=run.consumer_keys,
            purchases=tuple(run.purchases[one.campaign_id] for one in outcome.sales) if run.purchases else (),
            unseen=None if run.opened else run.unseen,
        )
        used = await self._store.settle(settlement)
        for attempt in decided.voided:
            self._posts.void(record, attempt)
        if used:
            await self._tell_crossings(settlement, used)
        return record

    async def _tell_crossings(self, settlement: Settlement, used: Sequence[Usage]) -> None:
        """Tells of the caps that sales brought to a limit, where only the store knows how they stand."""
        book, ids = self._book, self._clock.ids("evt")
        events = [
            crossed(crossing, next(ids), settlement.record.decided_ms)
            for bought in settlement.purchases
            for campaign in (book.campaigns[bought.campaign_id],)
            for crossing in quotas.crossings(campaign, book.buyers[campaign.buyer_id], bought, used)
        ]
        if events:
            await self._store.publish(events, route(events, book.endpoints_by_owner, self._clock.ids("dlv")))

    def _events(self, record: LeadRecord, decided: Decided) -> tuple[Event, ...]:
        ids = self._clock.ids("evt")
        if not decided.voided and not decided.crossings:
            return compose(record, ids)
        voids = (
            voided(record, campaign.id, campaign.buyer_id, attempt.post_id, attempt.result, ids)
            for attempt in decided.voided
            for campaign in (self._book.campaigns[attempt.campaign_id],)
        )
        crossings = (crossed(one, next(ids), record.decided_ms) for one in decided.crossings)
        return (*compose(record, ids), *voids, *crossings)


def _postings(record: LeadRecord) -> tuple[Posting, ...]:
    if record.profile.test:
        return ()  # a test lead is never billed
    return tuple(posting for sale in record.outcome.sales for posting in sale_postings(sale, record.profile.source_id))
