"""Dispositions and returns."""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import msgspec

from exchange.domain.auction import Sale
from exchange.domain.disposition import Disposition, DispositionKind
from exchange.domain.errors import Refused
from exchange.domain.lead import Profile
from exchange.domain.lead_return import LeadReturn, Resale, ReturnReason, ReturnState
from exchange.store.base.feedback import (
    DispositionQuery,
    FeedbackChange,
    Judgement,
    ReturnQuery,
    SaleFacts,
    SaleRef,
)
from exchange.store.sqlite import rows
from exchange.store.sqlite.queries import query
from exchange.store.sqlite.reports import ReportsPart, add_figures

A = TypeVar("A", bound=msgspec.Struct)
K = TypeVar("K", Disposition, LeadReturn)
_CHUNK: Final = 32
"""Judgements a commit: some milliseconds, in which settlements wait."""
_END: Final = 1 << 62
_profile: Final = msgspec.json.Decoder(Profile).decode


class FeedbackPart(ReportsPart):
    """`exchange.store.base.FeedbackStore`."""

    async def judge(self, judgements: Sequence[Judgement]) -> list[FeedbackChange | Refused]:
        """See `FeedbackStore`."""
        if any(one.of.share_from_day for one in judgements):
            await self._roll_up()  # what campaigns bought is read from their figures
        results: list[FeedbackChange | Refused] = []
        for start in range(0, len(judgements), _CHUNK):
            results += await self._writer.write(self._judge_each, judgements[start : start + _CHUNK])
        return results

    def _judge_each(
        self, connection: sqlite3.Connection, calls: Sequence[Sequence[Judgement]]
    ) -> list[list[FeedbackChange | Refused]]:
        return [[self._judge(connection, one) for one in judgements] for judgements in calls]

    def _judge(self, connection: sqlite3.Connection, judgement: Judgement) -> FeedbackChange | Refused:
        try:
            change = judgement.decide(_facts(connection, judgement.of))
        except Refused as refused:
            return refused
        answer: Disposition | LeadReturn = change.answer
        if change.disposition is not None:
            answer = _insert(connection, "insert_disposition", change.disposition)
        if change.lead_return is not None:
            answer = _insert(connection, "save_return", change.lead_return)
        if change.returned:
            connection.execute(query("lead_returned"), (change.facts.sale.lead_id,))
        connection.executemany(query("insert_posting"), map(rows.posting_row, change.postings))
        if change.cell is not None and change.figures is not None:
            add_figures(connection, change.cell, change.figures)
        self._log.insert(connection, change.events, change.deliveries)
        return msgspec.structs.replace(change, answer=answer)

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
        await self._writer.write(_note_resales, (int(resale), return_id))


def _facts(connection: sqlite3.Connection, of: SaleRef) -> list[SaleFacts]:
    lead_id, sale_id = of.lead_id, of.sale_id
    if of.return_id:
        named = _one_return(connection, "return_by_id", of.return_id)
        if named is None:
            return []
        lead_id, sale_id = named.lead_id, named.sale_id
    wanted = {"lead_id": lead_id, "sale_id": sale_id, "buyer_id": of.buyer_id}
    found = connection.execute(query("sales_to_judge"), wanted).fetchall()
    return [_facts_of(connection, one, of.share_from_day) for one in found]


def _facts_of(connection: sqlite3.Connection, found: rows.Row, share_from_day: str) -> SaleFacts:
    sale: Sale = rows.sale(found[:9])
    facts = SaleFacts(
        sale,
        _profile(found[9]),
        found[10],
        dispositions_of_sale(connection, sale.id),
        _one_return(connection, "return_of_sale", sale.id),
        others_kept=bool(found[11]),
    )
    if not share_from_day:
        return facts
    from_ms = int(datetime.fromisoformat(share_from_day).replace(tzinfo=UTC).timestamp()) * 1000
    bought = connection.execute(query("campaign_sales"), (sale.buyer_id, sale.campaign_id, share_from_day)).fetchone()
    returned = connection.execute(query("campaign_returns"), (sale.campaign_id, from_ms)).fetchone()
    return msgspec.structs.replace(facts, campaign_sales=bought[0], campaign_returns=returned[0])


def dispositions_of_sale(connection: sqlite3.Connection, sale_id: str) -> tuple[Disposition, ...]:
    """A sale's dispositions, oldest first."""
    return tuple(map(_disposition, connection.execute(query("dispositions_of_sale"), (sale_id,))))


def _insert(connection: sqlite3.Connection, statement: str, one: K) -> K:
    """Keeps a value, whose last field is its sequence, and answers with it as it is kept."""
    values = msgspec.structs.astuple(one)[:-1]
    (sequence,) = connection.execute(query(statement), values).fetchone()
    return msgspec.structs.replace(one, sequence=sequence)


def _list(
    connection: sqlite3.Connection,
    statement: str,
    wanted: DispositionQuery | ReturnQuery,
    read: Callable[[rows.Row], A],
) -> list[A]:
    asked: dict[str, Any] = msgspec.structs.asdict(wanted)
    values = asked | {"before": wanted.before or _END}
    names = [name for name, value in asked.items() if value and name not in {"limit", "before"}]
    where = "".join(f"\n    AND {query(f'feedback_where_{name}')}" for name in names)
    return list(map(read, connection.execute(query(statement).format(where=where), values)))


def _one_return(connection: sqlite3.Connection, statement: str, value: str) -> LeadReturn | None:
    found = connection.execute(query(statement), (value,)).fetchone()
    return _return(found) if found else None


def _note_resales(connection: sqlite3.Connection, notes: Sequence[tuple[int, str]]) -> Sequence[None]:
    connection.executemany(query("note_resale"), notes)
    return [None] * len(notes)


def _disposition(found: rows.Row) -> Disposition:
    sequence, *parts = found
    values = dict(zip(Disposition.__struct_fields__, parts, strict=False))
    values["kind"] = DispositionKind(values["kind"])
    return Disposition(**values, sequence=sequence)


def _return(found: rows.Row) -> LeadReturn:
    sequence, *parts = found
    values = dict(zip(LeadReturn.__struct_fields__, parts, strict=False))
    values |= {
        "reason": ReturnReason(values["reason"]),
        "state": ReturnState(values["state"]),
        "replaced": bool(values["replaced"]),
        "resale": Resale(values["resale"]),
    }
    return LeadReturn(**values, sequence=sequence)
