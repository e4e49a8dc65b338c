"""Sources, buyers, endpoints and keys."""

from collections.abc import Iterable
from enum import IntEnum
from typing import TypeVar

from exchange.domain import limits
from exchange.domain.caps import Cap, CapPeriod
from exchange.domain.errors import Violation, invalid
from exchange.domain.party import Buyer, PartyState, Source
from exchange.domain.principal import ApiKey
from exchange.rpc.convert.times import timestamp
from leadexchange.v1.api_key_pb2 import ApiKey as ApiKeyMessage
from leadexchange.v1.buyer_pb2 import Buyer as BuyerMessage
from leadexchange.v1.campaign_pb2 import Cap as CapMessage
from leadexchange.v1.source_pb2 import Source as SourceMessage

E = TypeVar("E", bound=IntEnum)


def enum(kind: type[E], number: int, field: str, default: E | None = None) -> E:
    """A domain value by its number; 0 is the default where there is one. Raises Refused."""
    if number == 0 and default is not None:
        return default
    try:
        return kind(number)
    except ValueError:
        names = ", ".join(one.name for one in kind)
        raise invalid([Violation(field, f"one of {names}", str(number))]) from None


def caps(messages: Iterable[CapMessage], field: str) -> tuple[Cap, ...]:
    """Caps as sent. Raises Refused."""
    return tuple(
        Cap(enum(CapPeriod, one.period, f"{field}.period"), one.max_leads, one.max_spend_micros) for one in messages
    )


def cap_messages(values: Iterable[Cap]) -> list[CapMessage]:
    """Caps as kept."""
    return [
        CapMessage(period=int(one.period), max_leads=one.max_leads, max_spend_micros=one.max_spend_micros)  # type: ignore[arg-type]
        for one in values
    ]


def state(number: int, field: str) -> PartyState:
    """A party's state; unspecified is active. Raises Refused for a number that the contract lacks."""
    return enum(PartyState, number, field, PartyState.ACTIVE)


def source(message: SourceMessage) -> Source:
    """A source as sent; its id may be empty."""
    return Source(
        id=message.id,
        display_name=message.display_name,
        state=state(message.state, "source.state"),
        floor_micros=message.floor_micros,
        payout_bps=message.payout_bps if message.HasField("payout_bps") else limits.DEFAULT_PAYOUT_BPS,
    )


def source_message(item: Source) -> SourceMessage:
    """A source as kept."""
    return SourceMessage(
        id=item.id,
        display_name=item.display_name,
        state=int(item.state),  # type: ignore[arg-type]
        floor_micros=item.floor_micros,
        payout_bps=item.payout_bps,
        revision=item.revision,
        created_at=timestamp(item.created_ms),
    )


def buyer(message: BuyerMessage) -> Buyer:
    """A buyer as sent; its id may be empty."""
    return Buyer(
        id=message.id,
        display_name=message.display_name,
        state=state(message.state, "buyer.state"),
        time_zone=message.time_zone or "UTC",
        caps=caps(message.caps, "buyer.caps"),
        credit_limit_micros=message.credit_limit_micros if message.HasField("credit_limit_micros") else None,
        duplicate_window_s=message.duplicate_window_s,
    )


def buyer_message(item: Buyer) -> BuyerMessage:
    """A buyer as kept."""
    return BuyerMessage(
        id=item.id,
        display_name=item.display_name,
        state=int(item.state),  # type: ignore[arg-type]
        time_zone=item.time_zone,
        caps=cap_messages(item.caps),
        credit_limit_micros=item.credit_limit_micros,
        duplicate_window_s=item.duplicate_window_s,
        revision=item.revision,
        created_at=timestamp(item.created_ms),
    )


def key_message(key: ApiKey) -> ApiKeyMessage:
    """A key without its secret."""
    return ApiKeyMessage(
        id=key.id,
        role=int(key.role),  # type: ignore[arg-type]
        party_id=key.party_id,
        label=key.label,
        created_at=timestamp(key.created_ms),
        expires_at=timestamp(key.expires_ms),
        revoked_at=timestamp(key.revoked_ms),
    )
