"""Sources, buyers, campaigns and endpoints: created, read, listed, changed.

The contract treats the four alike (AIP-131 to 134), so one resource carries them all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from msgspec import UNSET

from adapters.rest.caller import caller_of
from adapters.rest.convert import party
from adapters.rest.convert.campaign import campaign_to_contract, campaign_to_json
from adapters.rest.core import CORE, Rpc
from adapters.rest.handlers.answers import created, respond
from adapters.rest.problems import Violation, invalid
from adapters.rest.reading import JSON, read_body, read_query
from adapters.rest.shapes.campaign import Campaign, CampaignQuery
from adapters.rest.shapes.common import Page, PageQuery
from adapters.rest.shapes.party import Buyer, Endpoint, EndpointQuery, Noun, Source
from leadexchange.v1 import catalog_service_pb2 as contract

_PATCH_TYPES: Final = ("application/merge-patch+json", JSON)
_NOT_IN_MASK: Final = frozenset({"id", "revision"})  # they say which thing, as it was when; they are not changed


@dataclass(frozen=True)
class Resource:
    """One noun of the catalogue."""

    noun: str
    """As the contract's messages name it: `Source` in CreateSourceRequest."""
    shape: type[Noun]
    query: type[PageQuery]
    to_contract: Callable[[Any], tuple[Message, list[str]]]
    to_json: Callable[[Any], Noun]

    @property
    def field(self) -> str:
        """Its field in the contract's messages."""
        return self.noun.lower()

    @property
    def collection(self) -> str:
        """Its place in paths, and the field of a list's answer."""
        return self.field + "s"

    async def create(self, request: web.Request) -> web.Response:
        """Creates one."""
        caller = caller_of(request)
        message, _ = self.to_contract(await read_body(request, self.shape))
        rpc, ask = self._rpc("Create", self.noun)
        answer = await request.app[CORE].call(rpc, ask(**{self.field: message}), caller)
        thing = getattr(answer, self.field)
        return created(self.to_json(thing), self.collection, thing.id)

    async def get(self, request: web.Request) -> web.Response:
        """One."""
        caller = caller_of(request)
        rpc, ask = self._rpc("Get", self.noun)
        answer = await request.app[CORE].call(rpc, ask(**{f"{self.field}_id": request.match_info["id"]}), caller)
        return respond(self.to_json(getattr(answer, self.field)))

    async def list(self, request: web.Request) -> web.Response:
        """A page of them."""
        caller = caller_of(request)
        query = read_query(request, self.query)
        filters = {name: getattr(query, name) for name in query.__struct_fields__ if name not in ("limit", "cursor")}
        rpc, ask = self._rpc("List", self.noun + "s")
        message = ask(page_size=query.limit, page_token=query.cursor, **filters)
        answer = await request.app[CORE].call(rpc, message, caller)
        data = [self.to_json(thing) for thing in getattr(answer, self.collection)]
        return respond(Page(data, answer.next_page_token or None))

    async def update(self, request: web.Request) -> web.Response:
        """Changes what the body gives and nothing else (RFC 7396)."""
        caller = caller_of(request)
        body = await read_body(request, self.shape, _PATCH_TYPES)
        name = request.match_info["id"]
        if body.id not in (UNSET, None, name):
            raise invalid([Violation("id", "the id in the path", "another", pointer="/id")])
        body.id = name
        message, fields = self.to_contract(body)
        mask = FieldMask(paths=[field for field in fields if field not in _NOT_IN_MASK])
        rpc, ask = self._rpc("Update", self.noun)
        answer = await request.app[CORE].call(rpc, ask(**{self.field: message}, update_mask=mask), caller)
        return respond(self.to_json(getattr(answer, self.field)))

    def _rpc(self, verb: str, noun: str) -> tuple[Rpc[Any], Any]:
        """The method and the class of its request."""
        rpc = Rpc(f"/leadexchange.v1.CatalogService/{verb}{noun}", getattr(contract, f"{verb}{noun}Response"))
        return rpc, getattr(contract, f"{verb}{noun}Request")


RESOURCES: Final = (
    Resource("Source", Source, PageQuery, party.source_to_contract, party.source_to_json),
    Resource("Buyer", Buyer, PageQuery, party.buyer_to_contract, party.buyer_to_json),
    Resource("Campaign", Campaign, CampaignQuery, campaign_to_contract, campaign_to_json),
    Resource("Endpoint", Endpoint, EndpointQuery, party.endpoint_to_contract, party.endpoint_to_json),
)
