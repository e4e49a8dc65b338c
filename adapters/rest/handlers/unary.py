"""Endpoints that are one unary call: path, query and body into the request, the answer into a shape.

All that differs between them is data; what decides is the core.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, get_args, get_origin

from aiohttp import web
from google.protobuf.message import Message
from msgspec import Struct

from adapters.rest.caller import caller_of, idempotency_key
from adapters.rest.conditional import expected_revision, stale
from adapters.rest.contract import Rpc, message_of, rpc
from adapters.rest.convert.plan import Plan, plan_of
from adapters.rest.core import CORE, READ_TIMEOUT_S
from adapters.rest.formats.csv import row_of
from adapters.rest.formats.negotiation import JSON
from adapters.rest.formats.sparse import selection
from adapters.rest.handlers.answers import FIELDS, created, respond
from adapters.rest.pointers import locate, pointer
from adapters.rest.problems import Problem
from adapters.rest.reading import read_body, read_query
from adapters.rest.shapes.common import Page, Query

_SPLIT: Final = re.compile(r"[.\[\]]+")


@dataclass(frozen=True, kw_only=True)
class Unary:
    """One method of the contract as an endpoint."""

    method: str
    """`Service/Method`."""
    answer: Any
    """The shape of the answer; `Page[Shape]` for a list."""
    answer_field: str = ""
    """The field of the response that the answer is, or that the page holds; empty for the response itself."""
    paths: Mapping[str, str] = field(default_factory=dict)
    """The request's fields that the path gives, by parameter."""
    query: type[Struct] = Query
    body: type[Struct] | None = None
    body_field: str = ""
    """The request's field that the body is; empty for the request itself."""
    body_media: tuple[str, ...] = (JSON,)
    optional_body: bool = False
    request_id: bool = False
    """The request has an id, which `Idempotency-Key` gives and must."""
    status: int = 200
    collection: str = ""
    """Where a created thing is then found."""
    root: str = "answer"
    """The root element of XML."""
    timeout_s: float = READ_TIMEOUT_S

    def __post_init__(self) -> None:
        self.rpc  # noqa: B018 — an unknown method, or a shape that does not fit, fails at start
        self.plans  # noqa: B018

    @cached_property
    def rpc(self) -> Rpc:
        """The method."""
        return rpc(self.method)

    @cached_property
    def plans(self) -> tuple[Plan, Plan | None, Plan]:
        """Of query, body and answer."""
        ask = self.rpc.ask
        body_message = message_of(ask, self.body_field)
        return (
            plan_of(self.query, ask),
            plan_of(self.body, body_message) if self.body else None,
            plan_of(self.shape, message_of(self.rpc.answer, self.answer_field)),
        )

    @property
    def shape(self) -> type[Struct]:
        """The shape of one thing."""
        shape: type[Struct] = get_args(self.answer)[0] if get_origin(self.answer) is Page else self.answer
        return shape

    @cached_property
    def row(self) -> type[Struct]:
        """The shape of a row, where the answer is a page."""
        return row_of(self.shape) or self.shape

    async def __call__(self, request: web.Request) -> web.Response:
        """Answers a request; raises a Problem."""
        caller = caller_of(request)
        message = await self.ask(request)
        try:
            answer = await request.app[CORE].call(self.rpc, message, caller, self.timeout_s, self.locate)
        except Problem as problem:
            if problem.reason == "STALE_REVISION" and "If-Match" in request.headers:
                raise stale() from None
            raise
        return self.respond(request, answer)

    async def ask(self, request: web.Request) -> Message:
        """The request's message; raises a Problem for what cannot be read."""
        query_plan, body_plan, _ = self.plans
        message = self.rpc.ask()
        query: Any = read_query(request, query_plan.shape)
        if fields := getattr(query, "fields", ""):
            request[FIELDS] = selection(fields, self.row)
        query_plan.fill(message, query)
        if body_plan and (request.can_read_body or not self.optional_body):
            body = await read_body(request, body_plan.shape, self.body_media)
            self.fill_body(request, message, body)
        for parameter, path in self.paths.items():
            _set(message, path, request.match_info[parameter])
        if self.request_id:
            message.request_id = idempotency_key(request, required=True)  # type: ignore[attr-defined]
        if "If-Match" in request.headers and self.body_field:
            getattr(message, self.body_field).revision = expected_revision(request)
        return message

    def fill_body(self, request: web.Request, message: Any, body: Any) -> None:
        """Fills in the body."""
        plan = self.plans[1]
        target = getattr(message, self.body_field) if self.body_field else message
        if plan:
            target.SetInParent()
            plan.fill(target, body)

    def respond(self, request: web.Request, answer: Message) -> web.Response:
        """The answer of the core as the caller wants it."""
        plan = self.plans[2]
        found = self.pick(answer)
        if get_origin(self.answer) is Page:
            cursor = getattr(answer, "next_page_token", "") or None
            return respond(request, Page([plan.read(one) for one in found], cursor), root=self.root, row=self.shape)
        shown = plan.read(found)
        revision = getattr(found, "revision", None)
        if self.status == 201:
            return created(request, shown, self.collection, getattr(found, "id", ""), revision=revision)
        return respond(request, shown, self.status, root=self.root, revision=revision, row=self.row)

    def pick(self, answer: Any) -> Any:
        """What of the response the answer is; raises the Problem that it may be."""
        return getattr(answer, self.answer_field) if self.answer_field else answer

    def locate(self, path: str) -> tuple[str, str | None]:
        """Where the caller finds a field of the contract: its name, and its pointer when it is in the body."""
        query, body, _ = self.plans
        tokens = [token for token in _SPLIT.split(path) if token]
        if body and not self.body_field and (found := body.locate(tokens)):
            return ".".join(found), pointer(found)
        if body and self.body_field and tokens[:1] == [self.body_field]:
            found = body.locate(tokens[1:])
            found = found if found is not None else tuple(tokens[1:])
            return ".".join(found), pointer(found)
        if found := query.locate(tokens):
            return ".".join(found), None
        for parameter, name in self.paths.items():
            if name == path:
                return parameter, None
        return locate(path)


def _set(message: Message, path: str, value: str) -> None:
    """Sets a field, or adds to a list."""
    target: Any = message
    *within, leaf = path.split(".")
    for name in within:
        target = getattr(target, name)
    if target.DESCRIPTOR.fields_by_name[leaf].is_repeated:
        getattr(target, leaf).append(value)
    else:
        setattr(target, leaf, value)
