"""A lead over REST, beside a bare aiohttp handler, and beside the same lead over gRPC."""

import itertools
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import msgspec

from benchmarks.figures import Figure, figure
from benchmarks.harness import http, load
from benchmarks.harness.bench import Bench, costs, rates
from benchmarks.harness.catalogue import set_up, static_campaigns
from benchmarks.harness.exchange import Exchange, Metadata
from benchmarks.harness.leads import Consumer, Leads, examples
from benchmarks.harness.processes import Process


class _Requests:
    """Endless submissions over HTTP, each under an idempotency key of its own."""

    def __init__(self, source: Metadata) -> None:
        leads = [{name: part for name, part in lead.items() if name != "source"} for lead in examples()]
        self._leads = itertools.cycle([(lead, Consumer(lead["contact"])) for lead in leads])
        self._count = itertools.count()
        self._authorization = source[0][1]

    def make(self) -> bytes:
        """The next."""
        number, (lead, consumer) = next(self._count), next(self._leads)
        lead["contact"]["email"], lead["contact"]["phone"] = consumer.reached_at(number)
        headers = f"authorization: {self._authorization}\r\nidempotency-key: rest-{number}\r\n"
        return http.request("127.0.0.1", "/api/v1/leads", msgspec.json.encode(lead), headers)


async def run(bench: Bench) -> AsyncIterator[Figure]:
    """Leads answered a second, and what each costs the adapter."""
    bare = Process(bench.directory / "aiohttp.log", "benchmarks.floors.rest")
    async with Exchange(bench.directory / "rest", adapters=True) as exchange, bare:
        source, leads = await set_up(exchange, static_campaigns(100)), Leads("grpc")
        requests = _Requests(source)
        ports = {"rest": urlsplit(exchange.addresses["rest"]).port or 0, "bare": bare.facts["port"]}
        runs = await bench.in_turns(
            bare=lambda s: load.charged(bare.cpu_s, http.ask(ports["bare"], requests.make, s, load.IN_FLIGHT)),
            rest=lambda s: load.charged(
                lambda: exchange.cpu_s("rest"), http.ask(ports["rest"], requests.make, s, load.IN_FLIGHT)
            ),
            grpc=lambda s: load.unary(lambda: exchange.submission.SubmitLead(leads.next(), metadata=source), s),
        )
    values, refused = rates(runs["rest"]), sum(one.refused for one in runs["rest"])
    yield figure(
        "rest.submit", "auctions/s", values, rates(runs["bare"]), note=f"{refused:,} refused" if refused else ""
    )
    yield figure("rest.submit.grpc", "auctions/s", values, rates(runs["grpc"]))
    yield figure("rest.submit.cpu", "µs", costs(runs["rest"]), costs(runs["bare"]), note="of the adapter alone")
