import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from leadexchange.v1 import campaign_pb2 as _campaign_pb2
from leadexchange.v1 import party_pb2 as _party_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Buyer(_message.Message):
    __slots__ = ("id", "display_name", "state", "time_zone", "revision", "created_at", "caps", "credit_limit_micros", "duplicate_window_s")
    ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    CAPS_FIELD_NUMBER: _ClassVar[int]
    CREDIT_LIMIT_MICROS_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_WINDOW_S_FIELD_NUMBER: _ClassVar[int]
    id: str
    display_name: str
    state: _party_pb2.PartyState
    time_zone: str
    revision: int
    created_at: _timestamp_pb2.Timestamp
    caps: _containers.RepeatedCompositeFieldContainer[_campaign_pb2.Cap]
    credit_limit_micros: int
    duplicate_window_s: int
    def __init__(self, id: _Optional[str] = ..., display_name: _Optional[str] = ..., state: _Optional[_Union[_party_pb2.PartyState, str]] = ..., time_zone: _Optional[str] = ..., revision: _Optional[int] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., caps: _Optional[_Iterable[_Union[_campaign_pb2.Cap, _Mapping]]] = ..., credit_limit_micros: _Optional[int] = ..., duplicate_window_s: _Optional[int] = ...) -> None: ...
