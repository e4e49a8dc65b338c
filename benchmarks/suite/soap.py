"""A lead over SOAP, beside lxml alone, spyne alone, and the same lead over gRPC; and how long one waits for it."""

import asyncio
import itertools
import os
import time
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlsplit

from adapters.soap.envelope import SOAP_11
from adapters.soap.security import TEXT, WSSE
from adapters.soap.shapes import NAMESPACE, camel
from adapters.soap.writing import escape
from benchmarks.figures import Figure, figure
from benchmarks.harness import http, load
from benchmarks.harness.bench import Bench, costs, rates
from benchmarks.harness.catalogue import set_up, static_campaigns
from benchmarks.harness.exchange import Exchange, Metadata
from benchmarks.harness.leads import Consumer, Leads, examples
from benchmarks.harness.load import Load
from benchmarks.harness.processes import Process

_WAITING = 8
"""Requests at once where the wait of each is measured: far from what the adapter can do."""


class _Requests:
    """Endless submissions over HTTP, each with a WS-Security token and a request id of its own."""

    def __init__(self, source: Metadata) -> None:
        self._leads = itertools.cycle([(lead, Consumer(lead["contact"])) for lead in examples()])
        self._count = itertools.count()
        self._token = (
            f'<wsse:Security xmlns:wsse="{WSSE}"><wsse:UsernameToken><wsse:Username>bench</wsse:Username>'
            f'<wsse:Password Type="{TEXT}">{source[0][1].removeprefix("Bearer ")}</wsse:Password>'
            "</wsse:UsernameToken></wsse:Security>"
        )

    def make(self) -> bytes:
        """The next."""
        number, (lead, consumer) = next(self._count), next(self._leads)
        email, phone = consumer.reached_at(number)
        pairs = [{"name": name, "value": str(value)} for name, value in lead["attributes"].items()]
        profile = {"vertical": lead["vertical"], "subSource": lead["sub_source"], "attribute": pairs}
        contact = {**_named(lead["contact"], "first_name", "last_name"), "email": email, "phone": phone}
        consent = _named(lead["consent"], "text_version", "given_at", "ip")
        content = {"requestId": f"soap-{number}", "profile": profile, "contact": contact, "consent": consent}
        body = f'<SubmitLead xmlns="{NAMESPACE}">{_xml(content)}</SubmitLead>'
        envelope = (
            f'<soap:Envelope xmlns:soap="{SOAP_11}"><soap:Header>{self._token}</soap:Header>'
            f"<soap:Body>{body}</soap:Body></soap:Envelope>"
        ).encode()
        head = 'POST /soap HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: text/xml; charset=utf-8\r\nsoapaction: ""\r\n'
        return f"{head}content-length: {len(envelope)}\r\n\r\n".encode() + envelope


def _named(values: dict[str, Any], *names: str) -> dict[str, str]:
    return {camel(name): str(values[name]) for name in names if values.get(name)}


def _xml(content: dict[str, Any]) -> str:
    return "".join(
        f"<{name}>{_xml(one) if isinstance(one, dict) else escape(one)}</{name}>"
        for name, value in content.items()
        for one in (value if isinstance(value, list) else [value])
    )


async def waited(port: int, make: Callable[[], bytes], seconds: float) -> Load:
    """A closed load that notes how long each request took."""
    found = Load()
    begun = time.perf_counter()

    async def one_after_another() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (sent := time.perf_counter()) < begun + seconds:
            writer.write(make())
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.partition(b":")[2]))
            found.latencies_ms.append((time.perf_counter() - sent) * 1_000)
            if head.startswith(b"HTTP/1.1 200"):
                found.count += 1
            else:
                found.refused += 1
        writer.close()

    await asyncio.gather(*(one_after_another() for _ in range(_WAITING)))
    found.seconds = time.perf_counter() - begun
    return found


async def run(bench: Bench) -> AsyncIterator[Figure]:
    """Leads answered a second, what each costs the adapter, and how long it takes."""
    logs = bench.directory
    lxml = Process(logs / "lxml.log", "benchmarks.floors.soap", "lxml")
    spyne = Process(logs / "spyne.log", "benchmarks.floors.soap", "spyne")
    async with Exchange(logs / "soap") as exchange, lxml, spyne:
        source, leads = await set_up(exchange, static_campaigns(100)), Leads("grpc-soap")
        settings = {"EXCHANGE_CORE": exchange.addresses["core"], "EXCHANGE_SOAP_LISTEN": "127.0.0.1:0"}
        async with Process(logs / "soap.log", "adapters.soap", environment={**os.environ, **settings}) as adapter:
            requests = _Requests(source)
            ports = {
                "soap": urlsplit(adapter.facts["address"]).port or 0,
                "lxml": int(lxml.facts["port"]),
                "spyne": int(spyne.facts["port"]),
            }

            def asked(name: str, process: Process) -> Callable[[float], Any]:
                return lambda s: load.charged(process.cpu_s, http.ask(ports[name], requests.make, s, load.IN_FLIGHT))

            runs = await bench.in_turns(
                lxml=asked("lxml", lxml),
                spyne=asked("spyne", spyne),
                soap=asked("soap", adapter),
                grpc=lambda s: load.unary(lambda: exchange.submission.SubmitLead(leads.next(), metadata=source), s),
                waited=lambda s: waited(ports["soap"], requests.make, s),
            )
    values, refused = rates(runs["soap"]), sum(one.refused for one in runs["soap"])
    note = f"{refused:,} refused" if refused else ""
    yield figure("soap.submit", "auctions/s", values, rates(runs["lxml"]), note=note or "the floor is lxml alone")
    yield figure("soap.submit.spyne", "auctions/s", values, rates(runs["spyne"]), note="the floor is spyne alone")
    yield figure("soap.submit.grpc", "auctions/s", values, rates(runs["grpc"]))
    yield figure("soap.submit.cpu", "µs", costs(runs["soap"]), costs(runs["lxml"]), note="of the adapter alone")
    yield figure(
        "soap.spyne.cpu", "µs", costs(runs["spyne"]), costs(runs["lxml"]), note="of spyne alone, beside lxml alone"
    )
    for percent in (50, 99):
        took = [load.percentile(one.latencies_ms, percent) for one in runs["waited"]]
        yield figure(f"soap.submit.p{percent}", "ms", took, note=f"{_WAITING} at once")
