"""An exchange to measure: a core alone or with its adapters, on free ports, with an embedded store or a database."""

import os
from pathlib import Path
from typing import Any, Self

import grpc

from benchmarks.harness.processes import Process, cpu_s, memory_bytes
from exchange.app import latency
from leadexchange.v1.access_service_pb2_grpc import AccessServiceStub
from leadexchange.v1.catalog_service_pb2_grpc import CatalogServiceStub
from leadexchange.v1.lead_service_pb2_grpc import LeadServiceStub
from leadexchange.v1.submission_service_pb2_grpc import SubmissionServiceStub

Metadata = tuple[tuple[str, str], ...]


def bearer(key: str) -> Metadata:
    """The metadata that carries an API key."""
    return (("authorization", f"Bearer {key}"),)


class Exchange:
    """`exchange serve`, or with `adapters` `exchange up`. Settings of the caller's environment do not reach it.

    It can be entered again after it was left, and then starts on what is in its store.
    """

    def __init__(self, directory: Path, *, adapters: bool = False, store_url: str = "") -> None:
        """On a database instead at `store_url`; cores that share one share the directory, where its master key is."""
        directory.mkdir(exist_ok=bool(store_url))
        self.operator: Metadata = ()
        """The credential of the operator; the first start makes it."""
        self.store = directory / "exchange.db"
        self._adapters = adapters
        ours = {name: value for name, value in os.environ.items() if not name.startswith("EXCHANGE_")}
        settings = {
            "EXCHANGE_STORE_URL": store_url or f"sqlite:///{self.store.absolute()}",
            "EXCHANGE_GRPC_LISTEN": "127.0.0.1:0",
            "EXCHANGE_REST_LISTEN": "127.0.0.1:0",
            "EXCHANGE_SOAP_ENABLED": "false",
            "EXCHANGE_SECURITY_VAR_DIR": str(directory),
            "EXCHANGE_SECURITY_DEVELOPMENT": "true",  # the buyers are on loopback
        }
        command = ("up", "--json") if adapters else ("serve",)
        log = directory / "exchange.log"
        self._process = Process(log, "exchange.app.cli", *command, environment={**ours, **settings})

    async def __aenter__(self) -> Self:
        await self._process.__aenter__()
        facts = self._process.facts
        self.operator = bearer(facts["first_key"]) if facts.get("first_key") else self.operator
        self.pids: dict[str, int] = facts["pids"] if self._adapters else {"core": self._process.pid}
        self.addresses: dict[str, str] = facts["addresses"] if self._adapters else {"core": facts["address"]}
        self.channel = grpc.aio.insecure_channel(self.addresses["core"])
        self.submission = SubmissionServiceStub(self.channel)
        self.catalog = CatalogServiceStub(self.channel)
        self.access = AccessServiceStub(self.channel)
        self.leads = LeadServiceStub(self.channel)
        return self

    async def __aexit__(self, *exception: Any) -> None:
        await self.channel.close()
        await self._process.__aexit__(*exception)

    async def ledger(self) -> latency.Reading:
        """The latency ledger of the core since its start."""
        return await latency.read(self.channel, self.operator[0][1].removeprefix("Bearer "))

    def memory_bytes(self) -> int:
        """What the core holds in memory."""
        return memory_bytes(self.pids["core"])

    def cpu_s(self, part: str = "core") -> float:
        """CPU seconds that the core, or an adapter by name, has used so far."""
        return cpu_s(self.pids[part])
