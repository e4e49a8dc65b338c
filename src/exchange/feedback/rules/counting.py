"""What leads, dispositions and returns add to reports (E3). Pure.

Figures are kept by day of submission, so that what happens later to a lead counts on the day on which it came.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Final

import msgspec

from exchange.domain.auction import Consideration, PostAttempt, Sale, Trace
from exchange.domain.disposition import Disposition, DispositionKind
from exchange.domain.lead import Profile
from exchange.domain.lead_return import LeadReturn, ReturnState
from exchange.domain.reasons import Reason
from exchange.domain.report import Cell, Figures
from exchange.feedback.rules.dispositions import REACHED
from exchange.store.base.feedback import SaleFacts

_DAY_MS: Final = 86_400_000
_EPOCH: Final = date(1970, 1, 1).toordinal()
# To look these up for each bid costs more than to compare them.
_BID: Final = Reason.BID
_NO_ANSWER: Final = frozenset((Reason.BID_TIMEOUT, Reason.BID_LATE))
_ACCEPTED: Final = Reason.ACCEPTED
_NOT_SENT: Final = Reason.POST_NOT_SENT
_REJECTED: Final = frozenset(
    (
        Reason.REJECTED,
        Reason.REJECTED_DUPLICATE,
        Reason.REJECTED_INVALID,
        Reason.REJECTED_CAPACITY,
        Reason.REJECTED_CRITERIA,
        Reason.REJECTED_PRICE,
    )
)
_LEFT_OUT: Final = frozenset(reason for reason in Reason if reason < _BID)
"""How a campaign ends that was not pinged."""
_NOTHING: Final = Figures()

Head = tuple[str, str, str, str]
"""Day, vertical, source and sub-source."""


class Counted(msgspec.Struct):
    """What leads of one head came to.

    Bids are counted apart, since there are many to an auction: two dicts of numbers stay in the processor's caches,
    figures of thousands of campaigns do not.
    """

    whole: Figures
    """Of leads."""
    bids: dict[str, int] = {}
    """By campaign, as are the others."""
    bid_micros: dict[str, int] = {}
    rest: dict[str, Figures] = {}
    """Everything else; `pings` has those without a bid."""
    buyers: dict[str, str] = {}
    """Whose campaign it is."""


Cells = dict[Head, Counted]
Place = tuple[Head, str]
"""A head and a campaign; without one, that of leads."""
Row = tuple[str | int, ...]
"""The six parts of a cell, then its figures in their order."""


@lru_cache(maxsize=64)
def _day(number: int) -> str:
    return date.fromordinal(_EPOCH + number).isoformat()


def day_of(at_ms: int) -> str:
    """The day of a time (Unix ms), UTC: `2026-11-01`."""
    return _day(at_ms // _DAY_MS)


def count(cells: Cells, profile: Profile, submitted_ms: int, trace: Trace, sales: Sequence[Sale]) -> None:
    """Adds a decided lead. Test leads are left out.

    A lead that is offered again was submitted once: only its auction counts. A post that was repeated after a restart
    is one post. What a campaign was not asked counts nowhere.
    """
    if profile.test:
        return
    head = (_day(submitted_ms // _DAY_MS), profile.vertical, profile.source_id, profile.sub_source)
    counted = cells.get(head)
    if counted is None:
        counted = cells[head] = Counted(Figures())
    if not profile.resale_of:
        counted.whole.leads += 1
        counted.whole.sold += bool(sales)
    _count_pings(counted, trace.considerations)
    if trace.posts:
        buyers = {one.campaign_id: one.buyer_id for one in trace.considerations}
        for post in trace.posts:
            if post.campaign_id in buyers:  # a trace names whoever was asked
                _count_post(_rest(counted, post.campaign_id, buyers[post.campaign_id]), post)
    for sale in sales:
        figures = _rest(counted, sale.campaign_id, sale.buyer_id)
        figures.sales += 1
        figures.revenue_micros += sale.price_micros
        figures.payout_micros += sale.payout_micros


def _count_pings(counted: Counted, considerations: Sequence[Consideration]) -> None:
    bids, bid_micros = counted.bids, counted.bid_micros
    for one in considerations:
        ping, campaign_id = one.ping, one.campaign_id
        if ping is _BID:
            known = bids.get(campaign_id)
            if known is None:
                bids[campaign_id], bid_micros[campaign_id] = 1, one.price_micros
                counted.buyers[campaign_id] = one.buyer_id
            else:
                bids[campaign_id] = known + 1
                bid_micros[campaign_id] += one.price_micros
        elif ping not in _LEFT_OUT:
            figures = _rest(counted, campaign_id, one.buyer_id)
            figures.pings += 1
            if ping in _NO_ANSWER:
                figures.timeouts += 1


def _count_post(figures: Figures, post: PostAttempt) -> None:
    result = post.result
    if result is not _NOT_SENT and not post.repeat:
        figures.posts += 1
    if result is _ACCEPTED:
        figures.accepted += 1
    elif result in _REJECTED:
        figures.rejected += 1


def _rest(counted: Counted, campaign_id: str, buyer_id: str) -> Figures:
    figures = counted.rest.get(campaign_id)
    if figures is None:
        figures = counted.rest[campaign_id] = Figures()
        counted.buyers[campaign_id] = buyer_id
    return figures


def places(cells: Cells) -> list[Place]:
    """Where figures are, always in the same order."""
    return [(head, campaign_id) for head in sorted(cells) for campaign_id in ("", *sorted(cells[head].buyers))]


def row(cells: Cells, place: Place) -> Row:
    """The figures at a place."""
    head, campaign_id = place
    counted = cells[head]
    if not campaign_id:
        return (*head, "", "", *values(counted.whole))
    rest = counted.rest.get(campaign_id, _NOTHING)
    bids = counted.bids.get(campaign_id, 0)
    figures = msgspec.structs.replace(
        rest, pings=rest.pings + bids, bids=bids, bid_micros=counted.bid_micros.get(campaign_id, 0)
    )
    return (*head, campaign_id, counted.buyers[campaign_id], *values(figures))


def cell_of(facts: SaleFacts) -> Cell | None:
    """Where what happens to a sale counts; None for a test lead, which counts nowhere."""
    profile, sale = facts.profile, facts.sale
    if profile.test:
        return None
    day = day_of(facts.submitted_ms)
    return Cell(day, profile.vertical, profile.source_id, profile.sub_source, sale.campaign_id, sale.buyer_id)


def of_disposition(earlier: Sequence[Disposition], new: Disposition) -> Figures:
    """What a new disposition adds: a sale is reached once and converts once, and its value may change."""
    reached = new.kind in REACHED and not any(one.kind in REACHED for one in earlier)
    figures = Figures(contacted=int(reached))
    if new.kind == DispositionKind.CONVERTED:
        before = [one.value_micros for one in earlier if one.kind == DispositionKind.CONVERTED]
        figures.conversions = 0 if before else 1
        figures.conversion_micros = new.value_micros - (before[-1] if before else 0)
    return figures


def of_return(decided: LeadReturn) -> Figures:
    """What a return adds once it is decided."""
    if decided.state != ReturnState.APPROVED:
        return Figures()
    return Figures(returns=1, refund_micros=decided.refund_micros)


def values(figures: Figures) -> tuple[int, ...]:
    """The counters in their order."""
    return msgspec.structs.astuple(figures)
