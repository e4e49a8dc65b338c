"""The way of a lead, on one screen: intake, match, ping, rank, post, cascade, settle."""

from collections.abc import Callable, Collection
from typing import Final

import msgspec

from exchange.auction.clock import Clock, in_step
from exchange.auction.consumers import Consumers
from exchange.auction.gate import Gate
from exchange.auction.pings import Pings
from exchange.auction.run import Run
from exchange.auction.sales import Decided, Sales
from exchange.auction.settling import Settling
from exchange.auction.taking_up import binding, ranking_of
from exchange.catalog.book import Book
from exchange.domain.auction import Consideration, LeadRecord, Offer, Outcome
from exchange.domain.campaign import Campaign
from exchange.domain.errors import Refused, StoreError
from exchange.domain.lead import Consent, Contact, Evidence, LeadStatus, Person, Profile, RawProfile, Submission
from exchange.domain.party import PartyState
from exchange.domain.reasons import Reason
from exchange.intake import admit
from exchange.market.eligibility import parted
from exchange.market.ranking import Ranking, Terms, rank, unsold_reason
from exchange.store.base import Conflict, OverQuota, Replaced, SeenBefore, Unconfirmed

_NO_REASON: Final = Reason.UNSPECIFIED  # to look it up for each bid costs more than the rest of its line
_REUSED: Final = Refused(Reason.REQUEST_ID_REUSED, "this request id was used before with other content")
_USED: Final = Refused(Reason.PING_USED, "this ping was posted before")
_LATE_RETRY_MS: Final = 1_000


class Conducted(msgspec.Struct, frozen=True):
    """What a source is told: its lead, how long it took, and whether this repeats an earlier answer."""

    record: LeadRecord
    total_us: int
    repeated: bool


class Conductor:
    """Runs auctions."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts of an auction
        self,
        book: Book,
        pings: Pings,
        sales: Sales,
        settling: Settling,
        gate: Gate,
        consumers: Consumers,
        clock: Clock,
        recover: Callable[[LeadRecord], None],
    ) -> None:
        """`recover` is handed leads that were posted before the store failed."""
        self._book = book
        self._pings = pings
        self._sales = sales
        self._settling = settling
        self._gate = gate
        self._consumers = consumers
        self._clock = clock
        self._recover = recover

    async def submit(self, submission: Submission, budget_ms: int) -> Conducted:
        """Auctions a whole lead. Raises Refused; then nothing was kept."""
        begun_us, now_ms = self._clock.us(), self._clock.now_ms()
        self._check_source(submission.source_id)
        profile, person = admit.admit(submission, now_ms)
        digest = self._settling.digest(submission)
        await in_step()

        async def auction() -> LeadRecord:
            run = self._begin(self._clock.mint("auc"), profile, now_ms, begun_us, budget_ms)
            opening = self._settling.opening(run, person, submission.request_id, digest)
            keys = () if profile.test else self._consumers.keys(person.contact)
            with self._consumers.under_way(profile.vertical, keys) as twice:
                refused = await self._look_up(run, keys, twice=twice)
                if refused is not None:
                    return await self._settling.settle(run, opening, Decided(Outcome(LeadStatus.UNSOLD, refused)))
                ranking, nobody = await self._bid(run)
                return await self._sell(run, opening, person, ranking, nobody)

        request = (submission.source_id, submission.request_id)
        record, repeated = await self._gate.once(LeadRecord, request, digest, auction, _REUSED)
        return Conducted(record, 0 if repeated else self._clock.us() - begun_us, repeated)

    async def ping(
        self, source_id: str, raw: RawProfile, evidence: Evidence, request_id: str, budget_ms: int
    ) -> tuple[Offer, bool]:
        """Auctions a profile and keeps the best offer, to be taken up by `post`. Raises Refused."""
        begun_us, now_ms = self._clock.us(), self._clock.now_ms()
        self._check_source(source_id)
        profile = admit.admit_profile(source_id, raw, evidence, now_ms)
        digest = self._settling.digest((source_id, raw, evidence))

        async def auction() -> Offer:
            run = self._begin(self._clock.mint("auc"), profile, now_ms, begun_us, budget_ms)
            ranking, nobody = await self._bid(run)
            return await self._settling.offer(run, ranking, nobody, request_id, digest)

        return await self._gate.once(Offer, (source_id, request_id), digest, auction, _REUSED)

    async def post(
        self,
        source_id: str,
        ping_id: str,
        raw: RawProfile | None,
        contact: Contact,
        consent: Consent,
        request_id: str,
        budget_ms: int,
    ) -> Conducted:
        """Takes up an offer with the person behind it. Raises Refused."""
        begun_us, now_ms = self._clock.us(), self._clock.now_ms()
        self._check_source(source_id)
        offer = await self._settling.offered(ping_id)
        if offer is None or offer.profile.source_id != source_id:
            raise Refused(Reason.NOT_FOUND, "no ping of that id")
        profile, person = binding(offer, raw, contact, consent, now_ms)
        digest = self._settling.digest((ping_id, contact, consent))

        async def auction() -> LeadRecord:
            if offer.used:
                raise Refused(_USED.reason, _USED.message)
            if now_ms > offer.expires_ms:
                raise Refused(Reason.PING_EXPIRED, "the offer has expired; ping again")
            run = self._begin(ping_id, profile, now_ms, begun_us, budget_ms)
            run.trace = msgspec.structs.replace(offer.trace, phases=run.phases)
            opening = self._settling.opening(run, person, request_id or ping_id, digest)
            keys = () if profile.test else self._consumers.keys(person.contact)
            with self._consumers.under_way(profile.vertical, keys) as twice:
                refused = await self._look_up(run, keys, twice=twice)
                if refused is not None:
                    return await self._settling.settle(run, opening, Decided(Outcome(LeadStatus.UNSOLD, refused)))
                nobody = Reason.OFFER_WITHDRAWN if offer.ranking else offer.reason
                return await self._sell(run, opening, person, ranking_of(offer, self._book, run.unwanted), nobody)

        # Without a request id the ping's own makes a repeat harmless.
        request = (source_id, request_id or ping_id)
        clash = _REUSED if request_id else _USED
        try:
            record, repeated = await self._gate.once(LeadRecord, request, digest, auction, clash)
        except Conflict:  # another post of the same ping, under another request id, was quicker
            raise Refused(_USED.reason, _USED.message) from None
        return Conducted(record, 0 if repeated else self._clock.us() - begun_us, repeated)

    async def resell(self, returned: LeadRecord, had_by: Collection[str], budget_ms: int) -> Conducted:
        """Auctions a returned lead as a lead of its own, to others than the buyers that had it. Raises Refused.

        However often it is asked for, it is done once: its request id is made of the returned lead's.
        """
        begun_us, now_ms = self._clock.us(), self._clock.now_ms()
        profile = msgspec.structs.replace(returned.profile, resale_of=returned.id)
        person = self._settling.person(returned)
        request_id = f"resale/{returned.id}"
        digest = self._settling.digest((request_id,))

        async def auction() -> LeadRecord:
            run = self._begin(self._clock.mint("auc"), profile, now_ms, begun_us, budget_ms)
            opening = self._settling.opening(run, person, request_id, digest)
            keys = self._consumers.keys(person.contact)
            standing = await self._consumers.standing(profile.vertical, keys, twice=False, again=True)
            run.consumer_keys = standing.keys
            run.unwanted = {**standing.unwanted, **dict.fromkeys(had_by, Reason.HAD_LEAD)}
            if standing.refused is not None:
                return await self._settling.settle(run, opening, Decided(Outcome(LeadStatus.UNSOLD, standing.refused)))
            ranking, nobody = await self._bid(run)
            return await self._sell(run, opening, person, ranking, nobody)

        request = (profile.source_id, request_id)
        record, repeated = await self._gate.once(LeadRecord, request, digest, auction, _REUSED)
        return Conducted(record, 0 if repeated else self._clock.us() - begun_us, repeated)

    # The steps.

    def _check_source(self, source_id: str) -> None:
        if source_id not in self._book.sources:
            raise Refused(Reason.NOT_FOUND, "no source of that id")

    def _begin(self, auction_id: str, profile: Profile, now_ms: int, begun_us: int, budget_ms: int) -> Run:
        # Here and not before: a repeat of what was carried out is answered, although the source was paused since.
        if self._book.sources[profile.source_id].state != PartyState.ACTIVE:
            raise Refused(Reason.PARTY_PAUSED, "the source is paused")
        run = Run(auction_id, profile, now_ms, begun_us, begun_us + budget_ms * 1000)
        run.trace.catalog_revision = self._book.revision
        run.phases.admitted_us = self._clock.us() - begun_us
        return run

    async def _look_up(self, run: Run, keys: tuple[str, ...], *, twice: bool) -> Reason | None:
        """Why the consumer's lead is not auctioned at all; who may not have it goes into the run.

        Raises Refused (OVERLOADED) when that took all of the time: better not kept, and sent again, than never offered.
        """
        standing = await self._consumers.standing(run.profile.vertical, keys, twice=twice)
        run.unwanted, run.consumer_keys = standing.unwanted, standing.keys
        run.unseen = standing.unseen
        if standing.refused is None and self._clock.us() >= run.ends_us:
            raise Refused(Reason.OVERLOADED, "the store took all of the lead's time", retry_after_ms=_LATE_RETRY_MS)
        return standing.refused

    async def _match(self, run: Run) -> list[Campaign]:
        """The campaigns that want the lead and may have it; the trace says why others that want it may not."""
        book = self._book
        targeted = book.targeted(run.profile)
        await in_step()  # and not again before it is sold: a turn, a pace, a cap go by what was sold before
        qualified, left_out = parted(targeted, book.buyers, run.profile, run.submitted_ms, book.caps, run.unwanted)
        run.trace.considerations += [Consideration(one.id, one.buyer_id, why) for one, why in left_out]
        run.phases.matched_us = self._clock.us() - run.started_us
        return qualified

    async def _bid(self, run: Run) -> tuple[Ranking, Reason]:
        """Matches, pings and ranks; answers with the ranking, and why nobody stands in it."""
        book, profile = self._book, run.profile
        policy = book.policies[profile.vertical]
        run.trace.policy_revision = policy.revision
        run.trace.floor_micros = max(book.sources[profile.source_id].floor_micros, policy.floor_micros)
        qualified = await self._match(run)
        terms = Terms(policy, run.trace.floor_micros, book.shares.keys(policy.distribution, qualified))
        await self._pings.collect(run, qualified, terms)
        ranking = rank(run.bids, book.campaigns, terms, run.auction_id)
        run.trace.shared = ranking.shared
        self._note(run, ranking, terms)
        return ranking, Reason.UNSPECIFIED if ranking.standing else unsold_reason(run.bids, ranking)

    def _note(self, run: Run, ranking: Ranking, terms: Terms) -> None:
        """Puts each bid into the trace."""
        campaigns, order, lost = self._book.campaigns, terms.order, ranking.lost
        places = {one.bid.campaign_id: (place, one.price_micros) for place, one in enumerate(ranking.standing, 1)}
        note, nowhere = run.trace.considerations.append, (0, 0)
        for bid in run.bids:
            campaign_id = bid.campaign_id
            place, clearing_micros = places.get(campaign_id, nowhere)
            note(
                Consideration(
                    campaign_id,
                    campaigns[campaign_id].buyer_id,
                    bid.outcome,
                    bid.price_micros,
                    bid.latency_us,
                    place,
                    lost.get(campaign_id, _NO_REASON) if lost else _NO_REASON,
                    bid.reason_code,
                    "",
                    bid.shared_price_micros,
                    order.get(campaign_id, 0) if order else 0,
                    clearing_micros,
                    bid.reference,
                )
            )

    async def _sell(
        self, run: Run, opening: LeadRecord, person: Person, ranking: Ranking, nobody: Reason
    ) -> LeadRecord:
        """Posts to the best, cascades, and settles."""
        try:
            if ranking.standing:
                return await self._cascade(run, opening, person, ranking)
            await in_step()
            return await self._settling.settle(run, opening, Decided(Outcome(LeadStatus.UNSOLD, nobody)))
        except SeenBefore:  # another core was quicker with a lead about the same consumer
            run.unseen = None
            return await self._settling.settle(run, opening, Decided(Outcome(LeadStatus.UNSOLD, Reason.DUPLICATE)))

    async def _cascade(self, run: Run, opening: LeadRecord, person: Person, ranking: Ranking) -> LeadRecord:
        selling = self._sales.selling(run, opening, person, ranking.standing, ranking.sales_wanted)
        while True:
            try:
                decided = await selling.decide()
                await in_step()
                return await self._settling.settle(run, opening, decided)
            except OverQuota as over:  # another core sold what the picture here showed as left
                selling.lost(over)
            except StoreError as error:
                selling.undo()
                if _is_left_half_done(run, error):
                    self._recover(opening)
                raise


def _is_left_half_done(run: Run, error: StoreError) -> bool:
    """Whether a buyer has the lead or may have it, or the store may know of it."""
    if isinstance(error, Conflict | Replaced):  # others finish it, or have
        return False
    return run.opened or (run.opening is not None and isinstance(error, Unconfirmed))
