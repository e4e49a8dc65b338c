from leadexchange.v1 import auction_policy_pb2 as _auction_policy_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetPolicyRequest(_message.Message):
    __slots__ = ("vertical",)
    VERTICAL_FIELD_NUMBER: _ClassVar[int]
    vertical: str
    def __init__(self, vertical: _Optional[str] = ...) -> None: ...

class GetPolicyResponse(_message.Message):
    __slots__ = ("policy",)
    POLICY_FIELD_NUMBER: _ClassVar[int]
    policy: _auction_policy_pb2.AuctionPolicy
    def __init__(self, policy: _Optional[_Union[_auction_policy_pb2.AuctionPolicy, _Mapping]] = ...) -> None: ...

class SetPolicyRequest(_message.Message):
    __slots__ = ("policy",)
    POLICY_FIELD_NUMBER: _ClassVar[int]
    policy: _auction_policy_pb2.AuctionPolicy
    def __init__(self, policy: _Optional[_Union[_auction_policy_pb2.AuctionPolicy, _Mapping]] = ...) -> None: ...

class SetPolicyResponse(_message.Message):
    __slots__ = ("policy",)
    POLICY_FIELD_NUMBER: _ClassVar[int]
    policy: _auction_policy_pb2.AuctionPolicy
    def __init__(self, policy: _Optional[_Union[_auction_policy_pb2.AuctionPolicy, _Mapping]] = ...) -> None: ...
