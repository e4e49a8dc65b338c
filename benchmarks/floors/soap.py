"""SOAP with nothing behind it: `python -m benchmarks.floors.soap lxml|spyne`. Answers as for a sold lead.

`lxml` parses the request and gives a fixed answer; `spyne` reads, validates and answers by the adapter's own types.
"""

import asyncio
import io
import sys
from collections.abc import Callable, Iterable
from typing import Any, Final

import uvloop
from aiohttp import web
from lxml import etree

from adapters.soap import spyne_import as spyne
from adapters.soap.description import SpyneTypes
from adapters.soap.envelope import Version, answer
from adapters.soap.operations import BY_NAME
from adapters.soap.shapes import NAMESPACE
from adapters.soap.writing import write
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD, Sale
from leadexchange.v1.money_pb2 import Money
from leadexchange.v1.submission_service_pb2 import LeadOutcome, SubmitLeadResponse

_SUBMIT: Final = BY_NAME["SubmitLead"]
_EARNED: Final = Money(micros=52_800_000, currency="USD")
_SOLD: Final = SubmitLeadResponse(
    outcome=LeadOutcome(
        lead_id="lead_01KAVBJ5N8Q4XH2T7GZD3MREW9",
        auction_id="auc_01KAVBJ5N8Q4XH2T7GZD3MREW9",
        status=LEAD_STATUS_SOLD,
        payout=_EARNED,
        sales=[Sale(id="sale_01KAVBJ5NCM7V9S0YKPB61FDQX", campaign_id="camp-00042", payout=_EARNED)],
    )
)

Serve = Callable[[bytes], bytes]


def with_lxml() -> Serve:
    """Parses, and gives the same answer each time."""
    fixed = answer(Version.V11, write(_SOLD, _SUBMIT.response))
    parser = etree.XMLParser(resolve_entities=False)

    def serve(body: bytes) -> bytes:
        etree.fromstring(body, parser)
        return fixed

    return serve


def with_spyne() -> Serve:
    """A service of spyne's, validating by its schema."""
    types = SpyneTypes()
    (outcome,) = _SUBMIT.response.elements
    made = types.of(outcome.kind)
    money = types.of(next(element.kind for element in outcome.kind.elements if element.name == "payout"))  # type: ignore[union-attr]
    sale = types.of(next(element.kind for element in outcome.kind.elements if element.name == "sale"))  # type: ignore[union-attr]
    earned = money(amount="52.80", currency="USD")
    sold = made(
        leadId="lead_01KAVBJ5N8Q4XH2T7GZD3MREW9",
        auctionId="auc_01KAVBJ5N8Q4XH2T7GZD3MREW9",
        status="sold",
        payout=earned,
        sale=[sale(id="sale_01KAVBJ5NCM7V9S0YKPB61FDQX", campaignId="camp-00042", payout=earned)],
    )

    def submit(ctx: Any, *arguments: Any) -> Any:
        return sold

    submit.__name__ = _SUBMIT.name
    asked = _SUBMIT.request.elements
    method = spyne.rpc(
        *(types.member(element) for element in asked),
        _args=[element.name for element in asked],
        _returns=types.member(outcome),
        _out_variable_name=outcome.name,
    )(submit)
    service = type("Submission", (spyne.Service,), {_SUBMIT.name: method})
    protocols = {"in_protocol": spyne.Soap11(validator="lxml"), "out_protocol": spyne.Soap11()}
    return _called(spyne.WsgiApplication(spyne.Application([service], tns=NAMESPACE, name="Floor", **protocols)))


def _called(application: Callable[[dict[str, Any], Callable[..., None]], Iterable[bytes]]) -> Serve:
    def started(*_: object) -> None:
        pass

    def serve(body: bytes) -> bytes:
        environment = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/soap",
            "QUERY_STRING": "",
            "CONTENT_TYPE": "text/xml; charset=utf-8",
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
        }
        return b"".join(application(environment, started))

    return serve


async def main(serve: Serve) -> None:
    """Serves until it is stopped."""

    async def post(request: web.Request) -> web.Response:
        return web.Response(body=serve(await request.read()), content_type="text/xml")

    application = web.Application()
    application.router.add_post("/soap", post)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f'{{"port": {runner.addresses[0][1]}}}', flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(with_spyne() if sys.argv[1:] == ["spyne"] else with_lxml()))
