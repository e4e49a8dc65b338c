"""Answers."""

from typing import Final
from urllib.parse import quote

import msgspec
from aiohttp import web

PREFIX: Final = "/api/v1"


def respond(body: object, status: int = 200) -> web.Response:
    """JSON."""
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json")


def created(body: object, collection: str, name: str) -> web.Response:
    """JSON of a new thing, and where it is now."""
    response = respond(body, 201)
    if name:
        response.headers["Location"] = f"{PREFIX}/{collection}/{quote(name, safe='')}"
    return response
