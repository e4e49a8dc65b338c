"""Campaigns, both ways."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from msgspec import UNSET, Struct

from adapters.rest.convert.common import Names, amount_or_none, micros_of
from adapters.rest.convert.fields import CREATED_AT, REVISION, STATE, Field, Nested, amount, fill, plain, read
from adapters.rest.pointers import pointer
from adapters.rest.problems import Violation, invalid
from adapters.rest.shapes import campaign as shapes
from leadexchange.v1 import campaign_pb2

_COMPLETIONS: Final = Names(campaign_pb2.Completion, "COMPLETION_")
_ON_TIMEOUT: Final = Names(campaign_pb2.OnTimeout, "ON_TIMEOUT_")
_PERIODS: Final = Names(campaign_pb2.CapPeriod, "CAP_PERIOD_")
_CONSENTS: Final = Names(campaign_pb2.ConsentKind, "CONSENT_KIND_")
_TESTS: Final = ("in_", "not_in", "prefix_in", "range", "exists", "flag")


@dataclass(frozen=True, slots=True)
class _Choice:
    """One of the ways to bid or post."""

    name: str
    path: tuple[str, ...]
    """Where its fields are in the contract; the first is the member of the oneof."""
    shape: type[Struct]
    fields: Sequence[Field]


def campaign_to_contract(body: shapes.Campaign) -> tuple[campaign_pb2.Campaign, list[str]]:
    """The message, and the contract's paths of the fields given; raises a Problem unless each choice is made once."""
    campaign = campaign_pb2.Campaign()
    mask = fill(campaign, body, _FIELDS)
    mask += _choose(campaign, "bidding", body.bidding, _BIDDINGS)
    mask += _choose(campaign, "posting", body.posting, _POSTINGS)
    return campaign, mask


def campaign_to_json(campaign: campaign_pb2.Campaign) -> shapes.Campaign:
    """The shape; headers of calls are never given back."""
    body = shapes.Campaign(**read(campaign, _FIELDS))
    if bidding := _chosen(campaign, "bidding", _BIDDINGS):
        body.bidding = shapes.Bidding(**bidding)
    if posting := _chosen(campaign, "posting", _POSTINGS):
        body.posting = shapes.Posting(**posting)
    return body


def _choose(campaign: campaign_pb2.Campaign, oneof: str, body: Any, choices: Iterable[_Choice]) -> list[str]:
    """Sets the member of a oneof that a body gives and returns the paths."""
    if body is UNSET:
        return []
    if body is None:
        return [choice.path[0] for choice in choices]
    name = _only(body, [choice.name for choice in choices], [oneof])
    choice = next(choice for choice in choices if choice.name == name)
    target: Any = campaign
    for step in choice.path:
        target = getattr(target, step)
    target.SetInParent()
    path = ".".join(choice.path)
    return [f"{path}.{field}" for field in fill(target, getattr(body, name), choice.fields)] or [path]


def _chosen(campaign: campaign_pb2.Campaign, oneof: str, choices: Iterable[_Choice]) -> dict[str, Any]:
    """The member of a oneof that is set, by its name in JSON."""
    member = campaign.WhichOneof(oneof)
    for choice in choices:
        if choice.path[0] == member:
            target: Any = campaign
            for step in choice.path:
                target = getattr(target, step)
            return {choice.name: choice.shape(**read(target, choice.fields))}
    return {}


def _only(body: object, names: Sequence[str], path: list[str]) -> str:
    """The one field that is given; the contract would silently take the last of several."""
    given = [name for name in names if getattr(body, name) is not None]
    if len(given) != 1:
        expected = f"exactly one of {', '.join(name.rstrip('_') for name in names)}"
        raise invalid([Violation(".".join(path), expected, f"{len(given)} of them", pointer=pointer(path))])
    return given[0]


def _conditions(body: list[shapes.Condition]) -> list[campaign_pb2.Condition]:
    return [_condition(condition, ["targeting", "conditions", str(index)]) for index, condition in enumerate(body)]


def _condition(body: shapes.Condition, path: list[str]) -> campaign_pb2.Condition:
    name = _only(body, _TESTS, path)
    value = getattr(body, name)
    if isinstance(value, list):
        value = campaign_pb2.CodeSet(codes=value)
    elif isinstance(value, shapes.Range):
        value = campaign_pb2.NumericRange(min=value.min, max=value.max)
    test: dict[str, Any] = {name.rstrip("_"): value}
    return campaign_pb2.Condition(attribute=body.attribute, **test)


def _condition_to_json(condition: campaign_pb2.Condition) -> shapes.Condition:
    name = condition.WhichOneof("test")
    value = getattr(condition, name) if name else None
    if isinstance(value, campaign_pb2.CodeSet):
        value = list(value.codes)
    elif isinstance(value, campaign_pb2.NumericRange):
        ends = {end: getattr(value, end) for end in ("min", "max") if value.HasField(end)}
        value = shapes.Range(**ends)
    test: dict[str, Any] = {"in_" if name == "in" else name: value} if name else {}
    return shapes.Condition(attribute=condition.attribute, **test)


def _modifiers(body: list[shapes.PriceModifier]) -> list[campaign_pb2.PriceModifier]:
    return [
        campaign_pb2.PriceModifier(
            condition=_condition(modifier.condition, ["bidding", "static", "modifiers", str(index), "condition"]),
            add_micros=micros_of(modifier.add) if modifier.add else 0,
            multiply_bps=modifier.multiply_bps,
        )
        for index, modifier in enumerate(body)
    ]


def _modifiers_to_json(modifiers: Iterable[campaign_pb2.PriceModifier]) -> list[shapes.PriceModifier]:
    return [
        shapes.PriceModifier(
            _condition_to_json(modifier.condition), modifier.multiply_bps or None, amount_or_none(modifier.add_micros)
        )
        for modifier in modifiers
    ]


def _consents(body: list[str]) -> list[int]:
    return [_CONSENTS.number[kind] for kind in body]


def _consents_to_json(kinds: Iterable[int]) -> list[str]:
    return [_CONSENTS.name(kind) for kind in kinds]


def _schedule(body: list[shapes.ScheduleWindow]) -> list[campaign_pb2.ScheduleWindow]:
    return [
        campaign_pb2.ScheduleWindow(
            weekday=window.weekday, start_minute=_minute_of(window.start), end_minute=_minute_of(window.end)
        )
        for window in body
    ]


def _schedule_to_json(windows: Iterable[campaign_pb2.ScheduleWindow]) -> list[shapes.ScheduleWindow]:
    return [
        shapes.ScheduleWindow(window.weekday, _clock_of(window.start_minute), _clock_of(window.end_minute))
        for window in windows
    ]


def _minute_of(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def _clock_of(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _caps(body: list[shapes.Cap]) -> list[campaign_pb2.Cap]:
    return [
        campaign_pb2.Cap(
            period=campaign_pb2.CapPeriod.Name(_PERIODS.number[cap.period]),
            max_leads=cap.max_leads,
            max_spend_micros=micros_of(cap.max_spend) if cap.max_spend else 0,
        )
        for cap in body
    ]


def _caps_to_json(caps: Iterable[campaign_pb2.Cap]) -> list[shapes.Cap]:
    return [
        shapes.Cap(_PERIODS.name(cap.period), cap.max_leads or None, amount_or_none(cap.max_spend_micros))
        for cap in caps
    ]


_TARGETING: Final = (
    plain("vertical"),
    Field("conditions", "conditions", _conditions, lambda found: [_condition_to_json(one) for one in found]),
    Field("allowed_sources", "allowed_sources", to_json=list),
    Field("denied_sources", "denied_sources", to_json=list),
    Field("required_consent", "required_consent", _consents, _consents_to_json),
)
_STATIC: Final = (
    amount("base_price"),
    Field("modifiers", "modifiers", _modifiers, _modifiers_to_json),
    Field("max_price", "max_price_micros", micros_of, amount_or_none),
)
_CALL: Final = (
    plain("url"),
    Field("headers", "headers", to_json=None),
    Field("timeout_ms", "timeout_ms", to_json=lambda ms: ms or None),
)
_BIDDINGS: Final = (
    _Choice("static", ("static_bidding",), shapes.StaticBidding, _STATIC),
    _Choice("stream", ("stream_bidding",), shapes.Stream, ()),
    _Choice("http", ("http_bidding", "call"), shapes.HttpCall, _CALL),
)
_POSTINGS: Final = (
    _Choice("stream", ("stream_posting",), shapes.Stream, ()),
    _Choice("http", ("http_posting", "call"), shapes.HttpCall, _CALL),
)
_FIELDS: Final = (
    plain("id"),
    plain("buyer_id"),
    plain("display_name"),
    STATE,
    Nested("targeting", "targeting", shapes.Targeting, _TARGETING),
    Field("schedule", "schedule", _schedule, _schedule_to_json),
    Field("caps", "caps", _caps, _caps_to_json),
    Field("completion", "completion", _COMPLETIONS.number.__getitem__, _COMPLETIONS.name),
    Field("on_timeout", "on_timeout", _ON_TIMEOUT.number.__getitem__, _ON_TIMEOUT.name),
    plain("bid_window_ms"),
    plain("post_timeout_ms"),
    amount("max_bid"),
    plain("test"),
    plain("priority"),
    REVISION,
    CREATED_AT,
)
