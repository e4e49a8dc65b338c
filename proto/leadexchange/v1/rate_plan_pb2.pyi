from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class RatePlan(_message.Message):
    __slots__ = ("party_id", "per_minute", "per_hour", "concurrent", "revision")
    PARTY_ID_FIELD_NUMBER: _ClassVar[int]
    PER_MINUTE_FIELD_NUMBER: _ClassVar[int]
    PER_HOUR_FIELD_NUMBER: _ClassVar[int]
    CONCURRENT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    party_id: str
    per_minute: int
    per_hour: int
    concurrent: int
    revision: int
    def __init__(self, party_id: _Optional[str] = ..., per_minute: _Optional[int] = ..., per_hour: _Optional[int] = ..., concurrent: _Optional[int] = ..., revision: _Optional[int] = ...) -> None: ...
