"""Fifty endpoints, one dead and one slow: from sale to webhook at the other 48, beside a run without the two."""

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

from google.protobuf.field_mask_pb2 import FieldMask

from benchmarks.figures import Budget, Figure, figure
from benchmarks.harness.bench import Bench
from benchmarks.harness.catalogue import buyer_of, set_up, static_campaigns, subscribe
from benchmarks.harness.exchange import Exchange
from benchmarks.harness.load import Load, percentile
from benchmarks.harness.processes import Process
from benchmarks.suite.webhooks import Sales
from leadexchange.v1.catalog_service_pb2 import UpdateEndpointRequest
from leadexchange.v1.endpoint_pb2 import Endpoint
from leadexchange.v1.outbox_service_pb2 import EnableEndpointRequest
from leadexchange.v1.outbox_service_pb2_grpc import OutboxServiceStub
from leadexchange.v1.party_pb2 import PARTY_STATE_ACTIVE, PARTY_STATE_PAUSED

_BUYERS: Final = 16
_EACH: Final = 3  # endpoints of a buyer, 48 in all
_SALES: Final = 200  # a second: the slow endpoint takes sixteen in that time, and falls behind from the first moment
_SLOW_MS: Final = 2_000
_SETTLE_S: Final = 1.0
"""Uncounted: to be switched on again lets thousands of their webhooks be due at once, which others feel that once."""
_OPERATOR: Final = "exchange"  # whose endpoints hear of every sale, so that each has five webhooks to send


async def run(bench: Bench) -> AsyncIterator[Figure]:
    """With the two and without, in turns."""
    async with AsyncExitStack() as stack:
        taking = await stack.enter_async_context(
            Process(bench.directory / "taking.log", "benchmarks.parties.receiver"),
        )
        slow = await stack.enter_async_context(
            Process(bench.directory / "slow.log", "benchmarks.parties.receiver", "--after-ms", str(_SLOW_MS))
        )
        dead = stack.enter_context(socket.socket())  # bound, and nobody listens
        dead.bind(("127.0.0.1", 0))
        exchange = await stack.enter_async_context(Exchange(bench.directory / "neighbours", adapters=True))
        campaigns = list(static_campaigns(_BUYERS * 10))
        source = await set_up(exchange, campaigns)
        for buyer in sorted({buyer_of(place) for place in range(len(campaigns))}):
            for _ in range(_EACH):
                await subscribe(exchange, buyer, _url(taking.facts["port"]), "lead.sold")
        ports = (slow.facts["port"], dead.getsockname()[1])
        two = [await subscribe(exchange, _OPERATOR, _url(port), "lead.sold") for port in ports]
        sales = Sales(exchange, source, taking.facts["port"], _EACH)

        async def steady(seconds: float, *, both: bool) -> Load:
            await _set(exchange, two, active=both)
            await sales.steady(_SALES, _SETTLE_S)
            return await sales.steady(_SALES, seconds)

        runs = await bench.in_turns(alone=partial(steady, both=False), beside=partial(steady, both=True))
    p99 = {name: [percentile(load.latencies_ms, 99) for load in loads] for name, loads in runs.items()}
    note = f"at {_SALES * _EACH:,} webhooks/s to the 48; the floor is without the dead and the slow one"
    budget = Budget(bound=1.5, most=True, of_floor=True)
    yield figure("neighbours.p99", "ms", p99["beside"], p99["alone"], budget, note)


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}/webhooks"


async def _set(exchange: Exchange, endpoint_ids: list[str], *, active: bool) -> None:
    """Lets endpoints rest, or has them called, with their breakers closed."""
    state = PARTY_STATE_ACTIVE if active else PARTY_STATE_PAUSED
    outbox = OutboxServiceStub(exchange.channel)
    for endpoint_id in endpoint_ids:
        request = UpdateEndpointRequest(
            endpoint=Endpoint(id=endpoint_id, state=state), update_mask=FieldMask(paths=["state"])
        )
        await exchange.catalog.UpdateEndpoint(request, metadata=exchange.operator)
        if active:
            await outbox.EnableEndpoint(EnableEndpointRequest(endpoint_id=endpoint_id), metadata=exchange.operator)
