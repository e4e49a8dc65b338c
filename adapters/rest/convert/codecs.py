"""How single values differ between JSON and the contract."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Struct as ProtoStruct

from adapters.rest.convert.common import DEFAULT_CURRENCY, amount_of, attributes_of, micros_of, time_of, timestamp_of
from adapters.rest.rpc_errors import from_status
from leadexchange.v1.lead_service_pb2 import ACKNOWLEDGEMENT_GIVEN as _GIVEN
from leadexchange.v1.lead_service_pb2 import ACKNOWLEDGEMENT_MISSING as _MISSING

_MOST_EXACT: Final = 2**53  # a double holds every whole number up to here


@dataclass(frozen=True, slots=True)
class Codec:
    """Both directions of one kind of value."""

    to_contract: Callable[[Any], Any]
    to_json: Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


def _minute_of(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def _clock_of(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _struct_of(document: dict[str, Any]) -> ProtoStruct:
    return ParseDict(document, ProtoStruct())


def _document_of(struct: ProtoStruct) -> Any:
    return _whole(MessageToDict(struct))


def _whole(value: Any) -> Any:
    """A Struct knows only doubles: whole ones were whole numbers in JSON."""
    match value:
        case dict():
            return {key: _whole(item) for key, item in value.items()}
        case list():
            return [_whole(item) for item in value]
        case float() if value.is_integer() and abs(value) <= _MOST_EXACT:
            return int(value)
        case _:
            return value


SAME: Final = Codec(_same, _same)
BY_NAME: Final = {
    "amount": Codec(micros_of, amount_of),
    "attributes": Codec(_same, attributes_of),
    "acknowledged": Codec(lambda given: _GIVEN if given else _MISSING, lambda number: number == _GIVEN),
    "clock": Codec(_minute_of, _clock_of),
    "currency": Codec(_same, lambda code: code or DEFAULT_CURRENCY),
    "cursor": Codec(_same, lambda token: token or None),
    "given": Codec(lambda value: value is not None, _same),
    "raw": Codec(bytes, lambda text: msgspec.Raw(text.encode() or b"{}")),
}
BY_MESSAGE: Final = {
    "google.protobuf.Struct": Codec(_struct_of, _document_of),
    "google.protobuf.Timestamp": Codec(timestamp_of, time_of),
    "google.rpc.Status": Codec(_same, lambda status: from_status(status).item()),
}
"""Messages with a conversion of their own."""
SUFFIXES: Final = {"amount": "_micros", "clock": "_minute"}
"""What the contract adds to the names of such fields."""


def enumeration(enum: EnumDescriptor, options: tuple[str, ...]) -> Codec:
    """An enumeration by its options in JSON: PARTY_STATE_ACTIVE is "active"; without options, by its own names.

    Raises KeyError for an option that the contract does not have. A number from a newer core is given as it is.
    """
    prefix = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
    upper = enum.name == "Reason"
    names = {value.number: value.name.removeprefix(prefix) for value in enum.values if value.number}
    shown = {number: name if upper else name.lower() for number, name in names.items()}
    if options:
        numbers = {option: enum.values_by_name[prefix + option.upper().replace(".", "_")].number for option in options}
        shown |= {number: option for option, number in numbers.items()}
    else:
        numbers = {name: number for number, name in shown.items()}
    return Codec(numbers.__getitem__, lambda number: shown.get(number, str(number)) if number else "")
