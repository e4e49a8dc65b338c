"""RelayService: many callers' calls over one stream, each carried out as if it had come by itself."""

import asyncio
import time
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from typing import Any, Final, NoReturn

import grpc
from google.protobuf.message import DecodeError, Message
from google.rpc.status_pb2 import Status

from exchange.domain import limits
from exchange.domain.errors import Refused, Violation, invalid
from exchange.domain.reasons import Reason
from exchange.rpc.calls import Context, frame_bound, refusal_of
from exchange.rpc.lanes import Lane
from exchange.rpc.status import DETAILS, abort, status
from exchange.rpc.submission import Submissions
from leadexchange.v1 import relay_service_pb2 as pb
from leadexchange.v1.relay_service_pb2_grpc import RelayServiceServicer
from leadexchange.v1.submission_service_pb2 import PingLeadRequest, PostLeadRequest, SubmitLeadRequest

_MS: Final = 1_000


class _Ended(Exception):
    """The call was refused."""


class _Relayed:
    """What the methods ask of a call's context, for a call that came in a frame."""

    def __init__(self, call: pb.RelayedCall) -> None:
        self._call = call
        self._trailing: tuple[tuple[str, str | bytes], ...] = ()
        self._arrived_s = time.monotonic()

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        """What it came with."""
        return tuple(self._call.metadata.items())

    def time_remaining(self) -> float | None:
        """Seconds that its deadline leaves; None when it has none."""
        if self._call.timeout_ms <= 0:
            return None
        return self._call.timeout_ms / _MS - (time.monotonic() - self._arrived_s)

    def set_trailing_metadata(self, metadata: tuple[tuple[str, str | bytes], ...]) -> None:
        """What goes with its answer."""
        self._trailing = metadata

    def trailing_metadata(self) -> tuple[tuple[str, str | bytes], ...]:
        """What goes with its answer, so far."""
        return self._trailing

    async def abort(self, _: grpc.StatusCode, __: str, trailing: tuple[tuple[str, str | bytes], ...]) -> NoReturn:
        """Ends it; its details say everything."""
        self._trailing = trailing
        raise _Ended

    def put(self, answer: pb.RelayedAnswer) -> None:
        """Puts what goes with the answer into it."""
        for name, value in self._trailing:
            if name == DETAILS and isinstance(value, bytes):
                answer.error.CopyFrom(Status.FromString(value))
            elif isinstance(value, str):
                answer.metadata[name] = value


class Relay(RelayServiceServicer):
    """Takes calls from frames, has them carried out, and gathers their answers into frames."""

    def __init__(self, submissions: Submissions) -> None:
        self._methods: dict[str, tuple[Callable[[Any, Context], Awaitable[Message]], type[Message]]] = {
            "SubmitLead": (submissions.SubmitLead, SubmitLeadRequest),
            "PingLead": (submissions.PingLead, PingLeadRequest),
            "PostLead": (submissions.PostLead, PostLeadRequest),
        }
        self._reading: set[asyncio.Task[None]] = set()
        self._draining = False

    async def Relay(
        self, requests: AsyncIterable[pb.RelayRequest], context: Context
    ) -> AsyncIterator[pb.RelayResponse]:
        """Frames of calls; frames of answers as they come."""
        if self._draining:
            await abort(context, Refused(Reason.DRAINING, "the exchange is stopping", retry_after_ms=1_000))
        lane: Lane[pb.RelayedAnswer] = Lane(limits.MAX_RELAYED_CALLS, limits.MAX_FRAME_LEADS)
        reading = asyncio.create_task(self._read(requests, lane))
        reading.add_done_callback(lambda _: lane.end())  # also when it was cancelled before it began
        self._reading.add(reading)
        try:
            async for answers in lane.frames():
                yield pb.RelayResponse(answers=answers)
            await asyncio.wait((reading,))
            if not reading.cancelled():
                reading.result()
        except Refused as refused:
            await abort(context, refused)
        finally:
            reading.cancel()
            self._reading.discard(reading)

    def drain(self) -> None:
        """Takes no more calls: each stream ends with the answer of the last that was taken from it."""
        self._draining = True
        for reading in self._reading:
            reading.cancel()

    async def _read(self, requests: AsyncIterable[pb.RelayRequest], lane: Lane[pb.RelayedAnswer]) -> None:
        async for frame in requests:
            frame_bound(len(frame.calls), limits.MAX_FRAME_LEADS, "calls")
            await lane.room()
            for call in frame.calls:
                lane.begin(self._one(call))

    async def _one(self, call: pb.RelayedCall) -> pb.RelayedAnswer:
        answer, context = pb.RelayedAnswer(number=call.number), _Relayed(call)
        try:
            answer.response = (await self._carried_out(call, context)).SerializeToString()
        except _Ended:
            pass  # the context knows why
        except Exception as error:  # noqa: BLE001 - one call's error is its own answer
            answer.error.CopyFrom(status(refusal_of(error)))
        context.put(answer)
        return answer

    async def _carried_out(self, call: pb.RelayedCall, context: Any) -> Message:
        method, kind = self._methods.get(call.method, (None, Message))
        if method is None:
            raise invalid(
                [Violation("method", f"one of {', '.join(self._methods)}", call.method[: limits.MAX_ID_CHARS])]
            )
        try:
            request = kind.FromString(call.request)
        except DecodeError:
            got = f"{len(call.request)} other bytes"
            raise invalid([Violation("request", f"an encoded {kind.DESCRIPTOR.name}", got)]) from None
        return await method(request, context)
