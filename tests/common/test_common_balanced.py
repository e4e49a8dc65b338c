"""Calls over every core: in turn, away from those that stop or die, again where that is safe and never elsewhere."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
import pytest_asyncio
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from adapters.common import balanced
from adapters.common.balanced import Balanced
from leadexchange.v1.lead_service_pb2 import ClaimLeadsRequest, GetLeadRequest
from leadexchange.v1.submission_service_pb2 import PostLeadRequest, SubmitLeadRequest
from tests.support import relaying
from tests.support.waiting import eventually

SUBMIT = "/leadexchange.v1.SubmissionService/SubmitLead"


class Core(grpc.GenericRpcHandler):
    """Answers every unary call with its own name, or by script."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.address = ""
        self.calls: list[str] = []
        self.script: list[str] = []
        """What the next calls get instead: `refuse`, `break`."""
        self.open = asyncio.Event()
        self.open.set()
        self._server: Any = None

    async def start(self) -> None:
        self._server = grpc.aio.server(options=(("grpc.so_reuseport", 0),))
        self._server.add_generic_rpc_handlers((self,))
        port = self._server.add_insecure_port(self.address or "127.0.0.1:0")
        self.address = f"127.0.0.1:{port}"
        await self._server.start()

    async def stop(self, grace_s: float | None = None) -> None:
        await self._server.stop(grace_s)

    def service(self, details: Any) -> Any:
        async def answer(_: bytes, context: Any) -> bytes:
            self.calls.append(details.method.rpartition("/")[2])
            await self.open.wait()
            match self.script.pop(0) if self.script else "":
                case "refuse":
                    detail = AnyMessage()
                    detail.Pack(ErrorInfo(reason="DRAINING"))
                    status = Status(code=14, message="stopping", details=[detail])
                    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
                    await context.abort(grpc.StatusCode.UNAVAILABLE, "stopping")
                case "break":
                    await context.abort(grpc.StatusCode.UNAVAILABLE, "Socket closed")
            return self.name.encode()

        async def stream(_: bytes, __: Any) -> AsyncIterator[bytes]:
            yield self.name.encode()

        if details.method == relaying.METHOD:
            return relaying.relayed(self)
        if details.method.endswith("Subscribe"):
            return grpc.unary_stream_rpc_method_handler(stream)
        return grpc.unary_unary_rpc_method_handler(answer)


@pytest_asyncio.fixture
async def pair() -> AsyncIterator[tuple[Core, Core]]:
    cores = Core("a"), Core("b")
    for core in cores:
        await core.start()
    yield cores
    for core in cores:
        await core.stop()


@pytest_asyncio.fixture
async def channel(pair: tuple[Core, Core]) -> AsyncIterator[Balanced]:
    made = Balanced([core.address for core in pair])
    await asyncio.wait_for(standing(made, 2), 5)
    yield made
    await made.close()


async def standing(channel: Balanced, count: int) -> None:
    """Waits until so many connections stand."""
    links = channel._links
    await eventually(lambda: sum(link.stands() for link in links.values()) == count)


async def call(channel: Balanced, method: str = SUBMIT, request: Any = None, timeout_s: float = 5.0) -> str:
    call_ = channel.unary_unary(
        method, request_serializer=lambda message: message.SerializeToString(), response_deserializer=bytes.decode
    )
    return str(await call_(request or SubmitLeadRequest(request_id="r"), timeout=timeout_s))


async def test_calls_go_to_each_in_turn(channel: Balanced) -> None:
    assert Counter([await call(channel) for _ in range(10)]) == {"a": 5, "b": 5}


async def test_streams_do_too(channel: Balanced) -> None:
    subscribe = channel.unary_stream("/leadexchange.v1.EventService/Subscribe")
    assert {frame for stream in (subscribe(b""), subscribe(b"")) async for frame in stream} == {b"a", b"b"}


async def test_a_core_that_is_stopping_is_left(channel: Balanced, pair: tuple[Core, Core]) -> None:
    pair[0].script = ["refuse"]
    assert {await call(channel, request=SubmitLeadRequest()) for _ in range(6)} == {"b"}
    assert len(pair[0].calls) == 1


async def test_a_core_that_died_is_left(channel: Balanced, pair: tuple[Core, Core]) -> None:
    await pair[0].stop()
    assert {await call(channel) for _ in range(6)} == {"b"}


@pytest.mark.parametrize(
    ("method", "request_", "repeated"),
    [
        (SUBMIT, SubmitLeadRequest(request_id="r"), True),
        (SUBMIT, SubmitLeadRequest(), False),
        ("/leadexchange.v1.SubmissionService/PostLead", PostLeadRequest(ping_id="auc_1"), True),
        ("/leadexchange.v1.LeadService/GetLead", GetLeadRequest(), True),
        ("/leadexchange.v1.LeadService/ClaimLeads", ClaimLeadsRequest(), False),
    ],
)
async def test_what_broke_off_is_repeated_where_that_is_safe(
    channel: Balanced, pair: tuple[Core, Core], method: str, request_: Any, repeated: bool
) -> None:
    for core in pair:
        core.script = ["break"]
    if repeated:
        assert await call(channel, method, request_) in {"a", "b"}
        return
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call(channel, method, request_)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert sum(len(core.calls) for core in pair) == 1


async def test_repeats_have_an_end(channel: Balanced, pair: tuple[Core, Core]) -> None:
    for core in pair:
        core.script = ["break"] * 9
    with pytest.raises(grpc.aio.AioRpcError):
        await call(channel)
    assert sum(len(core.calls) for core in pair) == 3


async def test_calls_wait_while_no_core_is_there(channel: Balanced, pair: tuple[Core, Core]) -> None:
    for core in pair:
        await core.stop()
    await standing(channel, 0)
    calling = asyncio.create_task(call(channel))
    await asyncio.sleep(0.1)
    await pair[1].start()
    assert await calling == "b"


async def test_calls_wait_no_longer_than_their_deadline_or_a_restart(
    channel: Balanced, pair: tuple[Core, Core], monkeypatch: pytest.MonkeyPatch
) -> None:
    for core in pair:
        await core.stop()
    await standing(channel, 0)
    for setting, timeout_s in (("3.0", 0.3), ("0.1", 30.0)):
        monkeypatch.setattr(balanced, "_AWAY_S", float(setting))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await asyncio.wait_for(call(channel, timeout_s=timeout_s), 5)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_core_that_is_listed_no_longer_finishes_what_is_open(
    channel: Balanced, pair: tuple[Core, Core]
) -> None:
    pair[0].open.clear()
    open_ = [asyncio.create_task(call(channel)) for _ in range(2)]
    await eventually(lambda: pair[0].calls)
    channel._lead_to([pair[1].address])
    assert {await call(channel) for _ in range(4)} == {"b"}
    pair[0].open.set()
    assert sorted(await asyncio.gather(*open_)) == ["a", "b"]
