from leadexchange.v1 import reason_pb2 as _reason_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Bid(_message.Message):
    __slots__ = ("auction_id", "campaign_id", "price_micros", "reason", "bid_reference", "reason_code", "shared_price_micros")
    AUCTION_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    PRICE_MICROS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    BID_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    REASON_CODE_FIELD_NUMBER: _ClassVar[int]
    SHARED_PRICE_MICROS_FIELD_NUMBER: _ClassVar[int]
    auction_id: str
    campaign_id: str
    price_micros: int
    reason: _reason_pb2.Reason
    bid_reference: str
    reason_code: str
    shared_price_micros: int
    def __init__(self, auction_id: _Optional[str] = ..., campaign_id: _Optional[str] = ..., price_micros: _Optional[int] = ..., reason: _Optional[_Union[_reason_pb2.Reason, str]] = ..., bid_reference: _Optional[str] = ..., reason_code: _Optional[str] = ..., shared_price_micros: _Optional[int] = ...) -> None: ...
