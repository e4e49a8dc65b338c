"""Which endpoints hear of which events."""

from itertools import count

import pytest
from msgspec import structs

from exchange.domain.endpoint import Endpoint
from exchange.domain.event import Delivery, Event
from exchange.domain.party import PartyState
from exchange.events.routing import route, wants


def event(number: int, kind: str, owner: str) -> Event:
    return Event(f"evt_{number}", kind, owner, "lead_x", "", occurred_ms=1_000 + number, data={})


def endpoint(name: str, owner: str, *types: str, state: PartyState = PartyState.ACTIVE) -> Endpoint:
    return Endpoint(name, owner, "https://example.test/hook", types, "whsec_x", state)


def test_each_wanting_endpoint_of_the_owner_gets_one_at_once() -> None:
    endpoints = {
        "buy_a": [
            endpoint("ep_sold", "buy_a", "lead.sold"),
            endpoint("ep_all", "buy_a", "*"),
            endpoint("ep_voided", "buy_a", "lead.voided"),
            endpoint("ep_paused", "buy_a", "*", state=PartyState.PAUSED),
        ],
        "buy_b": [endpoint("ep_b", "buy_b", "*")],
    }
    events = [event(1, "lead.sold", "buy_a"), event(2, "lead.voided", "buy_a"), event(3, "lead.decided", "src_a")]
    assert route(events, endpoints, (f"dlv_{number}" for number in count(1))) == (
        Delivery("dlv_1", "evt_1", "ep_sold", due_ms=1_001, lead_id="lead_x"),
        Delivery("dlv_2", "evt_1", "ep_all", due_ms=1_001, lead_id="lead_x"),
        Delivery("dlv_3", "evt_2", "ep_all", due_ms=1_002, lead_id="lead_x"),
        Delivery("dlv_4", "evt_2", "ep_voided", due_ms=1_002, lead_id="lead_x"),
    )


def test_the_operators_endpoints_hear_of_everything_once() -> None:
    endpoints = {"exchange": [endpoint("ep_op", "exchange", "*")], "buy_a": [endpoint("ep_a", "buy_a", "*")]}
    events = [event(1, "lead.sold", "buy_a"), event(2, "endpoint.failing", "exchange")]
    told = [(one.event_id, one.endpoint_id) for one in route(events, endpoints, map(str, count()))]
    assert told == [("evt_1", "ep_a"), ("evt_1", "ep_op"), ("evt_2", "ep_op")]


@pytest.mark.parametrize(
    ("wanted", "heard"),
    [
        ({}, True),
        ({"verticals": ("mortgage",)}, True),
        ({"verticals": ("auto_insurance",)}, False),
        ({"campaign_ids": ("camp_1", "camp_2")}, True),
        ({"campaign_ids": ("camp_2",)}, False),
        ({"source_ids": ("src_1",)}, True),
        ({"source_ids": ("src_1",), "verticals": ("home_services",)}, False),
    ],
)
def test_filters_narrow(wanted: dict[str, tuple[str, ...]], heard: bool) -> None:
    one = structs.replace(endpoint("ep", "buy_a", "*"), **wanted)
    about = structs.replace(
        event(1, "lead.sold", "buy_a"), campaign_id="camp_1", vertical="mortgage", source_id="src_1"
    )
    assert wants(one, about) == heard


def test_a_notice_is_another_name_for_a_sold_lead() -> None:
    one = endpoint("ep", "buy_a", "leads.available")
    assert wants(one, event(1, "lead.sold", "buy_a"))
    assert not wants(one, event(1, "lead.decided", "buy_a"))


def test_an_endpoint_is_not_told_of_its_own_failures() -> None:
    failing = Event("evt_1", "endpoint.disabled", "buy_a", "", "", 1_000, {"endpoint_id": "ep_ill"})
    endpoints = {"buy_a": [endpoint("ep_ill", "buy_a", "*"), endpoint("ep_well", "buy_a", "*")]}
    assert [one.endpoint_id for one in route([failing], endpoints, iter("ab"))] == ["ep_well"]


def test_nobody_listening_is_nothing_to_deliver() -> None:
    assert route([event(1, "lead.sold", "buy_a")], {}, iter(())) == ()
