"""How a campaign's buyer is spoken to: requests made of pings and posts, and what its answers come to."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Protocol

import msgspec

from adapters.gateway import generic_json
from adapters.gateway.call import Answer
from adapters.gateway.transport import JSON
from leadexchange.v1.bid_pb2 import Bid
from leadexchange.v1.ping_pb2 import Ping
from leadexchange.v1.post_pb2 import Post, PostReply


class Request(msgspec.Struct, frozen=True):
    """What is sent, but for the endpoint's own line and headers."""

    body: bytes
    headers: bytes = b""
    """Further header lines."""
    query: bytes = b""
    """Added to the URL's own."""


class Round:
    """A ping on its way to several campaigns: what is the same for all of them is made once, when it is needed."""

    def __init__(self, ping: Ping, values: Callable[[Ping], dict[str, Any]]) -> None:
        self.ping = ping
        self._values = values

    @cached_property
    def generic_tail(self) -> bytes:
        """The generic JSON, but for the campaign's own part."""
        return generic_json.ping_tail(self.ping)

    @cached_property
    def values(self) -> dict[str, Any]:
        """What mappings are given."""
        return self._values(self.ping)


class Dialect(Protocol):
    """One way to speak."""

    content_type: str | None
    """Of each request's body; None where each request says it."""

    def ping(self, asked: Round, campaign_id: str, window_ms: int) -> Request:
        """A ping as the buyer wants it. Raises ValueError when it cannot be made."""

    def read_bid(self, answer: Answer, auction_id: str, campaign_id: str, most_micros: int) -> Bid:
        """What the buyer made of a ping. A price above `most_micros` is malformed."""

    def post(self, post: Post, window_ms: int) -> Request:
        """The whole lead as the buyer wants it. Raises ValueError when it cannot be made."""

    def read_post(self, answer: Answer, post_id: str) -> PostReply:
        """What the buyer made of a post."""


class GenericJson:
    """The exchange's own dialect."""

    content_type: str | None = JSON

    def ping(self, asked: Round, campaign_id: str, window_ms: int) -> Request:
        """See `Dialect`."""
        return Request(generic_json.ping_body(asked.generic_tail, campaign_id, window_ms))

    def read_bid(self, answer: Answer, auction_id: str, campaign_id: str, most_micros: int) -> Bid:
        """See `Dialect`."""
        return generic_json.read_bid(answer, auction_id, campaign_id, most_micros)

    def post(self, post: Post, window_ms: int) -> Request:
        """See `Dialect`."""
        return Request(generic_json.post_body(post, window_ms))

    def read_post(self, answer: Answer, post_id: str) -> PostReply:
        """See `Dialect`."""
        return generic_json.read_post(answer, post_id)
