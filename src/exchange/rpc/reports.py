"""ReportService: performance, from roll-ups."""

from datetime import date
from typing import Final

import msgspec

from exchange.access.authority import Action
from exchange.access.keys import KeyRing
from exchange.auction.clock import Clock
from exchange.domain import limits
from exchange.domain.errors import Refused, Violation, invalid
from exchange.domain.principal import Principal, Role
from exchange.domain.reasons import Reason
from exchange.domain.report import ReportDimension, ReportQuery
from exchange.rpc.calls import Context, Service, unary
from exchange.rpc.convert.parties import enum
from exchange.store.base import Store
from leadexchange.v1 import report_service_pb2 as pb
from leadexchange.v1.report_service_pb2_grpc import ReportServiceServicer

_HIDDEN: Final = {
    Role.OPERATOR: frozenset[str](),
    Role.BUYER: frozenset({"payout_micros"}),
    Role.SOURCE: frozenset({"bid_micros", "revenue_micros", "refund_micros", "conversion_micros"}),
}
"""Figures that stay 0: what buyers pay and gain is not for sources, what sources earn is not for buyers."""


class Reports(Service, ReportServiceServicer):
    """Reads roll-ups: a source of its own leads, a buyer of its own campaigns."""

    def __init__(self, keys: KeyRing, clock: Clock, store: Store) -> None:
        super().__init__(keys, clock)
        self._store = store

    @unary(Action.READ_REPORT)
    async def GetReport(
        self, request: pb.GetReportRequest, caller: Principal, context: Context
    ) -> pb.GetReportResponse:
        """Figures by dimension over days."""
        query = _scoped(_query(request), caller)
        found = await self._store.figures_of(query)
        rows = []
        for one in found[: limits.MAX_REPORT_ROWS]:
            figures = msgspec.structs.asdict(one.figures)
            figures.update(dict.fromkeys(_HIDDEN[caller.role], 0))
            rows.append(pb.ReportRow(keys=one.keys, **figures))
        return pb.GetReportResponse(rows=rows, truncated=len(found) > limits.MAX_REPORT_ROWS)


def _query(request: pb.GetReportRequest) -> ReportQuery:
    first, last = _day(request.from_day, "from_day"), _day(request.until_day, "until_day")
    if not 0 <= (last - first).days < limits.MAX_REPORT_DAYS:
        expected = f"from_day or up to {limits.MAX_REPORT_DAYS - 1} days later"
        raise invalid([Violation("until_day", expected, str(last))])
    dimensions = tuple(enum(ReportDimension, one, "dimensions") for one in request.dimensions)
    if len(dimensions) > limits.MAX_REPORT_DIMENSIONS or len(set(dimensions)) < len(dimensions):
        expected = f"at most {limits.MAX_REPORT_DIMENSIONS}, each once"
        raise invalid([Violation("dimensions", expected, str(len(dimensions)))])
    return ReportQuery(
        first.isoformat(),
        last.isoformat(),
        dimensions,
        vertical=request.vertical,
        source_id=request.source_id,
        campaign_id=request.campaign_id,
        buyer_id=request.buyer_id,
        limit=limits.MAX_REPORT_ROWS + 1,
    )


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid([Violation(field, "a day such as 2026-11-01", f"{len(text)} characters")]) from None


def _scoped(query: ReportQuery, caller: Principal) -> ReportQuery:
    """The query, narrowed to what is the caller's.

    Raises Refused(FORBIDDEN) for another party, and for a source that asks by campaign or buyer: who bid on its leads
    and did not buy is not its business.
    """
    if caller.role is Role.SOURCE:
        if query.of_campaigns:
            raise Refused(Reason.FORBIDDEN, "A source's report is not by campaign or buyer.")
        return _narrowed(query, "source_id", caller.party_id)
    return query if caller.role is Role.OPERATOR else _narrowed(query, "buyer_id", caller.party_id)


def _narrowed(query: ReportQuery, name: str, party_id: str) -> ReportQuery:
    if getattr(query, name) not in {"", party_id}:
        raise Refused(Reason.FORBIDDEN, f"This key may not see reports of another {name.removesuffix('_id')}.")
    return msgspec.structs.replace(query, **{name: party_id})
