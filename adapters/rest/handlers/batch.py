"""Many leads in one request, over one stream of the contract: a result for each, and a wrong one disturbs no other.

NDJSON is streamed both ways: results come as auctions end, while further lines are read. A JSON array is answered with
an array in its order.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Final

import grpc
import msgspec
from aiohttp import web

from adapters.rest.caller import IDEMPOTENCY_KEY, Caller, caller_of, idempotency_key
from adapters.rest.contract import rpc
from adapters.rest.convert.lead import outcome_of, submit_request
from adapters.rest.core import CORE
from adapters.rest.formats.negotiation import JSON, NDJSON
from adapters.rest.handlers import examples
from adapters.rest.handlers.answers import respond
from adapters.rest.lines import lines_of
from adapters.rest.operation import Operation
from adapters.rest.problems import Problem, Violation, invalid
from adapters.rest.reading import decoded, expect_media, read_body
from adapters.rest.rpc_errors import from_rpc, from_status
from adapters.rest.shapes.batch import BatchLead, BatchResult, BatchResults
from adapters.rest.streamed import Streamed
from leadexchange.v1.submission_service_pb2 import SubmitLeadRequest, SubmitLeadsRequest, SubmitLeadsResult

_SUBMIT: Final = rpc("SubmissionService/SubmitLeads")
_WHO_AM_I: Final = rpc("AccessService/WhoAmI")
_FRAME: Final = 256  # the contract's bound on leads in a frame
_OPEN: Final = 1_024  # leads without a result: more are not read
_MOST_IN_ARRAY: Final = 1_000
_ID_CHARS: Final = 128


class Batch:
    """One stream of leads to the core, and the results that come back. All that it holds is bounded by `_OPEN`."""

    def __init__(self, request: web.Request, caller: Caller, key: str) -> None:
        self._prefix = key or "batch_" + secrets.token_hex(8)
        self._ready: asyncio.Queue[SubmitLeadRequest | None] = asyncio.Queue(_FRAME)
        self._room = asyncio.Semaphore(_OPEN)
        self._open: dict[str, int] = {}
        self._results: asyncio.Queue[BatchResult | None] = asyncio.Queue()
        self._count = 0
        self._call = request.app[CORE].converse(_SUBMIT, self._frames(), caller)
        self._reading = asyncio.create_task(self._read())
        self.failure: Problem | None = None
        """Why the core ended the stream, if it did not end well."""

    async def take(self, read: Callable[[], BatchLead]) -> None:
        """The next lead, as `read` gives it; a Problem that it raises is the lead's result."""
        index, self._count = self._count, self._count + 1
        await self._room.acquire()
        request_id = f"{self._prefix}-{index}"
        try:
            body = read()
            request_id = body.request_id or request_id
            if len(request_id) > _ID_CHARS or request_id in self._open:
                expected = f"an id of at most {_ID_CHARS} characters, once in a batch"
                raise invalid([Violation("request_id", expected, "another", pointer="/request_id")])
            message = submit_request(body, request_id)
        except Problem as problem:
            self._results.put_nowait(BatchResult(index, request_id[:_ID_CHARS], problem=problem.item()))
            return
        self._open[request_id] = index
        await self._ready.put(message)

    async def end(self) -> None:
        """No further leads."""
        await self._ready.put(None)

    async def results(self) -> AsyncIterator[list[BatchResult]]:
        """Results as they come, several at once where they are ready."""
        while (result := await self._results.get()) is not None:
            ready = [result]
            while len(ready) < _FRAME and not self._results.empty():
                following = self._results.get_nowait()
                if following is None:
                    self._results.put_nowait(None)
                    break
                ready.append(following)
            for _ in ready:
                self._room.release()
            yield ready

    async def close(self) -> None:
        """Gives up what is open; leads that the core has are auctioned all the same."""
        self._call.cancel()
        while not self._ready.empty():
            self._ready.get_nowait()
        self._ready.put_nowait(None)  # a call that has failed already leaves its frames waiting
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _frames(self) -> AsyncIterator[SubmitLeadsRequest]:
        """Whatever gathered while the last frame went out."""
        lead = await self._ready.get()
        while lead is not None:
            frame = [lead]
            while len(frame) < _FRAME and not self._ready.empty():
                following = self._ready.get_nowait()
                if following is None:
                    yield SubmitLeadsRequest(leads=frame)
                    return
                frame.append(following)
            yield SubmitLeadsRequest(leads=frame)
            lead = await self._ready.get()

    async def _read(self) -> None:
        try:
            async for frame in self._call:
                for result in frame.results:
                    self._results.put_nowait(self._result(result))
        except grpc.aio.AioRpcError as error:
            self.failure = from_rpc(error)
            for request_id, index in self._open.items():
                self._results.put_nowait(BatchResult(index, request_id, problem=self.failure.item()))
        self._results.put_nowait(None)

    def _result(self, result: SubmitLeadsResult) -> BatchResult:
        index = self._open.pop(result.request_id, -1)
        if result.HasField("error"):
            return BatchResult(index, result.request_id, problem=from_status(result.error).item())
        return BatchResult(index, result.request_id, outcome=outcome_of(result.outcome))


async def submit_batch(request: web.Request) -> web.StreamResponse:
    """Auctions many leads."""
    caller = caller_of(request)
    await request.app[CORE].call(_WHO_AM_I, _WHO_AM_I.ask(), caller)  # a stranger learns nothing, not even of faults
    expect_media(request, _MEDIA)
    key = idempotency_key(request)
    if request.content_type == JSON:
        return await _submit_array(request, caller, key)
    return await _submit_lines(request, caller, key)


async def _submit_array(request: web.Request, caller: Caller, key: str) -> web.Response:
    leads = await read_body(request, list[msgspec.Raw])
    if not 1 <= len(leads) <= _MOST_IN_ARRAY:
        raise invalid([Violation("", f"1 to {_MOST_IN_ARRAY} leads", str(len(leads)), pointer="")])
    batch = Batch(request, caller, key)

    async def feed() -> None:
        for lead in leads:
            await batch.take(partial(decoded, bytes(lead), BatchLead))
        await batch.end()

    feeding = asyncio.create_task(feed())
    try:
        found = [result async for results in batch.results() for result in results]
    finally:
        await _stop(feeding, batch)
    if batch.failure and not any(result.outcome for result in found):
        raise batch.failure
    return respond(request, BatchResults(sorted(found, key=lambda result: result.index)))


async def _submit_lines(request: web.Request, caller: Caller, key: str) -> web.StreamResponse:
    batch = Batch(request, caller, key)

    async def feed() -> None:
        try:
            async for line in lines_of(request):
                await batch.take(partial(decoded, line, BatchLead))
        finally:
            await batch.end()

    feeding = asyncio.create_task(feed())
    answer = Streamed(request, NDJSON, compressed=False)  # a compressor would hold results back
    try:
        async for results in batch.results():
            if batch.failure and not answer.begun:
                raise batch.failure
            await answer.write(b"".join(msgspec.json.encode(result) + b"\n" for result in results))
        if batch.failure and not answer.begun:
            raise batch.failure
        if feeding.done():
            feeding.result()
    except Problem as problem:
        if not answer.begun:
            raise
        await answer.write(msgspec.json.encode({"problem": problem.item()}) + b"\n")
    finally:
        await _stop(feeding, batch)
    return await answer.end()


async def _stop(feeding: "asyncio.Task[None]", batch: Batch) -> None:
    feeding.cancel()
    await asyncio.gather(feeding, return_exceptions=True)
    await batch.close()


_MEDIA: Final = (NDJSON, JSON)

OPERATIONS: Final = (
    Operation(
        *("POST", "/leads/batch", "submitLeads", "Auctions many leads, with a result for each", submit_batch),
        "Submission",
        body=list[BatchLead],
        body_media=_MEDIA,
        answer=BatchResults,
        media=(JSON, NDJSON),
        headers=(IDEMPOTENCY_KEY,),
        description="As NDJSON, results are streamed as auctions end, in any order, while lines are still being read. "
        "With an `Idempotency-Key`, the whole batch may be repeated: each lead has the key and its place as its own.",
        examples={"two": [examples.LEAD, {**examples.LEAD, "external_id": "form-2", "attributes": {}}]},
    ),
)
