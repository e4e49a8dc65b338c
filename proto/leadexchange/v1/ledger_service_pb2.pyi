import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AdjustmentKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ADJUSTMENT_KIND_UNSPECIFIED: _ClassVar[AdjustmentKind]
    ADJUSTMENT_KIND_PAYMENT: _ClassVar[AdjustmentKind]
    ADJUSTMENT_KIND_PAYOUT: _ClassVar[AdjustmentKind]
    ADJUSTMENT_KIND_CORRECTION: _ClassVar[AdjustmentKind]
ADJUSTMENT_KIND_UNSPECIFIED: AdjustmentKind
ADJUSTMENT_KIND_PAYMENT: AdjustmentKind
ADJUSTMENT_KIND_PAYOUT: AdjustmentKind
ADJUSTMENT_KIND_CORRECTION: AdjustmentKind

class GetBalanceRequest(_message.Message):
    __slots__ = ("party_id",)
    PARTY_ID_FIELD_NUMBER: _ClassVar[int]
    party_id: str
    def __init__(self, party_id: _Optional[str] = ...) -> None: ...

class GetBalanceResponse(_message.Message):
    __slots__ = ("balance_micros",)
    BALANCE_MICROS_FIELD_NUMBER: _ClassVar[int]
    balance_micros: int
    def __init__(self, balance_micros: _Optional[int] = ...) -> None: ...

class CreateAdjustmentRequest(_message.Message):
    __slots__ = ("request_id", "party_id", "kind", "amount_micros", "note")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PARTY_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_MICROS_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    party_id: str
    kind: AdjustmentKind
    amount_micros: int
    note: str
    def __init__(self, request_id: _Optional[str] = ..., party_id: _Optional[str] = ..., kind: _Optional[_Union[AdjustmentKind, str]] = ..., amount_micros: _Optional[int] = ..., note: _Optional[str] = ...) -> None: ...

class CreateAdjustmentResponse(_message.Message):
    __slots__ = ("transaction_id", "balance_micros", "booked_at")
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    BALANCE_MICROS_FIELD_NUMBER: _ClassVar[int]
    BOOKED_AT_FIELD_NUMBER: _ClassVar[int]
    transaction_id: str
    balance_micros: int
    booked_at: _timestamp_pb2.Timestamp
    def __init__(self, transaction_id: _Optional[str] = ..., balance_micros: _Optional[int] = ..., booked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
