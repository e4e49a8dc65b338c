"""HTTP/1.1 towards buyers' endpoints, for thousands of small requests a second with a short window each.

One write a request, a C parser (httptools, which uvicorn uses too), no task and no timer a request; TLS is asyncio's.
Redirects are not followed, cookies not kept. An endpoint that is silent holds its own connections and nobody else's.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from typing import Final
from weakref import WeakValueDictionary

from adapters.common.egress import permitted
from adapters.gateway.call import Answer, Call
from adapters.gateway.deadlines import Deadlines
from adapters.gateway.pool import Origin, Pool

_TRIM_S: Final = 5.0
_DEFAULTS: Final = {
    "user-agent": "LeadExchange-Gateway/1",
    "content-type": "application/json",
    "accept": "application/json",
}
_OURS: Final = frozenset({"host", "connection", "content-length", "transfer-encoding", "upgrade", "expect", "te"})
_TOKEN: Final = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class Endpoint:
    """A URL with its fixed headers, ready to be called."""

    __slots__ = ("head", "pool")

    def __init__(self, pool: Pool, head: bytes) -> None:
        self.pool = pool
        self.head = head


def header(name: str, value: str) -> bytes:
    """A header line (RFC 9110, 5.5); raises ValueError for what would break out of it."""
    if not name or not _TOKEN.issuperset(name):
        raise ValueError("a header's name has characters that it must not")
    if not value.isascii() or not all(character.isprintable() or character == "\t" for character in value):
        raise ValueError(f"the value of header {name} has characters that it must not")
    return f"{name}: {value}\r\n".encode()


class Transport:
    """Calls endpoints. `connections` is how many an origin may have open at once."""

    def __init__(self, *, connections: int, development: bool, tls: ssl.SSLContext | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._deadlines = Deadlines(self._loop)
        self._pools: WeakValueDictionary[tuple[str, str, int], Pool] = WeakValueDictionary()
        self._connections = connections
        self._development = development
        self._tls = tls or ssl.create_default_context()
        self._trimming = self._loop.call_later(_TRIM_S, self._trim)

    def endpoint(self, url: str, headers: Mapping[str, str]) -> Endpoint:
        """Prepares a URL; raises EgressError for one that must not be called, ValueError for a header at fault."""
        parsed = permitted(url, development=self._development)
        host, port = parsed.raw_host, parsed.port
        assert host
        assert port
        fixed = _DEFAULTS | {name.lower(): value for name, value in headers.items()}
        if taken := _OURS & fixed.keys():
            raise ValueError(f"header {min(taken)} is the gateway's to set")
        head = f"POST {parsed.raw_path_qs} HTTP/1.1\r\nhost: {parsed.host_port_subcomponent}\r\n".encode()
        head += b"".join(header(name, value) for name, value in fixed.items())
        key = (parsed.scheme, host, port)
        pool = self._pools.get(key)
        if pool is None:
            origin = Origin(host, port, self._tls if parsed.scheme == "https" else None)
            pool = self._pools[key] = Pool(
                origin, self._deadlines, connections=self._connections, development=self._development
            )
        return Endpoint(pool, head)

    def send(
        self, endpoint: Endpoint, body: bytes, deadline: float, done: Callable[[Answer], None], headers: bytes = b""
    ) -> None:
        """POSTs a body. `done` gets the answer, or by `deadline` (the loop's time) the lack of one; it must not raise.

        `headers` are lines made by `header`.
        """
        call = Call(b"%b%bcontent-length: %d\r\n\r\n%b" % (endpoint.head, headers, len(body), body), done)
        self._deadlines.add(deadline, call)
        endpoint.pool.submit(call)

    async def call(self, endpoint: Endpoint, body: bytes, deadline: float, headers: bytes = b"") -> Answer:
        """`send` for those who can wait."""
        future: asyncio.Future[Answer] = self._loop.create_future()

        def done(answer: Answer) -> None:
            if not future.done():  # whoever waited may have been cancelled
                future.set_result(answer)

        self.send(endpoint, body, deadline, done, headers)
        return await future

    def close(self) -> None:
        """Closes all connections; calls under way fail."""
        self._trimming.cancel()
        for pool in tuple(self._pools.values()):
            pool.close()

    def _trim(self) -> None:
        for pool in tuple(self._pools.values()):
            pool.trim()
        self._trimming = self._loop.call_later(_TRIM_S, self._trim)
