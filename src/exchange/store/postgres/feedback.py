"""Dispositions and returns."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import msgspec

from exchange.domain.auction import Sale
from exchange.domain.disposition import Disposition, DispositionKind
from exchange.domain.errors import Refused
from exchange.domain.lead import Profile
from exchange.domain.lead_return import LeadReturn, Resale, ReturnReason, ReturnState
from exchange.store.base import DispositionQuery, FeedbackChange, Judgement, ReturnQuery, SaleFacts, SaleRef
from exchange.store.postgres.events import insert_events
from exchange.store.postgres.ledger import POSTING
from exchange.store.postgres.queries import Connection, Row, change, change_each, fetch, first, insert, query, single
from exchange.store.postgres.reports import ReportsPart, add_figures
from exchange.store.postgres.usage import note_booked, note_replaced
from exchange.store.postgres.writer import Transaction
from exchange.store.sqlite import rows

A = TypeVar("A", bound=msgspec.Struct)
K = TypeVar("K", Disposition, LeadReturn)
_CHUNK: Final = 32
"""Judgements a commit: some milliseconds, in which settlements wait."""
_END: Final = 1 << 62
_profile: Final = msgspec.json.Decoder(Profile).decode


class FeedbackPart(ReportsPart):
    """`exchange.store.base.FeedbackStore`."""

    async def judge(self, judgements: Sequence[Judgement]) -> list[FeedbackChange | Refused]:
        """See `FeedbackStore`. All cores decide in turn, since each decision numbers what follows from it."""
        if any(one.of.share_from_day for one in judgements):
            await self._roll_up()  # what campaigns bought is read from their figures
        results: list[FeedbackChange | Refused] = []
        for start in range(0, len(judgements), _CHUNK):
            results += await self._books.write(_judge_each, judgements[start : start + _CHUNK])
        return results

    async def dispositions(self, wanted: DispositionQuery) -> list[Disposition]:
        """See `FeedbackStore`."""
        return await self._read(_list, "list_dispositions", wanted, _disposition)

    async def lead_return(self, return_id: str) -> LeadReturn | None:
        """See `FeedbackStore`."""
        return await self._read(_one_return, "return_by_id", return_id)

    async def returns(self, wanted: ReturnQuery) -> list[LeadReturn]:
        """See `FeedbackStore`."""
        return await self._read(_list, "list_returns", wanted, _return)

    async def note_resale(self, return_id: str, resale: Resale) -> None:
        """See `FeedbackStore`."""
        await self._books.write(_note_resales, {"id": return_id, "resale": int(resale)})


async def _judge_each(
    transaction: Transaction, calls: Sequence[Sequence[Judgement]]
) -> list[list[FeedbackChange | Refused]]:
    return [[await _judge(transaction, one) for one in judgements] for judgements in calls]


async def _judge(transaction: Transaction, judgement: Judgement) -> FeedbackChange | Refused:
    connection = transaction.connection
    try:
        decided = judgement.decide(await _facts(connection, judgement.of))
    except Refused as refused:
        return refused
    answer: Disposition | LeadReturn = decided.answer
    if decided.disposition is not None:
        answer = await _insert(connection, "insert_disposition", decided.disposition)
    if decided.lead_return is not None:
        answer = await _insert(connection, "save_return", decided.lead_return)
    if decided.returned:
        await change(connection, query("lead_returned"), {"lead_id": decided.facts.sale.lead_id})
    await insert(connection, "postings", POSTING, list(map(rows.posting_row, decided.postings)))
    await note_booked(connection, decided.postings)
    await note_replaced(connection, decided)
    if decided.cell is not None and decided.figures is not None:
        await add_figures(connection, decided.cell, decided.figures)
    await insert_events(transaction, decided.events, decided.deliveries)
    return msgspec.structs.replace(decided, answer=answer)


async def _facts(connection: Connection, of: SaleRef) -> list[SaleFacts]:
    lead_id, sale_id = of.lead_id, of.sale_id
    if of.return_id:
        named = await _one_return(connection, "return_by_id", of.return_id)
        if named is None:
            return []
        lead_id, sale_id = named.lead_id, named.sale_id
    wanted = {"lead_id": lead_id, "sale_id": sale_id, "buyer_id": of.buyer_id}
    found = await fetch(connection, query("sales_to_judge"), wanted)
    return [await _facts_of(connection, one, of.share_from_day) for one in found]


async def _facts_of(connection: Connection, found: Row, share_from_day: str) -> SaleFacts:
    sale: Sale = rows.sale(tuple(found)[:9])
    facts = SaleFacts(
        sale,
        _profile(found[9]),
        found[10],
        await dispositions_of_sale(connection, sale.id),
        await _one_return(connection, "return_of_sale", sale.id),
        others_kept=found[11],
    )
    if not share_from_day:
        return facts
    values = {
        "buyer_id": sale.buyer_id,
        "campaign_id": sale.campaign_id,
        "from_day": share_from_day,
        "from_ms": int(datetime.fromisoformat(share_from_day).replace(tzinfo=UTC).timestamp()) * 1000,
    }
    return msgspec.structs.replace(
        facts,
        campaign_sales=await single(connection, query("campaign_sales"), values),
        campaign_returns=await single(connection, query("campaign_returns"), values),
    )


async def dispositions_of_sale(connection: Connection, sale_id: str) -> tuple[Disposition, ...]:
    """A sale's dispositions, oldest first."""
    found = await fetch(connection, query("dispositions_of_sale"), {"sale_id": sale_id})
    return tuple(map(_disposition, found))


async def _insert(connection: Connection, statement: str, one: K) -> K:
    """Keeps a value, and answers with it as it is kept: with its sequence."""
    sequence = await single(connection, query(statement), msgspec.structs.asdict(one))
    return msgspec.structs.replace(one, sequence=sequence)


async def _list(
    connection: Connection, statement: str, wanted: DispositionQuery | ReturnQuery, read: Callable[[Row], A]
) -> list[A]:
    asked: dict[str, Any] = msgspec.structs.asdict(wanted)
    values = asked | {"before": wanted.before or _END}
    names = [name for name, value in asked.items() if value and name not in {"limit", "before"}]
    where = "".join(f"\n    AND {query(f'feedback_where_{name}')}" for name in names)
    return list(map(read, await fetch(connection, query(statement).format(where=where), values)))


async def _one_return(connection: Connection, statement: str, named: str) -> LeadReturn | None:
    found = await first(connection, query(statement), {"id": named})
    return _return(found) if found else None


async def _note_resales(transaction: Transaction, notes: Sequence[dict[str, Any]]) -> Sequence[None]:
    await change_each(transaction.connection, query("note_resale"), notes)
    return [None] * len(notes)


def _disposition(found: Row) -> Disposition:
    sequence, *parts = found
    values = dict(zip(Disposition.__struct_fields__, parts, strict=False))
    values["kind"] = DispositionKind(values["kind"])
    return Disposition(**values, sequence=sequence)


def _return(found: Row) -> LeadReturn:
    sequence, *parts = found
    values = dict(zip(LeadReturn.__struct_fields__, parts, strict=False))
    values |= {
        "reason": ReturnReason(values["reason"]),
        "state": ReturnState(values["state"]),
        "resale": Resale(values["resale"]),
    }
    return LeadReturn(**values, sequence=sequence)
