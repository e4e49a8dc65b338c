"""Domain values for the store's tests, each numbered, consistent in themselves."""

from typing import Any, Final

import msgspec

from exchange.domain.auction import LeadRecord, Offer, Outcome, PostAttempt, Sale, Trace
from exchange.domain.event import Delivery
from exchange.domain.ids import auction_of, ulid
from exchange.domain.lead import Evidence, LeadStatus, Profile, Value
from exchange.domain.reasons import Reason
from exchange.events.compose import compose
from exchange.ledger.postings import sale_postings
from exchange.store.base import Settlement

BORN_MS: Final = 1_780_000_000_000
PRICE: Final = 5_000_000


def id_of(prefix: str, number: int) -> str:
    """The same id for the same number, each time."""
    return f"{prefix}_{ulid(BORN_MS + number, number.to_bytes(10, 'big'))}"


def profile(source_id: str = "src1", vertical: str = "mortgage", state: str = "TX", **fields: Any) -> Profile:
    """A profile as admitted."""
    attributes: dict[str, Value] = {
        "state": state,
        "zip": "78251",
        "loan_amount": 89000.5,
        "term_months": 360,
        "bankruptcy": False,
    }
    return Profile(source_id, vertical, attributes, Evidence(has_time=True), external_id="x-1", **fields)


def pending(number: int, request_id: str = "", submitted_ms: int = 0, **about: Any) -> LeadRecord:
    """A lead whose first post is about to leave."""
    attempt = PostAttempt(id_of("post", number), "camp1", PRICE, reference="ref")
    return LeadRecord(
        id=id_of("lead", number),
        profile=profile(**about),
        sealed=b"sealed" + number.to_bytes(4, "big"),
        wrapped_key=b"wrapped",
        request_id=request_id,
        request_digest=number.to_bytes(16, "big"),
        submitted_ms=submitted_ms or BORN_MS + number,
        outcome=Outcome(LeadStatus.PENDING),
        trace=Trace(catalog_revision=7, posts=[attempt]),
    )


def sold(record: LeadRecord, buyer_id: str = "buy1", price_micros: int = PRICE, sold_ms: int = 0) -> LeadRecord:
    """The lead, sold."""
    sale = Sale(
        id="sale_" + record.id.removeprefix("lead_"),
        lead_id=record.id,
        campaign_id=f"camp-of-{buyer_id}",
        buyer_id=buyer_id,
        price_micros=price_micros,
        payout_micros=price_micros * 4 // 5,
        sold_ms=sold_ms or record.submitted_ms + 30,
        reference="crm-1",
    )
    outcome = Outcome(LeadStatus.SOLD, sales=(sale,), redirect_url="https://buyer.example/next")
    return msgspec.structs.replace(record, outcome=outcome, decided_ms=record.submitted_ms + 31)


def unsold(record: LeadRecord, reason: Reason = Reason.NO_BIDS) -> LeadRecord:
    """The lead, unsold."""
    outcome = Outcome(LeadStatus.UNSOLD, reason)
    return msgspec.structs.replace(record, outcome=outcome, decided_ms=record.submitted_ms + 20)


def settlement(record: LeadRecord, *, opened: bool = False, endpoint_id: str = "") -> Settlement:
    """All that goes with a decided lead: its postings and events, and a delivery of each to an endpoint."""
    name = record.id.removeprefix("lead_")
    events = compose(record, iter(f"evt_{part}_{name}" for part in range(9)))
    return Settlement(
        record=record,
        opened=opened,
        postings=tuple(line for sale in record.outcome.sales for line in sale_postings(sale, record.profile.source_id)),
        events=events,
        deliveries=tuple(
            Delivery(f"dlv_{event.id}_{endpoint_id}", event.id, endpoint_id, event.occurred_ms, lead_id=event.lead_id)
            for event in events
            if endpoint_id
        ),
    )


def sale(number: int, request_id: str = "", **fields: Any) -> Settlement:
    """A settlement of a fresh lead, sold."""
    return settlement(sold(pending(number, request_id), **fields))


def offer(number: int, request_id: str = "", source_id: str = "src1") -> Offer:
    """The answer to a ping."""
    return Offer(
        auction_id=auction_of(id_of("lead", number)),
        profile=profile(source_id=source_id),
        request_id=request_id,
        request_digest=number.to_bytes(16, "big"),
        made_ms=BORN_MS,
        expires_ms=BORN_MS + 60_000,
        ranking=(("camp1", PRICE, "ref"), ("camp2", PRICE - 1, "")),
        reason=Reason.UNSPECIFIED,
        trace=Trace(catalog_revision=7),
    )
