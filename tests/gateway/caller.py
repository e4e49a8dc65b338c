"""Calls through a transport, for tests."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator

from adapters.common.egress import Egress
from adapters.gateway.call import Answer
from adapters.gateway.transport import Endpoint, Transport


class Caller:
    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def endpoint(self, port: int, scheme: str = "http", **headers: str) -> Endpoint:
        return self.transport.endpoint(f"{scheme}://127.0.0.1:{port}/p?a=b", headers)

    async def post(self, endpoint: Endpoint, body: bytes = b"{}", *, timeout_s: float = 2.0) -> Answer:
        return await self.transport.call(endpoint, body, asyncio.get_running_loop().time() + timeout_s)


@contextlib.asynccontextmanager
async def calling(connections: int = 4, tls: ssl.SSLContext | None = None) -> AsyncIterator[Caller]:
    transport = Transport(connections=connections, egress=Egress(development=True), tls=tls)
    try:
        yield Caller(transport)
    finally:
        transport.close()
        await asyncio.sleep(0.01)
