"""Who learns of a person, proved byte by byte: all of an exchange runs, and everything that anyone was sent, that was
logged and that rests on the disk is searched for every contact value of every lead."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from leadexchange.v1.event_service_pb2 import SubscribeRequest
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD
from leadexchange.v1.lead_service_pb2 import GetAuctionRequest, ListLeadsRequest
from leadexchange.v1.submission_service_pb2 import (
    PingLeadRequest,
    PostLeadRequest,
    SubmitLeadRequest,
    SubmitLeadsRequest,
)
from tests.support import leads
from tests.support.buyer import ScriptedBuyer, accept, bidding, silent
from tests.support.caller import Caller, refused
from tests.support.campaigns import UNIT, http, one_of, static, stream
from tests.support.exchange import RunningExchange, broken
from tests.support.waiting import eventually


class Wire:
    """HTTP servers of buyers and subscribers, recording every byte of every request, by the path's first part."""

    def __init__(self) -> None:
        self.seen: dict[str, list[bytes]] = {}
        self.prices: dict[str, str] = {}
        self.base = ""

    async def _serve(self, request: web.Request) -> web.Response:
        body = await request.read()
        _, name, *rest = request.path.split("/")
        self.seen.setdefault(name, []).append(repr((request.raw_path, list(request.raw_headers))).encode() + body)
        if rest == ["ping"]:
            return web.json_response({"price": self.prices[name]})
        if rest == ["post"]:
            return web.json_response({"status": "accepted", "reference": "over-http"})
        return web.Response(status=204)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Wire"]:
        application = web.Application()
        application.router.add_route("*", "/{tail:.*}", self._serve)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield self
        finally:
            await runner.cleanup()

    def bytes(self, name: str) -> bytes:
        """All that came to one of them."""
        return b"\n".join(self.seen.get(name, ()))


TX = {"vertical": "mortgage", "conditions": [one_of("state", "TX")]}
OH = {"vertical": "mortgage", "conditions": [one_of("state", "OH")]}
CA = {"vertical": "mortgage", "conditions": [one_of("state", "CA")]}


def as_json(request: SubmitLeadRequest) -> dict[str, Any]:
    """A lead as the REST API takes it."""
    profile, contact, consent = request.profile, request.contact, request.consent
    return {
        "vertical": profile.vertical,
        "external_id": profile.external_id,
        "attributes": {name: getattr(one, str(one.WhichOneof("kind"))) for name, one in profile.attributes.items()},
        "contact": {field.name: value for field, value in contact.ListFields() if field.name != "more"}
        | {"more": dict(contact.more)},
        "consent": {field.name: value for field, value in consent.ListFields()},
    }


async def submit_all(exchange: RunningExchange, source: Caller) -> list[SubmitLeadRequest]:
    """Leads in every way that there is, good ones and bad ones."""
    sent: list[SubmitLeadRequest] = []

    def lead(state: str) -> SubmitLeadRequest:
        request = leads.findable(len(sent), f"r{len(sent)}")
        request.profile.attributes["state"].text = state
        sent.append(request)
        return request

    for state in ("TX", "OH", "CA"):
        await source.submission.SubmitLead(lead(state))
        frame = SubmitLeadsRequest(leads=[lead(state), lead(state)])
        async for _ in source.submission.SubmitLeads(iter([frame])):
            pass
        person = lead(state)
        made = await source.submission.PingLead(PingLeadRequest(profile=person.profile))
        post = PostLeadRequest(ping_id=made.ping_id, contact=person.contact, consent=person.consent)
        await source.submission.PostLead(post)

    for damage in ("email", "phone", "date_of_birth"):
        bad = lead("TX")
        setattr(bad.contact, damage, f"!{getattr(bad.contact, damage)}!")
        assert (await refused(source.submission.SubmitLead(bad))).fields
    misplaced = lead("TX")
    misplaced.profile.attributes["email"].text = misplaced.contact.email
    misplaced.profile.sub_source = misplaced.contact.email
    assert (await refused(source.submission.SubmitLead(misplaced))).fields

    api = exchange.addresses["rest"] + "/api/v1"
    headers = {"Authorization": f"Bearer {source.key}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        for state in ("TX", "OH", "CA"):
            async with session.post(f"{api}/leads", json=as_json(lead(state))) as response:
                assert response.status in (200, 201), await response.text()
        broken_one = as_json(lead("TX"))
        broken_one["contact"]["email"] = "!" + broken_one["contact"]["email"]
        broken_one["contact"]["unheard_of"] = broken_one["contact"]["street"]
        for body in (json.dumps(broken_one), json.dumps(as_json(lead("TX")))[:-9], json.dumps([as_json(lead("TX"))])):
            async with session.post(f"{api}/leads", data=body) as response:
                assert response.status >= 400
            async with session.get(f"{api}/leads", params={"state": "??"}) as response:
                await response.read()
    return sent


def found_in(haystack: bytes, sent: list[SubmitLeadRequest]) -> set[str]:
    """What of the persons is there to be read."""
    return {
        f"{name} of lead {number}"
        for number, request in enumerate(sent)
        for name, needle in leads.needles(request).items()
        if needle in haystack
    }


async def traces(exchange: RunningExchange) -> bytes:
    """Every trace as an operator sees it, and what the REST API says of it."""
    page = await exchange.operator.leads.ListLeads(ListLeadsRequest(page_size=100))
    seen = b""
    api = exchange.addresses["rest"] + "/api/v1"
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {exchange.operator.key}"}) as session:
        for lead in page.leads:
            request = GetAuctionRequest(auction_id=lead.auction_id, include_filtered=True)
            seen += (await exchange.operator.leads.GetAuction(request)).SerializeToString()
            async with session.get(f"{api}/leads/{lead.id}/auction") as response:
                assert response.status == 200
                seen += await response.read()
    return seen


async def events(exchange: RunningExchange) -> bytes:
    seen = b""
    call: Any = exchange.operator.events.Subscribe(SubscribeRequest())
    try:
        while True:
            async with asyncio.timeout(0.5):
                seen += (await call.read()).SerializeToString()
    except TimeoutError:
        call.cancel()
    return seen


def resting(exchange: RunningExchange) -> Mapping[str, bytes]:
    """What is on the disk."""
    return {
        path.name: path.read_bytes() for path in exchange.directory.iterdir() if path.name.startswith("exchange.db")
    }


async def parties_of(exchange: RunningExchange, wire: Wire) -> dict[str, ScriptedBuyer]:
    """Sets up buyers of every kind; answers with those on bid streams."""
    parties: dict[str, ScriptedBuyer] = {}
    for name, units in {"winner": 90, "loser": 5, "mute": 0, "decliner": 0}.items():
        caller = await exchange.buyer(name)
        # The mute one is asked about few leads: each of them waits for it.
        about = {"winner": TX, "mute": CA}.get(name, {"vertical": "mortgage"})
        await exchange.campaign(stream(name, name, bid_window_ms=300, targeting=about))
        parties[name] = ScriptedBuyer(caller, on_ping=bidding(units * UNIT), on_post=accept)
    parties["mute"].on_ping = silent
    parties["loser"].on_post = silent
    for name, price, targeting in (("over-http", "80.00", OH), ("http-loser", "1.00", None)):
        await exchange.buyer(name)
        wire.prices[name] = price
        about = targeting or {"vertical": "mortgage"}
        await exchange.campaign(http(name, name, f"{wire.base}/{name}", bid_window_ms=300, targeting=about))
    await exchange.buyer("by-webhook")
    await exchange.campaign(static("by-webhook", "by-webhook", 50 * UNIT))
    for owner in ("by-webhook", "ratewise", "exchange", "loser"):
        await exchange.endpoint(owner, f"{wire.base}/hook-{owner}")
    return parties


async def test_nobody_but_the_buyer_learns_of_the_person(tmp_path: Path) -> None:
    async with Wire().running() as wire, RunningExchange(tmp_path) as exchange:
        source = await exchange.source()
        parties = await parties_of(exchange, wire)
        async with parties["winner"], parties["loser"], parties["mute"], parties["decliner"]:
            # The gateway must have taken up its campaigns.
            probe = leads.request(0, "probe", state="OH")
            await eventually(lambda: parties["loser"].campaigns)
            await source.submission.SubmitLead(probe)
            sent = await submit_all(exchange, source)
            page = await exchange.operator.leads.ListLeads(ListLeadsRequest(page_size=100))
            sold = [sale.campaign_id for lead in page.leads for sale in lead.sales]
            assert {lead.status for lead in page.leads} == {LEAD_STATUS_SOLD}
            assert set(sold) >= {"winner", "over-http", "by-webhook"}
            await eventually(lambda: len(wire.seen.get("hook-by-webhook", ())) >= sold.count("by-webhook"))
            await eventually(lambda: len(wire.seen.get("hook-ratewise", ())) >= len(page.leads))
            await asyncio.sleep(0.3)

            told = {
                **{name: b"".join(parties[name].frames) for name in ("loser", "mute", "decliner")},
                "http-loser": wire.bytes("http-loser"),
                "webhook of the source": wire.bytes("hook-ratewise"),
                "webhook of the operator": wire.bytes("hook-exchange"),
                "traces": await traces(exchange),
                "events": await events(exchange),
                **{f"{name} while it is in use": held for name, held in resting(exchange).items()},
            }
            bought = {
                "winner": b"".join(parties["winner"].frames),
                "over-http": wire.bytes("over-http"),
                "webhook of the buyer": wire.bytes("hook-by-webhook"),
            }
        await exchange.stop()
        told |= {f"{name} after it was closed": held for name, held in resting(exchange).items()}
        told["logs of every process"] = exchange.log.read_bytes()

    check_buyers(bought, sent)
    assert "hook-loser" not in wire.seen  # nothing concerned it
    assert all(told.values()), [name for name, held in told.items() if not held]
    leaks = {name: sorted(found) for name, held in told.items() if (found := found_in(held, sent))}
    assert leaks == {}
    assert broken(exchange.url) == {}


def check_buyers(bought: Mapping[str, bytes], sent: Sequence[SubmitLeadRequest]) -> None:
    """Those who bought were told, so that the search is able to find; and each only of what it bought."""
    for name, state in (("winner", "TX"), ("over-http", "OH"), ("webhook of the buyer", "CA")):
        theirs = [one for one in sent if one.profile.attributes["state"].text == state][:4]  # the good ones
        for request in theirs:
            expected = leads.needles(request)
            for form in ("phone as sent", "birth as sent", "second phone in digits"):
                del expected[form]  # a buyer is told one form of each
            missing = [form for form, needle in expected.items() if needle not in bought[name]]
            assert missing == [], (name, missing)
        others = [request for request in sent if request.profile.attributes["state"].text != state]
        assert found_in(bought[name], others) == set(), name
