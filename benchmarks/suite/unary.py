"""Unary `SubmitLead` beside a bare grpc.aio echo of the same messages, as many in flight."""

import base64
from collections.abc import AsyncIterator
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
    """Calls answered a second, and what each costs the server."""
    async with Exchange(bench.directory / "unary") as exchange:
        source, leads = await set_up(exchange, static_campaigns(100)), Leads("unary")
        answer = await exchange.submission.SubmitLead(leads.next(), metadata=source)
        async with echo(bench, answer) as bare, grpc.aio.insecure_channel(bare.facts["address"]) as channel:
            stub = SubmissionServiceStub(channel)
            runs = await bench.in_turns(
                echo=lambda s: load.charged(
                    bare.cpu_s, load.unary(lambda: stub.SubmitLead(leads.next()), s, _IN_FLIGHT)
                ),
                submit=lambda s: load.charged(
                    exchange.cpu_s,
                    load.unary(lambda: exchange.submission.SubmitLead(leads.next(), metadata=source), s, _IN_FLIGHT),
                ),
            )
    yield figure(
        "unary.submit",
        "auctions/s",
        rates(runs["submit"]),
        rates(runs["echo"]),
        Budget(bound=0.5, target=0.7, of_floor=True),
        shortfall(runs["submit"]),
    )
    yield figure("unary.submit.cpu", "µs", costs(runs["submit"]), costs(runs["echo"]))
