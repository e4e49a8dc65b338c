"""What a decision about a sale makes true: postings, figures, events and their deliveries. Pure."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from exchange.domain.disposition import Disposition
from exchange.domain.endpoint import Endpoint
from exchange.domain.event import Event
from exchange.domain.ids import ENTROPY_BYTES, ulid
from exchange.domain.lead_return import LeadReturn, ReturnState
from exchange.domain.report import Figures
from exchange.events import feedback as events
from exchange.events.routing import route
from exchange.feedback.rules import counting
from exchange.feedback.rules.dispositions import last_quality
from exchange.ledger.postings import refund_postings
from exchange.store.base.feedback import FeedbackChange, SaleFacts

Endpoints = Mapping[str, Sequence[Endpoint]]
"""By owner."""


def of_disposition(facts: SaleFacts, new: Disposition, endpoints: Endpoints, seed: str) -> FeedbackChange:
    """What follows from a disposition; nothing when it is one of those that were there.

    `seed` is fresh: the ids of events and deliveries are made from it.
    """
    if new in facts.dispositions:
        return FeedbackChange(new, facts)
    ids = derived("evt", new.recorded_ms, seed)
    told = events.disposed(new, facts.sale, facts.profile, ids)
    if new.quality and new.quality != last_quality(facts.dispositions):
        told += (events.rated(new, facts.sale, facts.profile, next(ids)),)
    change = FeedbackChange(new, facts, disposition=new)
    return _completed(change, counting.of_disposition(facts.dispositions, new), told, endpoints, seed)


def of_return(facts: SaleFacts, after: LeadReturn, endpoints: Endpoints, seed: str) -> FeedbackChange:
    """What follows from a return as it now stands; nothing when it stood so before. `seed`: see `of_disposition`."""
    before = facts.lead_return
    if after == before:
        return FeedbackChange(after, facts)
    sale, profile = facts.sale, facts.profile
    ids = derived("evt", after.decided_ms or after.requested_ms, seed)
    told: tuple[Event, ...] = () if before else events.requested(after, sale, profile, ids)
    if after.state != ReturnState.REQUESTED:
        told += events.decided(after, sale, profile, ids)
    approved = after.state == ReturnState.APPROVED
    billed = approved and not profile.test
    change = FeedbackChange(
        after,
        facts,
        lead_return=after,
        returned=approved and not facts.others_kept,
        postings=refund_postings(sale, profile.source_id, after.id, after.decided_ms) if billed else (),
    )
    return _completed(change, counting.of_return(after), told, endpoints, seed)


def _completed(
    change: FeedbackChange, figures: Figures, told: tuple[Event, ...], endpoints: Endpoints, seed: str
) -> FeedbackChange:
    cell = counting.cell_of(change.facts)
    counts = cell is not None and any(counting.values(figures))
    return msgspec.structs.replace(
        change,
        cell=cell if counts else None,
        figures=figures if counts else None,
        events=told,
        deliveries=route(told, endpoints, derived("dlv", told[0].occurred_ms, seed)),
    )


def derived(prefix: str, at_ms: int, seed: str) -> Iterator[str]:
    """Ids without end, the same for the same seed: what is decided anew after a failed commit has the ids it had."""
    number = 0
    while True:
        entropy = hashlib.blake2b(f"{prefix}{number}{seed}".encode(), digest_size=ENTROPY_BYTES).digest()
        yield f"{prefix}_{ulid(at_ms, entropy)}"
        number += 1
