"""Who may call what, with which keys."""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor

from exchange.rpc.server import _ADDERS
from leadexchange.v1.access_service_pb2 import (
    CreateApiKeyRequest,
    CreateApiKeyResponse,
    ListApiKeysRequest,
    RevokeApiKeyRequest,
    WhoAmIRequest,
)
from leadexchange.v1.api_key_pb2 import (
    ROLE_BUYER,
    ROLE_DELIVERY,
    ROLE_GATEWAY,
    ROLE_OPERATOR,
    ROLE_SOURCE,
    ApiKey,
    Role,
)
from leadexchange.v1.event_service_pb2 import SubscribeRequest
from tests.support import leads
from tests.support.buyer import ScriptedBuyer
from tests.support.caller import Caller, Refusal, refusal, refused
from tests.support.campaigns import static, stream
from tests.support.exchange import RunningCore
from tests.support.waiting import eventually

OP, SRC, BUY = ROLE_OPERATOR, ROLE_SOURCE, ROLE_BUYER
ALL = {OP, SRC, BUY, ROLE_GATEWAY, ROLE_DELIVERY}
OPEN = {
    "CatalogService.GetBuyer": {OP, BUY},
    "CatalogService.ListBuyers": {OP, BUY},
    "CatalogService.CreateCampaign": {OP, BUY},
    "CatalogService.GetCampaign": {OP, BUY},
    "CatalogService.ListCampaigns": {OP, BUY},
    "CatalogService.UpdateCampaign": {OP, BUY},
    "CatalogService.CreateEndpoint": {OP, SRC, BUY},
    "CatalogService.GetEndpoint": {OP, SRC, BUY},
    "CatalogService.ListEndpoints": {OP, SRC, BUY},
    "CatalogService.UpdateEndpoint": {OP, SRC, BUY},
    "SubmissionService.SubmitLead": {OP, SRC},
    "SubmissionService.PingLead": {OP, SRC},
    "SubmissionService.PostLead": {OP, SRC},
    "SubmissionService.SubmitLeads": {OP, SRC},
    "LeadService.GetLead": {OP, SRC, BUY},
    "LeadService.ListLeads": {OP, SRC, BUY},
    "LeadService.GetAuction": {OP, SRC, BUY},
    "LeadService.AcknowledgeLeads": {BUY},
    "LeadService.ClaimLeads": {BUY},
    "MappingService.CreateMapping": {OP, SRC, BUY},
    "MappingService.GetMapping": {OP, SRC, BUY},
    "MappingService.ListMappings": {OP, SRC, BUY},
    "MappingService.UpdateMapping": {OP, SRC, BUY},
    "MappingService.ListMappingPresets": {OP, SRC, BUY},
    "MappingService.PreviewMapping": {OP, SRC, BUY},
    "EventService.Subscribe": {OP, SRC, BUY},
    "BidderService.BidStream": {BUY, ROLE_GATEWAY},
    "DeliveryService.LeaseDeliveries": {ROLE_DELIVERY},
    "DeliveryService.ReportDeliveries": {ROLE_DELIVERY},
    "FeedbackService.RecordDispositions": {OP, BUY},
    "FeedbackService.ListDispositions": {OP, SRC, BUY},
    "FeedbackService.RequestReturns": {OP, BUY},
    "FeedbackService.GetReturn": {OP, SRC, BUY},
    "FeedbackService.ListReturns": {OP, SRC, BUY},
    "ReportService.GetReport": {OP, SRC, BUY},
    "OutboxService.ListDeliveries": {OP, SRC, BUY},
    "OutboxService.GetDelivery": {OP, SRC, BUY},
    "OutboxService.RedriveDeliveries": {OP, SRC, BUY},
    "OutboxService.DiscardDeliveries": {OP, SRC, BUY},
    "OutboxService.TestEndpoint": {OP, SRC, BUY},
    "OutboxService.EnableEndpoint": {OP, SRC, BUY},
    "OutboxService.RotateEndpointSecret": {OP, SRC, BUY},
    "OutboxService.GetEgress": ALL,
    "AccessService.WhoAmI": ALL,
    "LedgerService.GetBalance": {OP, SRC, BUY},
    "LedgerService.GetStatement": {OP, SRC, BUY},
    "SuppressionService.AddSuppressions": {OP, BUY},
    "SuppressionService.RemoveSuppressions": {OP, BUY},
}
"""Whom each method is open to; what is not named here is an operator's alone, so that a new method must say more."""

PUBLIC = {"AccessService.IssueToken", "RelayService.Relay"}
"""Their request is the credential, or has one with each of its calls."""

REFUSED = grpc.StatusCode.PERMISSION_DENIED, "FORBIDDEN"


def methods() -> Iterator[MethodDescriptor]:
    """Every method that is served and asks for a credential."""
    for _, module in _ADDERS.values():
        for service in module.DESCRIPTOR.services_by_name.values():
            yield from (method for method in service.methods if name_of(method) not in PUBLIC)


def name_of(method: MethodDescriptor) -> str:
    return f"{method.containing_service.name}.{method.name}"


async def call(caller: Caller, method: MethodDescriptor) -> Refusal | None:
    """Calls a method with an empty request, or an empty stream of them; None when it was answered."""
    path = f"/{method.containing_service.full_name}/{method.name}"
    ask, answer = (message_factory.GetMessageClass(one) for one in (method.input_type, method.output_type))
    metadata = (("authorization", f"Bearer {caller.key}"),) if caller.key is not None else ()
    codec: dict[str, Any] = {"request_serializer": ask.SerializeToString, "response_deserializer": answer.FromString}
    channel: Any = caller.channel

    async def first(stream: Any) -> None:
        await anext(aiter(stream), None)
        stream.cancel()

    if method.client_streaming:
        kind = channel.stream_stream if method.server_streaming else channel.stream_unary
        open_call = kind(path, **codec)(iter([ask()]), metadata=metadata, timeout=5)
    elif method.server_streaming:
        wrong = {"after_sequence": -1} if "after_sequence" in ask.DESCRIPTOR.fields_by_name else {}
        open_call = channel.unary_stream(path, **codec)(ask(**wrong), metadata=metadata, timeout=5)
    else:
        open_call = channel.unary_unary(path, **codec)(ask(), metadata=metadata, timeout=5)
    try:
        await (first(open_call) if method.server_streaming else open_call)
    except grpc.aio.AioRpcError as error:
        return refusal(error)
    return None


def test_what_is_open_to_others_exists() -> None:
    assert set(OPEN) <= {name_of(method) for method in methods()}


@pytest.mark.parametrize("role", sorted(ALL))
async def test_each_method_is_open_to_its_roles_and_no_others(running: RunningCore, role: Role) -> None:
    await running.source()
    await running.buyer()
    party = {SRC: "ratewise", BUY: "lender"}.get(role, "")
    caller = running.caller(await running.key(role, party))
    with running.unchanged():
        for method in methods():
            found = await call(caller, method)
            if role in OPEN.get(name_of(method), {OP}):
                assert found is None or found.reason not in ("FORBIDDEN", "UNAUTHENTICATED", "INTERNAL"), method.name
            else:
                assert found is not None, name_of(method)
                assert (found.code, found.reason) == REFUSED, name_of(method)


async def test_no_method_is_open_to_nobody(running: RunningCore) -> None:
    nobody = running.caller(None)
    with running.unchanged():
        for method in methods():
            found = await call(nobody, method)
            assert found is not None, name_of(method)
            assert (found.code, found.reason) == (grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED"), name_of(method)


async def test_a_key_that_is_none_is_refused_and_never_quoted(running: RunningCore) -> None:
    good = running.operator.key
    assert good is not None
    swapped = good[:-1] + ("A" if good[-1] != "A" else "B")
    for key in ("", "x", "lx_", good[:-1], good + "A", swapped, good.lower(), "lx_" + "0" * 26 + "_" + "A" * 43):
        found = await refused(running.caller(key).access.WhoAmI(WhoAmIRequest()))
        assert (found.code, found.reason) == (grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED")
        assert len(key) < 10 or key not in found.message


async def test_a_key_may_come_in_either_header(running: RunningCore) -> None:
    nobody = running.caller(None)
    answer = await nobody.access.WhoAmI(WhoAmIRequest(), metadata=(("x-api-key", str(running.operator.key)),))
    assert answer.api_key.role == ROLE_OPERATOR
    basic = (("authorization", f"Basic {running.operator.key}"),)
    assert (await refused(nobody.access.WhoAmI(WhoAmIRequest(), metadata=basic))).reason == "UNAUTHENTICATED"


async def test_a_key_that_has_expired_is_refused(running: RunningCore) -> None:
    now_ms = running.core.clock.now_ms()
    old = running.caller(await running.key(ROLE_OPERATOR, expires_ms=now_ms - 1))
    found = await refused(old.access.WhoAmI(WhoAmIRequest()))
    assert (found.code, found.message) == (grpc.StatusCode.UNAUTHENTICATED, "The API key has expired.")
    young = running.caller(await running.key(ROLE_OPERATOR, expires_ms=now_ms + 60_000))
    answer = await young.access.WhoAmI(WhoAmIRequest())
    assert answer.api_key.expires_at.ToMilliseconds() == now_ms + 60_000


async def test_a_key_that_was_revoked_is_refused_at_once_and_after_a_restart(running: RunningCore) -> None:
    source = await running.source()
    mine = (await source.access.WhoAmI(WhoAmIRequest())).api_key
    assert (mine.role, mine.party_id) == (ROLE_SOURCE, "ratewise")
    revoked = (await running.operator.access.RevokeApiKey(RevokeApiKeyRequest(api_key_id=mine.id))).api_key
    assert revoked.HasField("revoked_at")
    found = await refused(source.access.WhoAmI(WhoAmIRequest()))
    assert (found.code, found.message) == (grpc.StatusCode.UNAUTHENTICATED, "The API key was revoked.")
    with running.unchanged():  # again is no error, and keeps the time
        again = await running.operator.access.RevokeApiKey(RevokeApiKeyRequest(api_key_id=mine.id))
    assert again.api_key == revoked
    await running.restart()
    assert (await refused(running.caller(source.key).access.WhoAmI(WhoAmIRequest()))).reason == "UNAUTHENTICATED"


async def test_a_key_that_was_revoked_ends_what_is_open_under_it(running: RunningCore) -> None:
    """No lead is told over a stream, nor any event, once its key stops working."""
    source, lender = await running.source(), await running.buyer()
    await running.campaign(stream("camp", "lender"))
    mine = (await lender.access.WhoAmI(WhoAmIRequest())).api_key
    async with ScriptedBuyer(lender) as buyer:
        assert (await source.submission.SubmitLead(leads.request(0))).outcome.sales
        heard: Any = lender.events.Subscribe(SubscribeRequest())
        assert [event.type for event in (await heard.read()).events] == ["lead.sold"]
        told = len(buyer.frames)
        await running.operator.access.RevokeApiKey(RevokeApiKeyRequest(api_key_id=mine.id))
        assert not (await source.submission.SubmitLead(leads.request(1))).outcome.sales
        await eventually(lambda: buyer.ended)
        assert len(buyer.frames) == told
        assert buyer.error is not None
        assert refusal(buyer.error).reason == "UNAUTHENTICATED"
        await running.campaign(static("static", "lender"))
        assert (await source.submission.SubmitLead(leads.request(2))).outcome.sales
        assert (await refused(heard.read())).reason == "UNAUTHENTICATED"


async def test_keys_outlive_a_restart(running: RunningCore) -> None:
    source = await running.source()
    await running.restart()
    answer = await running.caller(source.key).access.WhoAmI(WhoAmIRequest())
    assert answer.api_key.party_id == "ratewise"


async def test_a_key_is_shown_once(running: RunningCore) -> None:
    wanted = ApiKey(role=ROLE_GATEWAY, label="gateway “one”")
    made: CreateApiKeyResponse = await running.operator.access.CreateApiKey(CreateApiKeyRequest(api_key=wanted))
    assert made.secret.startswith("lx_")
    assert (made.api_key.role, made.api_key.label) == (ROLE_GATEWAY, "gateway “one”")
    assert made.api_key.HasField("created_at")
    listed = await running.operator.access.ListApiKeys(ListApiKeysRequest())
    assert made.api_key in listed.api_keys
    body = made.secret.rpartition("_")[2]
    assert body.encode() not in listed.SerializeToString()
    assert body.encode() not in running.path.read_bytes()
    wal = running.path.with_name("exchange.db-wal")
    assert body.encode() not in wal.read_bytes()


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (ApiKey(), "api_key.role"),
        (ApiKey(role=77), "api_key.role"),  # type: ignore[arg-type]
        (ApiKey(role=ROLE_SOURCE), "api_key.party_id"),
        (ApiKey(role=ROLE_SOURCE, party_id="nobody"), "api_key.party_id"),
        (ApiKey(role=ROLE_SOURCE, party_id="lender"), "api_key.party_id"),
        (ApiKey(role=ROLE_BUYER, party_id="ratewise"), "api_key.party_id"),
        (ApiKey(role=ROLE_OPERATOR, party_id="lender"), "api_key.party_id"),
        (ApiKey(role=ROLE_DELIVERY, party_id="lender"), "api_key.party_id"),
        (ApiKey(role=ROLE_OPERATOR, label="x" * 201), "api_key.label"),
        (ApiKey(role=ROLE_OPERATOR, expires_at={"seconds": -1}), "api_key.expires_at"),
    ],
)
async def test_a_key_that_makes_no_sense_is_not_made(running: RunningCore, wanted: ApiKey, field: str) -> None:
    await running.source()
    await running.buyer()
    with running.unchanged():
        found = await refused(running.operator.access.CreateApiKey(CreateApiKeyRequest(api_key=wanted)))
    assert (found.code, found.reason, set(found.fields)) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "INVALID_FIELD",
        {field},
    )


async def test_keys_are_listed_by_pages(running: RunningCore) -> None:
    for _ in range(4):
        await running.key(ROLE_GATEWAY)
    found: list[str] = []
    token = ""
    while True:
        page = await running.operator.access.ListApiKeys(ListApiKeysRequest(page_size=2, page_token=token))
        assert len(page.api_keys) <= 2
        found += [key.id for key in page.api_keys]
        token = page.next_page_token
        if not token:
            break
    assert len(found) == len(set(found)) == 5
    assert found == sorted(found)


async def test_a_key_that_does_not_exist_cannot_be_revoked(running: RunningCore) -> None:
    with running.unchanged():
        found = await refused(running.operator.access.RevokeApiKey(RevokeApiKeyRequest(api_key_id="key_nobody")))
    assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
