"""A sample buyer over HTTP: `python -m examples.buyers.http --port 9001 --price 12.50 --latency-ms 20`.

Answers the generic JSON pings and posts of docs/buyers.md at `/ping` and `/post`.
"""

import argparse
import asyncio
from typing import Any, Final

import msgspec
from aiohttp import web

from adapters.common.process import ready, run
from examples.buyers.desk import Desk, Record, add_arguments, behaviour

_DESCRIPTION: Final = "A sample buyer that answers HTTP pings and posts."


class HttpBuyer:
    """An HTTP server with a desk behind it. With a `token`, requests must carry it as `Authorization: Bearer`."""

    def __init__(self, desk: Desk, record: Record | None = None, *, token: str = "") -> None:
        self.desk = desk
        self.record = record or Record()
        self._token = token
        self._runner: web.AppRunner | None = None
        self._stopping = asyncio.Event()

    async def start(self, port: int = 0) -> str:
        """Serves on loopback; answers with its base URL."""
        application = web.Application(middlewares=[self._receive])
        application.router.add_post("/ping", self._ping)
        application.router.add_post("/post", self._post)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        host, bound = self._runner.addresses[0][:2]
        return f"http://{host}:{bound}"

    async def stop(self) -> None:
        """Stops serving."""
        self._stopping.set()
        if self._runner:
            await self._runner.cleanup()
        self.record.close()

    @web.middleware
    async def _receive(self, request: web.Request, handler: Any) -> web.StreamResponse:
        head = b"".join(b"%b: %b\r\n" % header for header in request.raw_headers)
        body = await request.read()
        self.record.add(b"%b %b\r\n%b\r\n%b" % (request.method.encode(), request.path_qs.encode(), head, body))
        if self._token and request.headers.get("authorization") != f"Bearer {self._token}":
            return web.Response(status=401)
        response: web.StreamResponse = await handler(request)
        return response

    async def _ping(self, request: web.Request) -> web.Response:
        ping = msgspec.json.decode(await request.read())
        price_micros = self.desk.quote(ping["auction_id"], ping["attributes"])
        if self.desk.behaviour.silent:
            await self._stopping.wait()
        await self._take_time()
        if not price_micros:
            return _json({"no_bid": True, "reason": "no_price"})
        return _json({"price": f"{price_micros // 1_000_000}.{price_micros % 1_000_000:06}", "reference": "http-1"})

    async def _post(self, request: web.Request) -> web.Response:
        post = msgspec.json.decode(await request.read())
        decision = self.desk.decide(request.headers["idempotency-key"], post["lead_id"])
        await self._take_time()
        if decision.accepted:
            return _json({"status": "accepted", "reference": decision.reference})
        return _json({"status": "rejected", "reason": decision.reason})

    async def _take_time(self) -> None:
        if self.desk.behaviour.latency_ms:
            await asyncio.sleep(self.desk.behaviour.latency_ms / 1_000)


def _json(answer: dict[str, object]) -> web.Response:
    return web.Response(body=msgspec.json.encode(answer), content_type="application/json")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=_DESCRIPTION)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--token", default="", help="asks for this bearer token")
    add_arguments(parser)
    arguments = parser.parse_args()

    async def serve(stopping: asyncio.Event) -> None:
        buyer = HttpBuyer(Desk(behaviour(arguments)), Record(arguments.record), token=arguments.token)
        ready("http-buyer", await buyer.start(arguments.port))
        await stopping.wait()
        await buyer.stop()

    run(serve)


if __name__ == "__main__":
    main()
