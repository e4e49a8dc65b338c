"""Plans between shapes and the contract: nothing is missing, and the contract's paths lead back into the JSON."""

from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest
from google.protobuf.message import Message

from adapters.rest.contract import rpc
from adapters.rest.convert.plan import _PLANS, Plan, _bare, plan_of
from adapters.rest.handlers.unary import Unary
from adapters.rest.handlers.whole import merge
from adapters.rest.problems import Problem
from adapters.rest.router import OPERATIONS
from adapters.rest.shapes.campaign import Campaign, Condition
from adapters.rest.shapes.common import Query
from adapters.rest.shapes.party import Source
from leadexchange.v1 import campaign_pb2, source_pb2

OPERATION = {operation.name: operation.handler for operation in OPERATIONS}


@pytest.mark.parametrize("plan", _PLANS.values(), ids=lambda plan: f"{plan.shape.__name__}-{plan.message.__name__}")
def test_every_choice_of_the_contract_is_a_choice_of_the_shape(plan: Plan) -> None:
    hints = get_type_hints(plan.shape, include_extras=True)
    for step in plan.steps:
        kind, _ = _bare(hints[step.name])
        item, _ = _bare(get_args(kind)[0]) if get_origin(kind) is list else (kind, {})
        enum = enum_of(plan.message, step.path)
        if get_origin(item) is Literal and enum is not None:
            assert len(get_args(item)) == len(enum.values) - 1, (step.name, get_args(item))
            numbers = {step.codec.to_contract(option) for option in get_args(item)}
            assert numbers == {value.number for value in enum.values} - {0}
            assert {step.codec.to_json(number) for number in numbers} == set(get_args(item))


def enum_of(message: type[Message], path: tuple[str, ...]) -> Any:
    descriptor: Any = message.DESCRIPTOR
    for name in path[:-1]:
        descriptor = descriptor.fields_by_name[name].message_type
    return descriptor.fields_by_name[path[-1]].enum_type if path else None


@pytest.mark.parametrize(
    ("operation", "path", "found"),
    [
        ("listDeliveries", "filter.lead_id", ("lead_id", None)),
        ("listDeliveries", "filter.occurred_from", ("from", None)),
        ("listDeliveries", "page_size", ("limit", None)),
        ("listLeads", "after_lead_id", ("after_id", None)),
        ("listLeads", "acknowledgement", ("acknowledged", None)),
        ("getReport", "dimensions[1]", ("by.1", None)),
        ("getDelivery", "delivery_id", ("delivery_id", None)),
        ("redriveDeliveries", "filter.occurred_from", ("filter.occurred_from", "/filter/occurred_from")),
        ("recordDispositions", "dispositions[3].value_micros", ("dispositions.3.value", "/dispositions/3/value")),
        ("setPolicy", "policy.floor_micros", ("floor", "/floor")),
        ("createAdjustment", "amount_micros", ("amount", "/amount")),
        ("createAdjustment", "request_id", ("Idempotency-Key", None)),
        ("createEndpoint", "endpoint.auth.basic.username", ("auth.basic.username", "/auth/basic/username")),
        ("createBuyer", "buyer.caps[0].max_spend_micros", ("caps.0.max_spend", "/caps/0/max_spend")),
        ("createCampaign", "campaign.http_bidding.call.url", ("bidding.http.url", "/bidding/http/url")),
        ("createCampaign", "campaign.schedule[0].start_minute", ("schedule.0.start", "/schedule/0/start")),
        (
            "createCampaign",
            "campaign.targeting.conditions[3].in.codes[1]",
            ("targeting.conditions.3.in.1", "/targeting/conditions/3/in/1"),
        ),
        ("createCampaign", "campaign.return_policy.resell", ("return_policy.resell", "/return_policy/resell")),
        ("createMapping", "mapping.document.version", ("document.version", "/document/version")),
        ("createSource", "something.else", ("something.else", None)),
    ],
)
def test_fields_of_the_contract_are_found(operation: str, path: str, found: tuple[str, str | None]) -> None:
    handler = OPERATION[operation]
    assert isinstance(handler, Unary)
    name, pointer = handler.locate(path)
    assert (name, pointer) == found or (found[1] is None and path == "something.else")


def test_null_is_a_default_and_what_is_left_out_is_no_change() -> None:
    plan = plan_of(Source, source_pb2.Source)
    source = source_pb2.Source()
    body = msgspec.json.decode(b'{"floor": null, "payout_bps": 0}', type=Source)
    assert plan.fill(source, body) == ["floor_micros", "payout_bps"]
    assert source == source_pb2.Source(payout_bps=0)
    assert source.HasField("payout_bps")


def test_defaults_are_left_out_but_for_what_was_set() -> None:
    plan = plan_of(Source, source_pb2.Source)
    assert msgspec.to_builtins(plan.read(source_pb2.Source(payout_bps=0))) == {"payout_bps": 0}


@pytest.mark.parametrize("body", [b"{}", b'{"in": ["a"], "exists": true}'])
def test_one_of_several_must_be_given(body: bytes) -> None:
    plan = plan_of(Condition, campaign_pb2.Condition)
    with pytest.raises(Problem) as caught:
        plan.fill(campaign_pb2.Condition(), msgspec.json.decode(body, type=Condition), ("conditions", "2"))
    assert caught.value.errors[0].pointer == "/conditions/2"


def test_shape_that_does_not_fit_is_noticed_at_once() -> None:
    class Odd(Query):
        colour: str = ""

    with pytest.raises(TypeError, match="colour"):
        plan_of(Odd, rpc("LeadService/ListLeads").ask)


def test_campaign_survives_both_ways() -> None:
    plan = plan_of(Campaign, campaign_pb2.Campaign)
    campaign = campaign_pb2.Campaign(
        id="c",
        static_bidding=campaign_pb2.StaticBidding(base_price_micros=1_500_000, shared_bps=7_000),
        stream_posting=campaign_pb2.StreamPosting(),
        return_policy=campaign_pb2.ReturnPolicy(window_hours=-1),
        weight=3,
    )
    again = campaign_pb2.Campaign()
    plan.fill(again, plan.read(campaign))
    assert again == campaign


@pytest.mark.parametrize(
    ("kept", "change", "merged"),
    [  # RFC 7396, appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patch(kept: Any, change: Any, merged: Any) -> None:
    assert merge(kept, change) == merged
