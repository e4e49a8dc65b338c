from leadexchange.v1 import attribute_pb2 as _attribute_pb2
from leadexchange.v1 import lead_pb2 as _lead_pb2
from leadexchange.v1 import reason_pb2 as _reason_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PostVerdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    POST_VERDICT_UNSPECIFIED: _ClassVar[PostVerdict]
    POST_VERDICT_ACCEPTED: _ClassVar[PostVerdict]
    POST_VERDICT_REJECTED: _ClassVar[PostVerdict]
    POST_VERDICT_PENDING: _ClassVar[PostVerdict]
    POST_VERDICT_FAILED: _ClassVar[PostVerdict]
POST_VERDICT_UNSPECIFIED: PostVerdict
POST_VERDICT_ACCEPTED: PostVerdict
POST_VERDICT_REJECTED: PostVerdict
POST_VERDICT_PENDING: PostVerdict
POST_VERDICT_FAILED: PostVerdict

class Post(_message.Message):
    __slots__ = ("post_id", "auction_id", "campaign_id", "lead_id", "price_micros", "currency", "bid_reference", "vertical", "source_id", "sub_source", "attributes", "contact", "consent", "deadline_ms", "window_ms", "test", "repeat", "shared", "submitted_ms")
    POST_ID_FIELD_NUMBER: _ClassVar[int]
    AUCTION_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    LEAD_ID_FIELD_NUMBER: _ClassVar[int]
    PRICE_MICROS_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    BID_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    VERTICAL_FIELD_NUMBER: _ClassVar[int]
    SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    SUB_SOURCE_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_MS_FIELD_NUMBER: _ClassVar[int]
    WINDOW_MS_FIELD_NUMBER: _ClassVar[int]
    TEST_FIELD_NUMBER: _ClassVar[int]
    REPEAT_FIELD_NUMBER: _ClassVar[int]
    SHARED_FIELD_NUMBER: _ClassVar[int]
    SUBMITTED_MS_FIELD_NUMBER: _ClassVar[int]
    post_id: str
    auction_id: str
    campaign_id: str
    lead_id: str
    price_micros: int
    currency: str
    bid_reference: str
    vertical: str
    source_id: str
    sub_source: str
    attributes: _containers.RepeatedCompositeFieldContainer[_attribute_pb2.Attribute]
    contact: _lead_pb2.Contact
    consent: _lead_pb2.Consent
    deadline_ms: int
    window_ms: int
    test: bool
    repeat: bool
    shared: bool
    submitted_ms: int
    def __init__(self, post_id: _Optional[str] = ..., auction_id: _Optional[str] = ..., campaign_id: _Optional[str] = ..., lead_id: _Optional[str] = ..., price_micros: _Optional[int] = ..., currency: _Optional[str] = ..., bid_reference: _Optional[str] = ..., vertical: _Optional[str] = ..., source_id: _Optional[str] = ..., sub_source: _Optional[str] = ..., attributes: _Optional[_Iterable[_Union[_attribute_pb2.Attribute, _Mapping]]] = ..., contact: _Optional[_Union[_lead_pb2.Contact, _Mapping]] = ..., consent: _Optional[_Union[_lead_pb2.Consent, _Mapping]] = ..., deadline_ms: _Optional[int] = ..., window_ms: _Optional[int] = ..., test: _Optional[bool] = ..., repeat: _Optional[bool] = ..., shared: _Optional[bool] = ..., submitted_ms: _Optional[int] = ...) -> None: ...

class PostReply(_message.Message):
    __slots__ = ("post_id", "verdict", "reason", "reason_code", "price_micros", "buyer_reference", "redirect_url")
    POST_ID_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REASON_CODE_FIELD_NUMBER: _ClassVar[int]
    PRICE_MICROS_FIELD_NUMBER: _ClassVar[int]
    BUYER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    REDIRECT_URL_FIELD_NUMBER: _ClassVar[int]
    post_id: str
    verdict: PostVerdict
    reason: _reason_pb2.Reason
    reason_code: str
    price_micros: int
    buyer_reference: str
    redirect_url: str
    def __init__(self, post_id: _Optional[str] = ..., verdict: _Optional[_Union[PostVerdict, str]] = ..., reason: _Optional[_Union[_reason_pb2.Reason, str]] = ..., reason_code: _Optional[str] = ..., price_micros: _Optional[int] = ..., buyer_reference: _Optional[str] = ..., redirect_url: _Optional[str] = ...) -> None: ...

class PostVoid(_message.Message):
    __slots__ = ("post_id", "campaign_id", "lead_id", "reason")
    POST_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    LEAD_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    post_id: str
    campaign_id: str
    lead_id: str
    reason: _reason_pb2.Reason
    def __init__(self, post_id: _Optional[str] = ..., campaign_id: _Optional[str] = ..., lead_id: _Optional[str] = ..., reason: _Optional[_Union[_reason_pb2.Reason, str]] = ...) -> None: ...
