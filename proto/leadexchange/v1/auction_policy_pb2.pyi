from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Distribution(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DISTRIBUTION_UNSPECIFIED: _ClassVar[Distribution]
    DISTRIBUTION_HIGHEST_PRICE: _ClassVar[Distribution]
    DISTRIBUTION_PRIORITY: _ClassVar[Distribution]
    DISTRIBUTION_TIERED_PRICE: _ClassVar[Distribution]
    DISTRIBUTION_WEIGHTED: _ClassVar[Distribution]
    DISTRIBUTION_ROUND_ROBIN: _ClassVar[Distribution]

class Clearing(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CLEARING_UNSPECIFIED: _ClassVar[Clearing]
    CLEARING_FIRST_PRICE: _ClassVar[Clearing]
    CLEARING_SECOND_PRICE: _ClassVar[Clearing]

class BidderCare(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BIDDER_CARE_UNSPECIFIED: _ClassVar[BidderCare]
    BIDDER_CARE_OFF: _ClassVar[BidderCare]
    BIDDER_CARE_SIMULATE: _ClassVar[BidderCare]
    BIDDER_CARE_ENFORCE: _ClassVar[BidderCare]
DISTRIBUTION_UNSPECIFIED: Distribution
DISTRIBUTION_HIGHEST_PRICE: Distribution
DISTRIBUTION_PRIORITY: Distribution
DISTRIBUTION_TIERED_PRICE: Distribution
DISTRIBUTION_WEIGHTED: Distribution
DISTRIBUTION_ROUND_ROBIN: Distribution
CLEARING_UNSPECIFIED: Clearing
CLEARING_FIRST_PRICE: Clearing
CLEARING_SECOND_PRICE: Clearing
BIDDER_CARE_UNSPECIFIED: BidderCare
BIDDER_CARE_OFF: BidderCare
BIDDER_CARE_SIMULATE: BidderCare
BIDDER_CARE_ENFORCE: BidderCare

class AuctionPolicy(_message.Message):
    __slots__ = ("vertical", "distribution", "clearing", "floor_micros", "fee_bps", "max_buyers", "min_buyers", "duplicate_window_s", "bidder_care", "care_threshold_bps", "exploration_bps", "revision")
    VERTICAL_FIELD_NUMBER: _ClassVar[int]
    DISTRIBUTION_FIELD_NUMBER: _ClassVar[int]
    CLEARING_FIELD_NUMBER: _ClassVar[int]
    FLOOR_MICROS_FIELD_NUMBER: _ClassVar[int]
    FEE_BPS_FIELD_NUMBER: _ClassVar[int]
    MAX_BUYERS_FIELD_NUMBER: _ClassVar[int]
    MIN_BUYERS_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_WINDOW_S_FIELD_NUMBER: _ClassVar[int]
    BIDDER_CARE_FIELD_NUMBER: _ClassVar[int]
    CARE_THRESHOLD_BPS_FIELD_NUMBER: _ClassVar[int]
    EXPLORATION_BPS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    vertical: str
    distribution: Distribution
    clearing: Clearing
    floor_micros: int
    fee_bps: int
    max_buyers: int
    min_buyers: int
    duplicate_window_s: int
    bidder_care: BidderCare
    care_threshold_bps: int
    exploration_bps: int
    revision: int
    def __init__(self, vertical: _Optional[str] = ..., distribution: _Optional[_Union[Distribution, str]] = ..., clearing: _Optional[_Union[Clearing, str]] = ..., floor_micros: _Optional[int] = ..., fee_bps: _Optional[int] = ..., max_buyers: _Optional[int] = ..., min_buyers: _Optional[int] = ..., duplicate_window_s: _Optional[int] = ..., bidder_care: _Optional[_Union[BidderCare, str]] = ..., care_threshold_bps: _Optional[int] = ..., exploration_bps: _Optional[int] = ..., revision: _Optional[int] = ...) -> None: ...
