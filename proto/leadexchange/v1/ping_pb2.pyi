from leadexchange.v1 import attribute_pb2 as _attribute_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Ping(_message.Message):
    __slots__ = ("auction_id", "campaign_ids", "vertical", "source_id", "sub_source", "attributes", "consent", "deadline_ms", "window_ms", "test", "max_buyers")
    AUCTION_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_IDS_FIELD_NUMBER: _ClassVar[int]
    VERTICAL_FIELD_NUMBER: _ClassVar[int]
    SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    SUB_SOURCE_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_MS_FIELD_NUMBER: _ClassVar[int]
    WINDOW_MS_FIELD_NUMBER: _ClassVar[int]
    TEST_FIELD_NUMBER: _ClassVar[int]
    MAX_BUYERS_FIELD_NUMBER: _ClassVar[int]
    auction_id: str
    campaign_ids: _containers.RepeatedScalarFieldContainer[str]
    vertical: str
    source_id: str
    sub_source: str
    attributes: _containers.RepeatedCompositeFieldContainer[_attribute_pb2.Attribute]
    consent: ConsentEvidence
    deadline_ms: int
    window_ms: int
    test: bool
    max_buyers: int
    def __init__(self, auction_id: _Optional[str] = ..., campaign_ids: _Optional[_Iterable[str]] = ..., vertical: _Optional[str] = ..., source_id: _Optional[str] = ..., sub_source: _Optional[str] = ..., attributes: _Optional[_Iterable[_Union[_attribute_pb2.Attribute, _Mapping]]] = ..., consent: _Optional[_Union[ConsentEvidence, _Mapping]] = ..., deadline_ms: _Optional[int] = ..., window_ms: _Optional[int] = ..., test: _Optional[bool] = ..., max_buyers: _Optional[int] = ...) -> None: ...

class ConsentEvidence(_message.Message):
    __slots__ = ("has_time", "has_trustedform", "has_jornaya", "has_text")
    HAS_TIME_FIELD_NUMBER: _ClassVar[int]
    HAS_TRUSTEDFORM_FIELD_NUMBER: _ClassVar[int]
    HAS_JORNAYA_FIELD_NUMBER: _ClassVar[int]
    HAS_TEXT_FIELD_NUMBER: _ClassVar[int]
    has_time: bool
    has_trustedform: bool
    has_jornaya: bool
    has_text: bool
    def __init__(self, has_time: _Optional[bool] = ..., has_trustedform: _Optional[bool] = ..., has_jornaya: _Optional[bool] = ..., has_text: _Optional[bool] = ...) -> None: ...
