"""Three times what a core can do, by unary calls of a large and a small source: what is let in, and what is refused."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any, Final

import grpc
import msgspec

from benchmarks.figures import Budget, Figure, figure
from benchmarks.harness import load
from benchmarks.harness.bench import Bench
from benchmarks.harness.catalogue import set_up, static_campaigns
from benchmarks.harness.exchange import Exchange, Metadata, bearer
from benchmarks.harness.leads import Leads
from benchmarks.harness.load import Load, arrivals, percentile
from leadexchange.v1.access_service_pb2 import CreateApiKeyRequest
from leadexchange.v1.api_key_pb2 import ROLE_SOURCE, ApiKey
from leadexchange.v1.catalog_service_pb2 import CreateSourceRequest
from leadexchange.v1.source_pb2 import Source
from leadexchange.v1.submission_service_pb2 import SubmitLeadResponse

_CAMPAIGNS: Final = 1_000
_TIMES: Final = 3
_SMALL: Final = 0.02  # of what can be sustained: far less than half of it, which is a source's share of two
_CONNECTIONS: Final = 8
_CALM_MS: Final = 100.0  # an answer as before
_TICK_S: Final = 0.002
_METHOD: Final = "/leadexchange.v1.SubmissionService/SubmitLead"
_MIB: Final = 1 << 20
_RUNS: Final = 3


class _Outcome(msgspec.Struct):
    """What came of an open load."""

    taken: Load
    away: Load
    """Refused."""
    told: int = 0
    """Refused with a status that has details."""


async def run(bench: Bench) -> AsyncIterator[Figure]:
    """Latency of what is let in and of refusals, the small source's share, memory, and how soon it is over."""
    runs = 1 if bench.quick else _RUNS
    seconds = 2.0 if bench.quick else 10.0
    admitted, refused, told, share, done, growth, calm = [], [], [], [], [], [], []
    async with Exchange(bench.directory / "overload") as exchange:
        big = await set_up(exchange, static_campaigns(_CAMPAIGNS))
        small, leads = await _source(exchange, "small"), Leads("overload")
        for _ in range(runs):
            sustained = await load.unary(lambda: exchange.submission.SubmitLead(leads.next(), metadata=big), 1.0)
            held = exchange.memory_bytes()
            rate = sustained.per_second
            crowd, few = await asyncio.gather(
                _open(exchange, big, leads, _TIMES * rate, seconds),
                _open(exchange, small, leads, _SMALL * rate, seconds),
            )
            calm.append(await _calm_after(exchange, big, leads))
            growth.append((exchange.memory_bytes() - held) / _MIB)
            admitted.append(percentile(crowd.taken.latencies_ms, 99))
            refused.append(percentile(crowd.away.latencies_ms or [0.0], 99))
            told.append(crowd.told / max(1, crowd.away.count) * 100)
            share.append(few.taken.count / (few.taken.count + few.away.count) * 100)
            done.append(crowd.taken.per_second / rate)
    note = f"at {_TIMES} times the calls that 64 in flight sustain, {_CAMPAIGNS:,} campaigns"
    yield figure("overload.admitted.p99", "ms", admitted, budget=Budget(bound=1_000, most=True), note=note)
    yield figure("overload.refused.p99", "ms", refused, budget=Budget(bound=50, most=True), note="refusals")
    yield figure(
        "overload.told", "%", told, note="of those refused, by the core and told when to come again; others by gRPC"
    )
    yield figure("overload.goodput", "share", done, note="auctions, of those sustained without the overload")
    yield figure("overload.small", "%", share, note="of a small source's calls, let in beside the large one's")
    yield figure("overload.memory", "MiB", growth, note="of the core, over the overload")
    yield figure("overload.recovery", "s", calm, budget=Budget(bound=5, most=True), note="until calls take as before")


async def _source(exchange: Exchange, source_id: str) -> Metadata:
    source = Source(id=source_id, display_name=source_id)
    await exchange.catalog.CreateSource(CreateSourceRequest(source=source), metadata=exchange.operator)
    request = CreateApiKeyRequest(api_key=ApiKey(role=ROLE_SOURCE, party_id=source_id))
    return bearer((await exchange.access.CreateApiKey(request, metadata=exchange.operator)).secret)


async def _open(exchange: Exchange, source: Metadata, leads: Leads, rate: float, seconds: float) -> _Outcome:
    """An open load of unary calls: those that were let in, and those that were refused."""
    due = arrivals(rate, seconds)
    # Made beforehand, or the generator would be what is overloaded.
    messages = [leads.next().SerializeToString() for _ in due]
    options = (("grpc.use_local_subchannel_pool", 1),)
    channels = [grpc.aio.insecure_channel(exchange.addresses["core"], options=options) for _ in range(_CONNECTIONS)]
    calls: list[Any] = [
        channel.unary_unary(_METHOD, response_deserializer=SubmitLeadResponse.FromString) for channel in channels
    ]
    outcome = _Outcome(Load(latencies_ms=[]), Load(latencies_ms=[]))
    begun = time.perf_counter()

    async def one(place: int) -> None:
        try:
            await calls[place % _CONNECTIONS](messages[place], metadata=source)
            came_of = outcome.taken
        except grpc.aio.AioRpcError as error:
            came_of = outcome.away
            outcome.told += error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        came_of.count += 1
        came_of.latencies_ms.append((time.perf_counter() - begun - due[place]) * 1_000)

    async with asyncio.TaskGroup() as group:
        sent = 0
        while sent < len(due):
            now = time.perf_counter() - begun
            while sent < len(due) and due[sent] <= now:
                group.create_task(one(sent))
                sent += 1
            await asyncio.sleep(_TICK_S)
    outcome.taken.seconds = outcome.away.seconds = time.perf_counter() - begun
    for channel in channels:
        await channel.close()
    return outcome


async def _calm_after(exchange: Exchange, source: Metadata, leads: Leads) -> float:
    """Seconds until a call is let in and takes no longer than on any day."""
    begun = time.perf_counter()
    while True:
        sent = time.perf_counter()
        try:
            await exchange.submission.SubmitLead(leads.next(), metadata=source)
        except grpc.aio.AioRpcError:
            continue
        if (time.perf_counter() - sent) * 1_000 < _CALM_MS:
            return time.perf_counter() - begun
