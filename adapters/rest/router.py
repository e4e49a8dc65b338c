"""Which path is served by what: the whole API on one screen."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from aiohttp import web

from adapters.rest.core import CORE, Core
from adapters.rest.edge import edge
from adapters.rest.handlers import access, health, retrieval, submission
from adapters.rest.handlers.answers import PREFIX
from adapters.rest.handlers.catalog import RESOURCES
from adapters.rest.reading import MAX_BODY_BYTES


class Route(NamedTuple):
    """One endpoint, its path below the prefix."""

    method: str
    path: str
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]


ROUTES: Final = (
    Route("POST", "/leads", submission.submit_lead),
    Route("POST", "/pings", submission.ping_lead),
    Route("POST", "/pings/{ping_id}/post", submission.post_lead),
    Route("GET", "/leads", retrieval.list_leads),
    Route("GET", "/leads/{lead_id}", retrieval.get_lead),
    Route("GET", "/leads/{auction_id}/auction", retrieval.get_auction),
    Route("GET", "/auctions/{auction_id}", retrieval.get_auction),
    *(
        route
        for resource in RESOURCES
        for route in (
            Route("POST", f"/{resource.collection}", resource.create),
            Route("GET", f"/{resource.collection}", resource.list),
            Route("GET", f"/{resource.collection}/{{id}}", resource.get),
            Route("PATCH", f"/{resource.collection}/{{id}}", resource.update),
        )
    ),
    Route("POST", "/keys", access.create_key),
    Route("GET", "/keys", access.list_keys),
    Route("DELETE", "/keys/{id}", access.revoke_key),
    Route("GET", "/whoami", access.who_am_i),
    Route("GET", "/health/live", health.live),
    Route("GET", "/health/ready", health.ready),
)


def application(core: Core, stopping: asyncio.Event) -> web.Application:
    """The whole API in front of a core."""
    app = web.Application(middlewares=[edge], client_max_size=MAX_BODY_BYTES)
    app[CORE] = core
    app[health.STOPPING] = stopping
    for method, path, handler in ROUTES:
        app.router.add_route(method, PREFIX + path, handler)
        if method == "GET":
            app.router.add_route("HEAD", PREFIX + path, handler)
    return app
