"""Recovery: what a core that died left half done is finished or failed, and nothing of it is sold twice."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

import msgspec

from exchange.auction.clock import Clock
from exchange.auction.gate import Answer, Gate
from exchange.auction.posts import Posts, repeated
from exchange.auction.run import Run
from exchange.auction.sales import Decided, Sales
from exchange.auction.settling import Settling
from exchange.catalog.book import Book
from exchange.domain.auction import LeadRecord, Outcome, PostAttempt, Sale
from exchange.domain.errors import ExchangeError, Refused, StoreError
from exchange.domain.ids import auction_of
from exchange.domain.lead import LeadStatus
from exchange.domain.reasons import Reason
from exchange.market.caps import Reservation
from exchange.store.base import Conflict, OverQuota, Replaced

_log = logging.getLogger(__name__)
_AGAIN_S: Final = 1.0
_MAY_BE_TAKEN: Final = frozenset((Reason.POST_TIMEOUT, Reason.POST_ERROR, Reason.REJECTED_PRICE, Reason.PENDING_REVIEW))
"""How a post ends whose buyer has the lead, or may have it, and did not buy it."""
_REJECTIONS: Final = frozenset(
    (
        Reason.REJECTED,
        Reason.REJECTED_DUPLICATE,
        Reason.REJECTED_INVALID,
        Reason.REJECTED_CAPACITY,
        Reason.REJECTED_CRITERIA,
    )
)


class Begun(msgspec.Struct, frozen=True):
    """A lead whose recovery has begun."""

    record: LeadRecord
    held: dict[str, Reservation | None]
    """By lost post, what is held for it; None where there was no room."""
    answer: asyncio.Future[Answer]
    """For those who sent its request again."""


class Recovery:
    """Finishes leads that were pending when the store was opened, whose core died, or for which the store failed.

    Each of them had a post on its way (a shared sale several), and the answer was lost with the core. The post is
    repeated under its own id once its bidder is connected again, so that a buyer who took the lead answers the same;
    its verdict decides. A bidder that does not come back in time, or a verdict other than accepted, is no sale; without
    any the lead ends unsold (INTERRUPTED): its consumer has long gone, and there is no cascade. The buyer is then told
    by a void.
    """

    def __init__(
        self,
        book: Book,
        gate: Gate,
        posts: Posts,
        sales: Sales,
        settling: Settling,
        clock: Clock,
        grace_ms: int,
    ) -> None:
        self._book = book
        self._gate = gate
        self._posts = posts
        self._sales = sales
        self._settling = settling
        self._clock = clock
        self._grace_ms = grace_ms

    def begin(self, pending: Sequence[LeadRecord]) -> list[Begun]:
        """Reserves what these leads may turn out to have bought, and has repeats wait.

        Before any new auction, but in a shared store, which holds it for them.
        """
        return [
            Begun(
                record,
                {one.post_id: self._reserve(record, one) for one in _lost(record)},
                self._gate.expect((record.profile.source_id, record.request_id)),
            )
            for record in pending
        ]

    def _reserve(self, record: LeadRecord, attempt: PostAttempt) -> Reservation | None:
        campaign = self._book.campaigns[attempt.campaign_id]
        buyer, zone = self._book.buyers[campaign.buyer_id], self._book.zone(campaign.buyer_id)
        bought = campaign, buyer, zone, record.submitted_ms, attempt.price_micros
        if self._sales.shared:
            return self._book.caps.hold(*bought)
        held = self._book.caps.reserve(*bought)
        return None if isinstance(held, Reason) else held

    async def finish(self, begun: Sequence[Begun]) -> None:
        """Finishes them all, once the store can keep them; one that fails is logged and pending till the next start."""
        results = await asyncio.gather(*map(self._answer, begun), return_exceptions=True)
        for one, result in zip(begun, results, strict=True):
            if isinstance(result, ExchangeError):
                _log.error("recovery of %s failed: %s", one.record.id, result)
            elif isinstance(result, BaseException):
                raise result

    async def _answer(self, begun: Begun) -> None:
        try:
            begun.answer.set_result(await self._finish(begun))
        except BaseException:
            begun.answer.set_exception(Refused(Reason.DRAINING, "the lead is still recovered", retry_after_ms=1_000))
            begun.answer.exception()  # nobody may be waiting
            raise

    async def _finish(self, begun: Begun) -> LeadRecord:
        record, now_us = begun.record, self._clock.us()
        run = Run(auction_of(record.id), record.profile, record.submitted_ms, now_us, now_us + self._grace_ms * 1000)
        run.trace = record.trace
        run.opened = True
        # Posts before the lost ones that the cascade had given up; their voids were still to come.
        voided = [one for one in record.trace.posts if one.result in _MAY_BE_TAKEN]
        ends = await asyncio.gather(*(self._end(run, record, one, begun.held[one.post_id]) for one in _lost(record)))
        sales = tuple(end for end in ends if isinstance(end, Sale))
        voided += [end for end in ends if isinstance(end, PostAttempt)]
        unsold = Outcome(LeadStatus.UNSOLD, Reason.INTERRUPTED)
        outcome = Outcome(LeadStatus.SOLD, sales=sales) if sales else unsold
        return await self._settle(run, record, Decided(outcome, tuple(voided)))

    async def _settle(self, run: Run, record: LeadRecord, decided: Decided) -> LeadRecord:
        """Settles, as soon as the store can: the buyers have answered, and will not be asked again."""
        while True:
            try:
                return await self._settling.settle(run, record, decided)
            except (Conflict, OverQuota, Replaced):
                raise
            except StoreError as error:
                _log.warning("recovery of %s waits for the store: %s", record.id, error)
                await asyncio.sleep(_AGAIN_S)

    async def _end(
        self, run: Run, record: LeadRecord, lost: PostAttempt, held: Reservation | None
    ) -> Sale | PostAttempt | None:
        """What a lost post ends with: a sale, the attempt when its buyer is to be told that it is none, or nothing."""
        lost.result = Reason.POST_ERROR
        if held is None:
            return lost
        campaign = self._book.campaigns[lost.campaign_id]
        attempt = repeated(lost)
        run.trace.posts.append(attempt)
        await self._posts.wait_for(campaign, self._grace_ms / 1000)
        person = self._settling.person(record)
        verdict = await self._posts.send(run, person, campaign, attempt, campaign.post_timeout_ms)
        accepted = verdict.result == Reason.ACCEPTED
        lower = accepted and verdict.price_micros is not None and verdict.price_micros < lost.price_micros
        if accepted and not lower:
            sale, _ = self._sales.sale(run, campaign, lost.price_micros, verdict.reference, held)
            return sale
        self._sales.release(held)
        if lower:
            attempt.result = Reason.REJECTED_PRICE
        return lost if lower or verdict.result not in _REJECTIONS else None


def _lost(record: LeadRecord) -> list[PostAttempt]:
    """The posts whose answers were lost. In a shared sale some may be known to be accepted, but are no sale yet."""
    return [one for one in record.trace.posts if one.result in {Reason.UNSPECIFIED, Reason.ACCEPTED}]
