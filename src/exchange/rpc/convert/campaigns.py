"""Campaigns."""

from exchange.domain import limits
from exchange.domain.campaign import (
    WHOLE_BPS,
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
from exchange.domain.errors import Violation, invalid
from exchange.domain.lead_return import ReturnPolicy, ReturnReason
from exchange.rpc.convert.parties import cap_messages, caps, enum, state
from exchange.rpc.convert.times import timestamp
from leadexchange.v1 import campaign_pb2 as pb


def campaign(message: pb.Campaign) -> Campaign:
    """A campaign as sent; its id may be empty. Raises Refused for what the domain cannot hold."""
    return Campaign(
        id=message.id,
        buyer_id=message.buyer_id,
        display_name=message.display_name,
        state=state(message.state, "campaign.state"),
        targeting=_targeting(message.targeting),
        bidding=_bidding(message),
        posting=_posting(message),
        completion=enum(Completion, message.completion, "campaign.completion"),
        schedule=tuple(ScheduleWindow(one.weekday, one.start_minute, one.end_minute) for one in message.schedule),
        caps=caps(message.caps, "campaign.caps"),
        on_timeout=enum(OnTimeout, message.on_timeout, "campaign.on_timeout", OnTimeout.CASCADE),
        bid_window_ms=message.bid_window_ms or limits.BIDS_IN_BUDGET_MS,
        post_timeout_ms=message.post_timeout_ms or limits.POST_ACCEPTED_BUDGET_MS,
        max_bid_micros=message.max_bid_micros or limits.DEFAULT_MAX_BID_MICROS,
        test=message.test,
        priority=message.priority,
        weight=message.weight or limits.DEFAULT_WEIGHT,
        floor_micros=message.floor_micros,
        bid_adjustment_bps=message.bid_adjustment_bps or WHOLE_BPS,
        paced=message.paced,
        cap_alert_bps=message.cap_alert_bps or limits.DEFAULT_CAP_ALERT_BPS,
        min_revised_bps=message.min_revised_bps or WHOLE_BPS,
        return_policy=_return_policy(message.return_policy),
    )


def _return_policy(message: pb.ReturnPolicy) -> ReturnPolicy:
    path = "campaign.return_policy"
    default = ReturnPolicy()
    return ReturnPolicy(
        window_hours=message.window_hours or default.window_hours,
        max_share_bps=message.max_share_bps or default.max_share_bps,
        auto_approve=tuple(enum(ReturnReason, one, f"{path}.auto_approve") for one in message.auto_approve),
        auto_deny=tuple(enum(ReturnReason, one, f"{path}.auto_deny") for one in message.auto_deny),
        resell=message.resell,
        replace=message.replace,
    )


def _targeting(message: pb.Targeting) -> Targeting:
    return Targeting(
        vertical=message.vertical,
        conditions=tuple(
            _condition(one, f"campaign.targeting.conditions[{position}]")
            for position, one in enumerate(message.conditions)
        ),
        allowed_sources=tuple(message.allowed_sources),
        denied_sources=tuple(message.denied_sources),
        required_consent=tuple(
            enum(ConsentKind, one, "campaign.targeting.required_consent") for one in message.required_consent
        ),
    )


def _condition(message: pb.Condition, path: str) -> Condition:
    name = message.attribute
    match message.WhichOneof("test"):
        case "in":
            return Condition(name, one_of=tuple(getattr(message, "in").codes))
        case "not_in":
            return Condition(name, not_in=tuple(message.not_in.codes))
        case "prefix_in":
            return Condition(name, prefix_in=tuple(message.prefix_in.codes))
        case "range":
            ends = message.range
            low = ends.min if ends.HasField("min") else None
            return Condition(name, range=(low, ends.max if ends.HasField("max") else None))
        case "exists":
            return Condition(name, exists=message.exists)
        case "flag":
            return Condition(name, flag=message.flag)
        case _:
            raise invalid([Violation(path, "one test (in, not_in, prefix_in, range, exists, flag)", "none")])


def _bidding(message: pb.Campaign) -> StaticBidding | StreamBidding | HttpBidding:
    match message.WhichOneof("bidding"):
        case "static_bidding":
            static = message.static_bidding
            modifiers = tuple(
                PriceModifier(
                    _condition(one.condition, f"campaign.static_bidding.modifiers[{position}].condition"),
                    one.add_micros,
                    one.multiply_bps,
                )
                for position, one in enumerate(static.modifiers)
            )
            return StaticBidding(static.base_price_micros, modifiers, static.max_price_micros, static.shared_bps)
        case "stream_bidding":
            return StreamBidding()
        case "http_bidding":
            return HttpBidding(_call(message.http_bidding.call))
        case _:
            raise invalid([Violation("campaign.bidding", "static_bidding, stream_bidding or http_bidding", "none")])


def _posting(message: pb.Campaign) -> StreamPosting | HttpPosting | None:
    match message.WhichOneof("posting"):
        case "stream_posting":
            return StreamPosting()
        case "http_posting":
            return HttpPosting(_call(message.http_posting.call))
        case _:
            return None


def _call(message: pb.HttpCall) -> HttpCall:
    soap = _soap(message.soap) if message.HasField("soap") else None
    return HttpCall(
        message.url, dict(message.headers), message.timeout_ms, message.mapping_id, soap, dict(message.settings)
    )


def _soap(message: pb.SoapCall) -> SoapCall:
    return SoapCall(
        version=enum(SoapVersion, message.version, "campaign.call.soap.version", SoapVersion.SOAP_1_1),
        action=message.action,
        username=message.username,
        password=message.password,
        password_kind=enum(PasswordKind, message.password_kind, "campaign.call.soap.password_kind", PasswordKind.TEXT),
        wsdl=message.wsdl,
        operation=message.operation,
    )


def campaign_message(item: Campaign, *, with_headers: bool = False) -> pb.Campaign:
    """A campaign as kept. The headers and passwords of HTTP calls are credentials: only the gateway is given them."""
    message = pb.Campaign(
        id=item.id,
        buyer_id=item.buyer_id,
        display_name=item.display_name,
        state=int(item.state),  # type: ignore[arg-type]
        targeting=_targeting_message(item.targeting),
        schedule=[
            pb.ScheduleWindow(weekday=one.weekday, start_minute=one.start_minute, end_minute=one.end_minute)
            for one in item.schedule
        ],
        caps=cap_messages(item.caps),
        completion=int(item.completion),  # type: ignore[arg-type]
        on_timeout=int(item.on_timeout),  # type: ignore[arg-type]
        bid_window_ms=item.bid_window_ms,
        post_timeout_ms=item.post_timeout_ms,
        max_bid_micros=item.max_bid_micros,
        test=item.test,
        priority=item.priority,
        weight=item.weight,
        floor_micros=item.floor_micros,
        bid_adjustment_bps=item.bid_adjustment_bps,
        paced=item.paced,
        cap_alert_bps=item.cap_alert_bps,
        min_revised_bps=item.min_revised_bps,
        return_policy=_return_policy_message(item.return_policy),
        revision=item.revision,
        created_at=timestamp(item.created_ms),
    )
    match item.bidding:
        case StaticBidding() as static:
            message.static_bidding.CopyFrom(_static_message(static))
        case StreamBidding():
            message.stream_bidding.SetInParent()
        case HttpBidding(call):
            message.http_bidding.call.CopyFrom(_call_message(call, with_headers=with_headers))
    match item.posting:
        case StreamPosting():
            message.stream_posting.SetInParent()
        case HttpPosting(call):
            message.http_posting.call.CopyFrom(_call_message(call, with_headers=with_headers))
    return message


def _return_policy_message(item: ReturnPolicy) -> pb.ReturnPolicy:
    return pb.ReturnPolicy(
        window_hours=item.window_hours,
        max_share_bps=item.max_share_bps,
        auto_approve=[int(one) for one in item.auto_approve],  # type: ignore[misc]
        auto_deny=[int(one) for one in item.auto_deny],  # type: ignore[misc]
        resell=item.resell,
        replace=item.replace,
    )


def _targeting_message(item: Targeting) -> pb.Targeting:
    return pb.Targeting(
        vertical=item.vertical,
        conditions=[_condition_message(one) for one in item.conditions],
        allowed_sources=item.allowed_sources,
        denied_sources=item.denied_sources,
        required_consent=[int(one) for one in item.required_consent],  # type: ignore[misc]
    )


def _condition_message(item: Condition) -> pb.Condition:
    message = pb.Condition(attribute=item.attribute)
    for name, codes in (("in", item.one_of), ("not_in", item.not_in), ("prefix_in", item.prefix_in)):
        if codes is not None:
            getattr(message, name).codes.extend(codes)
    if item.range is not None:
        message.range.CopyFrom(pb.NumericRange(min=item.range[0], max=item.range[1]))
    if item.exists is not None:
        message.exists = item.exists
    if item.flag is not None:
        message.flag = item.flag
    return message


def _static_message(item: StaticBidding) -> pb.StaticBidding:
    return pb.StaticBidding(
        base_price_micros=item.base_price_micros,
        modifiers=[
            pb.PriceModifier(
                condition=_condition_message(one.condition), add_micros=one.add_micros, multiply_bps=one.multiply_bps
            )
            for one in item.modifiers
        ],
        max_price_micros=item.max_price_micros,
        shared_bps=item.shared_bps,
    )


def _call_message(call: HttpCall, *, with_headers: bool) -> pb.HttpCall:
    message = pb.HttpCall(
        url=call.url,
        headers=call.headers if with_headers else {},
        timeout_ms=call.timeout_ms,
        mapping_id=call.mapping_id,
        settings=call.settings if with_headers else {},
    )
    if call.soap is not None:
        message.soap.CopyFrom(_soap_message(call.soap, with_password=with_headers))
    return message


def _soap_message(soap: SoapCall, *, with_password: bool) -> pb.SoapCall:
    return pb.SoapCall(
        version=int(soap.version),  # type: ignore[arg-type]
        action=soap.action,
        username=soap.username,
        password=soap.password if with_password else "",
        password_kind=int(soap.password_kind),  # type: ignore[arg-type]
        wsdl=soap.wsdl,
        operation=soap.operation,
    )
