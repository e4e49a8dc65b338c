"""Deliveries and endpoints for those who watch over them."""

import asyncio
from typing import Any

import grpc
import msgspec
import pytest

from leadexchange.v1.api_key_pb2 import ROLE_BUYER, ROLE_DELIVERY
from leadexchange.v1.catalog_service_pb2 import CreateEndpointRequest, GetEndpointRequest, UpdateEndpointRequest
from leadexchange.v1.delivery_pb2 import (
    DELIVERY_STATE_DEAD,
    DELIVERY_STATE_DELIVERED,
    DELIVERY_STATE_DISCARDED,
    DELIVERY_STATE_PENDING,
    DeliveryReport,
)
from leadexchange.v1.delivery_service_pb2 import (
    LeaseDeliveriesRequest,
    LeaseDeliveriesResponse,
    ReportDeliveriesRequest,
)
from leadexchange.v1.endpoint_pb2 import (
    BREAKER_STATE_CLOSED,
    BREAKER_STATE_HELD,
    ENVELOPE_KIND_CLOUDEVENTS,
    PAYLOAD_KIND_THIN,
    SIGNATURE_SCHEME_ED25519,
    BasicCredentials,
    Endpoint,
    EndpointAuth,
    OAuthClient,
    RetryPolicy,
    StaticHeader,
)
from leadexchange.v1.outbox_service_pb2 import (
    DeliveryFilter,
    DiscardDeliveriesRequest,
    EnableEndpointRequest,
    GetDeliveryRequest,
    GetEgressRequest,
    ListDeliveriesRequest,
    RedriveDeliveriesRequest,
    RotateEndpointSecretRequest,
)
from leadexchange.v1.outbox_service_pb2 import (
    TestEndpointRequest as SampleRequest,
)
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


@pytest.fixture
async def buyer(running: RunningCore, source: Caller) -> Caller:
    return running.caller(await running.key(ROLE_BUYER, "lender"))


async def create(running: RunningCore, owner: str = "lender", **fields: Any) -> Endpoint:
    endpoint = Endpoint(owner_id=owner, url=HOOK, event_types=fields.pop("event_types", ["lead.sold"]), **fields)
    return (await running.operator.catalog.CreateEndpoint(CreateEndpointRequest(endpoint=endpoint))).endpoint


async def lease(worker: Caller, **options: Any) -> LeaseDeliveriesResponse:
    return await worker.deliveries.LeaseDeliveries(LeaseDeliveriesRequest(max_deliveries=50, **options))


async def attempt(worker: Caller, status: int = 200, **what: Any) -> int:
    """Has all that is due attempted with one result."""
    reports = [
        DeliveryReport(delivery_id=one.id, lease_id=one.lease_id, status_code=status, latency_ms=7, **what)
        for one in (await lease(worker)).deliveries
    ]
    return (await worker.deliveries.ReportDeliveries(ReportDeliveriesRequest(reports=reports))).taken


async def submit(source: Caller, count: int = 1) -> None:
    for number in range(count):
        await source.submission.SubmitLead(leads.findable(number))


async def listed(caller: Caller, **fields: Any) -> list[Any]:
    request = ListDeliveriesRequest(filter=DeliveryFilter(**fields))
    return list((await caller.outbox.ListDeliveries(request)).deliveries)


async def test_a_delivery_and_its_attempts_are_its_owners_to_see(
    running: RunningCore, source: Caller, worker: Caller, buyer: Caller
) -> None:
    await create(running)
    await running.buyer("rival")
    rival = running.caller(await running.key(ROLE_BUYER, "rival"))
    await submit(source)
    await attempt(worker, 503, answer_body="try later", request="POST /x", answer_headers="server: x")
    (one,) = await listed(buyer)
    assert (one.state, one.attempt_count, one.event_type) == (DELIVERY_STATE_PENDING, 1, "lead.sold")
    assert one.due_at.ToMilliseconds() > one.occurred_at.ToMilliseconds()
    found = (await buyer.outbox.GetDelivery(GetDeliveryRequest(delivery_id=one.id))).delivery
    (made,) = found.attempts
    assert (made.number, made.status_code, made.latency_ms) == (1, 503, 7)
    assert (made.answer_body, made.request, made.answer_headers) == ("try later", "POST /x", "server: x")
    assert await listed(rival) == await listed(source) == []
    for stranger in (rival, source):
        found_ = await refused(stranger.outbox.GetDelivery(GetDeliveryRequest(delivery_id=one.id)))
        assert found_.reason == "NOT_FOUND"
        assert (await refused(listed(stranger, endpoint_id=one.endpoint_id))).reason == "NOT_FOUND"
    assert [other.id for other in await listed(running.operator)] == [one.id]


async def test_pages_are_newest_first_and_filters_narrow(
    running: RunningCore, source: Caller, worker: Caller, buyer: Caller
) -> None:
    endpoint = await create(running)
    await submit(source, 7)
    newest = [one.id for one in await listed(buyer)]
    assert newest == sorted(newest, reverse=True)
    assert len(newest) == 7
    token, read = "", []
    while True:
        page = await buyer.outbox.ListDeliveries(ListDeliveriesRequest(page_size=3, page_token=token))
        read += [one.id for one in page.deliveries]
        token = page.next_page_token
        if not token:
            break
    assert read == newest
    await attempt(worker, 400)
    assert await listed(buyer, states=[DELIVERY_STATE_PENDING]) == []
    assert len(await listed(buyer, states=[DELIVERY_STATE_DEAD], endpoint_id=endpoint.id)) == 7
    first = (await listed(buyer))[-1]
    assert [one.id for one in await listed(buyer, lead_id=first.lead_id)] == [first.id]
    assert await listed(buyer, event_type="lead.voided") == []
    wrong = await refused(listed(buyer, states=[99]))
    assert set(wrong.fields) == {"filter.states"}
    bad = await refused(buyer.outbox.ListDeliveries(ListDeliveriesRequest(page_token="bm8")))
    assert set(bad.fields) == {"page_token"}


async def test_dead_letters_are_sent_again_or_discarded(
    running: RunningCore, source: Caller, worker: Caller, buyer: Caller
) -> None:
    endpoint = await create(running)
    await submit(source, 4)
    await attempt(worker, 422)
    dead = [one.id for one in await listed(buyer, states=[DELIVERY_STATE_DEAD])]
    assert len(dead) == 4
    assert (await listed(buyer))[0].reason == "the endpoint refused it: status 422"
    discard = DiscardDeliveriesRequest(delivery_ids=[dead[0]], reason="a known duplicate")
    assert (await buyer.outbox.DiscardDeliveries(discard)).discarded == 1
    assert (await buyer.outbox.DiscardDeliveries(discard)).discarded == 0
    (gone,) = await listed(buyer, states=[DELIVERY_STATE_DISCARDED])
    assert (gone.id, gone.reason) == (dead[0], "a known duplicate")
    by_id = RedriveDeliveriesRequest(delivery_ids=[dead[1], "dlv_nobody"])
    assert (await buyer.outbox.RedriveDeliveries(by_id)).redriven == 1
    by_filter = RedriveDeliveriesRequest(filter=DeliveryFilter(endpoint_id=endpoint.id))
    assert (await buyer.outbox.RedriveDeliveries(by_filter)).redriven == 2
    assert await attempt(worker, 200) == 3
    assert len(await listed(buyer, states=[DELIVERY_STATE_DELIVERED])) == 3
    # What was delivered is sent again only when it is asked for by its state.
    assert (await buyer.outbox.RedriveDeliveries(by_filter)).redriven == 0
    replay = DeliveryFilter(endpoint_id=endpoint.id, states=[DELIVERY_STATE_DELIVERED])
    assert (await buyer.outbox.RedriveDeliveries(RedriveDeliveriesRequest(filter=replay))).redriven == 3
    again = (await lease(worker)).deliveries
    assert {one.id for one in again} == set(dead[1:])
    for wrong in (RedriveDeliveriesRequest(), RedriveDeliveriesRequest(delivery_ids=["x"] * 501)):
        assert (await refused(buyer.outbox.RedriveDeliveries(wrong))).code == grpc.StatusCode.INVALID_ARGUMENT
    nameless = await refused(buyer.outbox.DiscardDeliveries(DiscardDeliveriesRequest(delivery_ids=dead)))
    assert set(nameless.fields) == {"reason"}


async def test_nobody_redrives_or_discards_what_is_not_theirs(
    running: RunningCore, source: Caller, worker: Caller
) -> None:
    await create(running)
    await submit(source)
    await attempt(worker, 400)
    (dead,) = await listed(running.operator)
    await running.buyer("rival")
    rival = running.caller(await running.key(ROLE_BUYER, "rival"))
    with running.unchanged():
        redrive = RedriveDeliveriesRequest(delivery_ids=[dead.id])
        assert (await rival.outbox.RedriveDeliveries(redrive)).redriven == 0
        every = RedriveDeliveriesRequest(filter=DeliveryFilter(states=[DELIVERY_STATE_DEAD]))
        assert (await rival.outbox.RedriveDeliveries(every)).redriven == 0
        discard = DiscardDeliveriesRequest(delivery_ids=[dead.id], reason="x")
        assert (await rival.outbox.DiscardDeliveries(discard)).discarded == 0


@pytest.mark.parametrize("sample_of", ["", "cap.reached", "lead.decided"])
async def test_a_sample_says_what_came_back(
    running: RunningCore, worker: Caller, buyer: Caller, sample_of: str
) -> None:
    endpoint = await create(running)

    async def answer() -> bytes:
        leased = await lease(worker, wait_ms=5_000)
        (one,) = leased.deliveries
        report = DeliveryReport(delivery_id=one.id, lease_id=one.lease_id, status_code=418, latency_ms=3)
        await worker.deliveries.ReportDeliveries(ReportDeliveriesRequest(reports=[report]))
        return bytes(one.body)

    answering = asyncio.create_task(answer())
    tested = await buyer.outbox.TestEndpoint(SampleRequest(endpoint_id=endpoint.id, event_type=sample_of))
    body = msgspec.json.decode(await answering)
    assert tested.attempt.status_code == 418
    assert body["type"] == (sample_of or "lead.sold")
    if not sample_of:
        assert body["data"]["lead"]["contact"]["email"].endswith("@example.com")
        assert body["data"]["test"] is True
    assert await listed(buyer, states=[DELIVERY_STATE_DEAD]) == []  # a sample is no dead letter
    unknown = SampleRequest(endpoint_id=endpoint.id, event_type="lead.lost")
    assert set((await refused(buyer.outbox.TestEndpoint(unknown))).fields) == {"event_type"}


async def test_wrong_credentials_hold_an_endpoint_until_it_is_mended(
    running: RunningCore, source: Caller, worker: Caller, buyer: Caller
) -> None:
    endpoint = await create(running)
    await submit(source)
    await attempt(worker, 401)

    async def health() -> Any:
        asked = GetEndpointRequest(endpoint_id=endpoint.id)
        return (await buyer.catalog.GetEndpoint(asked)).endpoint.health

    held = await health()
    assert (held.breaker, held.last_failure, held.pending, held.attempts) == (BREAKER_STATE_HELD, "status 401", 1, 1)
    await submit(source)
    assert (await lease(worker)).deliveries == []
    await running.restart()
    worker, buyer = running.caller(worker.key), running.caller(buyer.key)
    assert (await lease(worker)).deliveries == []
    mended = Endpoint(id=endpoint.id, auth=EndpointAuth(basic=BasicCredentials(username="u", password="p")))
    await buyer.catalog.UpdateEndpoint(UpdateEndpointRequest(endpoint=mended))
    leased = await lease(worker)
    assert len(leased.deliveries) == 2
    assert leased.targets[0].auth.basic.password == "p"
    assert (await health()).breaker == BREAKER_STATE_CLOSED


async def test_somebody_may_say_that_it_is_mended(
    running: RunningCore, source: Caller, worker: Caller, buyer: Caller
) -> None:
    endpoint = await create(running)
    watch = await create(running, event_types=["endpoint.disabled", "endpoint.recovered"])
    await submit(source)
    await attempt(worker, 410)
    told = (await lease(worker)).deliveries
    assert [(one.event_type, one.endpoint_id) for one in told] == [("endpoint.disabled", watch.id)]
    await buyer.outbox.EnableEndpoint(EnableEndpointRequest(endpoint_id=endpoint.id))
    assert {one.event_type for one in (await lease(worker)).deliveries} == {"lead.sold", "endpoint.recovered"}


async def test_a_secret_is_rotated_with_an_overlap(
    running: RunningCore, source: Caller, worker: Caller, buyer: Caller
) -> None:
    endpoint = await create(running)
    rotated = await buyer.outbox.RotateEndpointSecret(RotateEndpointSecretRequest(endpoint_id=endpoint.id))
    assert rotated.endpoint.secret != endpoint.secret
    await submit(source)
    (one,) = (await lease(worker)).deliveries
    assert list(one.secrets) == [rotated.endpoint.secret, endpoint.secret]
    at_once = RotateEndpointSecretRequest(endpoint_id=endpoint.id, overlap_s=0)
    last = await buyer.outbox.RotateEndpointSecret(at_once)
    await submit(source, 2)
    assert {tuple(other.secrets) for other in (await lease(worker)).deliveries} == {(last.endpoint.secret,)}
    too_long = RotateEndpointSecretRequest(endpoint_id=endpoint.id, overlap_s=604_801)
    assert set((await refused(buyer.outbox.RotateEndpointSecret(too_long))).fields) == {"overlap_s"}


async def test_an_ed25519_endpoint_is_shown_its_public_key(
    running: RunningCore, source: Caller, worker: Caller
) -> None:
    endpoint = await create(running, signature_scheme=SIGNATURE_SCHEME_ED25519)
    assert endpoint.secret.startswith("whpk_")
    await submit(source)
    (one,) = (await lease(worker)).deliveries
    assert one.secrets[0].startswith("whsk_")


async def test_a_notice_and_cloudevents(running: RunningCore, source: Caller, worker: Caller) -> None:
    thin = await create(running, payload=PAYLOAD_KIND_THIN)
    await create(running, envelope=ENVELOPE_KIND_CLOUDEVENTS)
    await submit(source)
    by_endpoint = {one.endpoint_id: one for one in (await lease(worker)).deliveries}
    notice = by_endpoint.pop(thin.id)
    assert notice.event_type == "leads.available"
    assert not [needle for needle in leads.needles(leads.findable(0)).values() if needle in notice.body]
    (event,) = by_endpoint.values()
    body = msgspec.json.decode(event.body)
    assert (body["specversion"], body["id"], event.content_type) == (
        "1.0",
        event.event_id,
        "application/cloudevents+json",
    )
    assert body["data"]["lead"]["id"] == event.lead_id


async def test_secrets_are_not_given_back(running: RunningCore, source: Caller) -> None:
    auth = EndpointAuth(
        headers=[StaticHeader(name="X-Key", value="s3cret-header")],
        oauth=OAuthClient(token_url="https://auth.example/t", client_id="me", client_secret="s3cret-client"),
    )
    created = await create(running, auth=auth)
    read = await running.operator.catalog.GetEndpoint(GetEndpointRequest(endpoint_id=created.id))
    assert b"s3cret" not in created.SerializeToString() + read.SerializeToString()
    assert read.endpoint.auth.oauth.client_id == "me"
    assert b"s3cret" not in running.path.read_bytes()


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"url": "ftp://x.example"}, "endpoint.url"),
        ({"url": "mailto:nobody"}, "endpoint.url"),
        ({"url": "mailto:a@x.example,b@y.example"}, "endpoint.url"),
        ({"timeout_ms": 99}, "endpoint.timeout_ms"),
        ({"max_concurrency": 257}, "endpoint.max_concurrency"),
        ({"max_per_second": -1}, "endpoint.max_per_second"),
        ({"lead_retry": RetryPolicy(max_attempts=25)}, "endpoint.lead_retry.max_attempts"),
        ({"event_retry": RetryPolicy(first_ms=99)}, "endpoint.event_retry.first_ms"),
        ({"check_interval_s": 59}, "endpoint.check_interval_s"),
        ({"dead_letter_action": 2}, "endpoint.fallback_email"),
        ({"verticals": ["boats"]}, "endpoint.verticals"),
        ({"auth": EndpointAuth(headers=[StaticHeader(name="webhook-id", value="x")])}, "endpoint.auth.headers.name"),
        ({"auth": EndpointAuth(headers=[StaticHeader(name="a", value="x\r\ny")])}, "endpoint.auth.headers.value"),
        ({"auth": EndpointAuth(basic=BasicCredentials(username="a:b"))}, "endpoint.auth.basic.username"),
    ],
)
async def test_a_wrong_endpoint_is_refused_by_its_fields(
    running: RunningCore, source: Caller, fields: dict[str, Any], wrong: str
) -> None:
    endpoint = Endpoint(**{"owner_id": "lender", "url": HOOK, "event_types": ["*"], **fields})
    with running.unchanged():
        found = await refused(running.operator.catalog.CreateEndpoint(CreateEndpointRequest(endpoint=endpoint)))
    assert set(found.fields) == {wrong}


async def test_a_trial_keeps_nothing(running: RunningCore, source: Caller) -> None:
    with running.unchanged():
        request = CreateEndpointRequest(
            endpoint=Endpoint(owner_id="lender", url=HOOK, event_types=["*"]), validate_only=True
        )
        answer = await running.operator.catalog.CreateEndpoint(request)
    assert answer.endpoint.revision == 1
    assert answer.endpoint.secret == ""


async def test_egress_is_told_to_everybody(worker: Caller) -> None:
    assert list((await worker.outbox.GetEgress(GetEgressRequest())).cidrs) == []


async def test_a_process_without_room_says_so(running: RunningCore, source: Caller, worker: Caller) -> None:
    full = await create(running)
    other = await create(running)
    await submit(source, 3)
    leased = await lease(worker, full_endpoint_ids=[full.id])
    assert {one.endpoint_id for one in leased.deliveries} == {other.id}
    assert len((await lease(worker, wait_ms=3_000)).deliveries) == 3
    assert (await refused(lease(worker, full_endpoint_ids=["x"] * 1_001))).fields.keys() == {"full_endpoint_ids"}


async def test_what_is_handed_back_goes_to_another(running: RunningCore, source: Caller, worker: Caller) -> None:
    await create(running)
    await submit(source)
    (one,) = (await lease(worker)).deliveries
    back = DeliveryReport(delivery_id=one.id, lease_id=one.lease_id, handed_back=True)
    assert (await worker.deliveries.ReportDeliveries(ReportDeliveriesRequest(reports=[back]))).taken == 1
    (again,) = (await lease(worker)).deliveries
    assert (again.id, again.attempts, again.body) == (one.id, 0, one.body)
