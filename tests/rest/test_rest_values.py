"""Values: money, times, field paths, and what is said of a wrong shape."""

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.rest.convert.common import amount_of, micros_of, time_of, timestamp_of
from adapters.rest.pointers import locate
from adapters.rest.shapes.campaign import Campaign
from adapters.rest.shapes.common import Amount
from adapters.rest.shapes.lead import LeadSubmission, PingSubmission
from adapters.rest.violations import MAX_VIOLATIONS, explain

LARGEST_MICROS = 10**18 - 1
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("amount", "micros"),
    [
        ("12.50", 12_500_000),
        ("0.00", 0),
        ("-0.25", -250_000),
        ("1000000.00", 1_000_000_000_000),
        ("0.000001", 1),
        ("3.10", 3_100_000),
    ],
)
def test_amounts(amount: str, micros: int) -> None:
    assert micros_of(amount) == micros
    assert amount_of(micros) == amount


@given(st.integers(-LARGEST_MICROS, LARGEST_MICROS))
def test_every_amount_survives_both_ways(micros: int) -> None:
    amount = amount_of(micros)
    assert msgspec.convert(amount, Amount) == amount
    assert micros_of(amount) == micros


@given(st.text(alphabet="0123456789.-+e, \n٣", max_size=20))
def test_what_passes_as_an_amount_is_read_exactly(text: str) -> None:
    try:
        amount = msgspec.convert(text, Amount)
    except msgspec.ValidationError:
        return
    micros = micros_of(amount)
    assert abs(micros) <= LARGEST_MICROS
    assert micros_of(amount_of(micros)) == micros


offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=offsets))
def test_every_time_has_a_timestamp(time: datetime) -> None:
    timestamp = timestamp_of(time)
    assert 0 <= timestamp.nanos < 1_000_000_000
    if 1 < time.year < 9_999:
        assert time_of(timestamp) == time
        assert time_of(timestamp).tzinfo == UTC


@pytest.mark.parametrize(
    ("path", "name", "pointer"),
    [
        ("profile.vertical", "vertical", "/vertical"),
        ("profile.attributes.loan_amount", "attributes.loan_amount", "/attributes/loan_amount"),
        ("profile.attributes.a.b/c~d", "attributes.a.b/c~d", "/attributes/a.b~1c~0d"),
        ("profile.attributes", "attributes", "/attributes"),
        ("contact.more.suite", "contact.more.suite", "/contact/more/suite"),
        ("consent", "consent", "/consent"),
        ("budget_ms", "budget_ms", "/budget_ms"),
        ("campaign.display_name", "display_name", "/display_name"),
        ("campaign.max_bid_micros", "max_bid", "/max_bid"),
        ("campaign.targeting.conditions[3].in.codes[1]", "targeting.conditions.3.in.1", "/targeting/conditions/3/in/1"),
        (
            "campaign.static_bidding.modifiers[0].add_micros",
            "bidding.static.modifiers.0.add",
            "/bidding/static/modifiers/0/add",
        ),
        ("campaign.http_posting.call.url", "posting.http.url", "/posting/http/url"),
        ("campaign.http_bidding.call.headers.X-Key", "bidding.http.headers.X-Key", "/bidding/http/headers/X-Key"),
        ("campaign.schedule[0].start_minute", "schedule.0.start", "/schedule/0/start"),
        ("api_key.role", "role", "/role"),
        ("request_id", "Idempotency-Key", None),
        ("page_size", "limit", None),
        ("page_token", "cursor", None),
        ("submitted_from", "from", None),
        ("ping_id", "ping_id", None),
    ],
)
def test_contract_paths_lead_into_the_json(path: str, name: str, pointer: str | None) -> None:
    assert locate(path) == (name, pointer)


near_leads = st.fixed_dictionaries({}, optional=dict.fromkeys(LeadSubmission.__struct_fields__, json_values))


@pytest.mark.parametrize("shape", [LeadSubmission, PingSubmission, Campaign])
@given(value=json_values | near_leads)
def test_every_refused_value_is_explained(shape: type[msgspec.Struct], value: Any) -> None:
    try:
        msgspec.json.decode(msgspec.json.encode(value), type=shape)
    except msgspec.ValidationError:
        found = explain(value, shape)
        assert 0 < len(found) <= MAX_VIOLATIONS
        assert all(violation.expected and violation.got for violation in found)
    else:
        assert explain(value, shape) == []


def test_violations_are_bounded() -> None:
    body: dict[str, Any] = {"attributes": {f"a{index}": [] for index in range(1_000)}}
    assert len(explain(body, LeadSubmission)) == MAX_VIOLATIONS


def test_long_keys_and_values_are_shortened() -> None:
    (violation,) = explain({"k" * 10_000: 1}, LeadSubmission)
    assert len(violation.field) < 200
    (violation,) = explain({"state": "s" * 10_000}, Campaign)
    assert len(violation.got) < 100


def test_number_that_json_cannot_hold() -> None:
    (violation,) = explain({"attributes": {"ltv": math.inf}}, LeadSubmission)
    assert violation.pointer == "/attributes/ltv"
