"""Each rule of the auction in a file of its own, played through every way in and over both stores; see README.md."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import pytest

from exchange.domain.event import Event
from exchange.store.base import EventQuery
from leadexchange.v1.campaign_pb2 import Campaign
from leadexchange.v1.catalog_service_pb2 import UpdateCampaignRequest
from leadexchange.v1.party_pb2 import PARTY_STATE_PAUSED
from leadexchange.v1.submission_service_pb2 import PingLeadRequest, PostLeadRequest
from tests.scenarios import bidders, people
from tests.scenarios.scenario import LeadText, Scenario, TwoSteps, ms, read
from tests.scenarios.setting_up import SetCore, set_time, set_up
from tests.scenarios.soap_transport import soap
from tests.scenarios.transports import Answer, Stream, Transport, Unary, evidence, rest

FILES: Final = sorted(Path(__file__).parent.glob("*.toml"))
WAYS: Final = ("unary", "stream", "rest", "soap", "postgres")
"""Over SQLite, but for the last, which is unary calls to a core over PostgreSQL."""


def test_the_files_are_found() -> None:
    titles = [read(path).title for path in FILES]
    assert len(titles) > 30
    assert len(set(titles)) == len(titles)


@pytest.fixture
def settings(way: str, request: pytest.FixtureRequest) -> dict[str, str]:
    """Of the core."""
    return {"EXCHANGE_STORE_URL": request.getfixturevalue("empty_database")} if way == "postgres" else {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("way", WAYS)
async def test_a_scenario_ends_as_told(path: Path, way: str, tmp_path: Path, settings: dict[str, str]) -> None:
    scenario = read(path)
    async with SetCore(tmp_path, ms(scenario.at), **settings) as running, AsyncExitStack() as stack:
        callers = await set_up(running, scenario)
        await bidders.connect(stack, scenario, callers)
        transport: Transport
        if way in ("rest", "soap"):
            adapter = rest if way == "rest" else soap
            transport = await stack.enter_async_context(adapter(running.address, str(running.operator.key)))
        else:
            transport = (Stream if way == "stream" else Unary)(running.operator)
        await Play(running, transport).all_of(scenario)


def told(event: Event) -> str:
    """`cap.reached to lender about texas`."""
    return f"{event.type} to {event.owner_id}" + (f" about {event.campaign_id}" if event.campaign_id else "")


class Play:
    """A scenario being played."""

    def __init__(self, running: SetCore, transport: Transport) -> None:
        self._running = running
        self._transport = transport
        self._count = 0

    async def all_of(self, scenario: Scenario) -> None:
        for lead in scenario.leads:
            if lead.at is not None:
                set_time(self._running, ms(lead.at))
            if lead.in_turn:
                await self._in_turn(lead)
            else:
                await self._one(lead)
        events = await self._running.core.store.events(EventQuery())
        assert [told(one) for one in events if one.type not in {"lead.sold", "lead.decided"}] == scenario.told

    async def _in_turn(self, lead: LeadText) -> None:
        winners = []
        for _ in lead.in_turn:
            answer = await self._submit(lead)
            winners.append("+".join(answer.sold) or answer.reason)
        assert winners == lead.in_turn

    async def _submit(self, lead: LeadText) -> Answer:
        self._count += 1
        return await self._transport.submit(people.request(lead, self._count))

    async def _one(self, lead: LeadText) -> None:
        answer = await self._two_steps(lead, lead.two_steps) if lead.two_steps else await self._submit(lead)
        assert answer.refused == lead.refused
        if lead.refused:
            return
        status = "sold" if lead.sold else "in_review" if lead.reason == "PENDING_REVIEW" else "unsold"
        if lead.two_steps is None or not lead.two_steps.no_offer:
            assert (answer.status, answer.reason, answer.sold) == (status, lead.reason, lead.sold)
            assert answer.redirect == lead.redirect
        if lead.payout:
            assert answer.payout == lead.payout
        trace = await self._transport.trace(answer.auction_id)
        assert trace.considered == lead.trace
        assert trace.posts == lead.posts
        assert trace.stray_bids == lead.stray_bids

    async def _two_steps(self, lead: LeadText, steps: TwoSteps) -> Answer:
        self._count += 1
        whole = people.request(lead, self._count)
        ping = PingLeadRequest(
            profile=whole.profile, consent=evidence(lead.consent), source_id="ratewise", budget_ms=lead.budget_ms
        )
        offered = await self._transport.ping(ping)
        assert (offered.offer, offered.reason) == (steps.offer, steps.no_offer)
        if steps.no_offer:
            return offered
        self._running.clock.at_ms += steps.wait_s * 1000
        if steps.then_pause:
            paused = Campaign(id=steps.then_pause, state=PARTY_STATE_PAUSED)
            await self._running.operator.catalog.UpdateCampaign(UpdateCampaignRequest(campaign=paused))
        request = PostLeadRequest(
            ping_id=offered.auction_id,
            contact=whole.contact,
            consent=whole.consent,
            profile=people.profile(lead, **steps.changed) if steps.changed else None,
            source_id="ratewise",
            budget_ms=lead.budget_ms,
        )
        answer = await self._transport.post(request)
        if steps.post_again_as:
            assert (await self._transport.post(request)).auction_id == answer.auction_id, "a repeat changes nothing"
            request.contact.CopyFrom(people.contact(steps.post_again_as))
            answer = await self._transport.post(request)
        if steps.changed:
            assert answer.fields == sorted(f"attributes.{name}" for name in steps.changed)
        return answer
