"""The whole catalogue as one document: out, and in again."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from aiohttp import web

from adapters.rest.caller import caller_of
from adapters.rest.contract import rpc
from adapters.rest.convert.plan import plan_of
from adapters.rest.core import CORE
from adapters.rest.formats.negotiation import JSON
from adapters.rest.handlers import examples
from adapters.rest.handlers.answers import respond
from adapters.rest.operation import Operation
from adapters.rest.reading import read_body, read_query
from adapters.rest.shapes.catalogue import Catalogue, CatalogueItem, Imported
from adapters.rest.shapes.common import DryRun
from adapters.rest.streamed import Streamed
from leadexchange.v1.catalog_service_pb2 import CatalogItem, ImportCatalogRequest

_EXPORT: Final = rpc("CatalogService/ExportCatalog")
_IMPORT: Final = rpc("CatalogService/ImportCatalog")
_FRAME: Final = 256  # the contract's bound on items in a frame
_TIMEOUT_S: Final = 120.0  # 100,000 items, judged and kept
_MAX_BYTES: Final = 128 << 20  # 100,000 campaigns of a kilobyte, and room


async def export_catalogue(request: web.Request) -> web.StreamResponse:
    """Streams the catalogue; a refusal before its first item is still a problem."""
    caller = caller_of(request)
    frames = request.app[CORE].read(_EXPORT, _EXPORT.ask(), caller, _TIMEOUT_S)
    read = plan_of(CatalogueItem, CatalogItem).read
    frame = await anext(frames, None)
    answer = Streamed(request, JSON)
    await answer.write(b'{"items":[')
    comma = b""
    while frame is not None:
        items = [msgspec.json.encode(read(item)) for item in frame.items]
        if items:
            await answer.write(comma + b",".join(items))
            comma = b","
        frame = await anext(frames, None)
    await answer.write(b"]}")
    return await answer.end()


async def import_catalogue(request: web.Request) -> web.Response:
    """Brings the catalogue to what the body gives."""
    caller = caller_of(request)
    query = read_query(request, DryRun)
    body = await read_body(request, Catalogue, max_bytes=_MAX_BYTES)
    frames = list(_frames(body, validate_only=query.dry_run))  # all of it is read before any of it is sent
    answer = await request.app[CORE].send(_IMPORT, frames, caller, _TIMEOUT_S)
    return respond(request, plan_of(Imported, _IMPORT.answer).read(answer))


def _frames(body: Catalogue, *, validate_only: bool) -> Iterator[ImportCatalogRequest]:
    plan = plan_of(CatalogueItem, CatalogItem)
    for start in range(0, len(body.items) or 1, _FRAME):
        frame = ImportCatalogRequest(validate_only=validate_only and not start)
        for index, item in enumerate(body.items[start : start + _FRAME], start):
            plan.fill(frame.items.add(), item, ("items", str(index)))
        yield frame


_TAG: Final = "Catalogue"
_EXAMPLE: Final[dict[str, Any]] = {"items": [{"source": examples.SOURCE}, {"buyer": examples.BUYER}]}

OPERATIONS: Final = (
    Operation(
        *("GET", "/catalogue", "exportCatalogue", "The whole catalogue but its secrets; operators", export_catalogue),
        _TAG,
        answer=Catalogue,
    ),
    Operation(
        *("POST", "/catalogue", "importCatalogue", "Brings the catalogue to what is given; operators"),
        *(import_catalogue, _TAG),
        query=DryRun,
        body=Catalogue,
        answer=Imported,
        refusals=(409,),
        description="Creates what is new, changes what differs, leaves the rest. All is judged first, and nothing is "
        "changed when anything is wrong. Secrets that are left out stay as they are.",
        examples={"two": _EXAMPLE},
    ),
)
