"""Times and money."""

from google.protobuf.timestamp_pb2 import Timestamp

from exchange.domain.errors import Violation, invalid
from leadexchange.v1.money_pb2 import Money


def timestamp(at_ms: int) -> Timestamp | None:
    """A time; None for 0, which is "not yet"."""
    if not at_ms:
        return None
    seconds, rest = divmod(at_ms, 1000)
    return Timestamp(seconds=seconds, nanos=rest * 1_000_000)


def to_ms(at: Timestamp, field: str) -> int:
    """Unix ms. Raises Refused for a time before 1970 or after 9999."""
    if not 0 <= at.seconds <= 253_402_300_799:
        raise invalid([Violation(field, "a time from 1970 to 9999", str(at.seconds))])
    return at.seconds * 1000 + at.nanos // 1_000_000


def money(micros: int) -> Money:
    """An amount in the exchange's currency."""
    return Money(micros=micros, currency="USD")


def put_timestamp(message: Timestamp, at_ms: int) -> None:
    """A time, into a message that is empty; nothing for 0."""
    if at_ms:
        message.seconds = at_ms // 1000
        message.nanos = at_ms % 1000 * 1_000_000


def put_money(message: Money, micros: int) -> None:
    """An amount in the exchange's currency, into a message that is empty."""
    message.micros = micros
    message.currency = "USD"
