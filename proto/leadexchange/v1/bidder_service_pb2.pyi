from leadexchange.v1 import bid_pb2 as _bid_pb2
from leadexchange.v1 import campaign_pb2 as _campaign_pb2
from leadexchange.v1 import mapping_pb2 as _mapping_pb2
from leadexchange.v1 import ping_pb2 as _ping_pb2
from leadexchange.v1 import post_pb2 as _post_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BidderHello(_message.Message):
    __slots__ = ("campaign_ids", "credit", "agent")
    CAMPAIGN_IDS_FIELD_NUMBER: _ClassVar[int]
    CREDIT_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    campaign_ids: _containers.RepeatedScalarFieldContainer[str]
    credit: int
    agent: str
    def __init__(self, campaign_ids: _Optional[_Iterable[str]] = ..., credit: _Optional[int] = ..., agent: _Optional[str] = ...) -> None: ...

class BidStreamRequest(_message.Message):
    __slots__ = ("hello", "bids", "replies", "leaving")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    BIDS_FIELD_NUMBER: _ClassVar[int]
    REPLIES_FIELD_NUMBER: _ClassVar[int]
    LEAVING_FIELD_NUMBER: _ClassVar[int]
    hello: BidderHello
    bids: _containers.RepeatedCompositeFieldContainer[_bid_pb2.Bid]
    replies: _containers.RepeatedCompositeFieldContainer[_post_pb2.PostReply]
    leaving: bool
    def __init__(self, hello: _Optional[_Union[BidderHello, _Mapping]] = ..., bids: _Optional[_Iterable[_Union[_bid_pb2.Bid, _Mapping]]] = ..., replies: _Optional[_Iterable[_Union[_post_pb2.PostReply, _Mapping]]] = ..., leaving: _Optional[bool] = ...) -> None: ...

class BidderWelcome(_message.Message):
    __slots__ = ("session_id", "server_time_ms", "credit")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    SERVER_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    CREDIT_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    server_time_ms: int
    credit: int
    def __init__(self, session_id: _Optional[str] = ..., server_time_ms: _Optional[int] = ..., credit: _Optional[int] = ...) -> None: ...

class BidStreamResponse(_message.Message):
    __slots__ = ("welcome", "campaigns", "dropped_campaign_ids", "pings", "posts", "voids", "draining", "mappings")
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGNS_FIELD_NUMBER: _ClassVar[int]
    DROPPED_CAMPAIGN_IDS_FIELD_NUMBER: _ClassVar[int]
    PINGS_FIELD_NUMBER: _ClassVar[int]
    POSTS_FIELD_NUMBER: _ClassVar[int]
    VOIDS_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    MAPPINGS_FIELD_NUMBER: _ClassVar[int]
    welcome: BidderWelcome
    campaigns: _containers.RepeatedCompositeFieldContainer[_campaign_pb2.Campaign]
    dropped_campaign_ids: _containers.RepeatedScalarFieldContainer[str]
    pings: _containers.RepeatedCompositeFieldContainer[_ping_pb2.Ping]
    posts: _containers.RepeatedCompositeFieldContainer[_post_pb2.Post]
    voids: _containers.RepeatedCompositeFieldContainer[_post_pb2.PostVoid]
    draining: bool
    mappings: _containers.RepeatedCompositeFieldContainer[_mapping_pb2.Mapping]
    def __init__(self, welcome: _Optional[_Union[BidderWelcome, _Mapping]] = ..., campaigns: _Optional[_Iterable[_Union[_campaign_pb2.Campaign, _Mapping]]] = ..., dropped_campaign_ids: _Optional[_Iterable[str]] = ..., pings: _Optional[_Iterable[_Union[_ping_pb2.Ping, _Mapping]]] = ..., posts: _Optional[_Iterable[_Union[_post_pb2.Post, _Mapping]]] = ..., voids: _Optional[_Iterable[_Union[_post_pb2.PostVoid, _Mapping]]] = ..., draining: _Optional[bool] = ..., mappings: _Optional[_Iterable[_Union[_mapping_pb2.Mapping, _Mapping]]] = ...) -> None: ...
