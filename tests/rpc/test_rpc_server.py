"""What orchestrators and tools ask of a gRPC server."""

import asyncio
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest
from grpc_reflection.v1alpha.reflection_pb2_grpc import ServerReflectionStub

from exchange.domain.errors import ConfigError
from exchange.rpc.server import _ADDERS
from tests.support import leads
from tests.support.buyer import ScriptedBuyer, silent
from tests.support.campaigns import stream
from tests.support.exchange import RunningCore
from tests.support.waiting import eventually

SERVICES = {
    service.full_name for _, module in _ADDERS.values() for service in module.DESCRIPTOR.services_by_name.values()
}


async def test_health_is_told_without_a_key_for_the_whole_and_for_each_service(running: RunningCore) -> None:
    health: Any = HealthStub(running.operator.channel)
    for service in ("", *SERVICES):
        answer = await health.Check(HealthCheckRequest(service=service))
        assert answer.status == HealthCheckResponse.SERVING
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await health.Check(HealthCheckRequest(service="leadexchange.v1.Nothing"))
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND


async def test_health_turns_before_the_exchange_stops(tmp_path: Path) -> None:
    async with RunningCore(tmp_path) as running:
        source, lender = await running.source(), await running.buyer()
        await running.campaign(stream("slow", "lender", bid_window_ms=300))
        health: Any = HealthStub(running.operator.channel)
        async with ScriptedBuyer(lender, on_ping=silent) as buyer:
            open_ = asyncio.ensure_future(source.submission.SubmitLead(leads.request(0)))
            await eventually(lambda: buyer.pings)
            stopping = asyncio.ensure_future(running.core.stop())
            while (await health.Check(HealthCheckRequest())).status == HealthCheckResponse.SERVING:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            assert ("draining", "") not in buyer.happened  # what is open may still need it
            await open_
            await stopping
            assert ("draining", "") in buyer.happened
        running.address = ""


async def test_reflection_lists_the_contract(running: RunningCore) -> None:
    stub: Any = ServerReflectionStub
    request: Any = ServerReflectionRequest
    reflect = stub(running.operator.channel)
    ask = iter([request(list_services="")])
    async for answer in reflect.ServerReflectionInfo(ask):
        names = {one.name for one in answer.list_services_response.service}
        assert names == SERVICES | {"grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"}
    ask = iter([request(file_containing_symbol="leadexchange.v1.SubmissionService")])
    async for answer in reflect.ServerReflectionInfo(ask):
        assert b"SubmitLeads" in answer.file_descriptor_response.file_descriptor_proto[0]


async def test_what_is_not_served_is_unimplemented(running: RunningCore) -> None:
    call: Any = running.operator.channel.unary_unary("/leadexchange.v1.SubmissionService/BuyLead")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call(b"")
    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED


async def test_a_request_that_is_no_message_is_refused(running: RunningCore) -> None:
    source = await running.source()
    call: Any = running.operator.channel.unary_unary("/leadexchange.v1.SubmissionService/SubmitLead")
    with running.unchanged(), pytest.raises(grpc.aio.AioRpcError) as caught:
        await call(b"\xff\xff\xff", metadata=(("authorization", f"Bearer {source.key}"),))
    assert caught.value.code() in (grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL)  # the library's own answer


async def test_a_port_that_is_taken_is_an_error_that_names_it(running: RunningCore, tmp_path: Path) -> None:
    other = RunningCore(tmp_path / "other", EXCHANGE_GRPC_LISTEN=running.address)
    with pytest.raises(ConfigError, match=running.address):
        await other.start()
    await other.core.store.close()
