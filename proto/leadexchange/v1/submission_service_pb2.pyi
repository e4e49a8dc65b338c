import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.rpc import status_pb2 as _status_pb2
from leadexchange.v1 import lead_pb2 as _lead_pb2
from leadexchange.v1 import money_pb2 as _money_pb2
from leadexchange.v1 import ping_pb2 as _ping_pb2
from leadexchange.v1 import reason_pb2 as _reason_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SubmitLeadRequest(_message.Message):
    __slots__ = ("request_id", "profile", "contact", "consent", "source_id", "budget_ms")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    BUDGET_MS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    profile: _lead_pb2.LeadProfile
    contact: _lead_pb2.Contact
    consent: _lead_pb2.Consent
    source_id: str
    budget_ms: int
    def __init__(self, request_id: _Optional[str] = ..., profile: _Optional[_Union[_lead_pb2.LeadProfile, _Mapping]] = ..., contact: _Optional[_Union[_lead_pb2.Contact, _Mapping]] = ..., consent: _Optional[_Union[_lead_pb2.Consent, _Mapping]] = ..., source_id: _Optional[str] = ..., budget_ms: _Optional[int] = ...) -> None: ...

class LeadOutcome(_message.Message):
    __slots__ = ("lead_id", "auction_id", "status", "reason", "payout", "sales", "redirect_url", "repeated", "total_us")
    LEAD_ID_FIELD_NUMBER: _ClassVar[int]
    AUCTION_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    PAYOUT_FIELD_NUMBER: _ClassVar[int]
    SALES_FIELD_NUMBER: _ClassVar[int]
    REDIRECT_URL_FIELD_NUMBER: _ClassVar[int]
    REPEATED_FIELD_NUMBER: _ClassVar[int]
    TOTAL_US_FIELD_NUMBER: _ClassVar[int]
    lead_id: str
    auction_id: str
    status: _lead_pb2.LeadStatus
    reason: _reason_pb2.Reason
    payout: _money_pb2.Money
    sales: _containers.RepeatedCompositeFieldContainer[_lead_pb2.Sale]
    redirect_url: str
    repeated: bool
    total_us: int
    def __init__(self, lead_id: _Optional[str] = ..., auction_id: _Optional[str] = ..., status: _Optional[_Union[_lead_pb2.LeadStatus, str]] = ..., reason: _Optional[_Union[_reason_pb2.Reason, str]] = ..., payout: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., sales: _Optional[_Iterable[_Union[_lead_pb2.Sale, _Mapping]]] = ..., redirect_url: _Optional[str] = ..., repeated: _Optional[bool] = ..., total_us: _Optional[int] = ...) -> None: ...

class SubmitLeadResponse(_message.Message):
    __slots__ = ("outcome",)
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    outcome: LeadOutcome
    def __init__(self, outcome: _Optional[_Union[LeadOutcome, _Mapping]] = ...) -> None: ...

class PingLeadRequest(_message.Message):
    __slots__ = ("request_id", "profile", "consent", "source_id", "budget_ms")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    BUDGET_MS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    profile: _lead_pb2.LeadProfile
    consent: _ping_pb2.ConsentEvidence
    source_id: str
    budget_ms: int
    def __init__(self, request_id: _Optional[str] = ..., profile: _Optional[_Union[_lead_pb2.LeadProfile, _Mapping]] = ..., consent: _Optional[_Union[_ping_pb2.ConsentEvidence, _Mapping]] = ..., source_id: _Optional[str] = ..., budget_ms: _Optional[int] = ...) -> None: ...

class Offer(_message.Message):
    __slots__ = ("payout", "price")
    PAYOUT_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    payout: _money_pb2.Money
    price: _money_pb2.Money
    def __init__(self, payout: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...

class PingLeadResponse(_message.Message):
    __slots__ = ("ping_id", "offer", "reason", "expires_at")
    PING_ID_FIELD_NUMBER: _ClassVar[int]
    OFFER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    ping_id: str
    offer: Offer
    reason: _reason_pb2.Reason
    expires_at: _timestamp_pb2.Timestamp
    def __init__(self, ping_id: _Optional[str] = ..., offer: _Optional[_Union[Offer, _Mapping]] = ..., reason: _Optional[_Union[_reason_pb2.Reason, str]] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PostLeadRequest(_message.Message):
    __slots__ = ("ping_id", "request_id", "contact", "consent", "profile", "source_id", "budget_ms")
    PING_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    BUDGET_MS_FIELD_NUMBER: _ClassVar[int]
    ping_id: str
    request_id: str
    contact: _lead_pb2.Contact
    consent: _lead_pb2.Consent
    profile: _lead_pb2.LeadProfile
    source_id: str
    budget_ms: int
    def __init__(self, ping_id: _Optional[str] = ..., request_id: _Optional[str] = ..., contact: _Optional[_Union[_lead_pb2.Contact, _Mapping]] = ..., consent: _Optional[_Union[_lead_pb2.Consent, _Mapping]] = ..., profile: _Optional[_Union[_lead_pb2.LeadProfile, _Mapping]] = ..., source_id: _Optional[str] = ..., budget_ms: _Optional[int] = ...) -> None: ...

class PostLeadResponse(_message.Message):
    __slots__ = ("outcome",)
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    outcome: LeadOutcome
    def __init__(self, outcome: _Optional[_Union[LeadOutcome, _Mapping]] = ...) -> None: ...

class SubmitLeadsRequest(_message.Message):
    __slots__ = ("leads",)
    LEADS_FIELD_NUMBER: _ClassVar[int]
    leads: _containers.RepeatedCompositeFieldContainer[SubmitLeadRequest]
    def __init__(self, leads: _Optional[_Iterable[_Union[SubmitLeadRequest, _Mapping]]] = ...) -> None: ...

class SubmitLeadsResult(_message.Message):
    __slots__ = ("request_id", "outcome", "error")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    outcome: LeadOutcome
    error: _status_pb2.Status
    def __init__(self, request_id: _Optional[str] = ..., outcome: _Optional[_Union[LeadOutcome, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...

class SubmitLeadsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[SubmitLeadsResult]
    def __init__(self, results: _Optional[_Iterable[_Union[SubmitLeadsResult, _Mapping]]] = ...) -> None: ...
