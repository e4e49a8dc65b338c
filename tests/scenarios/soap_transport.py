"""The SOAP way in: as `transports`, over XML."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
from google.protobuf.json_format import MessageToDict
from lxml import etree

from adapters.common.core import connect
from adapters.soap.core import Core
from adapters.soap.envelope import SOAP_11
from adapters.soap.server import SERVER_LOG
from adapters.soap.service import PATH, Endpoint
from adapters.soap.shapes import NAMESPACE, snake
from adapters.soap.writing import escape
from leadexchange.v1.submission_service_pb2 import PingLeadRequest, PostLeadRequest, SubmitLeadRequest
from tests.scenarios.transports import Answer, Told, described, posted


class Soap:
    """XML, over the adapter."""

    def __init__(self, url: str, session: aiohttp.ClientSession, key: str) -> None:
        self._url = url
        self._session = session
        self._key = key

    async def submit(self, request: SubmitLeadRequest) -> Answer:
        return await self._lead("SubmitLead", request)

    async def ping(self, request: PingLeadRequest) -> Answer:
        answer = await self._call("Ping", {**_who(request), **_parts(request, "profile", "consent")})
        if refused := _fault(answer):
            return refused
        offer = answer.findtext("{*}offer/{*}payout/{*}amount") or ""
        return Answer(auction_id=_text(answer, "pingId"), reason=_text(answer, "reason"), offer=offer)

    async def post(self, request: PostLeadRequest) -> Answer:
        return await self._lead("Post", request)

    async def trace(self, auction_id: str) -> Told:
        answer = await self._call("GetAuctionTrace", {"auctionId": auction_id, "includeFiltered": True})
        (auction,) = answer
        considered = {}
        for one in auction.iterfind("{*}consideration"):
            texts: dict[str, Any] = {snake(etree.QName(part).localname): part.text for part in one}
            considered[texts["campaign_id"]] = described(**{**texts, "rank": int(texts.get("rank", 0))})
        posts = [
            posted(*(_text(one, name) for name in ("campaignId", "price", "result", "reasonCode")))
            for one in auction.iterfind("{*}post")
        ]
        return Told(considered, posts, int(_text(auction, "strayBids") or 0))

    async def _lead(self, operation: str, request: SubmitLeadRequest | PostLeadRequest) -> Answer:
        ping_id = {"pingId": request.ping_id} if isinstance(request, PostLeadRequest) else {}
        parts = _parts(request, "profile", "contact", "consent")
        answer = await self._call(operation, {**ping_id, **_who(request), **parts})
        if refused := _fault(answer):
            return refused
        (outcome,) = answer
        return Answer(
            auction_id=_text(outcome, "auctionId"),
            status=_text(outcome, "status"),
            reason=_text(outcome, "reason"),
            sold={
                _text(one, "campaignId"): one.findtext("{*}price/{*}amount") or ""
                for one in outcome.iterfind("{*}sale")
            },
            payout=outcome.findtext("{*}payout/{*}amount") or "",
            redirect=_text(outcome, "redirectUrl"),
        )

    async def _call(self, operation: str, content: dict[str, Any]) -> etree._Element:
        body = f'<{operation} xmlns="{NAMESPACE}">{_xml(content)}</{operation}>'
        authorization = aiohttp.encode_basic_auth("operator", self._key)
        headers = {"Content-Type": "text/xml; charset=utf-8", "Authorization": authorization}
        sent = f'<s:Envelope xmlns:s="{SOAP_11}"><s:Body>{body}</s:Body></s:Envelope>'.encode()
        async with self._session.post(self._url, data=sent, headers=headers) as response:
            ((answer,),) = etree.fromstring(await response.read())
            return answer


@asynccontextmanager
async def soap(address: str, key: str) -> AsyncIterator[Soap]:
    """The SOAP adapter in front of a core, on a free port."""
    channel = connect(address)
    application = Endpoint(Core(channel)).application()
    runner = web.AppRunner(application, access_log=None, logger=SERVER_LOG)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with aiohttp.ClientSession() as session:
            yield Soap(f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}", session, key)
    finally:
        await runner.cleanup()
        await channel.close(None)


def _who(request: Any) -> dict[str, Any]:
    found = {"requestId": request.request_id, "sourceId": request.source_id, "budgetMs": request.budget_ms}
    return {name: value for name, value in found.items() if value}


def _parts(request: Any, *names: str) -> dict[str, Any]:
    """Messages of a request as elements; maps as pairs of name and value."""
    found = {}
    for name in names:
        if request.HasField(name):
            part = getattr(request, name)
            found[name] = MessageToDict(part)
            if name == "profile":
                values = found[name].pop("attributes", {})
                test = {"test": found[name].pop("test")} if part.test else {}
                pairs = [{"name": key, "value": _plain(*value.values())} for key, value in values.items()]
                found[name] |= {"attribute": pairs, **test}
    return found


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _xml(content: dict[str, Any]) -> str:
    parts = []
    for name, value in content.items():
        for one in value if isinstance(value, list) else [value]:
            inner = _xml(one) if isinstance(one, dict) else escape(_plain(one))
            parts.append(f"<{name}>{inner}</{name}>")
    return "".join(parts)


def _text(element: etree._Element, name: str) -> str:
    return element.findtext(f"{{*}}{name}") or ""


def _fault(answer: etree._Element) -> Answer | None:
    detail = answer.find("detail/{*}ExchangeFault")
    if detail is None:
        return None
    paths = [one.text or "" for one in detail.iterfind("{*}fieldError/{*}field")]
    fields = sorted(path.replace("profile.attribute.", "attributes.").removeprefix("profile.") for path in paths)
    return Answer(refused=_text(detail, "reason"), fields=fields)
