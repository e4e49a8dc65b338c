"""Answers, in the media type that was negotiated."""

import math
from typing import Any, Final
from urllib.parse import quote

import msgspec
from aiohttp import web

from adapters.rest.conditional import not_modified, tag
from adapters.rest.formats import csv, xml
from adapters.rest.formats.negotiation import CSV, JSON, XML
from adapters.rest.formats.sparse import pick

PREFIX: Final = "/api/v1"
MEDIA: Final = web.RequestKey("media", str)
"""What the answer is to be."""
FIELDS: Final = web.RequestKey("fields", tuple)
"""Paths of the only fields that are wanted."""


def respond(
    request: web.Request,
    body: Any,
    status: int = 200,
    *,
    root: str = "answer",
    revision: int | None = None,
    row: type[msgspec.Struct] | None = None,
) -> web.Response:
    """One thing or a page of them (`data`), or 304 when the caller has it already."""
    media = request.get(MEDIA, JSON)
    fields = request.get(FIELDS, ())
    response = web.Response(status=status)
    if media == JSON and not fields:
        encoded = msgspec.json.encode(body)
    else:
        encoded = _encode(media, _selected(msgspec.to_builtins(body), fields), root, row or type(body))
    _guide(request, response, body)
    response.body = encoded
    response.content_type = media
    if media != JSON:
        response.charset = "utf-8"
    if request.method in ("GET", "HEAD") and status == 200:
        etag = tag(encoded, revision)
        if not_modified(request, etag):
            return web.Response(status=304, headers={"ETag": etag})
        response.headers["ETag"] = etag
    elif revision is not None:
        response.headers["ETag"] = tag(encoded, revision)
    return response


def _selected(value: Any, fields: tuple[tuple[str, ...], ...]) -> Any:
    if not fields:
        return value
    if isinstance(value.get("data"), list):
        return value | {"data": [pick(row, fields) for row in value["data"]]}
    return pick(value, fields)


def _encode(media: str, value: Any, root: str, row: type[msgspec.Struct]) -> bytes:
    if media == XML:
        return xml.document(root, value)
    if media == CSV:
        return csv.lines(csv.columns_of(row), value["data"] if isinstance(value.get("data"), list) else [value])
    return msgspec.json.encode(value)


def _guide(request: web.Request, response: web.Response, body: Any) -> None:
    """Says where the next page is (RFC 8288), and when to ask again."""
    if cursor := getattr(body, "next_cursor", None):
        url = request.rel_url.without_query_params("after_id", "offset").update_query(cursor=cursor)
        response.headers["Link"] = f'<{url}>; rel="next"'
        response.headers["X-Next-Cursor"] = cursor
    if poll_ms := getattr(body, "next_poll_ms", 0):
        response.headers["Retry-After"] = str(math.ceil(poll_ms / 1_000))


def created(
    request: web.Request, body: Any, collection: str, name: str, *, revision: int | None = None
) -> web.Response:
    """A new thing, and where it is now."""
    response = respond(request, body, 201, revision=revision)
    if name:
        response.headers["Location"] = f"{PREFIX}/{collection}/{quote(name, safe='')}"
    return response
