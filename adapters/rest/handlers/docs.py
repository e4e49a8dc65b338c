"""The document, the page that shows it, and the pages of problems; none of them needs a key or another host."""

import html
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec
from aiohttp import web

from adapters.rest.conditional import not_modified, tag
from adapters.rest.formats.negotiation import JSON
from adapters.rest.handlers.answers import MEDIA, respond
from adapters.rest.openapi.document import document
from adapters.rest.operation import FOR_AN_HOUR, Operation
from adapters.rest.problem_types import PROBLEM_TYPES
from adapters.rest.problems import Problem, title_of, type_of

DOCUMENT: Final = web.AppKey("document", bytes)
_HTML: Final = "text/html"
_PAGE: Final = {"docs": _HTML, "docs.js": "text/javascript", "docs.css": "text/css"}
_POLICY: Final = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'"


class ProblemType(msgspec.Struct):
    """What a problem's `type` says."""

    type: str
    """Its URL."""
    title: str
    """The reason in words."""
    statuses: tuple[int, ...]
    """HTTP statuses that it comes with."""
    meaning: str
    """What happened."""
    advice: str
    """What to do."""


def encode(operations: tuple[Operation, ...]) -> bytes:
    """The document as it is served."""
    return msgspec.json.encode(document(operations))


async def openapi(request: web.Request) -> web.Response:
    """The OpenAPI document."""
    return _static(request, request.app[DOCUMENT], JSON)


async def page(request: web.Request) -> web.Response:
    """The page, its script or its style."""
    name = request.path.rpartition("/")[2]
    response = _static(request, _file("docs.html" if name == "docs" else name), _PAGE[name])
    response.headers["Content-Security-Policy"] = _POLICY
    return response


async def problem_type(request: web.Request) -> web.Response:
    """What a problem's `type` means; raises a Problem (404) for one that there is not."""
    reason = request.match_info["reason"].upper().replace("-", "_")
    found = PROBLEM_TYPES.get(reason)
    if found is None or type_of(reason) != request.path:
        raise Problem(404, "NOT_FOUND", "There is no such type of problem.")
    shown = ProblemType(type_of(reason), title_of(reason), found.statuses, found.meaning, found.advice)
    if request[MEDIA] == JSON:
        return respond(request, shown)
    statuses = " or ".join(map(str, shown.statuses))
    text = (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{html.escape(shown.title)}</title>"
        f"<h1>{html.escape(shown.title)}</h1><p>Status {statuses}, reason <code>{html.escape(reason)}</code></p>"
        f"<p>{html.escape(shown.meaning)}</p><p>{html.escape(shown.advice)}</p></html>\n"
    )
    return web.Response(text=text, content_type=_HTML, headers={"Content-Security-Policy": _POLICY})


def _static(request: web.Request, body: bytes, media: str) -> web.Response:
    etag = tag(body, None)
    if not_modified(request, etag):
        return web.Response(status=304, headers={"ETag": etag})
    return web.Response(body=body, content_type=media, charset="utf-8", headers={"ETag": etag})


@cache
def _file(name: str) -> bytes:
    return (files("adapters.rest") / "page" / name).read_bytes()


_OPEN: Final[dict[str, Any]] = {"public": True, "cache": FOR_AN_HOUR}

OPERATIONS: Final = (
    Operation("GET", "/openapi.json", "openapi", "This document", openapi, "Documentation", answer=dict, **_OPEN),
    Operation(
        *("GET", "/problems/{reason}", "problemType", "What a problem's `type` means", problem_type, "Documentation"),
        **_OPEN,
        answer=ProblemType,
        media=(_HTML, JSON),
        refusals=(404,),
        prefix="",
    ),
)
PAGES: Final = tuple(
    Operation("GET", f"/{name}", name, "The page", page, "Documentation", media=(media,), **_OPEN)
    for name, media in _PAGE.items()
)
