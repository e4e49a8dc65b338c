"""Decisions about sales: on the facts as they are, kept whole, one after another."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

from exchange.domain.auction import LeadRecord
from exchange.domain.disposition import Disposition, DispositionKind
from exchange.domain.errors import Refused
from exchange.domain.lead import LeadStatus
from exchange.domain.lead_return import LeadReturn, Resale, ReturnReason, ReturnState
from exchange.domain.reasons import Reason
from exchange.domain.report import ReportQuery
from exchange.feedback.rules.consequences import of_disposition, of_return
from exchange.feedback.rules.counting import day_of
from exchange.store.base import (
    DispositionQuery,
    FeedbackChange,
    Judgement,
    ReturnQuery,
    SaleFacts,
    SaleRef,
    Settlement,
    Store,
)
from tests.store.duties.base import Duties, all_events, reopened
from tests.store.engines import store_at
from tests.store.values import BORN_MS, PRICE, id_of, pending, settlement, sold

K, S = DispositionKind, ReturnState
LATER_MS = BORN_MS + 60_000


def sale_id(number: int) -> str:
    return id_of("sale", number)


def of(number: int, **fields: Any) -> SaleRef:
    return SaleRef(lead_id=id_of("lead", number), **fields)


def shared(number: int, *buyer_ids: str) -> Settlement:
    """A lead that was sold to several."""
    record = sold(pending(number), buyer_ids[0])
    (first,) = record.outcome.sales
    sales = tuple(
        msgspec.structs.replace(first, id=f"{first.id}{place}", campaign_id=f"camp-of-{one}", buyer_id=one, shared=True)
        for place, one in enumerate(buyer_ids)
    )
    return settlement(msgspec.structs.replace(record, outcome=msgspec.structs.replace(record.outcome, sales=sales)))


def saying(number: int, kind: DispositionKind = K.CONTACTED, **fields: Any) -> Judgement:
    """A new disposition of a lead's only sale, with all that follows, whatever was said before."""

    def decide(found: Sequence[SaleFacts]) -> FeedbackChange:
        (facts,) = found
        sale = facts.sale
        about = (sale.id, sale.lead_id, sale.campaign_id, sale.buyer_id, facts.profile.source_id)
        new = Disposition(*about, kind, LATER_MS + number, LATER_MS + number, **fields)
        return of_disposition(facts, new, {}, f"{number}/{len(facts.dispositions)}")

    return Judgement(of(number), decide)


def returning(number: int, state: ReturnState, return_id: str = "", **fields: Any) -> Judgement:
    """A return of a lead's only sale as it now stands, with all that follows; unless it stands so already."""
    name = return_id or id_of("ret", number)

    def decide(found: Sequence[SaleFacts]) -> FeedbackChange:
        (facts,) = found
        sale, known = facts.sale, facts.lead_return
        if known is not None and known.state == state:
            return FeedbackChange(known, facts)
        asked = known or LeadReturn(
            name,
            sale.id,
            sale.lead_id,
            sale.campaign_id,
            sale.buyer_id,
            facts.profile.source_id,
            ReturnReason.DUPLICATE,
            sale.price_micros,
            LATER_MS + number,
        )
        decided_ms = 0 if state == S.REQUESTED else LATER_MS + 500
        after = msgspec.structs.replace(asked, state=state, decided_ms=decided_ms, **fields)
        return of_return(facts, after, {}, name)

    return Judgement(of(number), decide)


async def facts_of(store: Store, ref: SaleRef) -> list[SaleFacts]:
    """What the store knows of sales, found out by a decision that changes nothing."""
    seen: list[SaleFacts] = []

    def decide(found: Sequence[SaleFacts]) -> FeedbackChange:
        seen[:] = found
        raise Refused(Reason.NOT_FOUND, "nothing is decided")

    (result,) = await store.judge([Judgement(ref, decide)])
    assert isinstance(result, Refused)
    return seen


async def answers(store: Store, *judgements: Judgement) -> list[Any]:
    results = await store.judge(judgements)
    return [one if isinstance(one, Refused) else one.answer for one in results]


class Feedback(Duties):
    """Decisions about sales: on the facts as they are, kept whole, one after another."""

    async def test_a_decision_is_given_what_is_known(self, store: Store) -> None:
        await store.settle(settlement(sold(pending(1, source_id="src2"))))
        (facts,) = await facts_of(store, of(1))
        record = await store.lead(id_of("lead", 1))
        assert record is not None
        assert facts == SaleFacts(record.outcome.sales[0], record.profile, record.submitted_ms)
        first, second = await answers(store, saying(1, K.CONTACTED, quality=3), saying(1, K.QUOTED, code="q"))
        asked, *_ = await answers(store, returning(1, S.REQUESTED, note="a “note”"))
        (facts,) = await facts_of(store, of(1))
        assert facts.dispositions == (first, second)
        assert facts.lead_return == asked
        assert (asked.note, asked.requested_ms) == ("a “note”", LATER_MS + 1)

    async def test_sales_are_named_by_lead_sale_buyer_or_return(self, store: Store) -> None:
        await store.settle(shared(1, "buy1", "buy2", "buy3"))
        await store.settle(settlement(sold(pending(2))))
        await answers(store, returning(2, S.REQUESTED, "ret_two"))

        async def named(ref: SaleRef) -> list[str]:
            return [one.sale.buyer_id for one in await facts_of(store, ref)]

        assert await named(of(1)) == ["buy1", "buy2", "buy3"]
        assert await named(of(1, buyer_id="buy2")) == ["buy2"]
        assert await named(of(1, sale_id=f"{sale_id(1)}2")) == ["buy3"]
        assert await named(of(1, sale_id=f"{sale_id(1)}2", buyer_id="buy1")) == []
        assert await named(of(2, sale_id=f"{sale_id(1)}2")) == []
        assert await named(SaleRef(return_id="ret_two")) == ["buy1"]
        assert await named(SaleRef(return_id="ret_nobody")) == await named(of(9)) == []

    async def test_what_follows_is_kept_whole(self, url: str) -> None:
        store = store_at(url)
        await store.open()
        await store.settle(settlement(sold(pending(1))))
        events = len(await all_events(store))
        (asked,) = await answers(store, returning(1, S.REQUESTED))
        (approved,) = await answers(store, returning(1, S.APPROVED))
        assert approved.id == asked.id
        assert set((await store.balances()).values()) == {0}
        told = [event.type for event in (await all_events(store))[events:]]
        assert told == ["return.requested"] * 2 + ["return.approved"] * 2
        record = await store.lead(id_of("lead", 1))
        assert record is not None
        assert record.outcome.status == LeadStatus.RETURNED
        assert len(record.outcome.sales) == 1
        day = day_of(record.submitted_ms)
        (row,) = await store.figures_of(ReportQuery(day, day, campaign_id="camp-of-buy1"))
        assert (row.figures.returns, row.figures.refund_micros) == (1, PRICE)
        store = await reopened(store, url)
        assert await store.lead_return(asked.id) == approved
        assert (await store.figures_of(ReportQuery(day, day, campaign_id="camp-of-buy1"))) == [row]
        await store.close()

    async def test_one_that_is_refused_changes_nothing_and_disturbs_no_other(self, store: Store) -> None:
        await store.settle(settlement(sold(pending(1))))
        await store.settle(settlement(sold(pending(2))))

        def refuse(_: Sequence[SaleFacts]) -> FeedbackChange:
            raise Refused(Reason.NOT_POSSIBLE_NOW, "no")

        results = await answers(store, saying(1), Judgement(of(1), refuse), saying(2), Judgement(of(9), refuse))
        assert [isinstance(one, Refused) for one in results] == [False, True, False, True]
        found = await store.dispositions(DispositionQuery())
        assert found == [results[2], results[0]]

    async def test_a_return_is_decided_once_whoever_decides(self, store: Store) -> None:
        await store.settle(settlement(sold(pending(1))))
        several = [answers(store, returning(1, S.APPROVED, f"ret_{number}")) for number in range(20)]
        results = await asyncio.gather(*several)
        assert len({one.id for (one,) in results}) == 1
        assert await store.balance("buyer:buy1") == 0
        assert len(await store.returns(ReturnQuery())) == 1
        assert len([one for one in await all_events(store) if one.type == "return.approved"]) == 2

    async def test_each_decision_sees_those_before_it(self, store: Store) -> None:
        await store.settle(settlement(sold(pending(1))))

        def once(limit: int) -> Callable[[Sequence[SaleFacts]], FeedbackChange]:
            def decide(found: Sequence[SaleFacts]) -> FeedbackChange:
                if len(found[0].dispositions) >= limit:
                    raise Refused(Reason.LIMIT_REACHED, "enough")
                return saying(1).decide(found)

            return decide

        calls = [store.judge([Judgement(of(1), once(7))] * 3) for _ in range(8)]
        results = [one for several in await asyncio.gather(*calls) for one in several]
        assert sum(not isinstance(one, Refused) for one in results) == 7
        sequences = [one.sequence for one in await store.dispositions(DispositionQuery())]
        assert sequences == sorted(sequences, reverse=True)

    async def test_a_lead_is_returned_when_none_of_its_sales_stands(self, store: Store) -> None:
        await store.settle(shared(1, "buy1", "buy2"))

        async def approve(buyer_id: str) -> bool:
            judgement = returning(1, S.APPROVED, f"ret_{buyer_id}")
            (change,) = await store.judge([Judgement(of(1, buyer_id=buyer_id), judgement.decide)])
            assert isinstance(change, FeedbackChange)
            record = await store.lead(id_of("lead", 1))
            assert record is not None
            assert record.outcome.status == (LeadStatus.SOLD if change.facts.others_kept else LeadStatus.RETURNED)
            return change.facts.others_kept

        assert await approve("buy1")
        assert not await approve("buy2")

    async def test_a_campaigns_share_is_counted_to_the_last_sale(self, store: Store) -> None:
        for number in range(5):
            await store.settle(settlement(sold(pending(number), "buy1" if number < 4 else "buy2")))
        test = settlement(sold(pending(8, test=True), "buy1"))
        await store.settle(msgspec.structs.replace(test, postings=()))
        day = day_of(BORN_MS)

        async def share(number: int, share_from_day: str) -> tuple[int, int]:
            (facts,) = await facts_of(store, of(number, share_from_day=share_from_day))
            return facts.campaign_sales, facts.campaign_returns

        assert await share(0, day) == (4, 0)
        await answers(store, returning(0, S.REQUESTED), returning(1, S.APPROVED), returning(2, S.DENIED))
        assert await share(3, day) == (4, 2)
        assert await share(4, day) == (1, 0)
        assert await share(3, day_of(BORN_MS + 86_400_000)) == (0, 0)
        assert await share(3, "") == (0, 0)

    async def test_a_sale_that_is_replaced_counts_under_no_cap(self, store: Store) -> None:
        for number in range(3):
            await store.settle(settlement(sold(pending(number))))
        await answers(store, returning(0, S.APPROVED, replaced=True), returning(1, S.APPROVED))
        (spent,) = await store.spent_since(0)
        assert (spent.leads, spent.spend_micros) == (2, 2 * PRICE)

    async def test_what_is_due_to_be_offered_again_is_found_until_it_is_noted(self, store: Store) -> None:
        for number in range(3):
            await store.settle(settlement(sold(pending(number))))
        await answers(store, *(returning(number, S.APPROVED, resale=Resale.DUE) for number in (0, 1)))
        await answers(store, returning(2, S.APPROVED))
        due = await store.returns(ReturnQuery(resale_due=True))
        assert [one.id for one in due] == [id_of("ret", 1), id_of("ret", 0)]
        await store.note_resale(due[0].id, Resale.DONE)
        await store.note_resale(due[1].id, Resale.NONE)
        await store.note_resale(id_of("ret", 2), Resale.DONE)  # it was never due
        assert await store.returns(ReturnQuery(resale_due=True)) == []
        found = [one.resale for one in await store.returns(ReturnQuery())]
        assert found == [Resale.NONE, Resale.DONE, Resale.NONE]

    async def _six_sales(self, store: Store) -> list[LeadRecord]:
        """Six sales that differ in all that can be asked for."""
        records = []
        for number in range(6):
            record = sold(pending(number, source_id=f"src{number % 2}"), f"buy{number % 3}")
            await store.settle(settlement(record))
            records.append(record)
        return records

    @pytest.mark.parametrize(
        ("query", "numbers"),
        [
            (DispositionQuery(), [5, 4, 3, 2, 1, 0]),
            (DispositionQuery(buyer_id="buy1"), [4, 1]),
            (DispositionQuery(source_id="src1"), [5, 3, 1]),
            (DispositionQuery(source_id="src1", buyer_id="buy0"), [3]),
            (DispositionQuery(lead_id=id_of("lead", 2)), [2]),
            (DispositionQuery(kind=K.QUOTED), [5, 4, 3]),
            (DispositionQuery(recorded_from_ms=LATER_MS + 4), [5, 4]),
            (DispositionQuery(recorded_until_ms=LATER_MS + 1), [0]),
            (DispositionQuery(buyer_id="buy9"), []),
        ],
    )
    async def test_dispositions_are_listed_newest_first(
        self, store: Store, query: DispositionQuery, numbers: list[int]
    ) -> None:
        await self._six_sales(store)
        said = await answers(store, *(saying(number, K.QUOTED if number > 2 else K.RECEIVED) for number in range(6)))
        expected = [said[number] for number in numbers]
        for limit in (1, 2, 50):
            found: list[Disposition] = []
            while page := await store.dispositions(
                msgspec.structs.replace(query, limit=limit, before=found[-1].sequence if found else 0)
            ):
                found += page
            assert found == expected

    @pytest.mark.parametrize(
        ("query", "numbers"),
        [
            (ReturnQuery(), [5, 4, 3, 2, 1, 0]),
            (ReturnQuery(buyer_id="buy2"), [5, 2]),
            (ReturnQuery(source_id="src0"), [4, 2, 0]),
            (ReturnQuery(campaign_id="camp-of-buy0"), [3, 0]),
            (ReturnQuery(lead_id=id_of("lead", 4)), [4]),
            (ReturnQuery(state=S.REQUESTED), [2, 1, 0]),
            (ReturnQuery(state=S.DENIED, source_id="src1"), [5, 3]),
            (ReturnQuery(buyer_id="buy9"), []),
        ],
    )
    async def test_returns_are_listed_newest_first(self, store: Store, query: ReturnQuery, numbers: list[int]) -> None:
        await self._six_sales(store)
        asked = await answers(store, *(returning(number, S.REQUESTED) for number in range(6)))
        asked[3:] = await answers(store, *(returning(number, S.DENIED) for number in (3, 4, 5)))
        expected = [asked[number] for number in numbers]
        for limit in (1, 2, 50):
            found: list[LeadReturn] = []
            while page := await store.returns(
                msgspec.structs.replace(query, limit=limit, before=found[-1].sequence if found else 0)
            ):
                found += page
            assert found == expected
        assert [await store.lead_return(one.id) for one in asked] == asked
        assert await store.lead_return("ret_nobody") is None
