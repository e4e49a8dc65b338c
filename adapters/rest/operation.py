"""What an endpoint is: enough to serve it, and to document it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from aiohttp import web

from adapters.rest.formats.negotiation import JSON, negotiate
from adapters.rest.handlers.answers import MEDIA, PREFIX
from adapters.rest.shapes.common import Query

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

NO_STORE: Final = "no-store"
REVALIDATE: Final = "private, no-cache"
"""May be kept, and is asked after each time: configuration."""
FOR_AN_HOUR: Final = "public, max-age=3600"
"""The same for everybody until the next release."""


@dataclass(frozen=True)
class Operation:
    """One endpoint."""

    method: str
    path: str
    name: str
    """Its `operationId`."""
    summary: str
    handler: Handler
    tag: str
    query: type[msgspec.Struct] = Query
    body: Any = None
    """The shape of the request's body; None for none."""
    body_media: tuple[str, ...] = (JSON,)
    answer: Any = None
    """The shape of the answer."""
    status: int = 200
    media: tuple[str, ...] = (JSON,)
    """What the answer is to be had as; empty where a mapping says."""
    headers: tuple[str, ...] = ()
    """Headers of the request that mean something here."""
    refusals: tuple[int, ...] = ()
    """Statuses beyond those that every operation has."""
    public: bool = False
    """Needs no credential."""
    cache: str = NO_STORE
    description: str = ""
    examples: Mapping[str, Any] = field(default_factory=dict)
    """Bodies by name, that work."""
    prefix: str = PREFIX

    @property
    def route(self) -> str:
        """Its whole path, as the router takes it."""
        return self.prefix + self.path

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answers a request; the media type is settled before anything is done."""
        if self.media:
            request[MEDIA] = negotiate(request.headers.get("Accept"), self.media)
        response = await self.handler(request)
        if not response.prepared:
            response.headers.setdefault("Cache-Control", self.cache)
            if len(self.media) > 1:
                response.headers.add("Vary", "Accept")
        return response
