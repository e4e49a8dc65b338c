"""A sample receiver of webhooks: `WEBHOOK_SECRET=whsec_… python -m examples.buyers.receiver --port 9002`.

`leadexchange.webhooks` under aiohttp: verifies each signature, refuses what is stale, drops repeats by `webhook-id`.
"""

import argparse
import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from aiohttp import web

from adapters.common.process import ready, run, setting
from examples.buyers.desk import Record
from leadexchange import webhooks

_DESCRIPTION: Final = "A sample receiver of webhooks."

Witness = Callable[[Mapping[str, str], bytes], None]
"""Looks at each request that was found to be signed well, and raises ValueError if it finds otherwise."""


class Receiver:
    """An HTTP server for one endpoint. While secrets rotate it holds several."""

    def __init__(
        self,
        secrets: list[str],
        record: Record | None = None,
        *,
        latency_ms: int = 0,
        witness: Witness = lambda _headers, _body: None,
    ) -> None:
        self.record = record or Record()
        self.events: list[dict[str, Any]] = []
        """Each event once, as it came."""
        self.latencies_ms: list[float] = []
        """From each event's own time to its receipt."""
        self.refused = 0
        self.repeats = 0
        self.statuses: list[int] = []
        """Answered in order, one a request, instead of 204; for tests of what comes then."""
        self._receiver = webhooks.Receiver(secrets)  # a real one is given a memory in its database
        self._latency_s = latency_ms / 1_000
        self._witness = witness
        self._runner: web.AppRunner | None = None

    def trust(self, secret: str) -> None:
        """Takes one more secret: the exchange tells it once the endpoint's URL is known."""
        self._receiver.trust(secret)

    async def start(self, port: int = 0) -> str:
        """Serves on loopback; answers with the endpoint's URL."""
        application = web.Application()
        application.router.add_post("/webhooks", self._receive)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        host, bound = self._runner.addresses[0][:2]
        return f"http://{host}:{bound}/webhooks"

    async def stop(self) -> None:
        """Stops serving."""
        if self._runner:
            await self._runner.cleanup()
        self.record.close()

    async def _receive(self, request: web.Request) -> web.Response:
        received_s = time.time()
        body = await request.read()
        self.record.add(b"".join(b"%b: %b\r\n" % header for header in request.raw_headers) + b"\r\n" + body)
        if self._latency_s:
            await asyncio.sleep(self._latency_s)
        try:
            event = self._receiver.receive(request.headers, body)
            self._witness(request.headers, body)
        except ValueError as error:  # WebhookError among them
            self.refused += 1
            return web.Response(status=400, text=f"{error}\n")
        if self.statuses and (status := self.statuses.pop(0)) >= 300:
            if event:
                self._receiver.forget(event.id)  # it was not kept, and must not be taken for a repeat next time
            return web.Response(status=status)
        if event:
            self.events.append(msgspec.json.decode(body))
            self.latencies_ms.append((received_s - event.timestamp.timestamp()) * 1_000)
        else:
            self.repeats += 1
        return web.Response(status=204)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=_DESCRIPTION)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--latency-ms", type=int, default=0, help="waits this long before each answer")
    parser.add_argument("--record", type=Path, help="appends every byte received to this file")
    arguments = parser.parse_args()

    async def serve(stopping: asyncio.Event) -> None:
        secrets = setting("WEBHOOK_SECRET").split(",")
        receiver = Receiver(secrets, Record(arguments.record), latency_ms=arguments.latency_ms)
        ready("webhook-receiver", await receiver.start(arguments.port))
        await stopping.wait()
        await receiver.stop()

    run(serve)


if __name__ == "__main__":
    main()
