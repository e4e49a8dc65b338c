import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Phase(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PHASE_UNSPECIFIED: _ClassVar[Phase]
    PHASE_QUEUE: _ClassVar[Phase]
    PHASE_ADMIT: _ClassVar[Phase]
    PHASE_MATCH: _ClassVar[Phase]
    PHASE_PING: _ClassVar[Phase]
    PHASE_BIDS: _ClassVar[Phase]
    PHASE_RANK: _ClassVar[Phase]
    PHASE_POST: _ClassVar[Phase]
    PHASE_COMMIT: _ClassVar[Phase]
    PHASE_TOTAL: _ClassVar[Phase]
    PHASE_PING_SENT: _ClassVar[Phase]
    PHASE_POST_ACCEPTED: _ClassVar[Phase]
PHASE_UNSPECIFIED: Phase
PHASE_QUEUE: Phase
PHASE_ADMIT: Phase
PHASE_MATCH: Phase
PHASE_PING: Phase
PHASE_BIDS: Phase
PHASE_RANK: Phase
PHASE_POST: Phase
PHASE_COMMIT: Phase
PHASE_TOTAL: Phase
PHASE_PING_SENT: Phase
PHASE_POST_ACCEPTED: Phase

class LatencyBucket(_message.Message):
    __slots__ = ("up_to_us", "count")
    UP_TO_US_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    up_to_us: int
    count: int
    def __init__(self, up_to_us: _Optional[int] = ..., count: _Optional[int] = ...) -> None: ...

class PhaseLatency(_message.Message):
    __slots__ = ("phase", "buckets")
    PHASE_FIELD_NUMBER: _ClassVar[int]
    BUCKETS_FIELD_NUMBER: _ClassVar[int]
    phase: Phase
    buckets: _containers.RepeatedCompositeFieldContainer[LatencyBucket]
    def __init__(self, phase: _Optional[_Union[Phase, str]] = ..., buckets: _Optional[_Iterable[_Union[LatencyBucket, _Mapping]]] = ...) -> None: ...

class GetTelemetryRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetTelemetryResponse(_message.Message):
    __slots__ = ("started_at", "counts", "phases")
    class CountsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    PHASES_FIELD_NUMBER: _ClassVar[int]
    started_at: _timestamp_pb2.Timestamp
    counts: _containers.ScalarMap[str, int]
    phases: _containers.RepeatedCompositeFieldContainer[PhaseLatency]
    def __init__(self, started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., counts: _Optional[_Mapping[str, int]] = ..., phases: _Optional[_Iterable[_Union[PhaseLatency, _Mapping]]] = ...) -> None: ...
