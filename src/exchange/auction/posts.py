"""Posts: the full lead to one winner at a time, kept in the store before it leaves."""

import asyncio

import msgspec

from exchange.auction.clock import Clock
from exchange.auction.run import Run
from exchange.bidders.calls import PostCall
from exchange.bidders.directory import Directory
from exchange.domain.auction import LeadRecord, PostAttempt
from exchange.domain.bid import PostVerdict
from exchange.domain.campaign import Campaign
from exchange.domain.errors import StoreError
from exchange.domain.ids import lead_of
from exchange.domain.lead import Person
from exchange.domain.reasons import Reason
from exchange.store.base import AuctionStore, OverQuota


class Posts:
    """Hands leads to winners."""

    def __init__(self, directory: Directory, store: AuctionStore, clock: Clock) -> None:
        self._directory = directory
        self._store = store
        self._clock = clock

    async def post(
        self, run: Run, record: LeadRecord, person: Person, campaign: Campaign, attempt: PostAttempt, timeout_ms: int
    ) -> PostVerdict:
        """Posts and waits for the verdict; the attempt is filled in.

        The attempt is durable before the lead leaves, so that a core that dies in between knows on restart who may
        have it. Raises StoreError; OverQuota when a shared store has no room for the campaign: nothing was posted.
        """
        if self._directory.poster(campaign.id) is None:
            return self._note(attempt, PostVerdict(Reason.POST_NOT_SENT, reason_code="offline"), self._clock.us())
        try:
            await self._hold(run, record, campaign)
        except BaseException:  # cancelled as well, when the store failed for another post of a shared sale
            attempt.result = Reason.POST_NOT_SENT
            raise
        return await self.send(run, person, campaign, attempt, timeout_ms)

    async def _hold(self, run: Run, record: LeadRecord, campaign: Campaign) -> None:
        """Has the store keep what is about to be posted, and in a shared store hold room for it."""
        while True:
            try:
                return await self._remember(run, record)
            except OverQuota as over:
                for campaign_id in over.campaign_ids:
                    run.purchases.pop(campaign_id, None)
                if campaign.id not in run.purchases:
                    raise
                # It was another post of a shared sale that there is no room for.

    async def wait_for(self, campaign: Campaign, most_s: float) -> None:
        """Returns when somebody takes the campaign's posts, or after that time."""
        await self._directory.wait_for_poster(campaign.id, most_s)

    async def send(
        self, run: Run, person: Person, campaign: Campaign, attempt: PostAttempt, timeout_ms: int
    ) -> PostVerdict:
        """Sends what is already durable, and waits for the verdict."""
        session = self._directory.poster(campaign.id)
        sent_us = self._clock.us()
        if session is None or session.free <= 0:
            code = "offline" if session is None else "saturated"
            return self._note(attempt, PostVerdict(Reason.POST_NOT_SENT, reason_code=code), sent_us)
        if not run.phases.post_sent_us:
            run.phases.post_sent_us = sent_us - run.started_us
        answer = session.post(self._call(run, person, attempt, timeout_ms))
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                verdict = await answer
        except TimeoutError:
            verdict = PostVerdict(Reason.POST_TIMEOUT)
        finally:
            session.close_post(attempt.post_id)
        return self._note(attempt, verdict, sent_us)

    async def _remember(self, run: Run, record: LeadRecord) -> None:
        if not run.opened:
            run.opened = True
            held = tuple(run.purchases.values())
            run.opening = asyncio.ensure_future(self._store.open_lead(record, held, run.unseen))
            try:
                await run.opening
            except StoreError:
                run.opened = False
                raise
            return
        if run.opening is not None:  # in a shared sale, by a post at the same time
            # Until then the lead may be another run's, of the same ping; a note would overwrite what that one posts.
            await asyncio.shield(run.opening)
        await self._store.note_post(record.id, run.trace, tuple(run.purchases.values()))

    def _call(self, run: Run, person: Person, attempt: PostAttempt, timeout_ms: int) -> PostCall:
        return PostCall(
            post_id=attempt.post_id,
            auction_id=run.auction_id,
            lead_id=lead_of(run.auction_id),
            campaign_id=attempt.campaign_id,
            price_micros=attempt.price_micros,
            bid_reference=attempt.reference,
            profile=run.profile,
            person=person,
            deadline_ms=self._clock.now_ms() + timeout_ms,
            timeout_ms=timeout_ms,
            repeat=attempt.repeat,
            shared=attempt.shared,
            submitted_ms=run.submitted_ms,
        )

    def _note(self, attempt: PostAttempt, verdict: PostVerdict, sent_us: int) -> PostVerdict:
        attempt.result = verdict.result
        attempt.latency_us = self._clock.us() - sent_us
        attempt.reason_code = verdict.reason_code
        accepted_at = verdict.price_micros if verdict.result == Reason.ACCEPTED else None
        attempt.revised_micros = -1 if accepted_at is None else accepted_at
        return verdict

    def void(self, record: LeadRecord, attempt: PostAttempt) -> None:
        """Tells the bidder, if it is connected, that a post whose outcome was unknown is not a sale."""
        session = self._directory.poster(attempt.campaign_id)
        if session is not None:
            session.void(attempt.post_id, attempt.campaign_id, record.id, attempt.result)


def repeated(attempt: PostAttempt) -> PostAttempt:
    """The same post again: it keeps its id, so that a buyer who took the lead answers the same."""
    return msgspec.structs.replace(attempt, repeat=True, result=Reason.UNSPECIFIED)
