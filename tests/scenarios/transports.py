"""The ways in: each submits leads and reads traces over its own protocol, and tells both in the same words."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol

import aiohttp
import grpc
import msgspec
from aiohttp import web
from google.protobuf.json_format import MessageToDict

from adapters.common.core import connect
from adapters.rest.core import Core as RestCore
from adapters.rest.edge import SERVER_LOG
from adapters.rest.router import application
from leadexchange.v1.attribute_pb2 import AttributeValue
from leadexchange.v1.lead_pb2 import LEAD_STATUS_IN_REVIEW, LEAD_STATUS_SOLD, LEAD_STATUS_UNSOLD, LeadProfile
from leadexchange.v1.lead_service_pb2 import GetAuctionRequest
from leadexchange.v1.ping_pb2 import ConsentEvidence
from leadexchange.v1.reason_pb2 import Reason
from leadexchange.v1.submission_service_pb2 import (
    LeadOutcome,
    PingLeadRequest,
    PostLeadRequest,
    SubmitLeadRequest,
    SubmitLeadsRequest,
)
from tests.support.caller import Caller, refusal, refusal_of

_STATUSES: Final = {LEAD_STATUS_SOLD: "sold", LEAD_STATUS_UNSOLD: "unsold", LEAD_STATUS_IN_REVIEW: "in_review"}


class Answer(msgspec.Struct, kw_only=True):
    """What a source is told."""

    auction_id: str = ""
    status: str = ""
    reason: str = ""
    sold: dict[str, str] = {}
    payout: str = ""
    redirect: str = ""
    refused: str = ""
    fields: list[str] = []
    """At fault, of a refused lead."""
    offer: str = ""


class Told(msgspec.Struct):
    """A trace."""

    considered: dict[str, str]
    posts: list[str]
    stray_bids: int


class Transport(Protocol):
    """A way in."""

    async def submit(self, request: SubmitLeadRequest) -> Answer: ...

    async def ping(self, request: PingLeadRequest) -> Answer: ...

    async def post(self, request: PostLeadRequest) -> Answer: ...

    async def trace(self, auction_id: str) -> Told: ...


def money(micros: int) -> str:
    """As files write it: two places, or more where there are more."""
    units, rest = divmod(micros, 1_000_000)
    places = f"{rest:06}"
    return f"{units}.{places[:2]}{places[2:].rstrip('0')}" if micros else ""


def reason(number: int) -> str:
    """Without the contract's prefix; nothing for none."""
    return Reason.Name(number).removeprefix("REASON_") if number else ""


class Unary:
    """gRPC, a call a lead."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def submit(self, request: SubmitLeadRequest) -> Answer:
        return await _answer(self._caller.submission.SubmitLead(request))

    async def ping(self, request: PingLeadRequest) -> Answer:
        try:
            answer = await self._caller.submission.PingLead(request)
        except grpc.aio.AioRpcError as error:
            return _refused(refusal(error))
        offer = money(answer.offer.payout.micros)
        return Answer(auction_id=answer.ping_id, reason=reason(answer.reason), offer=offer)

    async def post(self, request: PostLeadRequest) -> Answer:
        return await _answer(self._caller.submission.PostLead(request))

    async def trace(self, auction_id: str) -> Told:
        request = GetAuctionRequest(auction_id=auction_id, include_filtered=True)
        auction = (await self._caller.leads.GetAuction(request)).auction
        considered = {
            one.campaign_id: described(
                ping=reason(one.ping),
                price=money(one.price_micros),
                shared_price=money(one.shared_price_micros),
                rank=one.rank,
                clearing_price=money(one.clearing_micros),
                result=reason(one.result),
                reason_code=one.reason_code,
                detail=one.detail,
            )
            for one in auction.considerations
        }
        posts = [
            posted(one.campaign_id, money(one.price_micros), reason(one.result), one.reason_code)
            for one in auction.posts
        ]
        return Told(considered, posts, auction.stray_bids)


class Stream(Unary):
    """gRPC, frames of leads; of one lead here, since the next may depend on what became of it."""

    async def submit(self, request: SubmitLeadRequest) -> Answer:
        async def frames() -> AsyncIterator[SubmitLeadsRequest]:
            yield SubmitLeadsRequest(leads=[request])

        (result,) = [one async for frame in self._caller.submission.SubmitLeads(frames()) for one in frame.results]
        if result.WhichOneof("result") == "error":
            return _refused(refusal_of(result.error))
        return _outcome(result.outcome)


class Rest:
    """JSON, over the adapter."""

    def __init__(self, url: str, session: aiohttp.ClientSession, key: str) -> None:
        self._url = f"{url}/api/v1"
        self._session = session
        self._headers = {"Authorization": f"Bearer {key}"}

    async def submit(self, request: SubmitLeadRequest) -> Answer:
        return await self._lead("/leads", request)

    async def ping(self, request: PingLeadRequest) -> Answer:
        body = {**_body(request.profile), **_rest(request, "consent")}
        status, answer = await self._call("POST", "/pings", body, request.request_id)
        if status >= 300:
            return _problem(answer)
        offer = answer.get("offer", {}).get("payout", {}).get("amount", "")
        return Answer(auction_id=answer["ping_id"], reason=answer.get("reason") or "", offer=offer)

    async def post(self, request: PostLeadRequest) -> Answer:
        return await self._lead(f"/pings/{request.ping_id}/post", request)

    async def trace(self, auction_id: str) -> Told:
        _, auction = await self._call("GET", f"/auctions/{auction_id}?include=filtered")
        considered = {one["campaign_id"]: described(**one) for one in auction.get("considerations", [])}
        posts = [
            posted(one["campaign_id"], one["price"], one["result"], one.get("reason_code", ""))
            for one in auction.get("posts", [])
        ]
        return Told(considered, posts, auction.get("stray_bids", 0))

    async def _lead(self, path: str, request: SubmitLeadRequest | PostLeadRequest) -> Answer:
        profile = _body(request.profile) if request.HasField("profile") else {}
        body = {**profile, **_rest(request, "contact", "consent")}
        status, answer = await self._call("POST", path, body, request.request_id)
        if status >= 300:
            return _problem(answer)
        return Answer(
            auction_id=answer["auction_id"],
            status=answer["status"],
            reason=answer.get("reason") or "",
            sold={one["campaign_id"]: one["price"]["amount"] for one in answer.get("sales", [])},
            payout=answer.get("payout", {}).get("amount", ""),
            redirect=answer.get("redirect_url", ""),
        )

    async def _call(self, method: str, path: str, body: Any = None, key: str = "") -> tuple[int, dict[str, Any]]:
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        async with self._session.request(method, self._url + path, json=body, headers=headers) as response:
            return response.status, await response.json(content_type=None)


@asynccontextmanager
async def rest(address: str, key: str) -> AsyncIterator[Rest]:
    """The REST adapter in front of a core, on a free port."""
    channel = connect(address)
    runner = web.AppRunner(application(RestCore(channel), asyncio.Event()), access_log=None, logger=SERVER_LOG)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with aiohttp.ClientSession() as session:
            yield Rest(f"http://127.0.0.1:{runner.addresses[0][1]}", session, key)
    finally:
        await runner.cleanup()
        await channel.close(None)


def described(
    *,
    ping: str,
    price: str = "",
    shared_price: str = "",
    rank: int = 0,
    clearing_price: str = "",
    result: str = "",
    reason_code: str = "",
    detail: str = "",
    **_: object,
) -> str:
    """`BID 42.00, rank 1 at 42.00, WON`; `TARGETING, state in [TX]`; `BID 30.00 or 20.00 shared, BELOW_FLOOR`."""
    bid = " or ".join([*([price] if price else []), *([f"{shared_price} shared"] if shared_price else [])])
    parts = [f"{ping} {bid}".strip(), detail, f"rank {rank} at {clearing_price}" if rank else "", result, reason_code]
    return ", ".join(filter(None, parts))


def posted(campaign_id: str, price: str, result: str, reason_code: str) -> str:
    """`texas at 42.00: ACCEPTED`, and the reason code if there is one."""
    return f"{campaign_id} at {price}: {result}" + (f", {reason_code}" if reason_code else "")


async def _answer(call: Any) -> Answer:
    try:
        return _outcome((await call).outcome)
    except grpc.aio.AioRpcError as error:
        return _refused(refusal(error))


def _outcome(outcome: LeadOutcome) -> Answer:
    return Answer(
        auction_id=outcome.auction_id,
        status=_STATUSES[outcome.status],
        reason=reason(outcome.reason),
        sold={one.campaign_id: money(one.price.micros) for one in outcome.sales},
        payout=money(outcome.payout.micros),
        redirect=outcome.redirect_url,
    )


def _refused(why: Any) -> Answer:
    return Answer(refused=why.reason, fields=sorted(one.removeprefix("profile.") for one in why.fields))


def _problem(body: Mapping[str, Any]) -> Answer:
    return Answer(refused=body["reason"], fields=sorted(one["field"] for one in body.get("errors", [])))


def _rest(request: Any, *names: str) -> dict[str, Any]:
    found: dict[str, Any] = {"source_id": request.source_id}
    for name in ("budget_ms", *names):
        part = getattr(request, name)
        if isinstance(part, int):
            found[name] = part
        elif request.HasField(name):
            found[name] = MessageToDict(part, preserving_proto_field_name=True)
    return found


def _body(profile: LeadProfile) -> dict[str, Any]:
    values: Iterable[tuple[str, AttributeValue]] = profile.attributes.items()
    attributes = {name: getattr(value, str(value.WhichOneof("kind"))) for name, value in values}
    found = {"vertical": profile.vertical, "attributes": attributes, "test": profile.test}
    return found | ({"sub_source": profile.sub_source} if profile.sub_source else {})


def evidence(kinds: Iterable[str]) -> ConsentEvidence:
    """What a ping promises."""
    return ConsentEvidence(**{f"has_{kind}": True for kind in kinds})
