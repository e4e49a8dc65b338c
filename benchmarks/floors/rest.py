"""A bare aiohttp handler: `python -m benchmarks.floors.rest`. It reads JSON and answers as for a sold lead."""

import asyncio
from typing import Final

import msgspec
import uvloop
from aiohttp import web

_ANSWER: Final = {
    "lead_id": "lead_01KAVBJ5N8Q4XH2T7GZD3MREW9",
    "auction_id": "auc_01KAVBJ5N8Q4XH2T7GZD3MREW9",
    "status": "sold",
    "payout": {"amount": "52.80", "currency": "USD"},
    "sales": [
        {
            "id": "sale_01KAVBJ5NCM7V9S0YKPB61FDQX",
            "campaign_id": "camp-00042",
            "buyer_id": "buyer-0004",
            "payout": {"amount": "52.80", "currency": "USD"},
            "sold_at": "2026-11-25T01:23:03.199000Z",
        }
    ],
}


async def _submit(request: web.Request) -> web.Response:
    msgspec.json.decode(await request.read())
    return web.Response(status=201, body=msgspec.json.encode(_ANSWER), content_type="application/json")


async def main() -> None:
    """Serves until it is stopped."""
    application = web.Application()
    application.router.add_post("/api/v1/leads", _submit)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f'{{"port": {runner.addresses[0][1]}}}', flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
