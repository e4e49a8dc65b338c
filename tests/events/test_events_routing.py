"""Which endpoints hear of which events."""

from itertools import count

from exchange.domain.event import Delivery, Event
from exchange.domain.party import Endpoint, PartyState
from exchange.events.routing import route


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
        Delivery("dlv_1", "evt_1", "ep_sold", due_ms=1_001),
        Delivery("dlv_2", "evt_1", "ep_all", due_ms=1_001),
        Delivery("dlv_3", "evt_2", "ep_all", due_ms=1_002),
        Delivery("dlv_4", "evt_2", "ep_voided", due_ms=1_002),
    )


def test_nobody_listening_is_nothing_to_deliver() -> None:
    assert route([event(1, "lead.sold", "buy_a")], {}, iter(())) == ()
