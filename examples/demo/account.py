"""The account of a run: what the submitters were told, held against what the exchange kept, and against its budgets."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from examples.demo.crowd import Heard
from examples.demo.kept import cascaded, price_micros, recovered, sales
from examples.demo.roads import Answer
from examples.demo.run import Run
from leadexchange.v1.auction_pb2 import Auction
from leadexchange.v1.reason_pb2 import REASON_ACCEPTED, REASON_BID, REASON_WON

BUDGETS_MS: Final = {"ping_sent": 50, "bids_in": 100, "post_sent": 50, "post_accepted": 500, "total": 1_000}
"""How long each phase may take: requirement A7."""


class Times(msgspec.Struct, frozen=True):
    """Of a number of measurements; 0 where there are none."""

    p50_ms: float
    p99_ms: float


class Webhooks(msgspec.Struct, frozen=True):
    """Events pushed; the times are from the event to its receipt."""

    delivered: int
    pending: int
    p50_ms: float
    p99_ms: float


class Summary(msgspec.Struct, frozen=True):
    """A run in numbers. `submitted` is the sum of sold, unsold and invalid."""

    submitted: int
    sold: int
    unsold: int
    invalid: int
    unsold_reasons: dict[str, int]
    revenue_micros: int
    cascades: int
    phases: dict[str, Times]
    webhooks: Webhooks
    verify: str
    """`pass` or `fail`."""


def summary(done: Run) -> Summary:
    """The numbers."""
    answers = [one.answer for one in done.results if one.answer]
    statuses = Counter(answer.status for answer in answers)
    return Summary(
        submitted=len(done.unread) + len(done.results),
        sold=statuses["sold"],
        unsold=statuses["unsold"],
        invalid=len(done.unread) + sum(bool(one.problems) for one in done.results),
        unsold_reasons=dict(Counter(one.reason for one in answers if one.status == "unsold").most_common()),
        revenue_micros=sum(price_micros(sale) for lead in done.kept.leads for sale in sales(lead)),
        cascades=sum(map(cascaded, done.kept.auctions)),
        phases=phases(answers, done.kept.auctions),
        webhooks=webhooks(done.heard),
        verify="fail" if any(done.findings.values()) else "pass",
    )


def faults(done: Run) -> list[str]:
    """Where what was answered and what was kept do not agree, and what must not happen in any auction."""
    found = [f"line {one.line.number} has no answer: {one.failures[-1]}" for one in done.results if one.lost]
    answers = {one.answer.lead_id: one.answer for one in done.results if one.answer}
    stored = {lead["id"]: (lead["status"], lead.get("reason", "")) for lead in done.kept.leads}
    for lead_id, answer in answers.items():
        if (answer.status, answer.reason) != stored.get(lead_id):
            found.append(f"{lead_id} was answered {answer.status} {answer.reason}, and is {stored.get(lead_id)}")
        if answer.status != "sold" and not (answer.status == "unsold" and answer.reason):
            found.append(f"{lead_id} ended {answer.status} {answer.reason}")
    found += [f"{lead_id} is kept, and nobody was told of it" for lead_id in stored.keys() - answers.keys()]
    if done.heard.refused:
        found.append(f"{done.heard.refused} webhooks were wrongly signed")
    for auction in done.kept.auctions:
        found += [
            f"{auction.id} was won by {one.campaign_id} without a bid in time"
            for one in auction.considerations
            if one.result in {REASON_ACCEPTED, REASON_WON} and one.ping != REASON_BID
        ]
    return found


def phases(answers: Iterable[Answer], auctions: Iterable[Auction]) -> dict[str, Times]:
    """How long each phase took. The traces count from the start; a phase that did not happen is 0 there."""
    taken: dict[str, list[float]] = {name: [] for name in BUDGETS_MS}
    for auction in auctions:
        at = auction.phases
        if recovered(auction):
            continue
        taken["ping_sent"].append(at.pings_sent_us)
        taken["bids_in"].append(at.bids_in_us - at.pings_sent_us)
        if at.post_sent_us:
            taken["post_sent"].append(at.post_sent_us - at.bids_in_us)
        if at.post_accepted_us:
            taken["post_accepted"].append(at.post_accepted_us - at.post_sent_us)
    taken["total"] = [answer.total_ms * 1_000 for answer in answers if answer.total_ms]
    return {name: times([us / 1_000 for us in found]) for name, found in taken.items()}


def webhooks(heard: Heard) -> Webhooks:
    """What came of the events that had to be pushed."""
    taken = times(heard.latencies_ms)
    return Webhooks(heard.delivered, heard.pending, taken.p50_ms, taken.p99_ms)


def times(measured_ms: Sequence[float]) -> Times:
    """Median and 99th percentile, by nearest rank."""
    ordered = sorted(measured_ms)

    def rank(percent: int) -> float:
        return round(ordered[-(-len(ordered) * percent // 100) - 1], 3) if ordered else 0.0

    return Times(rank(50), rank(99))
