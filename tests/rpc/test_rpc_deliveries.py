"""The outbox for delivery processes: leased to one, reported once, tried again when it failed."""

import asyncio
import time
from typing import Any

import grpc
import msgspec
import pytest

from leadexchange.v1.api_key_pb2 import ROLE_DELIVERY
from leadexchange.v1.catalog_service_pb2 import UpdateEndpointRequest
from leadexchange.v1.delivery_pb2 import Delivery, DeliveryReport
from leadexchange.v1.delivery_service_pb2 import LeaseDeliveriesRequest, ReportDeliveriesRequest
from leadexchange.v1.endpoint_pb2 import Endpoint
from leadexchange.v1.party_pb2 import PARTY_STATE_PAUSED
from tests.support import leads
from tests.support.caller import Caller, refused
from tests.support.campaigns import static
from tests.support.exchange import RunningCore

HOOK = "https://hooks.example/x"


@pytest.fixture
async def source(running: RunningCore) -> Caller:
    source = await running.source()
    await running.buyer()
    await running.campaign(static("all", "lender"))
    return source


@pytest.fixture
async def worker(running: RunningCore) -> Caller:
    return running.caller(await running.key(ROLE_DELIVERY))


async def lease(worker: Caller, most: int = 50, **options: Any) -> list[Delivery]:
    request = LeaseDeliveriesRequest(max_deliveries=most, **options)
    return list((await worker.deliveries.LeaseDeliveries(request)).deliveries)


async def report(worker: Caller, *deliveries: Delivery, status: int = 200, **what: Any) -> int:
    reports = [
        DeliveryReport(delivery_id=one.id, lease_id=one.lease_id, status_code=status, latency_ms=5, **what)
        for one in deliveries
    ]
    return (await worker.deliveries.ReportDeliveries(ReportDeliveriesRequest(reports=reports))).taken


async def submit(source: Caller, count: int = 1) -> None:
    for number in range(count):
        await source.submission.SubmitLead(leads.findable(number))


async def test_the_buyer_is_sent_the_whole_lead_and_nobody_else(
    running: RunningCore, source: Caller, worker: Caller
) -> None:
    await running.buyer("rival")
    endpoints = {owner: await running.endpoint(owner, HOOK) for owner in ("lender", "ratewise", "rival", "exchange")}
    await submit(source)
    leased = {one.endpoint_id: one for one in await lease(worker)}
    sold, decided, copy = (leased.pop(endpoints[owner].id) for owner in ("lender", "ratewise", "exchange"))
    assert not leased
    assert [one.event_type for one in (sold, decided, copy)] == ["lead.sold", "lead.decided", "lead.sold"]
    body = msgspec.json.decode(sold.body)
    person = leads.findable(0).contact
    assert set(body) == {"type", "timestamp", "data"}
    assert body["data"]["lead"]["contact"]["last_name"] == person.last_name
    assert body["data"]["lead"]["contact"]["phone"] == "+13128670000"
    assert body["data"]["price"] == "10.00"
    assert (sold.url, sold.attempts, sold.lead_id) == (HOOK, 0, decided.lead_id)
    assert sold.secrets[0].startswith("whsec_")
    assert sold.event_id == copy.event_id
    for other in (decided, copy):
        assert not [name for name, needle in leads.needles(leads.findable(0)).items() if needle in other.body]


async def test_only_what_an_endpoint_asked_for_is_delivered(
    running: RunningCore, source: Caller, worker: Caller
) -> None:
    await running.endpoint("lender", HOOK, "lead.voided")
    await running.endpoint("ratewise", HOOK, "lead.decided")
    await running.endpoint("ratewise", HOOK, "*")
    paused = await running.endpoint("ratewise", HOOK, "*")
    change = Endpoint(id=paused.id, state=PARTY_STATE_PAUSED)
    await running.operator.catalog.UpdateEndpoint(UpdateEndpointRequest(endpoint=change))
    await submit(source)
    leased = await lease(worker)
    assert [one.event_type for one in leased] == ["lead.decided"] * 2
    assert len({one.endpoint_id for one in leased}) == 2
    assert paused.id not in {one.endpoint_id for one in leased}


async def test_a_lease_is_for_one_and_the_oldest_go_first(running: RunningCore, source: Caller, worker: Caller) -> None:
    await running.endpoint("ratewise", HOOK)
    await submit(source, 9)
    leases = await asyncio.gather(*(lease(worker, 4) for _ in range(4)))
    assert sorted(map(len, leases)) == [0, 1, 4, 4]
    ids = [one.id for leased in leases for one in leased]
    assert len(set(ids)) == 9
    first = max(leases, key=lambda leased: (len(leased), -leased[0].occurred_at.ToMilliseconds() if leased else 0))
    times = [one.occurred_at.ToMilliseconds() for one in first]
    assert times == sorted(times)


async def test_a_lease_lapses(running: RunningCore, source: Caller, worker: Caller) -> None:
    await running.endpoint("ratewise", HOOK)
    await submit(source)
    (dead,) = await lease(worker, lease_ms=1_000)
    assert await lease(worker) == []
    (again,) = await lease(worker, wait_ms=5_000)  # it waits for the lapse
    assert again.id == dead.id
    assert again.event_id == dead.event_id
    assert again.body == dead.body  # the very bytes
    assert await report(worker, dead) == 0  # who held it before has no say
    assert await report(worker, again) == 1
    assert await report(worker, again) == 0


async def test_what_failed_is_tried_again_later(running: RunningCore, source: Caller, worker: Caller) -> None:
    await running.endpoint("ratewise", HOOK)
    await submit(source)
    (leased,) = await lease(worker)
    assert await report(worker, leased, status=503) == 1
    assert await lease(worker) == []
    due_ms = await running.core.store.next_due()
    assert due_ms is not None
    assert 1_500 <= due_ms - running.core.clock.now_ms() <= 2_400
    begun = time.monotonic()
    (again,) = await lease(worker, wait_ms=5_000)
    assert 1.4 < time.monotonic() - begun < 4
    assert (again.id, again.attempts) == (leased.id, 1)


@pytest.mark.parametrize(
    ("status", "what", "again"),
    [
        (204, {}, False),
        (400, {}, False),
        (422, {}, False),
        (408, {}, True),
        (429, {"retry_after_s": 30}, True),
        (500, {}, True),
        (0, {"error": "timeout"}, True),
        (0, {"error": "e" * 5_000}, True),
    ],
)
async def test_the_core_decides_what_follows(
    running: RunningCore, source: Caller, worker: Caller, status: int, what: dict[str, Any], again: bool
) -> None:
    await running.endpoint("ratewise", HOOK)
    await submit(source)
    assert await report(worker, *await lease(worker), status=status, **what) == 1
    due_ms = await running.core.store.next_due()
    assert (due_ms is not None) == again
    if due_ms and "retry_after_s" in what:
        assert due_ms - running.core.clock.now_ms() > 25_000


async def test_a_lease_waits_for_the_first_delivery(running: RunningCore, source: Caller, worker: Caller) -> None:
    await running.endpoint("ratewise", HOOK)
    waiting = [asyncio.create_task(lease(worker, wait_ms=5_000)) for _ in range(3)]
    gone = asyncio.create_task(lease(worker, wait_ms=5_000))
    await asyncio.sleep(0.1)
    gone.cancel()  # one that gives up disturbs no other
    await asyncio.gather(gone, return_exceptions=True)
    begun = time.monotonic()
    await submit(source)
    done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED, timeout=4)
    assert [len(task.result()) for task in done if task.result()] == [1]
    assert time.monotonic() - begun < 2
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_wait_ends(worker: Caller) -> None:
    begun = time.monotonic()
    assert await lease(worker, wait_ms=200) == []
    assert 0.19 < time.monotonic() - begun < 3


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (LeaseDeliveriesRequest(), "max_deliveries"),
        (LeaseDeliveriesRequest(max_deliveries=501), "max_deliveries"),
        (LeaseDeliveriesRequest(max_deliveries=1, lease_ms=999), "lease_ms"),
        (LeaseDeliveriesRequest(max_deliveries=1, lease_ms=60_001), "lease_ms"),
        (LeaseDeliveriesRequest(max_deliveries=1, wait_ms=30_001), "wait_ms"),
        (LeaseDeliveriesRequest(max_deliveries=1, wait_ms=-1), "wait_ms"),
    ],
)
async def test_a_lease_has_its_bounds(
    running: RunningCore, worker: Caller, request_: LeaseDeliveriesRequest, field: str
) -> None:
    with running.unchanged():
        found = await refused(worker.deliveries.LeaseDeliveries(request_))
    assert (found.code, set(found.fields)) == (grpc.StatusCode.INVALID_ARGUMENT, {field})


async def test_reports_that_are_none_change_nothing(running: RunningCore, source: Caller, worker: Caller) -> None:
    await running.endpoint("ratewise", HOOK)
    await submit(source)
    (leased,) = await lease(worker)
    with running.unchanged():
        for one in (
            Delivery(id="dlv_nobody", lease_id=leased.lease_id),
            Delivery(id=leased.id, lease_id="lse_nobody"),
            Delivery(id=leased.id),
            Delivery(),
        ):
            assert await report(worker, one) == 0
        found = await refused(report(worker, *[leased] * 501))
        assert set(found.fields) == {"reports"}
    assert await report(worker, *[leased] * 3) == 1  # said thrice, taken once


async def test_deliveries_outlive_a_restart(running: RunningCore, source: Caller, worker: Caller) -> None:
    endpoint = await running.endpoint("lender", HOOK)
    await submit(source)
    await running.restart()
    (leased,) = await lease(running.caller(worker.key))
    assert leased.secrets == [endpoint.secret]
    assert b"Vanterpoolski" in leased.body
