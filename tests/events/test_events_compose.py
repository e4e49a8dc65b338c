"""Events and webhook bodies: what they say, to whom, and what they must not hold."""

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.domain.auction import LeadRecord, Outcome, Sale, Trace
from exchange.domain.event import Event
from exchange.domain.lead import Consent, Contact, Evidence, LeadStatus, Person, Profile, Value
from exchange.domain.reasons import Reason
from exchange.events.bodies import envelope, lead_body
from exchange.events.compose import compose, decimal, rfc3339, voided

LEAD, AUCTION = "lead_01ARZ3NDEKTSV4RRFFQ69G5FAV", "auc_01ARZ3NDEKTSV4RRFFQ69G5FAV"
SUBMITTED_MS, SOLD_MS, DECIDED_MS = 1_767_323_045_006, 1_767_323_045_106, 1_767_323_045_110
SALES = (
    Sale("sale_1", LEAD, "camp_a", "buy_a", 12_500_000, 10_000_000, SOLD_MS),
    Sale("sale_2", LEAD, "camp_b", "buy_b", 8_000_001, 6_400_000, SOLD_MS),
)
SOLD = Outcome(LeadStatus.SOLD, sales=SALES)
ATTRIBUTES: dict[str, Value] = {"state": "TX", "loan_amount": 250_000, "ltv": 0.8, "homeowner": True}


def ids() -> Iterator[str]:
    return (f"evt_{number}" for number in count(1))


def record(outcome: Outcome = SOLD, attributes: dict[str, Value] = ATTRIBUTES, sealed: bytes = b"") -> LeadRecord:
    profile = Profile("src_a", "mortgage", attributes, Evidence(), sub_source="aff", external_id="ext-9")
    return LeadRecord(
        LEAD, profile, sealed, b"", "req", b"", SUBMITTED_MS, outcome=outcome, trace=Trace(), decided_ms=DECIDED_MS
    )


def test_a_sale_is_told_to_each_buyer_and_the_outcome_to_the_source() -> None:
    first, second, decided = compose(record(), ids())
    assert first == Event(
        "evt_1",
        "lead.sold",
        owner_id="buy_a",
        lead_id=LEAD,
        campaign_id="camp_a",
        occurred_ms=SOLD_MS,
        data={
            "lead_id": LEAD,
            "auction_id": AUCTION,
            "campaign_id": "camp_a",
            "sale_id": "sale_1",
            "vertical": "mortgage",
            "price": "12.50",
            "currency": "USD",
            "test": False,
        },
        vertical="mortgage",
        source_id="src_a",
    )
    assert (second.id, second.owner_id, second.data["price"]) == ("evt_2", "buy_b", "8.000001")
    assert decided == Event(
        "evt_3",
        "lead.decided",
        owner_id="src_a",
        lead_id=LEAD,
        campaign_id="",
        occurred_ms=DECIDED_MS,
        data={
            "lead_id": LEAD,
            "auction_id": AUCTION,
            "external_id": "ext-9",
            "status": "sold",
            "reason": "",
            "payout": "16.40",
            "currency": "USD",
            "test": False,
        },
        vertical="mortgage",
        source_id="src_a",
    )


def test_an_unsold_lead_is_told_to_its_source_only() -> None:
    (decided,) = compose(record(Outcome(LeadStatus.UNSOLD, Reason.NO_BIDS)), ids())
    assert (decided.owner_id, decided.data["status"], decided.data["reason"]) == ("src_a", "unsold", "NO_BIDS")
    assert decided.data["payout"] == "0.00"


def test_a_source_is_not_told_who_bought_or_for_how_much() -> None:
    decided = msgspec.json.encode(compose(record(), ids())[-1])
    for other in (b"buy_a", b"camp_a", b"12.50", b"8.000001", b"sale_1"):
        assert other not in decided


def test_a_buyer_is_not_told_of_the_others_or_the_payout() -> None:
    sold = msgspec.json.encode(compose(record(), ids())[0])
    for other in (b"buy_b", b"camp_b", b"8.000001", b"10.00", b"ext-9"):
        assert other not in sold


def test_a_void_goes_to_the_buyer_whose_post_was_lost() -> None:
    assert voided(record(), "camp_c", "buy_c", "post_1", Reason.POST_TIMEOUT, ids()) == Event(
        "evt_1",
        "lead.voided",
        owner_id="buy_c",
        lead_id=LEAD,
        campaign_id="camp_c",
        occurred_ms=DECIDED_MS,
        data={
            "lead_id": LEAD,
            "auction_id": AUCTION,
            "campaign_id": "camp_c",
            "post_id": "post_1",
            "reason": "POST_TIMEOUT",
        },
        vertical="mortgage",
        source_id="src_a",
    )


def test_a_test_lead_is_marked_wherever_it_goes() -> None:
    real = record()
    trial = msgspec.structs.replace(real, profile=msgspec.structs.replace(real.profile, test=True))
    assert [event.data["test"] for event in compose(trial, ids())] == [True, True, True]
    assert lead_body(trial, Person(Contact(), Consent()))["test"] is True


markers = st.text("abcdefghij", min_size=8, max_size=20).map(lambda text: f"ZQ{text}QZ")


@given(st.dictionaries(st.sampled_from(["first_name", "last_name", "email", "phone", "street", "comments"]), markers))
def test_no_event_holds_anything_of_the_person_but_a_buyers_own_body_does(contact: dict[str, str]) -> None:
    person = Person(Contact(**contact), Consent(ip="ZQ192.0.2.7QZ"))  # type: ignore[arg-type]
    # Even what should never be there, in the clear and among the attributes, does not come out again.
    kept = record(sealed=msgspec.msgpack.encode(person), attributes=dict(contact))
    events = (*compose(kept, ids()), voided(kept, "camp_c", "buy_c", "post_1", Reason.POST_ERROR, ids()))
    for event in events:
        assert b"ZQ" not in msgspec.json.encode(event)
        assert b"ZQ" not in envelope(event)
    whole = envelope(events[0], lead=lead_body(kept, person))
    assert all(marker.encode() in whole for marker in (*contact.values(), "ZQ192.0.2.7QZ"))


def test_the_envelope_is_that_of_standard_webhooks() -> None:
    person = Person(Contact(first_name="Ann", phone="+15125550123"), Consent(ip="192.0.2.7"))
    sold = compose(record(), ids())[0]
    body: dict[str, Any] = json.loads(envelope(sold, lead=lead_body(record(), person)))
    lead = body["data"].pop("lead")
    assert list(body) == ["type", "timestamp", "data"]
    assert (body["type"], body["timestamp"], body["data"]) == ("lead.sold", "2026-01-02T03:04:05.106Z", sold.data)
    assert lead == {
        "id": LEAD,
        "source_id": "src_a",
        "sub_source": "aff",
        "vertical": "mortgage",
        "test": False,
        "submitted_at": "2026-01-02T03:04:05.006Z",
        "attributes": ATTRIBUTES,
        "contact": {"first_name": "Ann", "phone": "+15125550123"},
        "consent": {"ip": "192.0.2.7"},
    }


def test_without_a_lead_the_data_is_the_events() -> None:
    decided = compose(record(), ids())[-1]
    assert json.loads(envelope(decided))["data"] == decided.data


def test_a_repeat_has_the_same_bytes_however_the_store_orders_the_data() -> None:
    person = Person(Contact(first_name="Ann", more={"b": "1", "a": "2"}), Consent())
    other = Person(Contact(first_name="Ann", more={"a": "2", "b": "1"}), Consent())
    sold = compose(record(), ids())[0]
    again = msgspec.structs.replace(sold, data=dict(reversed(sold.data.items())))
    reordered = record(attributes=dict(reversed(ATTRIBUTES.items())))
    assert envelope(again, lead=lead_body(reordered, other)) == envelope(sold, lead=lead_body(record(), person))


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (0, "0.00"),
        (12_500_000, "12.50"),
        (12_000_000, "12.00"),
        (1, "0.000001"),
        (12_345_670, "12.34567"),
        (-500_000, "-0.50"),
    ],
)
def test_money_as_text(micros: int, text: str) -> None:
    assert decimal(micros) == text


@given(st.integers(0, 4_102_444_800_000))
def test_times_keep_every_ms(at_ms: int) -> None:
    text = rfc3339(at_ms)
    parsed = datetime.fromisoformat(text)
    assert round(parsed.timestamp() * 1_000) == at_ms
    assert len(text) == len("2026-01-02T03:04:05.006Z")
