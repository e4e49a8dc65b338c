"""Unary `SubmitLead` beside a bare grpc.aio echo of the same messages, as many in flight."""

import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import grpc

from benchmarks.figures import Budget, Figure, figure
from benchmarks.harness import load
from benchmarks.harness.bench import Bench, costs, rates, shortfall
from benchmarks.harness.catalogue import set_up, static_campaigns
from benchmarks.harness.exchange import Exchange
from benchmarks.harness.leads import Leads
from benchmarks.harness.processes import Process
from leadexchange.v1.submission_service_pb2 import SubmitLeadResponse
from leadexchange.v1.submission_service_pb2_grpc import SubmissionServiceStub

_IN_FLIGHT: Final = 256  # calls at once, as a source with volume has


def echo(bench: Bench, answer: SubmitLeadResponse) -> Process:
    """The floor's process."""
    encoded = base64.b64encode(answer.SerializeToString()).decode()
    return Process(bench.directory / "echo.log", "benchmarks.floors.echo", encoded)


async def run(bench: Bench) -> AsyncIterator[Figure]:
    """Calls answered a second, and what each costs: through an edge, and by the core alone."""
    async with (
        Exchange(bench.directory / "edge", adapters=True, edges=1) as edge,
        Exchange(bench.directory / "unary") as core,
    ):
        to_edge, to_core = await _submitting(edge, "edge"), await _submitting(core, "core")
        answer = await to_core()
        leads = Leads("echo")
        async with echo(bench, answer) as bare, grpc.aio.insecure_channel(bare.facts["address"]) as channel:
            stub = SubmissionServiceStub(channel)
            runs = await bench.in_turns(
                echo=lambda s: load.charged(
                    bare.cpu_s, load.unary(lambda: stub.SubmitLead(leads.next()), s, _IN_FLIGHT)
                ),
                edge=lambda s: load.charged(
                    lambda: edge.cpu_s() + edge.cpu_s("grpc"), load.unary(to_edge, s, _IN_FLIGHT)
                ),
                core=lambda s: load.charged(core.cpu_s, load.unary(to_core, s, _IN_FLIGHT)),
            )
    for name, budget in (("edge", Budget(bound=0.5, target=0.7, of_floor=True)), ("core", None)):
        ours = runs[name]
        yield figure(f"unary.{name}", "auctions/s", rates(ours), rates(runs["echo"]), budget, shortfall(ours))
        yield figure(f"unary.{name}.cpu", "µs", costs(ours), costs(runs["echo"]))


async def _submitting(exchange: Exchange, name: str) -> Callable[[], Awaitable[SubmitLeadResponse]]:
    """A call of an exchange with campaigns."""
    source, leads = await set_up(exchange, static_campaigns(100)), Leads(name)
    return lambda: exchange.submission.SubmitLead(leads.next(), metadata=source)
