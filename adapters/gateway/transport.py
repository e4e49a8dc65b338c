"""HTTP/1.1 towards buyers' endpoints, for thousands of small requests a second with a short window each.

One write a request, a C parser (httptools, which uvicorn uses too), no task and no timer a request; TLS is asyncio's.
Redirects are not followed, cookies not kept. An endpoint that is silent holds its own connections and nobody else's.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from typing import Final
from weakref import WeakValueDictionary

from adapters.common.egress import Egress
from adapters.gateway.call import Answer, Call
from adapters.gateway.deadlines import Deadlines
from adapters.gateway.pool import Origin, Pool

_TRIM_S: Final = 5.0
JSON: Final = "application/json"
_DEFAULTS: Final = {"user-agent": "LeadExchange-Gateway/1"}
_OURS: Final = frozenset({"host", "connection", "content-length", "transfer-encoding", "upgrade", "expect", "te"})
_TOKEN: Final = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class Endpoint:
    """A URL with its fixed headers, ready to be called."""

    __slots__ = ("head", "pool", "target")

    def __init__(self, pool: Pool, target: bytes, head: bytes) -> None:
        self.pool = pool
        self.target = target
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

    def __init__(self, *, connections: int, egress: Egress, tls: ssl.SSLContext | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._deadlines = Deadlines(self._loop)
        self._pools: WeakValueDictionary[tuple[str, str, int], Pool] = WeakValueDictionary()
        self._connections = connections
        self._egress = egress
        self._tls = tls or ssl.create_default_context()
        self._trimming = self._loop.call_later(_TRIM_S, self._trim)

    def endpoint(self, url: str, headers: Mapping[str, str], content_type: str | None = JSON) -> Endpoint:
        """Prepares a URL; raises EgressError for one that must not be called, ValueError for a header at fault.

        `content_type` is that of all bodies, and asked for in answers; with None each call says its own.
        """
        parsed = self._egress.permitted(url)
        host, port = parsed.raw_host, parsed.port
        assert host
        assert port
        accepted = {"content-type": content_type, "accept": content_type} if content_type else {"accept": "*/*"}
        fixed = _DEFAULTS | accepted | {name.lower(): value for name, value in headers.items()}
        if taken := _OURS & fixed.keys():
            raise ValueError(f"header {min(taken)} is the gateway's to set")
        head = f"host: {parsed.host_port_subcomponent}\r\n".encode()
        head += b"".join(header(name, value) for name, value in fixed.items())
        key = (parsed.scheme, host, port)
        pool = self._pools.get(key)
        if pool is None:
            origin = Origin(host, port, self._tls if parsed.scheme == "https" else None)
            pool = self._pools[key] = Pool(origin, self._deadlines, connections=self._connections, egress=self._egress)
        return Endpoint(pool, parsed.raw_path_qs.encode(), head)

    def send(
        self,
        endpoint: Endpoint,
        body: bytes,
        deadline: float,
        done: Callable[[Answer], None],
        headers: bytes = b"",
        query: bytes = b"",
    ) -> None:
        """POSTs a body. `done` gets the answer, or by `deadline` (the loop's time) the lack of one; it must not raise.

        `headers` are lines made by `header`; `query` is added to the URL's own.
        """
        target = endpoint.target
        if query:
            target += (b"&" if b"?" in target else b"?") + query
        request = (target, endpoint.head, headers, len(body), body)
        call = Call(b"POST %b HTTP/1.1\r\n%b%bcontent-length: %d\r\n\r\n%b" % request, done)
        self._deadlines.add(deadline, call)
        endpoint.pool.submit(call)

    async def call(
        self, endpoint: Endpoint, body: bytes, deadline: float, headers: bytes = b"", query: bytes = b""
    ) -> Answer:
        """`send` for those who can wait."""
        future: asyncio.Future[Answer] = self._loop.create_future()

        def done(answer: Answer) -> None:
            if not future.done():  # whoever waited may have been cancelled
                future.set_result(answer)

        self.send(endpoint, body, deadline, done, headers, query)
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
