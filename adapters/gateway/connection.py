"""One HTTP/1.1 connection to a buyer's endpoint: one request at a time, the answer parsed and bounded."""

import asyncio
from collections.abc import Callable
from typing import Final, cast

import httptools

from adapters.gateway.call import Answer, Call, Failure
from adapters.gateway.deadlines import TICK_S, Deadlines

_MAX_BODY_BYTES: Final = 64 * 1024  # a bid is about 100 bytes
_MAX_ANSWER_BYTES: Final = _MAX_BODY_BYTES + 32 * 1024  # with headers, chunk sizes and interim answers
_DRAIN_S: Final = 1.0


class Connection(asyncio.Protocol):
    """A connection of a pool. An answer that comes after its call was given up is read and thrown away.

    So a buyer who is late keeps its connections, and is not made later by a new handshake each time; one that stays
    silent for a second loses them. What comes unasked ends the connection: it could pass for the next call's answer.
    """

    __slots__ = (
        "_answer",
        "_body",
        "_call",
        "_deadlines",
        "_drained_at",
        "_free",
        "_headed",
        "_keep",
        "_loop",
        "_lost",
        "_parser",
        "_received",
        "_served",
        "_size",
        "_transport",
        "_unasked",
        "busy",
        "closed",
        "idle_since",
        "silent",
    )

    def __init__(
        self,
        deadlines: Deadlines,
        free: Callable[["Connection"], None],
        lost: Callable[["Connection", Call | None], None],
    ) -> None:
        """`free` is told when the next call may begin, `lost` when it is closed, with a call to be made elsewhere."""
        self._deadlines = deadlines
        self._free = free
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._call: Call | None = None
        self._served = 0
        self._drained_at = 0.0
        self.busy = self.closed = False
        self.silent = False
        """It was closed because nothing came, not even late."""
        self.idle_since = self._loop.time()
        self._reset()

    def _reset(self) -> None:
        self._body: list[bytes] = []
        self._size = self._received = 0
        self._headed = self._keep = self._unasked = False
        self._answer: Answer | None = None

    def begin(self, call: Call) -> None:
        """Sends a call. Head and body leave in one write; asyncio has set TCP_NODELAY."""
        assert self._transport is not None
        assert not self.busy
        self.busy = True
        self._call = call
        call.holder = self
        call.sent = True
        self._transport.write(call.payload)

    def give_up(self, call: Call) -> None:
        """The call's time is up: drains its answer, for a while."""
        assert call is self._call
        self._call = None
        self._drained_at = self._loop.time() + _DRAIN_S
        self._deadlines.add(self._drained_at, self)

    def expire(self) -> None:
        """An answer given up long ago has still not come."""
        if self.busy and self._call is None and self._loop.time() + TICK_S >= self._drained_at:
            self.silent = not self._received
            self.close()

    def close(self) -> None:
        """Closes at once; asyncio says so in the loop's next round. A call under way fails."""
        self.closed = True
        if self._call:
            self._call.repeated = True
        if self._transport:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: connected, and TLS agreed."""
        self._transport = cast("asyncio.Transport", transport)  # by its methods: uvloop's has another base

    def data_received(self, data: bytes) -> None:
        """asyncio: bytes came."""
        self._received += len(data)
        if not self.busy or self._received > _MAX_ANSWER_BYTES:
            self._break()
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._break()
            return
        if self._answer:
            self._finish(self._answer)

    def eof_received(self) -> None:
        """asyncio: the other side will send no more; the transport closes."""
        self.closed = True

    def connection_lost(self, error: Exception | None) -> None:
        """asyncio: closed, by either side."""
        call, self._call = self._call, None
        self.busy, self.closed = False, True
        if call and not self._received and self._served and not call.repeated:
            # The endpoint closed an idle connection just as it was used. A ping may be repeated, and so may a post, by
            # its Idempotency-Key (RFC 9110, 9.2.2).
            call.repeated = True
            self._lost(self, call)
            return
        if call and self._headed and error is None:
            # A body without a length ends with the connection. One cut short looks the same here; it is no JSON.
            call.finish(self._read())
        elif call:
            call.fail(Failure.BROKEN)
        self._lost(self, None)

    def on_message_begin(self) -> None:
        """httptools: an answer begins."""
        self._unasked = self._answer is not None

    def on_headers_complete(self) -> None:
        """httptools: status and headers are read."""
        self._headed = self._parser.get_status_code() >= 200

    def on_body(self, part: bytes) -> None:
        """httptools: part of the body."""
        self._size += len(part)
        if self._size > _MAX_BODY_BYTES:
            raise ValueError("the answer is too large")
        self._body.append(part)

    def on_message_complete(self) -> None:
        """httptools: the answer is whole. An interim one (1xx) is not the answer, nor is what follows the first."""
        if self._headed and self._answer is None:
            self._answer = self._read()
            self._keep = self._parser.should_keep_alive()

    def _read(self) -> Answer:
        return Answer(status=self._parser.get_status_code(), body=b"".join(self._body))

    def _finish(self, answer: Answer) -> None:
        call, self._call = self._call, None
        self._served += 1
        if self._keep and not self._unasked:
            self._reset()
            self.busy = False
            self.idle_since = self._loop.time()
            self._free(self)
        else:
            self.close()
        if call:
            call.finish(answer)

    def _break(self) -> None:
        call, self._call = self._call, None
        self.close()
        if call:
            call.fail(Failure.BROKEN)
