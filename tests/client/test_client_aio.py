"""The client against a whole exchange: submit, read, take, hear; what goes wrong, and what is repeated."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from leadexchange.client import (
    AsyncClient,
    Conflict,
    InvalidRequest,
    NotFound,
    Retrying,
    Unauthenticated,
    Unavailable,
    attribute_values,
    submission,
)
from leadexchange.client.errors import ExchangeError, TimedOut, TooMany
from leadexchange.v1.disposition_pb2 import DISPOSITION_KIND_CONTACTED, Disposition
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD, LEAD_STATUS_UNSOLD
from leadexchange.v1.lead_return_pb2 import RETURN_REASON_DUPLICATE, LeadReturn
from leadexchange.v1.submission_service_pb2 import SubmitLeadRequest
from tests.client.conftest import ATTRIBUTES, CONTACT, Exchange
from tests.support.leads import examples

FAST = Retrying(attempts=40, first_s=0.02, longest_s=0.2)


def client(exchange: Exchange, key: str, **options: object) -> AsyncClient:
    return AsyncClient(exchange.address, key, tls=False, **options)  # type: ignore[arg-type]


async def test_from_submission_to_feedback(exchange: Exchange) -> None:
    async with client(exchange, exchange.source_key) as source, client(exchange, exchange.buyer_key) as buyer:
        assert (await source.who_am_i()).party_id == "ratewise"
        outcome = await source.submit("mortgage", ATTRIBUTES, CONTACT, external_id="form-1")
        assert outcome.status == LEAD_STATUS_SOLD
        lead = await buyer.lead(outcome.lead_id)
        assert attribute_values(lead.attributes)["state"] == "TX"
        assert lead.contact.more["suite"] == "12"
        waiting = [one.id async for one in buyer.leads(acknowledged=False, vertical="mortgage")]
        assert waiting == [outcome.lead_id]
        assert (await buyer.acknowledge(outcome.lead_id)).acknowledged == 1
        assert [one async for one in buyer.leads(acknowledged=False)] == []
        (said,) = await buyer.record(Disposition(lead_id=outcome.lead_id, kind=DISPOSITION_KIND_CONTACTED))
        assert said.disposition.campaign_id == "all"
        (back,) = await buyer.give_back(LeadReturn(lead_id=outcome.lead_id, reason=RETURN_REASON_DUPLICATE))
        assert back.lead_return.id


async def test_claim_hands_each_lead_to_one_reader(exchange: Exchange) -> None:
    async with client(exchange, exchange.source_key) as source, client(exchange, exchange.buyer_key) as buyer:
        for _ in range(4):
            await source.submit("mortgage", ATTRIBUTES, CONTACT)
        first, second = await asyncio.gather(buyer.claim(2), buyer.claim(2))
        assert len({lead.id for claimed in (first, second) for lead in claimed.leads}) == 4


async def test_ping_then_post(exchange: Exchange) -> None:
    async with client(exchange, exchange.source_key) as source:
        ping = await source.ping("mortgage", ATTRIBUTES)
        assert ping.offer.payout.micros == 8_000_000
        outcome = await source.post(ping.ping_id, CONTACT)
        assert outcome.status == LEAD_STATUS_SOLD
        with pytest.raises(Conflict) as caught:
            await source.post(ping.ping_id, {"phone": "1 210.555.0170"})
        assert caught.value.reason == "PING_USED"


async def test_repeat_gets_the_same_answer(exchange: Exchange) -> None:
    async with client(exchange, exchange.source_key) as source:
        request = submission("mortgage", ATTRIBUTES, CONTACT)
        answers = await asyncio.gather(*(source.submit_request(request) for _ in range(8)))
        assert len({answer.lead_id for answer in answers}) == 1
        assert sum(answer.repeated for answer in answers) == 7
        request.profile.attributes["loan_amount"].text = "100000"
        with pytest.raises(Conflict) as caught:
            await source.submit_request(request)
        assert caught.value.reason == "REQUEST_ID_REUSED"


async def test_refusal_names_the_fields_and_quotes_nobody(exchange: Exchange) -> None:
    async with client(exchange, exchange.source_key) as source:
        with pytest.raises(InvalidRequest) as caught:
            await source.submit("mortgage", ATTRIBUTES | {"state": "Texass"}, {"phone": "210-555-01"})
    assert caught.value.reason == "INVALID_FIELD"
    assert {one.field for one in caught.value.violations} == {"profile.attributes.state", "contact.phone"}
    assert "210-555-01" not in str(caught.value)


async def test_other_refusals(exchange: Exchange) -> None:
    async with client(exchange, exchange.source_key) as source, client(exchange, "lx_wrong") as stranger:
        with pytest.raises(NotFound):
            await source.lead("lead_01M884TMHDJ3CDSVTPK3ZQ07MT")
        with pytest.raises(Unauthenticated):
            await stranger.who_am_i()
        with pytest.raises(Unauthenticated):
            await anext(stranger.leads())
        with pytest.raises(Unauthenticated):
            await anext(stranger.subscribe())
        with pytest.raises(Unauthenticated):
            await anext(stranger.submit_many([submission("mortgage", ATTRIBUTES, CONTACT)]))


def requests_of(count: int) -> list[SubmitLeadRequest]:
    found = []
    for number in range(count):
        lead = examples()[number]
        consent = {**lead["consent"], "given_at": "2024-05-01T12:00:00Z"}
        found.append(submission(lead["vertical"], lead["attributes"], lead["contact"], consent=consent))
    return found


async def test_many_leads_over_one_stream(exchange: Exchange) -> None:
    leads = requests_of(200)
    taken = 0

    async def source_of() -> AsyncIterator[SubmitLeadRequest]:
        nonlocal taken
        for lead in leads:
            taken += 1
            yield lead

    results = {}
    async with client(exchange, exchange.source_key) as source:
        async for result in source.submit_many(source_of(), most_open=16):
            results[result.request_id] = result.outcome.status
            assert taken - len(results) <= 17  # what is open, and the one in hand
    assert results.keys() == {lead.request_id for lead in leads}
    assert set(results.values()) <= {LEAD_STATUS_SOLD, LEAD_STATUS_UNSOLD}


async def test_stream_survives_a_restart(exchange: Exchange) -> None:
    leads = requests_of(60)
    results = {}
    restarting = None
    async with client(exchange, exchange.source_key, retrying=FAST) as source:
        async for result in source.submit_many(leads, most_open=8):
            results[result.request_id] = result
            if len(results) == 10:
                restarting = asyncio.create_task(exchange.restart())
        assert restarting
        await restarting
    assert results.keys() == {lead.request_id for lead in leads}
    assert all(result.HasField("outcome") for result in results.values())


async def test_lead_without_an_id_of_its_own(exchange: Exchange) -> None:
    lead = submission("mortgage", ATTRIBUTES, CONTACT)
    async with client(exchange, exchange.source_key) as source:
        with pytest.raises(ValueError, match="request id"):
            async for _ in source.submit_many([lead, lead]):
                pass


async def test_subscription_goes_on_where_it_was(exchange: Exchange) -> None:
    async with client(exchange, exchange.source_key, retrying=FAST) as source:
        first = await source.submit("mortgage", ATTRIBUTES, CONTACT)
        async with aclosing(source.subscribe(event_types=["lead.decided"])) as events:  # type: ignore[type-var]
            assert (await anext(events)).lead_id == first.lead_id
            await exchange.restart()
            second = await source.submit("mortgage", ATTRIBUTES, CONTACT)
            assert (await anext(events)).lead_id == second.lead_id


async def test_next_address_is_taken(exchange: Exchange) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers there
        dead = f"127.0.0.1:{held.getsockname()[1]}"
        async with AsyncClient([dead, exchange.address], exchange.source_key, tls=False, retrying=FAST) as source:
            assert (await source.who_am_i()).party_id == "ratewise"
        async with AsyncClient(dead, exchange.source_key, tls=False, retrying=Retrying(attempts=1)) as source:
            with pytest.raises(Unavailable):
                await source.who_am_i()


def test_waits_double_and_keep_to_what_the_exchange_asks() -> None:
    retrying = Retrying(attempts=4, first_s=1.0, longest_s=3.0)
    gone = Unavailable("gone", "UNAVAILABLE")
    assert [retrying.wait_s(gone, attempt, 1.0) for attempt in (1, 2, 3, 4)] == [1.0, 2.0, 3.0, None]
    assert retrying.wait_s(gone, 1, 0.0) == 0.5
    assert retrying.wait_s(TooMany("full", "RATE_LIMITED", retry_after_s=9.0), 1, 0.0) == 9.0
    assert retrying.wait_s(TimedOut("late", "DEADLINE_EXCEEDED"), 1, 0.0) is not None
    assert retrying.wait_s(ExchangeError("no", "INTERNAL"), 1, 0.0) is None
    assert retrying.wait_s(InvalidRequest("no", "INVALID_FIELD"), 1, 0.0) is None


def test_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match="address"):
        AsyncClient([], "k")
