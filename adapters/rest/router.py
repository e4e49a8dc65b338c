"""Which path is served by what: the whole API, put together from the tables of the handlers."""

import asyncio
from typing import Final

from aiohttp import web

from adapters.rest.core import CORE, Core
from adapters.rest.edge import edge
from adapters.rest.handlers import (
    access,
    accounts,
    batch,
    catalog,
    catalogue,
    configuration,
    deliveries,
    docs,
    events,
    export,
    feedback,
    health,
    ingest,
    leads,
    oauth,
    submission,
)
from adapters.rest.operation import Operation
from adapters.rest.reading import MAX_BODY_BYTES
from adapters.rest.settings import SETTINGS, Settings

OPERATIONS: Final[tuple[Operation, ...]] = (
    *submission.OPERATIONS,
    *batch.OPERATIONS,
    *ingest.OPERATIONS,
    *export.OPERATIONS,
    *leads.OPERATIONS,
    *feedback.OPERATIONS,
    *accounts.OPERATIONS,
    *events.OPERATIONS,
    *deliveries.OPERATIONS,
    *catalog.OPERATIONS,
    *configuration.OPERATIONS,
    *catalogue.OPERATIONS,
    *access.OPERATIONS,
    *oauth.OPERATIONS,
    *health.OPERATIONS,
    *docs.OPERATIONS,
)


def application(core: Core, stopping: asyncio.Event, settings: Settings | None = None) -> web.Application:
    """The whole API in front of a core."""
    app = web.Application(middlewares=[edge], client_max_size=MAX_BODY_BYTES)
    app[CORE] = core
    app[SETTINGS] = settings or Settings()
    app[health.STOPPING] = stopping
    app[docs.DOCUMENT] = docs.encode(OPERATIONS)
    served: dict[str, list[Operation]] = {}
    for operation in (*OPERATIONS, *docs.PAGES):
        served.setdefault(operation.route, []).append(operation)
    for route, operations in served.items():
        _serve(app.router.add_resource(route), operations)
    return app


def _serve(resource: web.Resource, operations: list[Operation]) -> None:
    """All that a path takes; any other method is refused here, before a path with a parameter could match."""
    handlers = {operation.method: operation.serve for operation in operations}
    if "GET" in handlers:
        handlers["HEAD"] = handlers["GET"]
    for method, handler in handlers.items():
        resource.add_route(method, handler)

    async def refuse(request: web.Request) -> web.StreamResponse:
        raise web.HTTPMethodNotAllowed(request.method, sorted(handlers))

    resource.add_route("*", refuse)
