"""Buyers with a format of their own: the gateway writes it and reads it by their mapping, over real sockets."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from lxml import etree

from adapters.common.core import connect
from adapters.common.egress import Egress
from adapters.gateway.gateway import Buyers, Gateway
from leadexchange.v1.bidder_service_pb2 import BidStreamResponse
from leadexchange.v1.campaign_pb2 import Campaign
from leadexchange.v1.mapping_pb2 import Mapping
from leadexchange.v1.post_pb2 import (
    POST_VERDICT_ACCEPTED,
    POST_VERDICT_FAILED,
    POST_VERDICT_PENDING,
    POST_VERDICT_REJECTED,
)
from leadexchange.v1.reason_pb2 import (
    REASON_BID_INVALID,
    REASON_BIDDER_ERROR,
    REASON_NO_BID,
    REASON_PENDING_REVIEW,
    REASON_POST_ERROR,
    REASON_POST_NOT_SENT,
    REASON_REJECTED_CAPACITY,
    REASON_REJECTED_DUPLICATE,
)
from tests.gateway.raw_server import RawServer, always, ok
from tests.gateway.samples import CONTACT, http_campaign, ping, post
from tests.gateway.scripted_core import KEY, ScriptedCore

XML: dict[str, Any] = {
    "version": 1,
    "request": {
        "format": "xml",
        "root": "lead",
        "rules": [
            {"to": "@auction", "from": {"type": "first", "of": ["ping.auction_id", "post.auction_id"]}},
            {"to": "term", "from": "attributes.term_months"},
            {
                "to": "self_employed",
                "from": "attributes.self_employed",
                "format": {"type": "boolean", "true": "Y", "false": "N"},
            },
            {"to": "last", "from": "contact.last_name"},
            {"to": "phone", "from": "contact.phone", "format": {"type": "phone", "style": "dashes"}},
            {"to": "window", "from": {"type": "first", "of": ["ping.window_ms", "post.window_ms"]}},
        ],
        "headers": [{"to": "X-Campaign", "from": "campaign.id"}],
    },
    "response": {
        "verdict": [
            {"when": [{"read": "/r/status", "equals": "ok"}], "verdict": "accepted"},
            {"when": [{"read": "/r/status", "equals": "later"}], "verdict": "pending"},
            {"when": [{"read": "/r/status", "equals": "had"}], "verdict": "duplicate"},
            {"when": [{"read": "/r/status", "equals": "no"}], "verdict": "rejected"},
        ],
        "price": {"read": "/r/price/@amount"},
        "reference": "/r/id",
        "redirect_url": "/r/url",
        "reason": {"read": "/r/why", "table": {"FULL": "capacity"}},
    },
}
QUERY: dict[str, Any] = {
    "version": 1,
    "request": {
        "format": "query",
        "rules": [
            {"to": "zip", "from": "attributes.zip"},
            {"to": "amount", "from": "attributes.loan_amount", "absent": "required"},
        ],
    },
    "response": {
        "verdict": [{"when": [{"read": {"type": "regex", "pattern": "^OK"}, "exists": True}], "verdict": "accepted"}],
        "otherwise": "rejected",
        "price": {"read": {"type": "regex", "pattern": "price=([0-9.]+)"}},
    },
}


def mapping(mapping_id: str, document: dict[str, Any]) -> Mapping:
    return Mapping(id=mapping_id, owner_id="buyer", revision=1, document=ParseDict(document, Struct()))


def mapped(campaign_id: str, url: str, mapping_id: str) -> Campaign:
    campaign = http_campaign(campaign_id, "https://replaced.example")
    campaign.http_bidding.call.url = campaign.http_posting.call.url = url
    campaign.http_bidding.call.mapping_id = mapping_id
    campaign.http_posting.call.mapping_id = mapping_id
    return campaign


@contextlib.asynccontextmanager
async def gateway(core: ScriptedCore, *campaigns: Campaign, **mappings: dict[str, Any]) -> AsyncIterator[Gateway]:
    core.first.mappings.extend(mapping(name, document) for name, document in mappings.items())
    core.first.campaigns.extend(campaigns)
    channel = connect(f"127.0.0.1:{core.port}")
    buyers = Buyers(Egress(development=True))
    serving = Gateway(channel, KEY, buyers)
    running = asyncio.create_task(serving.client.run())
    try:
        await core.until(streams=1)
        yield serving
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        buyers.close()
        await channel.close(None)


def taken(server: RawServer) -> tuple[str, dict[str, str], bytes]:
    """The last request: its target, headers and body."""
    head, _, body = bytes(server.requests[-1]).partition(b"\r\n\r\n")
    line, *lines = head.decode().split("\r\n")
    headers = dict(one.split(": ", 1) for one in lines)
    return line.split(" ")[1], headers, body


async def test_a_ping_goes_out_as_xml_and_its_answer_is_read(core: ScriptedCore) -> None:
    answer = b'<r><status>ok</status><price amount="12.50"/><id>crm-7</id></r>'
    async with RawServer.serving(always(ok(answer))) as server:
        campaign = mapped("camp_xml", f"http://127.0.0.1:{server.port}/q?k=1", "own")
        async with gateway(core, campaign, own=XML):
            core.push(pings=[ping("auc_1", "camp_xml", window_ms=20_000)])
            await core.until(bids=1)
        target, headers, body = taken(server)
    (bid,) = core.bids
    assert (bid.price_micros, bid.bid_reference) == (12_500_000, "crm-7")
    assert target == "/q?k=1"
    assert (headers["content-type"], headers["X-Campaign"]) == ("application/xml", "camp_xml")
    root = etree.fromstring(body)
    assert (root.get("auction"), root.findtext("term"), root.findtext("self_employed")) == ("auc_1", "360", "N")
    assert root.find("last") is None  # a ping has no person


@pytest.mark.parametrize(
    ("answer", "verdict", "reason", "code"),
    [
        (b"<r><status>ok</status><id>n1</id></r>", POST_VERDICT_ACCEPTED, 0, ""),
        (b"<r><status>later</status></r>", POST_VERDICT_PENDING, REASON_PENDING_REVIEW, ""),
        (b"<r><status>had</status></r>", POST_VERDICT_REJECTED, REASON_REJECTED_DUPLICATE, ""),
        (b"<r><status>no</status><why>FULL</why></r>", POST_VERDICT_REJECTED, REASON_REJECTED_CAPACITY, "FULL"),
        (b"<r><status>what</status></r>", POST_VERDICT_FAILED, REASON_POST_ERROR, "unreadable"),
        (b"{}", POST_VERDICT_FAILED, REASON_POST_ERROR, "unreadable"),
    ],
)
async def test_a_post_is_written_whole_and_its_answer_read(
    core: ScriptedCore, answer: bytes, verdict: int, reason: int, code: str
) -> None:
    async with RawServer.serving(always(ok(answer))) as server:
        async with gateway(core, mapped("camp_a", f"http://127.0.0.1:{server.port}/p", "own"), own=XML):
            core.push(posts=[post(window_ms=20_000)])
            await core.until(replies=1)
        _, headers, body = taken(server)
    (reply,) = core.replies
    assert (reply.verdict, reply.reason, reply.reason_code) == (verdict, reason, code)
    assert headers["idempotency-key"] == post().post_id
    root = etree.fromstring(body)
    assert root.findtext("last") == CONTACT.last_name
    phone = root.findtext("phone") or ""
    assert "".join(filter(str.isdecimal, phone)) == CONTACT.phone.removeprefix("+1")


async def test_a_query_is_added_to_the_url(core: ScriptedCore) -> None:
    async with RawServer.serving(always(ok(b"OK price=3.25"))) as server:
        async with gateway(core, mapped("camp_q", f"http://127.0.0.1:{server.port}/q?k=1", "own"), own=QUERY):
            core.push(pings=[ping("auc_1", "camp_q", window_ms=20_000)])
            await core.until(bids=1)
        target, headers, body = taken(server)
    assert core.bids[0].price_micros == 3_250_000
    path, _, query = target.partition("?")
    assert (path, parse_qs(query)) == ("/q", {"k": ["1"], "zip": ["78251"], "amount": ["89000.5"]})
    assert (body, headers["content-length"], "content-type" in headers) == (b"", "0", False)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b'<r><status>ok</status><price amount="0"/></r>', REASON_NO_BID),
        (b"<r><status>no</status></r>", REASON_NO_BID),
        (b"<r><status>had</status></r>", REASON_NO_BID),
        (b"nothing of the kind", REASON_BID_INVALID),
        (b'<r><status>ok</status><price amount="999999"/></r>', REASON_BID_INVALID),
    ],
)
async def test_what_is_no_bid(core: ScriptedCore, answer: bytes, reason: int) -> None:
    async with (
        RawServer.serving(always(ok(answer))) as server,
        gateway(core, mapped("camp_a", f"http://127.0.0.1:{server.port}/p", "own"), own=XML),
    ):
        core.push(pings=[ping("auc_1", "camp_a", window_ms=20_000)])
        await core.until(bids=1)
    assert (core.bids[0].price_micros, core.bids[0].reason) == (0, reason)


async def test_a_lead_without_what_the_format_must_have_is_not_sent(core: ScriptedCore) -> None:
    needy = {
        **QUERY,
        "request": {"format": "query", "rules": [{"to": "x", "from": "attributes.x", "absent": "required"}]},
    }
    async with RawServer.serving(always(ok(b"OK"))) as server:
        async with gateway(core, mapped("camp_a", f"http://127.0.0.1:{server.port}/p", "own"), own=needy):
            core.push(pings=[ping("auc_1", "camp_a", window_ms=20_000)], posts=[post(window_ms=20_000)])
            await core.until(bids=1, replies=1)
        assert server.requests == []
    assert (core.bids[0].reason, core.bids[0].reason_code) == (REASON_BIDDER_ERROR, "mapping")
    assert (core.replies[0].reason, core.replies[0].reason_code) == (REASON_POST_NOT_SENT, "mapping")


async def test_a_mapping_that_changes_is_followed_and_one_that_is_unusable_hurts_its_campaign_only(
    core: ScriptedCore,
) -> None:
    async with RawServer.serving(always(ok(b"OK price=3.25"))) as server:
        url = f"http://127.0.0.1:{server.port}/q"
        other = {**QUERY, "request": {"format": "query", "rules": [{"to": "changed", "from": "attributes.zip"}]}}
        campaigns = [mapped("camp_a", url, "own"), mapped("camp_bad", url, "bad"), mapped("camp_none", url, "none")]
        async with gateway(core, *campaigns, own=QUERY, bad={"version": 99}):
            core.push(pings=[ping("auc_1", "camp_a", "camp_bad", "camp_none", window_ms=20_000)])
            await core.until(bids=3)
            changed = BidStreamResponse(mappings=[mapping("own", other)])
            core.push(mappings=changed.mappings)
            core.push(pings=[ping("auc_2", "camp_a", window_ms=20_000)])
            await core.until(bids=4)
        target, _, _ = taken(server)
    assert target == "/q?changed=78251"
    assert {bid.campaign_id: bid.reason for bid in core.bids[:3]} == {
        "camp_a": 0,
        "camp_bad": REASON_BIDDER_ERROR,
        "camp_none": REASON_BIDDER_ERROR,
    }
