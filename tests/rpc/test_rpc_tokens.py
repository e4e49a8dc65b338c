"""Tokens: a key exchanged for some of what it may do, for a time."""

import time

import grpc
import pytest

from leadexchange.v1.access_service_pb2 import (
    CreateApiKeyRequest,
    IssueTokenRequest,
    IssueTokenResponse,
    RevokeApiKeyRequest,
    WhoAmIRequest,
)
from leadexchange.v1.api_key_pb2 import ROLE_BUYER, ApiKey
from leadexchange.v1.campaign_pb2 import Campaign
from leadexchange.v1.catalog_service_pb2 import ListCampaignsRequest, UpdateCampaignRequest
from leadexchange.v1.lead_service_pb2 import ListLeadsRequest
from tests.support.caller import Caller, refused
from tests.support.exchange import RunningCore

DENIED = grpc.StatusCode.PERMISSION_DENIED, "FORBIDDEN"


async def key(running: RunningCore, **fields: int) -> tuple[str, str]:
    """A fresh key of the lender: its id and text."""
    wanted = ApiKey(role=ROLE_BUYER, party_id="lender")
    if fields:
        wanted.expires_at.FromSeconds(fields["expires_s"])
    made = await running.operator.access.CreateApiKey(CreateApiKeyRequest(api_key=wanted))
    return made.api_key.id, made.secret


async def issue(running: RunningCore, client: tuple[str, str], scope: str = "") -> IssueTokenResponse:
    request = IssueTokenRequest(client_id=client[0], client_secret=client[1], scope=scope)
    answer: IssueTokenResponse = await running.caller(None).access.IssueToken(request)
    return answer


def with_token(running: RunningCore, answer: IssueTokenResponse) -> Caller:
    return running.caller(answer.access_token)


async def test_a_token_does_what_it_was_asked_for(running: RunningCore) -> None:
    await running.buyer()
    client = await key(running)
    with running.unchanged():
        answer = await issue(running, client, "leads:read")
        assert (answer.scope, answer.expires_in_s) == ("leads:read", 3_600)
        reader = with_token(running, answer)
        await reader.leads.ListLeads(ListLeadsRequest())
        assert (await reader.access.WhoAmI(WhoAmIRequest())).api_key.id == client[0]
        for call in (
            reader.catalog.ListCampaigns(ListCampaignsRequest()),
            reader.catalog.UpdateCampaign(UpdateCampaignRequest(campaign=Campaign(id="x"))),
        ):
            found = await refused(call)
            assert (found.code, found.reason) == DENIED
            assert "scope catalog:" in found.message
    whole = await issue(running, client)
    assert {"leads:read", "catalog:read", "catalog:write", "bids"} <= set(whole.scope.split())
    assert "leads:submit" not in whole.scope
    await with_token(running, whole).catalog.ListCampaigns(ListCampaignsRequest())


async def test_a_token_holds_after_a_restart(running: RunningCore) -> None:
    await running.buyer()
    answer = await issue(running, await key(running))
    await running.restart()
    await with_token(running, answer).leads.ListLeads(ListLeadsRequest())


async def test_a_token_ends_with_its_key(running: RunningCore) -> None:
    await running.buyer()
    client, other = await key(running), await key(running)
    tokens = [await issue(running, one) for one in (client, other)]
    callers = [with_token(running, token) for token in tokens]
    for caller in callers:
        await caller.leads.ListLeads(ListLeadsRequest())
    await running.operator.access.RevokeApiKey(RevokeApiKeyRequest(api_key_id=client[0]))
    assert (await refused(callers[0].leads.ListLeads(ListLeadsRequest()))).reason == "UNAUTHENTICATED"
    await callers[1].leads.ListLeads(ListLeadsRequest())  # a party's other keys go on: that is how they are rotated
    assert (await refused(issue(running, client))).reason == "UNAUTHENTICATED"
    soon = await key(running, expires_s=int(time.time()) + 30)
    assert 0 < (await issue(running, soon)).expires_in_s <= 30


async def test_what_is_no_client_gets_no_token(running: RunningCore) -> None:
    await running.buyer()
    one, other = await key(running), await key(running)
    token = await issue(running, one)
    with running.unchanged():
        wrong = [(one[0], other[1]), ("", one[1]), (one[0], ""), (one[0], "x"), (one[0], token.access_token)]
        for client in wrong:
            found = await refused(issue(running, client))
            assert (found.code, found.reason) == (grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED")
            assert not client[1] or client[1] not in found.message


@pytest.mark.parametrize("scope", ["leads:submit", "keys", "everything", "leads:read  catalog:read"])
async def test_a_scope_that_the_key_has_not_is_refused(running: RunningCore, scope: str) -> None:
    await running.buyer()
    found = await refused(issue(running, await key(running), scope))
    assert (found.code, list(found.fields)) == (grpc.StatusCode.INVALID_ARGUMENT, ["scope"])


async def test_how_long_a_token_holds_is_configured(running: RunningCore) -> None:
    await running.buyer()
    client = await key(running)
    running.environment["EXCHANGE_SECURITY_TOKEN_TTL_S"] = "90"
    await running.restart()
    assert (await issue(running, client)).expires_in_s == 90
