import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from leadexchange.v1 import money_pb2 as _money_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReturnReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RETURN_REASON_UNSPECIFIED: _ClassVar[ReturnReason]
    RETURN_REASON_DISCONNECTED_PHONE: _ClassVar[ReturnReason]
    RETURN_REASON_WRONG_PERSON: _ClassVar[ReturnReason]
    RETURN_REASON_FAKE_CONTACT: _ClassVar[ReturnReason]
    RETURN_REASON_DUPLICATE: _ClassVar[ReturnReason]
    RETURN_REASON_OUTSIDE_CRITERIA: _ClassVar[ReturnReason]
    RETURN_REASON_NO_CONSENT: _ClassVar[ReturnReason]
    RETURN_REASON_DO_NOT_CONTACT: _ClassVar[ReturnReason]
    RETURN_REASON_TEST_LEAD: _ClassVar[ReturnReason]
    RETURN_REASON_OTHER: _ClassVar[ReturnReason]

class ReturnState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RETURN_STATE_UNSPECIFIED: _ClassVar[ReturnState]
    RETURN_STATE_REQUESTED: _ClassVar[ReturnState]
    RETURN_STATE_APPROVED: _ClassVar[ReturnState]
    RETURN_STATE_DENIED: _ClassVar[ReturnState]
RETURN_REASON_UNSPECIFIED: ReturnReason
RETURN_REASON_DISCONNECTED_PHONE: ReturnReason
RETURN_REASON_WRONG_PERSON: ReturnReason
RETURN_REASON_FAKE_CONTACT: ReturnReason
RETURN_REASON_DUPLICATE: ReturnReason
RETURN_REASON_OUTSIDE_CRITERIA: ReturnReason
RETURN_REASON_NO_CONSENT: ReturnReason
RETURN_REASON_DO_NOT_CONTACT: ReturnReason
RETURN_REASON_TEST_LEAD: ReturnReason
RETURN_REASON_OTHER: ReturnReason
RETURN_STATE_UNSPECIFIED: ReturnState
RETURN_STATE_REQUESTED: ReturnState
RETURN_STATE_APPROVED: ReturnState
RETURN_STATE_DENIED: ReturnState

class LeadReturn(_message.Message):
    __slots__ = ("id", "lead_id", "sale_id", "reason", "note", "state", "buyer_id", "campaign_id", "source_id", "refund", "requested_at", "decided_at", "decided_by", "decision_note", "resold")
    ID_FIELD_NUMBER: _ClassVar[int]
    LEAD_ID_FIELD_NUMBER: _ClassVar[int]
    SALE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    BUYER_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    REFUND_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_AT_FIELD_NUMBER: _ClassVar[int]
    DECIDED_AT_FIELD_NUMBER: _ClassVar[int]
    DECIDED_BY_FIELD_NUMBER: _ClassVar[int]
    DECISION_NOTE_FIELD_NUMBER: _ClassVar[int]
    RESOLD_FIELD_NUMBER: _ClassVar[int]
    id: str
    lead_id: str
    sale_id: str
    reason: ReturnReason
    note: str
    state: ReturnState
    buyer_id: str
    campaign_id: str
    source_id: str
    refund: _money_pb2.Money
    requested_at: _timestamp_pb2.Timestamp
    decided_at: _timestamp_pb2.Timestamp
    decided_by: str
    decision_note: str
    resold: bool
    def __init__(self, id: _Optional[str] = ..., lead_id: _Optional[str] = ..., sale_id: _Optional[str] = ..., reason: _Optional[_Union[ReturnReason, str]] = ..., note: _Optional[str] = ..., state: _Optional[_Union[ReturnState, str]] = ..., buyer_id: _Optional[str] = ..., campaign_id: _Optional[str] = ..., source_id: _Optional[str] = ..., refund: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., requested_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., decided_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., decided_by: _Optional[str] = ..., decision_note: _Optional[str] = ..., resold: _Optional[bool] = ...) -> None: ...
