"""Who sees and changes what in the catalogue, and that secrets are never shown again."""

from typing import Any

import grpc

from leadexchange.v1.campaign_pb2 import (
    Campaign,
)
from leadexchange.v1.catalog_service_pb2 import (
    CreateCampaignRequest,
    CreateEndpointRequest,
    GetBuyerRequest,
    GetCampaignRequest,
    GetEndpointRequest,
    ListBuyersRequest,
    ListCampaignsRequest,
    ListEndpointsRequest,
    UpdateCampaignRequest,
    UpdateEndpointRequest,
)
from leadexchange.v1.endpoint_pb2 import Endpoint
from leadexchange.v1.party_pb2 import PARTY_STATE_PAUSED
from tests.rpc.catalog import MISSING, get, update
from tests.support import leads
from tests.support.caller import refused
from tests.support.campaigns import UNIT, http, static, stream
from tests.support.exchange import RunningCore


async def test_a_buyer_manages_its_own_campaigns_and_sees_no_others(running: RunningCore) -> None:
    lender, rival = await running.buyer(), await running.buyer("rival")
    theirs = await running.campaign(static("theirs", "rival"))
    own = (await lender.catalog.CreateCampaign(CreateCampaignRequest(campaign=static("own", "")))).campaign
    assert own.buyer_id == "lender"
    assert await get(lender, "own") == own
    assert (await update(lender, Campaign(id="own", priority=5))).priority == 5
    with running.unchanged():
        missing = await refused(get(lender, "nobodys"))
        for call in (get(lender, theirs.id), update(lender, Campaign(id="theirs", priority=5))):
            hidden = await refused(call)
            assert (hidden.code, hidden.reason) == MISSING
            assert hidden.message == missing.message
        found = await refused(lender.catalog.CreateCampaign(CreateCampaignRequest(campaign=static("xx", "rival"))))
        assert (found.code, found.reason) == (grpc.StatusCode.PERMISSION_DENIED, "FORBIDDEN")
    listed = (await lender.catalog.ListCampaigns(ListCampaignsRequest())).campaigns
    assert [one.id for one in listed] == ["own"]
    assert not (await lender.catalog.ListCampaigns(ListCampaignsRequest(buyer_id="rival"))).campaigns
    assert [one.id for one in (await lender.catalog.ListBuyers(ListBuyersRequest())).buyers] == ["lender"]
    assert (await refused(lender.catalog.GetBuyer(GetBuyerRequest(buyer_id="rival")))).reason == "NOT_FOUND"
    assert (await rival.catalog.GetBuyer(GetBuyerRequest(buyer_id="rival"))).buyer.id == "rival"


async def test_an_owner_manages_its_own_endpoints_and_sees_no_others(running: RunningCore) -> None:
    source, lender = await running.source(), await running.buyer()
    theirs = await running.endpoint("lender", "https://hooks.example/lender")
    wanted = Endpoint(url="https://hooks.example/source", event_types=["lead.decided"])
    own = (await source.catalog.CreateEndpoint(CreateEndpointRequest(endpoint=wanted))).endpoint
    assert own.owner_id == "ratewise"
    listed = (await source.catalog.ListEndpoints(ListEndpointsRequest())).endpoints
    assert [one.id for one in listed] == [own.id]
    assert not (await source.catalog.ListEndpoints(ListEndpointsRequest(owner_id="lender"))).endpoints
    assert len((await lender.catalog.ListEndpoints(ListEndpointsRequest())).endpoints) == 1
    with running.unchanged():
        for call in (
            source.catalog.GetEndpoint(GetEndpointRequest(endpoint_id=theirs.id)),
            source.catalog.UpdateEndpoint(
                UpdateEndpointRequest(endpoint=Endpoint(id=theirs.id, url="https://evil.example"))
            ),
        ):
            assert (await refused(call)).reason == "NOT_FOUND"
        stolen = Endpoint(owner_id="lender", url="https://evil.example", event_types=["*"])
        found = await refused(source.catalog.CreateEndpoint(CreateEndpointRequest(endpoint=stolen)))
        assert found.reason == "FORBIDDEN"
    moved = Endpoint(id=own.id, owner_id="lender", url="https://hooks.example/new")
    changed = (await source.catalog.UpdateEndpoint(UpdateEndpointRequest(endpoint=moved))).endpoint
    assert (changed.owner_id, changed.url) == ("ratewise", "https://hooks.example/new")


async def test_secrets_are_never_shown_again(running: RunningCore) -> None:
    lender = await running.buyer()
    endpoint = await running.endpoint("lender", "https://hooks.example/x")
    await running.campaign(http("over-http", "lender", "https://buyer.example"))
    secrets = [endpoint.secret.encode(), endpoint.secret.removeprefix("whsec_").encode(), b"hunter2hunter2"]
    answers = []
    for caller in (running.operator, lender):
        catalog = caller.catalog
        answers += [
            await catalog.GetEndpoint(GetEndpointRequest(endpoint_id=endpoint.id)),
            await catalog.ListEndpoints(ListEndpointsRequest()),
            await catalog.UpdateEndpoint(
                UpdateEndpointRequest(endpoint=Endpoint(id=endpoint.id, state=PARTY_STATE_PAUSED))
            ),
            await catalog.GetCampaign(GetCampaignRequest(campaign_id="over-http")),
            await catalog.ListCampaigns(ListCampaignsRequest()),
            await catalog.UpdateCampaign(UpdateCampaignRequest(campaign=Campaign(id="over-http", priority=2))),
        ]
    for answer in answers:
        assert not any(secret in answer.SerializeToString() for secret in secrets)
    wal = running.path.with_name("exchange.db-wal")
    resting = running.path.read_bytes() + wal.read_bytes()
    assert not any(secret in resting for secret in secrets)
    # They were not lost on the way.
    await running.restart()
    kept = running.core.book.endpoints[endpoint.id]
    assert kept.secret == endpoint.secret
    call: Any = running.core.book.campaigns["over-http"].bidding
    assert call.call.headers == {"x-buyer-key": "hunter2hunter2"}


async def test_only_a_test_campaign_takes_test_leads(running: RunningCore) -> None:
    source = await running.source()
    await running.buyer()
    await running.campaign(static("real", "lender", 20 * UNIT))
    await running.campaign(static("for-tests", "lender", 5 * UNIT, test=True))
    request = leads.request(0)
    assert (await source.submission.SubmitLead(request)).outcome.sales[0].campaign_id == "real"
    request.profile.test = True
    assert (await source.submission.SubmitLead(request)).outcome.sales[0].campaign_id == "for-tests"


async def test_plain_http_is_for_development_only(tmp_path: Any) -> None:
    async with RunningCore(tmp_path, EXCHANGE_SECURITY_DEVELOPMENT="false") as running:
        await running.buyer()
        with running.unchanged():
            found = await refused(running.endpoint("lender", "http://hooks.example/x"))
            assert set(found.fields) == {"endpoint.url"}
            found = await refused(running.campaign(http("over-http", "lender", "http://buyer.example")))
            assert set(found.fields) == {"campaign.http_bidding.call.url", "campaign.http_posting.call.url"}
        await running.campaign(stream("fine", "lender"))
