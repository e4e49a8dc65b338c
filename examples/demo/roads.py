"""The three roads into the exchange: REST, gRPC a lead a call, and a gRPC stream of frames."""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from typing import Any, Final, NoReturn, Protocol, Self

import aiohttp
import grpc
import msgspec
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status

from adapters.common.core import credential
from examples.demo.leads import Line, Problem, request_of
from leadexchange.v1.lead_pb2 import LeadStatus
from leadexchange.v1.reason_pb2 import Reason
from leadexchange.v1.submission_service_pb2 import (
    LeadOutcome,
    SubmitLeadRequest,
    SubmitLeadsRequest,
    SubmitLeadsResponse,
)
from leadexchange.v1.submission_service_pb2_grpc import SubmissionServiceStub

_FRAME: Final = 8
_REOPEN_S: Final = 0.1
_INVALID: Final = frozenset({"INVALID_FIELD", "UNKNOWN_VERTICAL", "TOO_LARGE", "BODY_UNREADABLE"})


class Answer(msgspec.Struct, frozen=True):
    """What a source is told about its lead."""

    lead_id: str
    status: str
    """`sold`, `unsold`, …"""
    reason: str
    total_ms: float
    """How long the exchange took, or over REST, which does not say, the client's own measure; 0 in a repeat."""


class Invalid(Exception):
    """The lead itself is wrong, and nothing of it was kept."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems)
        self.problems = problems


class Unanswered(Exception):
    """No answer, or a refusal that says nothing about the lead: send it again under the same request id."""


class Road(Protocol):
    """A way to submit a lead."""

    async def submit(self, line: Line) -> Answer:
        """Submits a lead that could be read. Raises Invalid and Unanswered."""


class RestRoad:
    """`POST /leads`. The line of the file is the body."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str, keys: Mapping[str, str]) -> None:
        self._session = session
        self._url = f"{base_url}/leads"
        self._keys = keys

    async def submit(self, line: Line) -> Answer:
        """As in Road."""
        assert line.lead is not None
        headers = {
            "Authorization": f"Bearer {self._keys[line.lead.source]}",
            "Content-Type": "application/json",
            "Idempotency-Key": line.request_id,
        }
        began = time.perf_counter()
        try:
            async with self._session.post(self._url, data=line.body, headers=headers) as response:
                answer = await response.json(content_type=None)
        except (OSError, aiohttp.ClientError, ValueError) as error:
            raise Unanswered(type(error).__name__) from error
        total_ms = (time.perf_counter() - began) * 1_000
        if response.status >= 300:
            problems = [_problem_of(one) for one in answer.get("errors", ())]
            _refuse(answer.get("reason", ""), answer.get("detail", ""), problems)
        repeated = answer.get("repeated", False)
        return Answer(answer["lead_id"], answer["status"], answer.get("reason", ""), 0 if repeated else total_ms)


class UnaryRoad:
    """`SubmitLead`, a call a lead."""

    def __init__(self, channel: grpc.aio.Channel, keys: Mapping[str, str]) -> None:
        self._stub = SubmissionServiceStub(channel)
        self._keys = keys

    async def submit(self, line: Line) -> Answer:
        """As in Road."""
        assert line.lead is not None
        metadata = credential(self._keys[line.lead.source])
        try:
            answer = await self._stub.SubmitLead(request_of(line), metadata=metadata)
        except grpc.aio.AioRpcError as error:
            details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
            assert isinstance(details, bytes)
            _refuse_by(Status.FromString(details) if details else Status(message=error.code().name))
        return _answer_of(answer.outcome)


class StreamRoad:
    """`SubmitLeads`: frames of leads one way, frames of results the other; a stream a source, opened at first use."""

    def __init__(self, channel: grpc.aio.Channel, keys: Mapping[str, str]) -> None:
        self._channel = channel
        self._keys = keys
        self._streams: dict[str, _Stream] = {}

    async def submit(self, line: Line) -> Answer:
        """As in Road."""
        assert line.lead is not None
        source = line.lead.source
        if source not in self._streams:
            self._streams[source] = _Stream(self._channel, self._keys[source])
        return await self._streams[source].submit(request_of(line))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Ends the streams."""
        for stream in self._streams.values():
            await stream.close()


class _Stream:
    """One source's stream. When it breaks, what was on it is unanswered, and it is opened again."""

    def __init__(self, channel: grpc.aio.Channel, key: str) -> None:
        self._stub = SubmissionServiceStub(channel)
        self._metadata = credential(key)
        self._ready: list[SubmitLeadRequest] = []
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self._stirred = asyncio.Event()
        self._closing = False
        self._serving = asyncio.create_task(self._serve())

    async def submit(self, request: SubmitLeadRequest) -> Answer:
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[request.request_id] = answer
        self._ready.append(request)
        self._stirred.set()
        return await answer

    async def close(self) -> None:
        self._closing = True
        self._stirred.set()
        await self._serving

    async def _serve(self) -> None:
        while not self._closing:
            call = self._stub.SubmitLeads(metadata=self._metadata)
            writing = asyncio.create_task(self._write(call))
            try:
                async for frame in call:
                    self._take(frame)
            except grpc.aio.AioRpcError as error:
                why = error.code().name
            else:
                why = "the stream ended"
            writing.cancel()  # takes no more for this call
            self._lose(why)
            if not self._closing:
                await asyncio.sleep(_REOPEN_S)

    async def _write(self, call: Any) -> None:
        """Whatever is ready each time round; the reader hears of it when the call breaks."""
        with contextlib.suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):
            while not self._closing:
                await self._stirred.wait()
                self._stirred.clear()
                while self._ready:
                    frame, self._ready = self._ready[:_FRAME], self._ready[_FRAME:]
                    await call.write(SubmitLeadsRequest(leads=frame))
            await call.done_writing()

    def _take(self, frame: SubmitLeadsResponse) -> None:
        for result in frame.results:
            answer = self._waiting.pop(result.request_id, None)
            if answer is None or answer.done():  # given up
                continue
            try:
                if result.HasField("error"):
                    _refuse_by(result.error)
                answer.set_result(_answer_of(result.outcome))
            except (Invalid, Unanswered) as refused:
                answer.set_exception(refused)

    def _lose(self, why: str) -> None:
        self._ready.clear()
        lost, self._waiting = self._waiting, {}
        for answer in lost.values():
            if not answer.done():
                answer.set_exception(Unanswered(why))


def _answer_of(outcome: LeadOutcome) -> Answer:
    return Answer(
        outcome.lead_id,
        LeadStatus.Name(outcome.status).removeprefix("LEAD_STATUS_").lower(),
        Reason.Name(outcome.reason).removeprefix("REASON_") if outcome.reason else "",
        outcome.total_us / 1_000,
    )


def _refuse_by(status: Status) -> NoReturn:
    """Raises what a google.rpc.Status says; one without details comes from gRPC itself, which lost the exchange."""
    info, fields = ErrorInfo(), BadRequest()
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(fields)
    # What is in the contract's profile stands beside the rest in a file.
    problems = [Problem(one.field.removeprefix("profile."), one.description) for one in fields.field_violations]
    _refuse(info.reason, status.message, problems)


def _problem_of(error: Mapping[str, Any]) -> Problem:
    return Problem(error["field"], f"expected {error['expected']}, got {error['got']}")


def _refuse(reason: str, message: str, problems: list[Problem]) -> NoReturn:
    if reason in _INVALID:
        raise Invalid(problems or [Problem("", message)])
    raise Unanswered(reason or message)
