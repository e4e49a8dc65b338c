import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from leadexchange.v1 import endpoint_pb2 as _endpoint_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DeliveryState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DELIVERY_STATE_UNSPECIFIED: _ClassVar[DeliveryState]
    DELIVERY_STATE_PENDING: _ClassVar[DeliveryState]
    DELIVERY_STATE_DELIVERED: _ClassVar[DeliveryState]
    DELIVERY_STATE_DEAD: _ClassVar[DeliveryState]
    DELIVERY_STATE_DISCARDED: _ClassVar[DeliveryState]
    DELIVERY_STATE_PORTAL: _ClassVar[DeliveryState]
    DELIVERY_STATE_RESOLD: _ClassVar[DeliveryState]
DELIVERY_STATE_UNSPECIFIED: DeliveryState
DELIVERY_STATE_PENDING: DeliveryState
DELIVERY_STATE_DELIVERED: DeliveryState
DELIVERY_STATE_DEAD: DeliveryState
DELIVERY_STATE_DISCARDED: DeliveryState
DELIVERY_STATE_PORTAL: DeliveryState
DELIVERY_STATE_RESOLD: DeliveryState

class Delivery(_message.Message):
    __slots__ = ("id", "event_id", "event_type", "endpoint_id", "url", "secrets", "body", "attempts", "lease_id", "occurred_at", "lead_id", "mapping_id", "target_id", "content_type")
    ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    ENDPOINT_ID_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    SECRETS_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    LEASE_ID_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    LEAD_ID_FIELD_NUMBER: _ClassVar[int]
    MAPPING_ID_FIELD_NUMBER: _ClassVar[int]
    TARGET_ID_FIELD_NUMBER: _ClassVar[int]
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    id: str
    event_id: str
    event_type: str
    endpoint_id: str
    url: str
    secrets: _containers.RepeatedScalarFieldContainer[str]
    body: bytes
    attempts: int
    lease_id: str
    occurred_at: _timestamp_pb2.Timestamp
    lead_id: str
    mapping_id: str
    target_id: str
    content_type: str
    def __init__(self, id: _Optional[str] = ..., event_id: _Optional[str] = ..., event_type: _Optional[str] = ..., endpoint_id: _Optional[str] = ..., url: _Optional[str] = ..., secrets: _Optional[_Iterable[str]] = ..., body: _Optional[bytes] = ..., attempts: _Optional[int] = ..., lease_id: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., lead_id: _Optional[str] = ..., mapping_id: _Optional[str] = ..., target_id: _Optional[str] = ..., content_type: _Optional[str] = ...) -> None: ...

class DeliveryTarget(_message.Message):
    __slots__ = ("id", "auth", "timeout_ms", "max_concurrency", "max_per_second")
    ID_FIELD_NUMBER: _ClassVar[int]
    AUTH_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_CONCURRENCY_FIELD_NUMBER: _ClassVar[int]
    MAX_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    id: str
    auth: _endpoint_pb2.EndpointAuth
    timeout_ms: int
    max_concurrency: int
    max_per_second: int
    def __init__(self, id: _Optional[str] = ..., auth: _Optional[_Union[_endpoint_pb2.EndpointAuth, _Mapping]] = ..., timeout_ms: _Optional[int] = ..., max_concurrency: _Optional[int] = ..., max_per_second: _Optional[int] = ...) -> None: ...

class DeliveryMapping(_message.Message):
    __slots__ = ("id", "document")
    ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    id: str
    document: bytes
    def __init__(self, id: _Optional[str] = ..., document: _Optional[bytes] = ...) -> None: ...

class DeliveryReport(_message.Message):
    __slots__ = ("delivery_id", "lease_id", "status_code", "error", "latency_ms", "retry_after_s", "handed_back", "request", "answer_headers", "answer_body", "attempted_at")
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_CODE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_S_FIELD_NUMBER: _ClassVar[int]
    HANDED_BACK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    ANSWER_HEADERS_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BODY_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTED_AT_FIELD_NUMBER: _ClassVar[int]
    delivery_id: str
    lease_id: str
    status_code: int
    error: str
    latency_ms: int
    retry_after_s: int
    handed_back: bool
    request: str
    answer_headers: str
    answer_body: str
    attempted_at: _timestamp_pb2.Timestamp
    def __init__(self, delivery_id: _Optional[str] = ..., lease_id: _Optional[str] = ..., status_code: _Optional[int] = ..., error: _Optional[str] = ..., latency_ms: _Optional[int] = ..., retry_after_s: _Optional[int] = ..., handed_back: _Optional[bool] = ..., request: _Optional[str] = ..., answer_headers: _Optional[str] = ..., answer_body: _Optional[str] = ..., attempted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class DeliveryAttempt(_message.Message):
    __slots__ = ("number", "attempted_at", "status_code", "error", "latency_ms", "request", "answer_headers", "answer_body")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTED_AT_FIELD_NUMBER: _ClassVar[int]
    STATUS_CODE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    LATENCY_MS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    ANSWER_HEADERS_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BODY_FIELD_NUMBER: _ClassVar[int]
    number: int
    attempted_at: _timestamp_pb2.Timestamp
    status_code: int
    error: str
    latency_ms: int
    request: str
    answer_headers: str
    answer_body: str
    def __init__(self, number: _Optional[int] = ..., attempted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., status_code: _Optional[int] = ..., error: _Optional[str] = ..., latency_ms: _Optional[int] = ..., request: _Optional[str] = ..., answer_headers: _Optional[str] = ..., answer_body: _Optional[str] = ...) -> None: ...

class DeliveryRecord(_message.Message):
    __slots__ = ("id", "event_id", "event_type", "endpoint_id", "lead_id", "state", "attempt_count", "due_at", "occurred_at", "ended_at", "reason", "fallback", "attempts")
    ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    ENDPOINT_ID_FIELD_NUMBER: _ClassVar[int]
    LEAD_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_COUNT_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    FALLBACK_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    id: str
    event_id: str
    event_type: str
    endpoint_id: str
    lead_id: str
    state: DeliveryState
    attempt_count: int
    due_at: _timestamp_pb2.Timestamp
    occurred_at: _timestamp_pb2.Timestamp
    ended_at: _timestamp_pb2.Timestamp
    reason: str
    fallback: bool
    attempts: _containers.RepeatedCompositeFieldContainer[DeliveryAttempt]
    def __init__(self, id: _Optional[str] = ..., event_id: _Optional[str] = ..., event_type: _Optional[str] = ..., endpoint_id: _Optional[str] = ..., lead_id: _Optional[str] = ..., state: _Optional[_Union[DeliveryState, str]] = ..., attempt_count: _Optional[int] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reason: _Optional[str] = ..., fallback: _Optional[bool] = ..., attempts: _Optional[_Iterable[_Union[DeliveryAttempt, _Mapping]]] = ...) -> None: ...
