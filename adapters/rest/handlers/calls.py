"""Endpoints that are one call of the contract, each a row of a table."""

import re
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from adapters.rest.caller import IDEMPOTENCY_KEY
from adapters.rest.formats.negotiation import CSV, JSON, XML
from adapters.rest.handlers.unary import Unary
from adapters.rest.operation import NO_STORE, Operation
from adapters.rest.shapes.common import Query

ONE: Final = (JSON,)
MANY: Final = (JSON, CSV)
EVERY: Final = (JSON, XML, CSV)

_PARAMETER: Final = re.compile(r"\{(\w+)\}")


def call(  # noqa: PLR0913 — a row of a table, most of it by name
    route: str,
    method: str,
    name: str,
    summary: str,
    answer: Any,
    answer_field: str = "",
    /,
    *,
    tag: str,
    query: type[Struct] = Query,
    body: type[Struct] | None = None,
    paths: Mapping[str, str] | None = None,
    media: tuple[str, ...] = ONE,
    headers: tuple[str, ...] = (),
    refusals: tuple[int, ...] = (),
    cache: str = NO_STORE,
    description: str = "",
    examples: Mapping[str, Any] | None = None,
    kind: type[Unary] = Unary,
    **more: Any,
) -> Operation:
    """The endpoint of a method of the contract.

    Args:
        route: "GET /returns/{return_id}". Parameters are the request's fields of that name, unless `paths` says else.
        method: "FeedbackService/GetReturn".
        name: The `operationId`.
        summary: One line for people.
        answer: The shape of the answer; `Page[…]` for a list.
        answer_field: Where the response holds it; empty for the response itself.
        tag: The group it is shown in.
        query: The shape of the parameters.
        body: The shape of the body.
        paths: The request's field of a path parameter, where it is called otherwise.
        media: What the answer is to be had as.
        headers: Headers of the request that mean something here.
        refusals: Statuses beyond those that every operation has.
        cache: Cache-Control.
        description: More for people.
        examples: Bodies that work.
        kind: What makes the call, where it is more than filling in.
        more: Further fields of Unary.
    """
    verb, _, path = route.partition(" ")
    given = {parameter: parameter for parameter in _PARAMETER.findall(path)} if paths is None else paths
    handler = kind(method=method, answer=answer, answer_field=answer_field, paths=given, query=query, body=body, **more)
    return Operation(
        method=verb,
        path=path,
        name=name,
        summary=summary,
        handler=handler,
        tag=tag,
        query=query,
        body=body,
        body_media=handler.body_media,
        answer=answer,
        status=handler.status,
        media=media,
        headers=(*headers, *((IDEMPOTENCY_KEY,) if handler.request_id else ())),
        refusals=refusals,
        cache=cache,
        description=description,
        examples=examples or {},
    )
