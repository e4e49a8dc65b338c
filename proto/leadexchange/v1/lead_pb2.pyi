import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from leadexchange.v1 import attribute_pb2 as _attribute_pb2
from leadexchange.v1 import money_pb2 as _money_pb2
from leadexchange.v1 import reason_pb2 as _reason_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LeadStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LEAD_STATUS_UNSPECIFIED: _ClassVar[LeadStatus]
    LEAD_STATUS_PENDING: _ClassVar[LeadStatus]
    LEAD_STATUS_SOLD: _ClassVar[LeadStatus]
    LEAD_STATUS_UNSOLD: _ClassVar[LeadStatus]
    LEAD_STATUS_IN_REVIEW: _ClassVar[LeadStatus]
    LEAD_STATUS_RETURNED: _ClassVar[LeadStatus]
    LEAD_STATUS_ERASED: _ClassVar[LeadStatus]
LEAD_STATUS_UNSPECIFIED: LeadStatus
LEAD_STATUS_PENDING: LeadStatus
LEAD_STATUS_SOLD: LeadStatus
LEAD_STATUS_UNSOLD: LeadStatus
LEAD_STATUS_IN_REVIEW: LeadStatus
LEAD_STATUS_RETURNED: LeadStatus
LEAD_STATUS_ERASED: LeadStatus

class LeadProfile(_message.Message):
    __slots__ = ("vertical", "external_id", "sub_source", "attributes", "test")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _attribute_pb2.AttributeValue
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_attribute_pb2.AttributeValue, _Mapping]] = ...) -> None: ...
    VERTICAL_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_ID_FIELD_NUMBER: _ClassVar[int]
    SUB_SOURCE_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    TEST_FIELD_NUMBER: _ClassVar[int]
    vertical: str
    external_id: str
    sub_source: str
    attributes: _containers.MessageMap[str, _attribute_pb2.AttributeValue]
    test: bool
    def __init__(self, vertical: _Optional[str] = ..., external_id: _Optional[str] = ..., sub_source: _Optional[str] = ..., attributes: _Optional[_Mapping[str, _attribute_pb2.AttributeValue]] = ..., test: _Optional[bool] = ...) -> None: ...

class Contact(_message.Message):
    __slots__ = ("first_name", "last_name", "email", "phone", "street", "city", "date_of_birth", "comments", "more")
    class MoreEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    FIRST_NAME_FIELD_NUMBER: _ClassVar[int]
    LAST_NAME_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    PHONE_FIELD_NUMBER: _ClassVar[int]
    STREET_FIELD_NUMBER: _ClassVar[int]
    CITY_FIELD_NUMBER: _ClassVar[int]
    DATE_OF_BIRTH_FIELD_NUMBER: _ClassVar[int]
    COMMENTS_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    first_name: str
    last_name: str
    email: str
    phone: str
    street: str
    city: str
    date_of_birth: str
    comments: str
    more: _containers.ScalarMap[str, str]
    def __init__(self, first_name: _Optional[str] = ..., last_name: _Optional[str] = ..., email: _Optional[str] = ..., phone: _Optional[str] = ..., street: _Optional[str] = ..., city: _Optional[str] = ..., date_of_birth: _Optional[str] = ..., comments: _Optional[str] = ..., more: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Consent(_message.Message):
    __slots__ = ("text_version", "text", "given_at", "ip", "page_url", "trustedform_cert_url", "jornaya_leadid", "user_agent")
    TEXT_VERSION_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    GIVEN_AT_FIELD_NUMBER: _ClassVar[int]
    IP_FIELD_NUMBER: _ClassVar[int]
    PAGE_URL_FIELD_NUMBER: _ClassVar[int]
    TRUSTEDFORM_CERT_URL_FIELD_NUMBER: _ClassVar[int]
    JORNAYA_LEADID_FIELD_NUMBER: _ClassVar[int]
    USER_AGENT_FIELD_NUMBER: _ClassVar[int]
    text_version: str
    text: str
    given_at: str
    ip: str
    page_url: str
    trustedform_cert_url: str
    jornaya_leadid: str
    user_agent: str
    def __init__(self, text_version: _Optional[str] = ..., text: _Optional[str] = ..., given_at: _Optional[str] = ..., ip: _Optional[str] = ..., page_url: _Optional[str] = ..., trustedform_cert_url: _Optional[str] = ..., jornaya_leadid: _Optional[str] = ..., user_agent: _Optional[str] = ...) -> None: ...

class Sale(_message.Message):
    __slots__ = ("id", "campaign_id", "buyer_id", "price", "payout", "sold_at", "buyer_reference", "shared", "acknowledged_at", "returned", "awaits_pickup")
    ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    BUYER_ID_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    PAYOUT_FIELD_NUMBER: _ClassVar[int]
    SOLD_AT_FIELD_NUMBER: _ClassVar[int]
    BUYER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    SHARED_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_AT_FIELD_NUMBER: _ClassVar[int]
    RETURNED_FIELD_NUMBER: _ClassVar[int]
    AWAITS_PICKUP_FIELD_NUMBER: _ClassVar[int]
    id: str
    campaign_id: str
    buyer_id: str
    price: _money_pb2.Money
    payout: _money_pb2.Money
    sold_at: _timestamp_pb2.Timestamp
    buyer_reference: str
    shared: bool
    acknowledged_at: _timestamp_pb2.Timestamp
    returned: bool
    awaits_pickup: bool
    def __init__(self, id: _Optional[str] = ..., campaign_id: _Optional[str] = ..., buyer_id: _Optional[str] = ..., price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., payout: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., sold_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., buyer_reference: _Optional[str] = ..., shared: _Optional[bool] = ..., acknowledged_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., returned: _Optional[bool] = ..., awaits_pickup: _Optional[bool] = ...) -> None: ...

class Lead(_message.Message):
    __slots__ = ("id", "source_id", "profile", "attributes", "contact", "consent", "status", "reason", "auction_id", "sales", "submitted_at", "decided_at", "resale_of")
    ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    AUCTION_ID_FIELD_NUMBER: _ClassVar[int]
    SALES_FIELD_NUMBER: _ClassVar[int]
    SUBMITTED_AT_FIELD_NUMBER: _ClassVar[int]
    DECIDED_AT_FIELD_NUMBER: _ClassVar[int]
    RESALE_OF_FIELD_NUMBER: _ClassVar[int]
    id: str
    source_id: str
    profile: LeadProfile
    attributes: _containers.RepeatedCompositeFieldContainer[_attribute_pb2.Attribute]
    contact: Contact
    consent: Consent
    status: LeadStatus
    reason: _reason_pb2.Reason
    auction_id: str
    sales: _containers.RepeatedCompositeFieldContainer[Sale]
    submitted_at: _timestamp_pb2.Timestamp
    decided_at: _timestamp_pb2.Timestamp
    resale_of: str
    def __init__(self, id: _Optional[str] = ..., source_id: _Optional[str] = ..., profile: _Optional[_Union[LeadProfile, _Mapping]] = ..., attributes: _Optional[_Iterable[_Union[_attribute_pb2.Attribute, _Mapping]]] = ..., contact: _Optional[_Union[Contact, _Mapping]] = ..., consent: _Optional[_Union[Consent, _Mapping]] = ..., status: _Optional[_Union[LeadStatus, str]] = ..., reason: _Optional[_Union[_reason_pb2.Reason, str]] = ..., auction_id: _Optional[str] = ..., sales: _Optional[_Iterable[_Union[Sale, _Mapping]]] = ..., submitted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., decided_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., resale_of: _Optional[str] = ...) -> None: ...
