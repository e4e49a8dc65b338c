"""A sample buyer that speaks a dialect of its own: `python -m examples.buyers.form --port 9003 --price 12.50`.

Forms in, XML with a status and a price out, as many networks have it: the mappings `preset/form-xml-ping` and
`preset/form-xml-post` (docs/presets.md) speak it. One URL takes both, told apart by the field `Mode`.
"""

import argparse
import asyncio
from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import escape

from aiohttp import web

from adapters.common.process import ready, run
from examples.buyers.desk import Desk, Record, add_arguments, behaviour
from examples.buyers.http import HttpBuyer

_DESCRIPTION: Final = "A sample buyer that answers form pings and posts in XML."


class FormBuyer(HttpBuyer):
    """An HTTP server with a desk behind it. Fields are named as the buyer's own specification does."""

    async def _ping(self, request: web.Request) -> web.Response:
        form = await request.post()
        attributes = {"credit_tier": str(form.get("Credit_Tier", "")).lower()}
        price_micros = self.desk.quote(str(form["Ping_Reference"]), attributes)
        await self._take_time()
        if not price_micros:
            return _xml({"status": "Unmatched", "reason": "No buyer"})
        price = f"{price_micros // 1_000_000}.{price_micros % 1_000_000 // 10_000:02}"
        return _xml({"status": "Matched", "price": price, "lead_id": f"q-{form['Ping_Reference']!s}"})

    async def _post(self, request: web.Request) -> web.Response:
        form = await request.post()
        decision = self.desk.decide(str(form["Post_Reference"]), str(form["Lead_ID"]))
        await self._take_time()
        if decision.accepted:
            return _xml({"status": "Accepted", "lead_id": decision.reference})
        return _xml({"status": "Rejected", "reason": decision.reason})


def _xml(answer: Mapping[str, str]) -> web.Response:
    parts = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in answer.items())
    return web.Response(text=f"<response>{parts}</response>", content_type="text/xml")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=_DESCRIPTION)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    add_arguments(parser)
    arguments = parser.parse_args()

    async def serve(stopping: asyncio.Event) -> None:
        buyer = FormBuyer(Desk(behaviour(arguments)), Record(arguments.record))
        ready("form-buyer", await buyer.start(arguments.port))
        await stopping.wait()
        await buyer.stop()

    run(serve)


if __name__ == "__main__":
    main()
