"""Where feedback comes: it is judged and kept by the store, and what follows beyond the store is done here."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec

from exchange.catalog.book import Book
from exchange.domain import limits
from exchange.domain.disposition import Disposition
from exchange.domain.errors import ExchangeError, Refused, Violation, invalid
from exchange.domain.lead_return import LeadReturn, Resale, ReturnReason, ReturnState
from exchange.domain.reasons import Reason
from exchange.feedback.rules import consequences, dispositions, returns
from exchange.feedback.rules.counting import day_of
from exchange.feedback.rules.dispositions import Said
from exchange.store.base import FeedbackChange, Judgement, ReturnQuery, SaleFacts, SaleRef, Store

_log = logging.getLogger(__name__)
_DAY_MS: Final = 86_400_000
_RESALES_AT_ONCE: Final = 8
"""Auctions that one call begins at a time."""

Resell = Callable[[str, frozenset[str]], Awaitable[bool]]
"""Offers a returned lead, by its id, to others than the buyers that had it; False when it cannot be offered at all."""


class AskedReturn(msgspec.Struct, frozen=True):
    """A return that is asked for."""

    of: SaleRef
    reason: ReturnReason
    note: str = ""


class Feedback:
    """Takes dispositions and returns. Each of several has its own result, a refusal among them.

    Decisions run where the store makes them, which may be another thread: of the book they read what is never changed
    in place, a campaign's policy and the endpoints of an owner.
    """

    def __init__(
        self,
        book: Book,
        store: Store,
        *,
        now_ms: Callable[[], int],
        mint: Callable[[str], str],
        resell: Resell | None = None,
    ) -> None:
        """`mint` makes a fresh id of a prefix. Without `resell`, leads that are to be offered again stay due."""
        self._book = book
        self._store = store
        self._now_ms = now_ms
        self._mint = mint
        self._resell = resell

    async def record(self, several: Sequence[tuple[SaleRef, Said]]) -> list[Disposition | Refused]:
        """Records dispositions; a repeat is answered with what was recorded."""
        judgements = [Judgement(of, self._disposing(said)) for of, said in several]
        results = await self._store.judge(judgements)
        return [one if isinstance(one, Refused) else _disposition(one) for one in results]

    def _disposing(self, said: Said) -> Callable[[Sequence[SaleFacts]], FeedbackChange]:
        now_ms, seed = self._now_ms(), self._mint("fb")

        def decide(found: Sequence[SaleFacts]) -> FeedbackChange:
            facts = _the_sale(found)
            new = dispositions.judge(said, facts, now_ms)
            return consequences.of_disposition(facts, new, self._book.endpoints_by_owner, seed)

        return decide

    async def request(self, several: Sequence[AskedReturn]) -> list[LeadReturn | Refused]:
        """Asks for returns, and decides where a rule does; a sale that has one is answered with that."""
        day = day_of(self._now_ms() - (limits.RETURN_SHARE_DAYS - 1) * _DAY_MS)
        return await self._judge(
            [
                Judgement(msgspec.structs.replace(one.of, share_from_day=day), self._requesting(one.reason, one.note))
                for one in several
            ]
        )

    def _requesting(self, reason: ReturnReason, note: str) -> Callable[[Sequence[SaleFacts]], FeedbackChange]:
        now_ms, return_id = self._now_ms(), self._mint("ret")

        def decide(found: Sequence[SaleFacts]) -> FeedbackChange:
            facts = _the_sale(found)
            policy = self._book.campaigns[facts.sale.campaign_id].return_policy
            asked = returns.request(facts, reason, note, policy, return_id, now_ms)
            return consequences.of_return(facts, asked, self._book.endpoints_by_owner, return_id)

        return decide

    async def decide(
        self, return_ids: Sequence[str], *, approves: bool, resell: bool, by: str, note: str
    ) -> list[LeadReturn | Refused]:
        """Approves or denies returns; `by` is the id of the key that decides."""
        now_ms = self._now_ms()

        def deciding(return_id: str) -> Callable[[Sequence[SaleFacts]], FeedbackChange]:
            seed = self._mint("fb")

            def decide(found: Sequence[SaleFacts]) -> FeedbackChange:
                if not found:
                    raise Refused(Reason.NOT_FOUND, "There is no return of that id.")
                (facts,) = found
                policy = self._book.campaigns[facts.sale.campaign_id].return_policy
                decided = returns.decide(
                    facts, policy, approves=approves, resell=resell, by=by, note=note, now_ms=now_ms
                )
                return consequences.of_return(facts, decided, self._book.endpoints_by_owner, seed)

            return decide

        return await self._judge([Judgement(SaleRef(return_id=one), deciding(one)) for one in return_ids])

    async def undo(self, lead_id: str, campaign_id: str, note: str) -> LeadReturn:
        """Undoes a sale whose lead its buyer never got: refunds it, counts it under no cap, and offers the lead again.

        Raises Refused: NOT_FOUND, NOT_POSSIBLE_NOW.
        """
        now_ms, return_id = self._now_ms(), self._mint("ret")

        def decide(found: Sequence[SaleFacts]) -> FeedbackChange:
            facts = _the_sale([one for one in found if one.sale.campaign_id == campaign_id])
            undone = returns.undo(facts, note, return_id, now_ms)
            return consequences.of_return(facts, undone, self._book.endpoints_by_owner, return_id)

        (result,) = await self._judge([Judgement(SaleRef(lead_id=lead_id), decide)])
        if isinstance(result, Refused):
            raise result
        return result

    async def resume(self) -> None:
        """Offers again what was still to be offered when the last core stopped."""
        due = await self._store.returns(ReturnQuery(limit=limits.MAX_PAGE, resale_due=True))
        await self._offer(due)

    async def _judge(self, judgements: Sequence[Judgement]) -> list[LeadReturn | Refused]:
        results = await self._store.judge(judgements)
        new = [one for one in results if isinstance(one, FeedbackChange) and one.lead_return is not None]
        for change in new:
            self._follow(change)
        offered = await self._offer([one for one in map(_return, new) if one.resale == Resale.DUE])
        answers = [one if isinstance(one, Refused) else _return(one) for one in results]
        return [one if isinstance(one, Refused) else offered.get(one.id, one) for one in answers]

    def _follow(self, change: FeedbackChange) -> None:
        """What a refund gives back of a buyer's balance, and a replacement of its caps."""
        decided, facts = change.lead_return, change.facts
        if decided is None or decided.state != ReturnState.APPROVED:
            return
        caps, sale = self._book.caps, facts.sale
        if change.postings:
            caps.funds.adjust(sale.buyer_id, decided.refund_micros)
        if decided.replaced:
            campaign, zone = self._book.campaigns[sale.campaign_id], self._book.zone(sale.buyer_id)
            caps.load(campaign, zone, facts.submitted_ms, -1, -sale.price_micros)

    async def _offer(self, due: Sequence[LeadReturn]) -> dict[str, LeadReturn]:
        """Has leads offered again, so many at a time; answers with the returns as they then stand."""
        room = asyncio.Semaphore(_RESALES_AT_ONCE)

        async def offer(one: LeadReturn) -> LeadReturn:
            async with room:
                return await self._offer_one(one)

        return {one.id: one for one in await asyncio.gather(*map(offer, due))}

    async def _offer_one(self, due: LeadReturn) -> LeadReturn:
        record = await self._store.lead(due.lead_id)
        if self._resell is None or record is None:
            return due
        had_by = frozenset(sale.buyer_id for sale in record.outcome.sales)
        try:
            offered = await self._resell(due.lead_id, had_by)
        except ExchangeError as error:
            # It stays due: the next start tries again.
            _log.warning("lead %s was not offered again: %s", due.lead_id, error)
            return due
        resale = Resale.DONE if offered else Resale.NONE
        await self._store.note_resale(due.id, resale)
        return msgspec.structs.replace(due, resale=resale)


def _the_sale(found: Sequence[SaleFacts]) -> SaleFacts:
    if not found:
        raise Refused(Reason.NOT_FOUND, "There is no such sale of that lead.")
    if len(found) > 1:
        raise invalid([Violation("sale_id", "the id of a sale, as the lead has several", "nothing")])
    return found[0]


def _disposition(change: FeedbackChange) -> Disposition:
    assert isinstance(change.answer, Disposition)
    return change.answer


def _return(change: FeedbackChange) -> LeadReturn:
    assert isinstance(change.answer, LeadReturn)
    return change.answer
