import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from leadexchange.v1 import attribute_pb2 as _attribute_pb2
from leadexchange.v1 import lead_pb2 as _lead_pb2
from leadexchange.v1 import reason_pb2 as _reason_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Consideration(_message.Message):
    __slots__ = ("campaign_id", "buyer_id", "ping", "price_micros", "latency_us", "rank", "result", "reason_code", "detail", "shared_price_micros", "order_key", "clearing_micros")
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    BUYER_ID_FIELD_NUMBER: _ClassVar[int]
    PING_FIELD_NUMBER: _ClassVar[int]
    PRICE_MICROS_FIELD_NUMBER: _ClassVar[int]
    LATENCY_US_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    REASON_CODE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    SHARED_PRICE_MICROS_FIELD_NUMBER: _ClassVar[int]
    ORDER_KEY_FIELD_NUMBER: _ClassVar[int]
    CLEARING_MICROS_FIELD_NUMBER: _ClassVar[int]
    campaign_id: str
    buyer_id: str
    ping: _reason_pb2.Reason
    price_micros: int
    latency_us: int
    rank: int
    result: _reason_pb2.Reason
    reason_code: str
    detail: str
    shared_price_micros: int
    order_key: int
    clearing_micros: int
    def __init__(self, campaign_id: _Optional[str] = ..., buyer_id: _Optional[str] = ..., ping: _Optional[_Union[_reason_pb2.Reason, str]] = ..., price_micros: _Optional[int] = ..., latency_us: _Optional[int] = ..., rank: _Optional[int] = ..., result: _Optional[_Union[_reason_pb2.Reason, str]] = ..., reason_code: _Optional[str] = ..., detail: _Optional[str] = ..., shared_price_micros: _Optional[int] = ..., order_key: _Optional[int] = ..., clearing_micros: _Optional[int] = ...) -> None: ...

class PostAttempt(_message.Message):
    __slots__ = ("post_id", "campaign_id", "price_micros", "result", "latency_us", "reason_code", "repeat", "shared")
    POST_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    PRICE_MICROS_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    LATENCY_US_FIELD_NUMBER: _ClassVar[int]
    REASON_CODE_FIELD_NUMBER: _ClassVar[int]
    REPEAT_FIELD_NUMBER: _ClassVar[int]
    SHARED_FIELD_NUMBER: _ClassVar[int]
    post_id: str
    campaign_id: str
    price_micros: int
    result: _reason_pb2.Reason
    latency_us: int
    reason_code: str
    repeat: bool
    shared: bool
    def __init__(self, post_id: _Optional[str] = ..., campaign_id: _Optional[str] = ..., price_micros: _Optional[int] = ..., result: _Optional[_Union[_reason_pb2.Reason, str]] = ..., latency_us: _Optional[int] = ..., reason_code: _Optional[str] = ..., repeat: _Optional[bool] = ..., shared: _Optional[bool] = ...) -> None: ...

class Phases(_message.Message):
    __slots__ = ("admitted_us", "matched_us", "pings_sent_us", "bids_in_us", "post_sent_us", "post_accepted_us", "total_us")
    ADMITTED_US_FIELD_NUMBER: _ClassVar[int]
    MATCHED_US_FIELD_NUMBER: _ClassVar[int]
    PINGS_SENT_US_FIELD_NUMBER: _ClassVar[int]
    BIDS_IN_US_FIELD_NUMBER: _ClassVar[int]
    POST_SENT_US_FIELD_NUMBER: _ClassVar[int]
    POST_ACCEPTED_US_FIELD_NUMBER: _ClassVar[int]
    TOTAL_US_FIELD_NUMBER: _ClassVar[int]
    admitted_us: int
    matched_us: int
    pings_sent_us: int
    bids_in_us: int
    post_sent_us: int
    post_accepted_us: int
    total_us: int
    def __init__(self, admitted_us: _Optional[int] = ..., matched_us: _Optional[int] = ..., pings_sent_us: _Optional[int] = ..., bids_in_us: _Optional[int] = ..., post_sent_us: _Optional[int] = ..., post_accepted_us: _Optional[int] = ..., total_us: _Optional[int] = ...) -> None: ...

class Auction(_message.Message):
    __slots__ = ("id", "lead_id", "source_id", "vertical", "attributes", "status", "reason", "considerations", "posts", "phases", "started_at", "catalog_revision", "stray_bids", "policy_revision", "shared")
    ID_FIELD_NUMBER: _ClassVar[int]
    LEAD_ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    VERTICAL_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CONSIDERATIONS_FIELD_NUMBER: _ClassVar[int]
    POSTS_FIELD_NUMBER: _ClassVar[int]
    PHASES_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    CATALOG_REVISION_FIELD_NUMBER: _ClassVar[int]
    STRAY_BIDS_FIELD_NUMBER: _ClassVar[int]
    POLICY_REVISION_FIELD_NUMBER: _ClassVar[int]
    SHARED_FIELD_NUMBER: _ClassVar[int]
    id: str
    lead_id: str
    source_id: str
    vertical: str
    attributes: _containers.RepeatedCompositeFieldContainer[_attribute_pb2.Attribute]
    status: _lead_pb2.LeadStatus
    reason: _reason_pb2.Reason
    considerations: _containers.RepeatedCompositeFieldContainer[Consideration]
    posts: _containers.RepeatedCompositeFieldContainer[PostAttempt]
    phases: Phases
    started_at: _timestamp_pb2.Timestamp
    catalog_revision: int
    stray_bids: int
    policy_revision: int
    shared: bool
    def __init__(self, id: _Optional[str] = ..., lead_id: _Optional[str] = ..., source_id: _Optional[str] = ..., vertical: _Optional[str] = ..., attributes: _Optional[_Iterable[_Union[_attribute_pb2.Attribute, _Mapping]]] = ..., status: _Optional[_Union[_lead_pb2.LeadStatus, str]] = ..., reason: _Optional[_Union[_reason_pb2.Reason, str]] = ..., considerations: _Optional[_Iterable[_Union[Consideration, _Mapping]]] = ..., posts: _Optional[_Iterable[_Union[PostAttempt, _Mapping]]] = ..., phases: _Optional[_Union[Phases, _Mapping]] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., catalog_revision: _Optional[int] = ..., stray_bids: _Optional[int] = ..., policy_revision: _Optional[int] = ..., shared: _Optional[bool] = ...) -> None: ...
