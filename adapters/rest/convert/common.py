"""Money, times and enumerations."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from google.protobuf.timestamp_pb2 import Timestamp

from adapters.rest.shapes.common import Amount, Money
from leadexchange.v1 import attribute_pb2, money_pb2, reason_pb2

_MICROS_DIGITS: Final = 6
_MICROS: Final = 10**_MICROS_DIGITS
DEFAULT_CURRENCY: Final = "USD"  # what the contract means by an empty code


def micros_of(amount: Amount) -> int:
    """Millionths of an amount that the shape has let through: "12.50" is 12,500,000."""
    whole, _, fraction = amount.removeprefix("-").partition(".")
    micros = int(whole) * _MICROS + int(fraction.ljust(_MICROS_DIGITS, "0"))
    return -micros if amount.startswith("-") else micros


def amount_of(micros: int) -> Amount:
    """The decimal text of millionths, with two places at least: 12,500,000 is "12.50"."""
    whole, fraction = divmod(abs(micros), _MICROS)
    places = f"{fraction:0{_MICROS_DIGITS}}".rstrip("0").ljust(2, "0")
    return f"{'-' if micros < 0 else ''}{whole}.{places}"


def money_of(money: money_pb2.Money) -> Money:
    """An amount with its currency."""
    return Money(amount_of(money.micros), money.currency or DEFAULT_CURRENCY)


def timestamp_of(time: datetime) -> Timestamp:
    """A time with its offset, in the contract's form; the core judges its range."""
    since = time - _EPOCH  # a float of seconds would lose the last digit
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1_000)


def time_of(timestamp: Timestamp) -> datetime:
    """A time in UTC."""
    return timestamp.ToDatetime(tzinfo=UTC)


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Names:
    """An enumeration's numbers by their names in JSON: PARTY_STATE_ACTIVE is "active"."""

    def __init__(self, enum: EnumTypeWrapper, prefix: str, *, upper: bool = False) -> None:
        short = ((name.removeprefix(prefix), number) for name, number in enum.items() if number)
        self.number = {name if upper else name.lower(): number for name, number in short}
        self._name = {number: name for name, number in self.number.items()}

    def name(self, number: int) -> Any:
        """The name; None where nothing is set. A number from a newer core is given as it is."""
        return self._name.get(number, str(number)) if number else None


REASONS: Final = Names(reason_pb2.Reason, "REASON_", upper=True)


def attributes_of(attributes: Iterable[attribute_pb2.Attribute]) -> dict[str, str | int | float | bool]:
    """Normalised attributes by name."""
    return {attribute.name: getattr(attribute, attribute.WhichOneof("value") or "code") for attribute in attributes}
