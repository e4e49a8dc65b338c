"""Sources, buyers, campaigns and endpoints: created, read, listed, changed.

The contract treats the four alike (AIP-131 to 134), so one table carries them all.
"""

from typing import Any, Final

from aiohttp import web
from google.protobuf.field_mask_pb2 import FieldMask
from msgspec import UNSET

from adapters.rest.handlers import examples
from adapters.rest.handlers.calls import MANY, call
from adapters.rest.handlers.unary import Unary
from adapters.rest.operation import REVALIDATE, Operation
from adapters.rest.problems import Violation, invalid
from adapters.rest.reading import MERGE_PATCH_TYPES
from adapters.rest.shapes.campaign import Campaign, CampaignQuery
from adapters.rest.shapes.common import DryRun, Page, PageQuery
from adapters.rest.shapes.endpoint import Endpoint, EndpointQuery
from adapters.rest.shapes.party import Buyer, Noun, Source

_NOT_IN_MASK: Final = frozenset({"id", "revision"})  # they say which thing, as it was when; they are not changed


class Update(Unary):
    """Changes what the body gives and nothing else (RFC 7396)."""

    def fill_body(self, request: web.Request, message: Any, body: Any) -> None:
        """Fills the thing with what is changed, and names the fields that are."""
        name = request.match_info[f"{self.body_field}_id"]
        if body.id not in (UNSET, None, name):
            raise invalid([Violation("id", "the id in the path", "another", pointer="/id")])
        body.id = name
        plan = self.plans[1]
        fields = plan.fill(getattr(message, self.body_field), body) if plan else []
        message.update_mask.CopyFrom(FieldMask(paths=[field for field in fields if field not in _NOT_IN_MASK]))


def _resource(noun: str, shape: type[Noun], query: type[PageQuery], example: dict[str, Any]) -> tuple[Operation, ...]:
    """The four endpoints of a noun, named as the contract's messages name it: `Source` in CreateSourceRequest."""
    field, title = noun.lower(), noun.capitalize()
    path, one = f"/{field}s", f"/{field}s/{{{field}_id}}"
    article = "an" if field[0] in "aeiou" else "a"
    written: dict[str, Any] = {"query": DryRun, "body": shape, "body_field": field, "tag": f"{title}s"}
    read: dict[str, Any] = {"cache": REVALIDATE, "tag": f"{title}s"}
    page: Any = Page[shape]  # type: ignore[valid-type]
    return (
        call(
            *(f"POST {path}", f"CatalogService/Create{noun}", f"create{noun}", f"Creates {article} {field}"),
            *(shape, field),
            **written,
            status=201,
            collection=f"{field}s",
            refusals=(409,),
            examples={field: example},
        ),
        call(
            *(f"GET {path}", f"CatalogService/List{noun}s", f"list{noun}s", f"{title}s by id", page, f"{field}s"),
            **read,
            query=query,
            media=MANY,
        ),
        call(*(f"GET {one}", f"CatalogService/Get{noun}", f"get{noun}", f"One {field}", shape, field), **read),
        call(
            *(f"PATCH {one}", f"CatalogService/Update{noun}", f"update{noun}", f"Changes {article} {field}"),
            *(shape, field),
            **written,
            kind=Update,
            paths={},
            body_media=MERGE_PATCH_TYPES,
            headers=("If-Match",),
            refusals=(409, 412),
        ),
    )


OPERATIONS: Final = (
    *_resource("Source", Source, PageQuery, examples.SOURCE),
    *_resource("Buyer", Buyer, PageQuery, examples.BUYER),
    *_resource("Campaign", Campaign, CampaignQuery, examples.CAMPAIGN),
    *_resource("Endpoint", Endpoint, EndpointQuery, examples.ENDPOINT),
)
