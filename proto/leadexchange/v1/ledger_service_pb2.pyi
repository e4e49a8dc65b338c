import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AdjustmentKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ADJUSTMENT_KIND_UNSPECIFIED: _ClassVar[AdjustmentKind]
    ADJUSTMENT_KIND_PAYMENT: _ClassVar[AdjustmentKind]
    ADJUSTMENT_KIND_PAYOUT: _ClassVar[AdjustmentKind]
    ADJUSTMENT_KIND_CORRECTION: _ClassVar[AdjustmentKind]

class EntryKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ENTRY_KIND_UNSPECIFIED: _ClassVar[EntryKind]
    ENTRY_KIND_SALE: _ClassVar[EntryKind]
    ENTRY_KIND_REFUND: _ClassVar[EntryKind]
    ENTRY_KIND_ADJUSTMENT: _ClassVar[EntryKind]
ADJUSTMENT_KIND_UNSPECIFIED: AdjustmentKind
ADJUSTMENT_KIND_PAYMENT: AdjustmentKind
ADJUSTMENT_KIND_PAYOUT: AdjustmentKind
ADJUSTMENT_KIND_CORRECTION: AdjustmentKind
ENTRY_KIND_UNSPECIFIED: EntryKind
ENTRY_KIND_SALE: EntryKind
ENTRY_KIND_REFUND: EntryKind
ENTRY_KIND_ADJUSTMENT: EntryKind

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

class GetStatementRequest(_message.Message):
    __slots__ = ("party_id", "booked_from", "booked_until", "page_size", "page_token")
    PARTY_ID_FIELD_NUMBER: _ClassVar[int]
    BOOKED_FROM_FIELD_NUMBER: _ClassVar[int]
    BOOKED_UNTIL_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    party_id: str
    booked_from: _timestamp_pb2.Timestamp
    booked_until: _timestamp_pb2.Timestamp
    page_size: int
    page_token: str
    def __init__(self, party_id: _Optional[str] = ..., booked_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., booked_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class StatementEntry(_message.Message):
    __slots__ = ("transaction_id", "kind", "lead_id", "booked_at", "amount_micros", "balance_micros", "note")
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    LEAD_ID_FIELD_NUMBER: _ClassVar[int]
    BOOKED_AT_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_MICROS_FIELD_NUMBER: _ClassVar[int]
    BALANCE_MICROS_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    transaction_id: str
    kind: EntryKind
    lead_id: str
    booked_at: _timestamp_pb2.Timestamp
    amount_micros: int
    balance_micros: int
    note: str
    def __init__(self, transaction_id: _Optional[str] = ..., kind: _Optional[_Union[EntryKind, str]] = ..., lead_id: _Optional[str] = ..., booked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., amount_micros: _Optional[int] = ..., balance_micros: _Optional[int] = ..., note: _Optional[str] = ...) -> None: ...

class GetStatementResponse(_message.Message):
    __slots__ = ("entries", "next_page_token", "opening_micros")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    OPENING_MICROS_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[StatementEntry]
    next_page_token: str
    opening_micros: int
    def __init__(self, entries: _Optional[_Iterable[_Union[StatementEntry, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., opening_micros: _Optional[int] = ...) -> None: ...
