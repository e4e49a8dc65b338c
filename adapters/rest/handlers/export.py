"""History, streamed: every lead that a filter finds, page after page, in one answer of any length."""

from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
from aiohttp import web

from adapters.rest.caller import Caller, caller_of
from adapters.rest.contract import rpc
from adapters.rest.convert.plan import plan_of
from adapters.rest.core import CORE
from adapters.rest.formats import csv, xml
from adapters.rest.formats.negotiation import CSV, NDJSON, XML
from adapters.rest.formats.sparse import pick, selection
from adapters.rest.handlers.answers import MEDIA
from adapters.rest.operation import Operation
from adapters.rest.reading import read_query
from adapters.rest.shapes.lead import Lead
from adapters.rest.shapes.retrieval import LeadFilter
from adapters.rest.streamed import Streamed
from leadexchange.v1 import lead_pb2, lead_service_pb2

_LIST: Final = rpc("LeadService/ListLeads")
_PAGE: Final = 500  # the contract's largest


async def export_leads(request: web.Request) -> web.StreamResponse:
    """Streams leads; the first page is read before the answer begins, so that a refusal is still a problem."""
    caller = caller_of(request)
    query = read_query(request, LeadFilter)
    fields = selection(query.fields, Lead)
    message = _LIST.ask(page_size=_PAGE)
    plan_of(LeadFilter, _LIST.ask).fill(message, query)
    pages = _pages(request, caller, message)
    rows = await anext(pages)
    media = request[MEDIA]
    answer = Streamed(request, media)
    await answer.write(_head(media))
    while rows and request.method != "HEAD":
        await answer.write(_text(media, [pick(row, fields) if fields else row for row in rows]))
        rows = await anext(pages, [])
    await answer.write(b"</leads>" if media == XML else b"")
    return await answer.end()


async def _pages(request: web.Request, caller: Caller, message: Any) -> AsyncIterator[list[dict[str, Any]]]:
    read = plan_of(Lead, lead_pb2.Lead).read
    while True:
        answer: lead_service_pb2.ListLeadsResponse = await request.app[CORE].call(_LIST, message, caller)
        yield [msgspec.to_builtins(read(lead)) for lead in answer.leads]
        if not answer.next_page_token:
            return
        message.page_token = answer.next_page_token


def _head(media: str) -> bytes:
    if media == XML:
        return (xml.HEAD + "<leads>").encode()
    return csv.lines(csv.columns_of(Lead), []) if media == CSV else b""


def _text(media: str, rows: list[dict[str, Any]]) -> bytes:
    if media == XML:
        return "".join(xml.element("lead", row) for row in rows).encode()
    if media == CSV:
        return csv.lines(csv.columns_of(Lead), rows, head=False)
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


OPERATIONS: Final = (
    Operation(
        *("GET", "/leads/export", "exportLeads", "Every lead that a filter finds, streamed", export_leads, "Leads"),
        query=LeadFilter,
        answer=Lead,
        media=(NDJSON, CSV, XML),
    ),
)
