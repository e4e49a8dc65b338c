"""Many leads over one stream, with a bound on what is open; what a broken stream left open is sent again."""

import asyncio
import random
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import Any, Final

import grpc

from leadexchange.client.calling import Calling, each
from leadexchange.client.errors import ExchangeError, Unavailable, from_rpc, from_status
from leadexchange.v1.submission_service_pb2 import (
    SubmitLeadRequest,
    SubmitLeadsRequest,
    SubmitLeadsResponse,
    SubmitLeadsResult,
)

_FRAME: Final = 256  # the contract's bound on leads in a frame
_METHOD: Final = "/leadexchange.v1.SubmissionService/SubmitLeads"


class LeadStream:
    """Submits leads as they come and gives results as auctions end, in any order.

    At most `most_open` leads are without a result: no more are taken from the source until there is room.
    """

    def __init__(self, calling: Calling, most_open: int) -> None:
        self._calling = calling
        self._most_open = most_open
        self._open: dict[str, SubmitLeadRequest] = {}
        self._unsent: list[SubmitLeadRequest] = []
        self._changed = asyncio.Event()
        self._ended = False
        self._attempts: dict[str, int] = {}
        self._streams = 0

    async def run(
        self, leads: "Iterable[SubmitLeadRequest] | AsyncIterable[SubmitLeadRequest]"
    ) -> AsyncIterator[SubmitLeadsResult]:
        """The results; raises ExchangeError when the exchange stays away, or refuses the whole stream."""
        taking = asyncio.create_task(self._take(leads))
        attempt = 1
        try:
            while not (taking.done() and not self._open):
                channel = self._calling.channels.current
                error: ExchangeError = Unavailable("the exchange ended the stream", "UNAVAILABLE")
                try:
                    async for result in self._converse(channel):
                        attempt = 1
                        yield result
                except grpc.aio.AioRpcError as failed:
                    error = from_rpc(failed)
                if taking.done() and not self._open:
                    break
                wait_s = await self._calling.after(error, attempt, channel)
                if wait_s is None:
                    raise error from None
                await asyncio.sleep(wait_s)
                attempt += 1
                self._unsent = list(self._open.values())
            taking.result()
        finally:
            taking.cancel()
            await asyncio.gather(taking, return_exceptions=True)

    async def _take(self, leads: "Iterable[SubmitLeadRequest] | AsyncIterable[SubmitLeadRequest]") -> None:
        try:
            async for lead in each(leads):
                if not lead.request_id or lead.request_id in self._open:
                    raise ValueError("each lead of a stream needs a request id of its own")
                while len(self._open) >= self._most_open:
                    await self._wait()
                self._open[lead.request_id] = lead
                self._unsent.append(lead)
                self._changed.set()
        finally:
            self._ended = True
            self._changed.set()

    async def _wait(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    async def _converse(self, channel: grpc.aio.Channel) -> AsyncIterator[SubmitLeadsResult]:
        """One stream, until all that was taken has its result."""
        call: Any = channel.stream_stream(
            _METHOD,
            request_serializer=SubmitLeadsRequest.SerializeToString,
            response_deserializer=SubmitLeadsResponse.FromString,
        )(self._frames(self._streams), metadata=self._calling.metadata)
        try:
            async for frame in call:
                for result in frame.results:
                    if result.request_id in self._open and not self._repeats(result):
                        del self._open[result.request_id]
                        self._attempts.pop(result.request_id, None)
                        self._changed.set()
                        yield result
        finally:
            call.cancel()
            self._streams += 1  # a call that has failed already leaves its frames waiting: they are not to take leads
            self._changed.set()

    def _repeats(self, result: SubmitLeadsResult) -> bool:
        """Whether a lead was refused only for now; it is then sent again after a while."""
        if not result.HasField("error"):
            return False
        attempt = self._attempts.get(result.request_id, 1)
        wait_s = self._calling.retrying.wait_s(from_status(result.error), attempt, random.random())
        if wait_s is None:
            return False
        self._attempts[result.request_id] = attempt + 1
        asyncio.get_running_loop().call_later(wait_s, self._send_again, result.request_id, self._streams)
        return True

    def _send_again(self, request_id: str, stream: int) -> None:
        if stream == self._streams and request_id in self._open:  # a new stream has sent it anyway
            self._unsent.append(self._open[request_id])
            self._changed.set()

    async def _frames(self, stream: int) -> AsyncIterator[SubmitLeadsRequest]:
        while stream == self._streams and not (self._ended and not self._open):
            if not self._unsent:
                await self._wait()
                continue
            frame, self._unsent = self._unsent[:_FRAME], self._unsent[_FRAME:]
            yield SubmitLeadsRequest(leads=frame)
