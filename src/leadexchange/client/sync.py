"""The client for programs that do not use asyncio: `AsyncClient` on a thread of its own."""

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Sequence
from typing import Any, Self, TypeVar

from leadexchange.client.aio import AsyncClient
from leadexchange.client.channels import Tls
from leadexchange.client.requests import Attributes, Person
from leadexchange.client.retrying import Retrying
from leadexchange.v1.api_key_pb2 import ApiKey
from leadexchange.v1.disposition_pb2 import Disposition
from leadexchange.v1.event_pb2 import Event
from leadexchange.v1.feedback_service_pb2 import DispositionResult, ReturnResult
from leadexchange.v1.lead_pb2 import Lead
from leadexchange.v1.lead_return_pb2 import LeadReturn
from leadexchange.v1.lead_service_pb2 import AcknowledgeLeadsResponse, ClaimLeadsResponse
from leadexchange.v1.submission_service_pb2 import (
    LeadOutcome,
    PingLeadResponse,
    SubmitLeadRequest,
    SubmitLeadsResult,
)

T = TypeVar("T")


class Client:
    """One partner's way to the exchange; arguments and methods are those of `AsyncClient`. Any thread may use it."""

    def __init__(
        self,
        addresses: str | Sequence[str],
        key: str,
        *,
        tls: Tls = True,
        timeout_s: float = 10.0,
        retrying: Retrying | None = None,
    ) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="leadexchange-client", daemon=True)
        self._thread.start()
        self._client = self._run(_made(addresses, key, tls=tls, timeout_s=timeout_s, retrying=retrying))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections and ends the thread."""
        if self._thread.is_alive():
            self._run(self._client.close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def who_am_i(self) -> ApiKey:
        """Whom the key speaks for."""
        return self._run(self._client.who_am_i())

    def submit(self, vertical: str, attributes: Attributes, contact: Person, **more: Any) -> LeadOutcome:
        """Auctions a whole lead."""
        return self._run(self._client.submit(vertical, attributes, contact, **more))

    def submit_request(self, request: SubmitLeadRequest) -> LeadOutcome:
        """The same with a request from `submission`."""
        return self._run(self._client.submit_request(request))

    def submit_many(self, leads: Iterable[SubmitLeadRequest], *, most_open: int = 1_024) -> Iterator[SubmitLeadsResult]:
        """Auctions leads over one stream; a result each, in any order. The iterable is read on the client's thread."""
        return self._each(self._client.submit_many(leads, most_open=most_open))

    def ping(self, vertical: str, attributes: Attributes, **more: Any) -> PingLeadResponse:
        """Auctions a lead without its person."""
        return self._run(self._client.ping(vertical, attributes, **more))

    def post(self, ping_id: str, contact: Person, **more: Any) -> LeadOutcome:
        """Takes up a ping's offer with the person."""
        return self._run(self._client.post(ping_id, contact, **more))

    def lead(self, lead_id: str) -> Lead:
        """One lead."""
        return self._run(self._client.lead(lead_id))

    def leads(self, **filters: Any) -> Iterator[Lead]:
        """Leads, oldest first."""
        return self._each(self._client.leads(**filters))

    def claim(self, max_leads: int = 50, **more: Any) -> ClaimLeadsResponse:
        """Leads that are not acknowledged, each to one reader at a time."""
        return self._run(self._client.claim(max_leads, **more))

    def acknowledge(self, *lead_ids: str) -> AcknowledgeLeadsResponse:
        """Marks leads as taken."""
        return self._run(self._client.acknowledge(*lead_ids))

    def record(self, *dispositions: Disposition) -> list[DispositionResult]:
        """Says what became of leads."""
        return self._run(self._client.record(*dispositions))

    def give_back(self, *returns: LeadReturn) -> list[ReturnResult]:
        """Asks to return leads."""
        return self._run(self._client.give_back(*returns))

    def subscribe(self, **more: Any) -> Iterator[Event]:
        """Events after a sequence and then live, for ever."""
        return self._each(self._client.subscribe(**more))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _each(self, items: AsyncIterator[T]) -> Iterator[T]:
        """One at a time: nothing is read ahead of whoever takes them."""
        try:
            while True:
                try:
                    yield self._run(_next(items))
                except StopAsyncIteration:
                    return
        finally:
            self._run(_closed(items))


async def _made(addresses: str | Sequence[str], key: str, **options: Any) -> AsyncClient:
    """Made on the loop that it will live on."""
    return AsyncClient(addresses, key, **options)


async def _next(items: AsyncIterator[T]) -> T:
    return await anext(items)


async def _closed(items: AsyncIterator[Any]) -> None:
    close = getattr(items, "aclose", None)
    if close is not None:
        await close()
