import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from leadexchange.v1 import auction_pb2 as _auction_pb2
from leadexchange.v1 import lead_pb2 as _lead_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Acknowledgement(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACKNOWLEDGEMENT_UNSPECIFIED: _ClassVar[Acknowledgement]
    ACKNOWLEDGEMENT_MISSING: _ClassVar[Acknowledgement]
    ACKNOWLEDGEMENT_GIVEN: _ClassVar[Acknowledgement]
ACKNOWLEDGEMENT_UNSPECIFIED: Acknowledgement
ACKNOWLEDGEMENT_MISSING: Acknowledgement
ACKNOWLEDGEMENT_GIVEN: Acknowledgement

class GetLeadRequest(_message.Message):
    __slots__ = ("lead_id",)
    LEAD_ID_FIELD_NUMBER: _ClassVar[int]
    lead_id: str
    def __init__(self, lead_id: _Optional[str] = ...) -> None: ...

class GetLeadResponse(_message.Message):
    __slots__ = ("lead",)
    LEAD_FIELD_NUMBER: _ClassVar[int]
    lead: _lead_pb2.Lead
    def __init__(self, lead: _Optional[_Union[_lead_pb2.Lead, _Mapping]] = ...) -> None: ...

class ListLeadsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "vertical", "status", "submitted_from", "submitted_until", "state", "zip_prefix", "campaign_id", "acknowledgement", "after_lead_id", "offset", "source_id")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    VERTICAL_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SUBMITTED_FROM_FIELD_NUMBER: _ClassVar[int]
    SUBMITTED_UNTIL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ZIP_PREFIX_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGEMENT_FIELD_NUMBER: _ClassVar[int]
    AFTER_LEAD_ID_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    vertical: str
    status: _lead_pb2.LeadStatus
    submitted_from: _timestamp_pb2.Timestamp
    submitted_until: _timestamp_pb2.Timestamp
    state: str
    zip_prefix: str
    campaign_id: str
    acknowledgement: Acknowledgement
    after_lead_id: str
    offset: int
    source_id: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., vertical: _Optional[str] = ..., status: _Optional[_Union[_lead_pb2.LeadStatus, str]] = ..., submitted_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., submitted_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[str] = ..., zip_prefix: _Optional[str] = ..., campaign_id: _Optional[str] = ..., acknowledgement: _Optional[_Union[Acknowledgement, str]] = ..., after_lead_id: _Optional[str] = ..., offset: _Optional[int] = ..., source_id: _Optional[str] = ...) -> None: ...

class ListLeadsResponse(_message.Message):
    __slots__ = ("leads", "next_page_token", "next_poll_ms")
    LEADS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    NEXT_POLL_MS_FIELD_NUMBER: _ClassVar[int]
    leads: _containers.RepeatedCompositeFieldContainer[_lead_pb2.Lead]
    next_page_token: str
    next_poll_ms: int
    def __init__(self, leads: _Optional[_Iterable[_Union[_lead_pb2.Lead, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., next_poll_ms: _Optional[int] = ...) -> None: ...

class AcknowledgeLeadsRequest(_message.Message):
    __slots__ = ("lead_ids",)
    LEAD_IDS_FIELD_NUMBER: _ClassVar[int]
    lead_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, lead_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class AcknowledgeLeadsResponse(_message.Message):
    __slots__ = ("acknowledged", "unknown_lead_ids")
    ACKNOWLEDGED_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_LEAD_IDS_FIELD_NUMBER: _ClassVar[int]
    acknowledged: int
    unknown_lead_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, acknowledged: _Optional[int] = ..., unknown_lead_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class ClaimLeadsRequest(_message.Message):
    __slots__ = ("max_leads", "claim_s", "vertical", "campaign_id")
    MAX_LEADS_FIELD_NUMBER: _ClassVar[int]
    CLAIM_S_FIELD_NUMBER: _ClassVar[int]
    VERTICAL_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    max_leads: int
    claim_s: int
    vertical: str
    campaign_id: str
    def __init__(self, max_leads: _Optional[int] = ..., claim_s: _Optional[int] = ..., vertical: _Optional[str] = ..., campaign_id: _Optional[str] = ...) -> None: ...

class ClaimLeadsResponse(_message.Message):
    __slots__ = ("leads", "claimed_until", "next_poll_ms")
    LEADS_FIELD_NUMBER: _ClassVar[int]
    CLAIMED_UNTIL_FIELD_NUMBER: _ClassVar[int]
    NEXT_POLL_MS_FIELD_NUMBER: _ClassVar[int]
    leads: _containers.RepeatedCompositeFieldContainer[_lead_pb2.Lead]
    claimed_until: _timestamp_pb2.Timestamp
    next_poll_ms: int
    def __init__(self, leads: _Optional[_Iterable[_Union[_lead_pb2.Lead, _Mapping]]] = ..., claimed_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., next_poll_ms: _Optional[int] = ...) -> None: ...

class GetAuctionRequest(_message.Message):
    __slots__ = ("auction_id", "include_filtered")
    AUCTION_ID_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_FILTERED_FIELD_NUMBER: _ClassVar[int]
    auction_id: str
    include_filtered: bool
    def __init__(self, auction_id: _Optional[str] = ..., include_filtered: _Optional[bool] = ...) -> None: ...

class GetAuctionResponse(_message.Message):
    __slots__ = ("auction",)
    AUCTION_FIELD_NUMBER: _ClassVar[int]
    auction: _auction_pb2.Auction
    def __init__(self, auction: _Optional[_Union[_auction_pb2.Auction, _Mapping]] = ...) -> None: ...
