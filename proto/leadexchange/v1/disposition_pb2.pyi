import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DispositionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DISPOSITION_KIND_UNSPECIFIED: _ClassVar[DispositionKind]
    DISPOSITION_KIND_RECEIVED: _ClassVar[DispositionKind]
    DISPOSITION_KIND_ATTEMPTED: _ClassVar[DispositionKind]
    DISPOSITION_KIND_CONTACTED: _ClassVar[DispositionKind]
    DISPOSITION_KIND_QUALIFIED: _ClassVar[DispositionKind]
    DISPOSITION_KIND_QUOTED: _ClassVar[DispositionKind]
    DISPOSITION_KIND_APPLIED: _ClassVar[DispositionKind]
    DISPOSITION_KIND_CONVERTED: _ClassVar[DispositionKind]
    DISPOSITION_KIND_NOT_INTERESTED: _ClassVar[DispositionKind]
    DISPOSITION_KIND_UNREACHABLE: _ClassVar[DispositionKind]
    DISPOSITION_KIND_UNQUALIFIED: _ClassVar[DispositionKind]
    DISPOSITION_KIND_INVALID: _ClassVar[DispositionKind]
DISPOSITION_KIND_UNSPECIFIED: DispositionKind
DISPOSITION_KIND_RECEIVED: DispositionKind
DISPOSITION_KIND_ATTEMPTED: DispositionKind
DISPOSITION_KIND_CONTACTED: DispositionKind
DISPOSITION_KIND_QUALIFIED: DispositionKind
DISPOSITION_KIND_QUOTED: DispositionKind
DISPOSITION_KIND_APPLIED: DispositionKind
DISPOSITION_KIND_CONVERTED: DispositionKind
DISPOSITION_KIND_NOT_INTERESTED: DispositionKind
DISPOSITION_KIND_UNREACHABLE: DispositionKind
DISPOSITION_KIND_UNQUALIFIED: DispositionKind
DISPOSITION_KIND_INVALID: DispositionKind

class Disposition(_message.Message):
    __slots__ = ("lead_id", "sale_id", "kind", "occurred_at", "value_micros", "code", "quality", "buyer_id", "campaign_id", "recorded_at")
    LEAD_ID_FIELD_NUMBER: _ClassVar[int]
    SALE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    VALUE_MICROS_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    BUYER_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_FIELD_NUMBER: _ClassVar[int]
    lead_id: str
    sale_id: str
    kind: DispositionKind
    occurred_at: _timestamp_pb2.Timestamp
    value_micros: int
    code: str
    quality: int
    buyer_id: str
    campaign_id: str
    recorded_at: _timestamp_pb2.Timestamp
    def __init__(self, lead_id: _Optional[str] = ..., sale_id: _Optional[str] = ..., kind: _Optional[_Union[DispositionKind, str]] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., value_micros: _Optional[int] = ..., code: _Optional[str] = ..., quality: _Optional[int] = ..., buyer_id: _Optional[str] = ..., campaign_id: _Optional[str] = ..., recorded_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
