from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReportDimension(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REPORT_DIMENSION_UNSPECIFIED: _ClassVar[ReportDimension]
    REPORT_DIMENSION_DAY: _ClassVar[ReportDimension]
    REPORT_DIMENSION_VERTICAL: _ClassVar[ReportDimension]
    REPORT_DIMENSION_SOURCE: _ClassVar[ReportDimension]
    REPORT_DIMENSION_SUB_SOURCE: _ClassVar[ReportDimension]
    REPORT_DIMENSION_CAMPAIGN: _ClassVar[ReportDimension]
    REPORT_DIMENSION_BUYER: _ClassVar[ReportDimension]
REPORT_DIMENSION_UNSPECIFIED: ReportDimension
REPORT_DIMENSION_DAY: ReportDimension
REPORT_DIMENSION_VERTICAL: ReportDimension
REPORT_DIMENSION_SOURCE: ReportDimension
REPORT_DIMENSION_SUB_SOURCE: ReportDimension
REPORT_DIMENSION_CAMPAIGN: ReportDimension
REPORT_DIMENSION_BUYER: ReportDimension

class GetReportRequest(_message.Message):
    __slots__ = ("from_day", "until_day", "dimensions", "vertical", "source_id", "campaign_id", "buyer_id")
    FROM_DAY_FIELD_NUMBER: _ClassVar[int]
    UNTIL_DAY_FIELD_NUMBER: _ClassVar[int]
    DIMENSIONS_FIELD_NUMBER: _ClassVar[int]
    VERTICAL_FIELD_NUMBER: _ClassVar[int]
    SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    BUYER_ID_FIELD_NUMBER: _ClassVar[int]
    from_day: str
    until_day: str
    dimensions: _containers.RepeatedScalarFieldContainer[ReportDimension]
    vertical: str
    source_id: str
    campaign_id: str
    buyer_id: str
    def __init__(self, from_day: _Optional[str] = ..., until_day: _Optional[str] = ..., dimensions: _Optional[_Iterable[_Union[ReportDimension, str]]] = ..., vertical: _Optional[str] = ..., source_id: _Optional[str] = ..., campaign_id: _Optional[str] = ..., buyer_id: _Optional[str] = ...) -> None: ...

class ReportRow(_message.Message):
    __slots__ = ("keys", "leads", "sold", "pings", "bids", "timeouts", "bid_micros", "posts", "accepted", "rejected", "sales", "revenue_micros", "payout_micros", "returns", "refund_micros", "conversions", "conversion_micros", "contacted")
    KEYS_FIELD_NUMBER: _ClassVar[int]
    LEADS_FIELD_NUMBER: _ClassVar[int]
    SOLD_FIELD_NUMBER: _ClassVar[int]
    PINGS_FIELD_NUMBER: _ClassVar[int]
    BIDS_FIELD_NUMBER: _ClassVar[int]
    TIMEOUTS_FIELD_NUMBER: _ClassVar[int]
    BID_MICROS_FIELD_NUMBER: _ClassVar[int]
    POSTS_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    SALES_FIELD_NUMBER: _ClassVar[int]
    REVENUE_MICROS_FIELD_NUMBER: _ClassVar[int]
    PAYOUT_MICROS_FIELD_NUMBER: _ClassVar[int]
    RETURNS_FIELD_NUMBER: _ClassVar[int]
    REFUND_MICROS_FIELD_NUMBER: _ClassVar[int]
    CONVERSIONS_FIELD_NUMBER: _ClassVar[int]
    CONVERSION_MICROS_FIELD_NUMBER: _ClassVar[int]
    CONTACTED_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.RepeatedScalarFieldContainer[str]
    leads: int
    sold: int
    pings: int
    bids: int
    timeouts: int
    bid_micros: int
    posts: int
    accepted: int
    rejected: int
    sales: int
    revenue_micros: int
    payout_micros: int
    returns: int
    refund_micros: int
    conversions: int
    conversion_micros: int
    contacted: int
    def __init__(self, keys: _Optional[_Iterable[str]] = ..., leads: _Optional[int] = ..., sold: _Optional[int] = ..., pings: _Optional[int] = ..., bids: _Optional[int] = ..., timeouts: _Optional[int] = ..., bid_micros: _Optional[int] = ..., posts: _Optional[int] = ..., accepted: _Optional[int] = ..., rejected: _Optional[int] = ..., sales: _Optional[int] = ..., revenue_micros: _Optional[int] = ..., payout_micros: _Optional[int] = ..., returns: _Optional[int] = ..., refund_micros: _Optional[int] = ..., conversions: _Optional[int] = ..., conversion_micros: _Optional[int] = ..., contacted: _Optional[int] = ...) -> None: ...

class GetReportResponse(_message.Message):
    __slots__ = ("rows", "truncated")
    ROWS_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    rows: _containers.RepeatedCompositeFieldContainer[ReportRow]
    truncated: bool
    def __init__(self, rows: _Optional[_Iterable[_Union[ReportRow, _Mapping]]] = ..., truncated: _Optional[bool] = ...) -> None: ...
