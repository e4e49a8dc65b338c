"""What goes over the wire comes back the same: domain value to message and back is the identity."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from exchange.bidders import frames
from exchange.domain import limits
from exchange.domain.campaign import (
    Campaign,
    Completion,
    Condition,
    ConsentKind,
    HttpBidding,
    HttpCall,
    HttpPosting,
    OnTimeout,
    PasswordKind,
    PriceModifier,
    ScheduleWindow,
    SoapCall,
    SoapVersion,
    StaticBidding,
    StreamBidding,
    StreamPosting,
    Targeting,
)
from exchange.domain.caps import Cap, CapPeriod
from exchange.domain.endpoint import Endpoint
from exchange.domain.lead import Consent, Contact, Evidence, RawProfile
from exchange.domain.lead_return import ReturnPolicy, ReturnReason
from exchange.domain.mapping import Mapping
from exchange.domain.party import Buyer, PartyState, Source
from exchange.domain.plan import RatePlan
from exchange.rpc.convert import campaigns, endpoints, leads, mappings, parties, plans
from leadexchange.v1.attribute_pb2 import AttributeValue
from leadexchange.v1.campaign_pb2 import COMPLETION_ON_ACCEPT
from leadexchange.v1.campaign_pb2 import Campaign as CampaignMessage
from leadexchange.v1.lead_pb2 import LeadProfile
from leadexchange.v1.mapping_pb2 import Mapping as MappingMessage

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
whole = st.integers(0, 2**40)
small = st.integers(0, 2**20)
codes = st.lists(text, min_size=1, max_size=3).map(tuple)
number = st.floats(allow_nan=False)
soap = st.builds(SoapCall, st.sampled_from(SoapVersion), text, text, text, st.sampled_from(PasswordKind), text, text)
call = st.builds(HttpCall, text, st.dictionaries(text, text, max_size=3), small, text, st.none() | soap)

condition = st.one_of(
    *(st.builds(Condition, text, **{test: codes}) for test in ("one_of", "not_in", "prefix_in")),
    st.builds(Condition, text, range=st.tuples(st.none() | number, st.none() | number)),
    st.builds(Condition, text, exists=st.booleans()),
    st.builds(Condition, text, flag=st.booleans()),
)
targeting = st.builds(
    Targeting,
    vertical=text,
    conditions=st.lists(condition, max_size=3).map(tuple),
    allowed_sources=st.lists(text, max_size=2).map(tuple),
    denied_sources=st.lists(text, max_size=2).map(tuple),
    required_consent=st.lists(st.sampled_from(ConsentKind), max_size=3).map(tuple),
)
modifier = st.builds(PriceModifier, condition, st.integers(-(2**40), 2**40), small)
caps = st.lists(st.builds(Cap, st.sampled_from(CapPeriod), whole, whole), max_size=2).map(tuple)
CAMPAIGN: dict[str, st.SearchStrategy[Any]] = {
    "id": text,
    "buyer_id": text,
    "display_name": text,
    "targeting": targeting,
    "bidding": st.one_of(
        st.builds(StaticBidding, whole, st.lists(modifier, max_size=2).map(tuple), whole, small),
        st.just(StreamBidding()),
        st.builds(HttpBidding, call),
    ),
    "completion": st.sampled_from(Completion),
    "posting": st.one_of(st.none(), st.just(StreamPosting()), st.builds(HttpPosting, call)),
    "state": st.sampled_from(PartyState),
    "schedule": st.lists(st.builds(ScheduleWindow, small, small, small), max_size=2).map(tuple),
    "caps": caps,
    "on_timeout": st.sampled_from(OnTimeout),
    "bid_window_ms": st.integers(1, 2**20),
    "post_timeout_ms": st.integers(1, 2**20),
    "max_bid_micros": st.integers(1, 2**40),
    "test": st.booleans(),
    "priority": small,
    "weight": st.integers(1, 2**20),
    "floor_micros": whole,
    "bid_adjustment_bps": st.integers(1, 2**20),
    "paced": st.booleans(),
    "cap_alert_bps": st.integers(1, 2**14),
    "min_revised_bps": st.integers(1, 2**14),
    "return_policy": st.builds(
        ReturnPolicy,
        st.integers(1, 2**14) | st.just(-1),
        st.integers(1, 2**14),
        st.lists(st.sampled_from(ReturnReason), max_size=3).map(tuple),
        st.lists(st.sampled_from(ReturnReason), max_size=3).map(tuple),
        st.booleans(),
        st.booleans(),
    ),
}
OUTPUT_ONLY = {"revision": 0, "created_ms": 0, "changed_ms": 0}


def test_no_field_of_a_campaign_is_forgotten_here() -> None:
    assert {*CAMPAIGN, *OUTPUT_ONLY} == set(Campaign.__struct_fields__)


@given(st.builds(Campaign, **CAMPAIGN, revision=whole, created_ms=whole, changed_ms=whole))
def test_a_campaign_comes_back_the_same(item: Campaign) -> None:
    message = campaigns.campaign_message(item, with_headers=True)
    assert message.revision == item.revision
    assert message.created_at.ToMilliseconds() == item.created_ms
    wire = CampaignMessage.FromString(message.SerializeToString())
    assert campaigns.campaign(wire) == msgspec.structs.replace(item, **OUTPUT_ONLY)


OVER_HTTP = {**CAMPAIGN, "bidding": st.builds(HttpBidding, call), "posting": st.builds(HttpPosting, call)}


@given(st.builds(Campaign, **OVER_HTTP))
def test_only_the_gateway_is_given_headers(item: Campaign) -> None:
    message = campaigns.campaign_message(item)
    assert not message.http_bidding.call.headers
    assert not message.http_posting.call.headers
    assert message.http_bidding.call.url == item.bidding.call.url  # type: ignore[union-attr]
    assert not message.http_bidding.call.soap.password
    assert not message.http_posting.call.soap.password


@given(
    st.builds(
        Source,
        id=text,
        display_name=text,
        state=st.sampled_from(PartyState),
        floor_micros=whole,
        payout_bps=st.integers(0, 10_000),
    )
)
def test_a_source_comes_back_the_same(item: Source) -> None:
    assert parties.source(parties.source_message(item)) == item


@given(
    st.builds(
        Buyer,
        id=text,
        display_name=text,
        state=st.sampled_from(PartyState),
        time_zone=st.text("abc/", min_size=1),
        caps=caps,
        credit_limit_micros=st.none() | whole,
        duplicate_window_s=small,
    )
)
def test_a_buyer_comes_back_the_same(item: Buyer) -> None:
    assert parties.buyer(parties.buyer_message(item)) == item


@given(st.builds(Endpoint, text, text, text, codes, st.just("whsec_x"), st.sampled_from(PartyState)))
def test_an_endpoint_comes_back_the_same_but_for_its_secret(item: Endpoint) -> None:
    message = endpoints.endpoint_message(item, with_secrets=True)
    assert item.secret not in str(message)
    assert endpoints.endpoint(message) == msgspec.structs.replace(item, secret="", old_secrets=())


@given(st.builds(Contact, *[text] * 8, st.dictionaries(text, text, max_size=3)))
def test_a_person_comes_back_the_same(item: Contact) -> None:
    assert leads.contact(frames.contact(item)) == item


@given(st.builds(Consent, *[text] * 8))
def test_consent_comes_back_the_same(item: Consent) -> None:
    assert leads.consent(frames.consent(item)) == item


@given(st.builds(Evidence, *[st.booleans()] * 4))
def test_evidence_comes_back_the_same(item: Evidence) -> None:
    assert leads.evidence(frames.evidence(item)) == item


value = st.one_of(text, st.booleans(), st.integers(-(2**63), 2**63 - 1), number)


def kind_of(raw: object) -> str:
    return {str: "text", bool: "flag", int: "integer", float: "number"}[type(raw)]


@given(text, st.dictionaries(text, value, max_size=5), text, text, st.booleans())
def test_a_profile_is_read_as_it_was_sent(
    vertical: str, raw: dict[str, Any], external_id: str, sub_source: str, test: bool
) -> None:
    message = LeadProfile(
        vertical=vertical,
        attributes={name: AttributeValue(**{kind_of(one): one}) for name, one in raw.items()},
        external_id=external_id,
        sub_source=sub_source,
        test=test,
    )
    read = leads.profile(LeadProfile.FromString(message.SerializeToString()))
    assert read == RawProfile(vertical, raw, external_id, sub_source, test)
    assert {name: type(one) for name, one in read.attributes.items()} == {name: type(one) for name, one in raw.items()}


@given(st.dictionaries(text, value, max_size=5))
def test_attributes_keep_their_kinds(raw: dict[str, Any]) -> None:
    told = {one.name: getattr(one, str(one.WhichOneof("value"))) for one in frames.attributes(raw)}
    assert told == raw
    assert [type(one) for one in told.values()] == [type(one) for one in raw.values()]


def test_what_is_left_out_has_the_contracts_defaults() -> None:
    sent = CampaignMessage(stream_bidding={}, completion=COMPLETION_ON_ACCEPT)
    item = campaigns.campaign(sent)
    assert (item.bid_window_ms, item.post_timeout_ms) == (limits.BIDS_IN_BUDGET_MS, limits.POST_ACCEPTED_BUDGET_MS)
    assert (item.max_bid_micros, item.on_timeout) == (limits.DEFAULT_MAX_BID_MICROS, OnTimeout.CASCADE)
    assert (item.state, item.posting, item.caps) == (PartyState.ACTIVE, None, ())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)


@given(st.builds(Mapping, id=text, owner_id=text, display_name=text, document=st.dictionaries(text, json_values)))
def test_a_mapping_comes_back_the_same(item: Mapping) -> None:
    wire = MappingMessage.FromString(mappings.mapping_message(item).SerializeToString())
    assert mappings.mapping(wire) == item


def test_whole_numbers_of_a_document_stay_whole() -> None:
    sent = {"version": 1, "rate": 1.5, "list": [2, {"big": 2**53}], "no": None}
    read = mappings.document(mappings.document_message(sent))
    assert msgspec.json.encode(read, order="sorted") == msgspec.json.encode(sent, order="sorted")


@given(st.builds(RatePlan, party_id=text, per_minute=small, per_hour=small, concurrent=small))
def test_a_rate_plan_comes_back_the_same(item: RatePlan) -> None:
    assert plans.plan(plans.plan_message(item)) == item
