"""A subscriber's server with many endpoints, which remembers each request and is sometimes too busy for one."""

import asyncio
import time
from hashlib import blake2b
from typing import Final

import msgspec
from aiohttp import web

from leadexchange.webhooks import Verifier, WebhookError

_BUSY_ONE_IN: Final = 16
TOO_MANY: Final = 429
TAKEN: Final = 204


class Arrival(msgspec.Struct, frozen=True):
    """One request as it came."""

    endpoint: str
    event_id: str
    digest: bytes
    """Of its body."""
    status: int
    """How it was answered."""


class Subscriber:
    """Serves `/{endpoint}` on loopback. One event in sixteen is answered with 429 at first, by lot of its id.

    429 is what a breaker does not mind: with real failures some endpoint would be shut for half a minute, by chance.
    """

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.forged: list[str] = []
        """What was wrong with requests that no secret had signed."""
        self.taken: set[tuple[str, str]] = set()
        """By endpoint and event."""
        self._goal = 0
        self._reached = asyncio.Event()
        self._busy: set[tuple[str, str]] = set()
        self._verifiers: dict[str, Verifier] = {}
        self._runner: web.AppRunner | None = None
        self._url = ""

    async def start(self) -> None:
        """Serves."""
        application = web.Application()
        application.router.add_post("/{endpoint}", self._receive)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self._url = f"http://{host}:{port}"

    async def stop(self) -> None:
        """Stops serving."""
        assert self._runner is not None
        await self._runner.cleanup()

    def url(self, endpoint: str) -> str:
        """An endpoint's address."""
        return f"{self._url}/{endpoint}"

    def trust(self, endpoint: str, secret: str) -> None:
        """Takes an endpoint's secret."""
        self._verifiers[endpoint] = Verifier([secret])

    async def took(self, count: int) -> None:
        """Waits until so many were taken."""
        self._goal = count
        if len(self.taken) < count:
            self._reached.clear()
            await self._reached.wait()

    async def _receive(self, request: web.Request) -> web.Response:
        endpoint, body = request.match_info["endpoint"], await request.read()
        try:
            event_id = self._verifiers[endpoint].verify(request.headers, body, time.time()).id
        except WebhookError as error:
            self.forged.append(str(error))
            return web.Response(status=400)
        status = self._answer((endpoint, event_id))
        self.arrivals.append(Arrival(endpoint, event_id, blake2b(body, digest_size=8).digest(), status))
        return web.Response(status=status, headers={"retry-after": "0"} if status == TOO_MANY else {})

    def _answer(self, what: tuple[str, str]) -> int:
        if what not in self._busy and blake2b("".join(what).encode(), digest_size=2).digest()[0] % _BUSY_ONE_IN == 0:
            self._busy.add(what)
            return TOO_MANY
        self.taken.add(what)
        if len(self.taken) >= self._goal:
            self._reached.set()
        return TAKEN
