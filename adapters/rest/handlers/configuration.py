"""Mappings, policies, suppression lists."""

from typing import Any, Final

from aiohttp import web

from adapters.rest.handlers.calls import MANY, call
from adapters.rest.handlers.unary import Unary
from adapters.rest.handlers.whole import PATCH, Put
from adapters.rest.operation import REVALIDATE
from adapters.rest.shapes.common import Page
from adapters.rest.shapes.mapping import (
    Mapping,
    MappingQuery,
    Presets,
    Preview,
    PreviewRequest,
    RevisionQuery,
)
from adapters.rest.shapes.policy import AuctionPolicy, Suppressed, Suppressions, Unsuppressed

_CHANGES: Final[dict[str, Any]] = {"headers": ("If-Match",), "refusals": (409, 412)}
_MAPPING: Final[dict[str, Any]] = {"tag": "Mappings", "body": Mapping, "body_field": "mapping"}
_POLICY: Final[dict[str, Any]] = {"tag": "Policies", "body": AuctionPolicy, "body_field": "policy"}
_PEOPLE: Final = {"emails": ["kari.merritt@example.com"], "phones": ["+1 210 555 0169"]}


class _Preset(Unary):
    """A preset, whose id has a slash."""

    async def ask(self, request: web.Request) -> Any:
        """The preset of that name."""
        message: Any = await super().ask(request)
        message.mapping_id = f"preset/{request.match_info['name']}"
        return message


OPERATIONS: Final = (
    call(
        *("POST /mappings", "MappingService/CreateMapping", "createMapping", "Creates a mapping", Mapping, "mapping"),
        **_MAPPING,
        status=201,
        collection="mappings",
        refusals=(409,),
    ),
    call(
        *("GET /mappings", "MappingService/ListMappings", "listMappings", "Mappings by id", Page[Mapping], "mappings"),
        tag="Mappings",
        query=MappingQuery,
        cache=REVALIDATE,
        media=MANY,
    ),
    call(
        *("GET /mappings/presets", "MappingService/ListMappingPresets", "listMappingPresets"),
        *("The mappings that come with the exchange", Presets),
        tag="Mappings",
        cache=REVALIDATE,
    ),
    call(
        *("POST /mappings/preview", "MappingService/PreviewMapping", "previewMapping"),
        *("What a mapping makes of a lead, and how it reads an answer; nothing is kept or sent", Preview),
        tag="Mappings",
        body=PreviewRequest,
    ),
    call(
        *("GET /mappings/{mapping_id}", "MappingService/GetMapping", "getMapping"),
        *("One mapping, as it stands or stood", Mapping, "mapping"),
        tag="Mappings",
        query=RevisionQuery,
        cache=REVALIDATE,
    ),
    call(
        *("GET /mappings/preset/{name}", "MappingService/GetMapping", "getMappingPreset"),
        *("One mapping that comes with the exchange", Mapping, "mapping"),
        tag="Mappings",
        paths={},
        kind=_Preset,
        cache=REVALIDATE,
    ),
    call(
        *("PUT /mappings/{mapping_id}", "MappingService/UpdateMapping", "replaceMapping", "Replaces a mapping"),
        *(Mapping, "mapping"),
        **_MAPPING,
        **_CHANGES,
        kind=Put,
        paths={"mapping_id": "mapping.id"},
    ),
    call(
        *("PATCH /mappings/{mapping_id}", "MappingService/UpdateMapping", "updateMapping", "Changes a mapping"),
        *(Mapping, "mapping"),
        **_MAPPING,
        **_CHANGES,
        **PATCH,
        read_method="MappingService/GetMapping",
        paths={"mapping_id": "mapping.id"},
    ),
    call(
        *("GET /policies/{vertical}", "PolicyService/GetPolicy", "getPolicy", "How a vertical is auctioned; operators"),
        *(AuctionPolicy, "policy"),
        tag="Policies",
        cache=REVALIDATE,
    ),
    call(
        *("PUT /policies/{vertical}", "PolicyService/SetPolicy", "setPolicy", "Sets how a vertical is auctioned"),
        *(AuctionPolicy, "policy"),
        **_POLICY,
        **_CHANGES,
        kind=Put,
        paths={"vertical": "policy.vertical"},
        examples={"second price": {"clearing": "second_price", "floor": "5.00", "fee_bps": 500}},
    ),
    call(
        *(
            "PATCH /policies/{vertical}",
            "PolicyService/SetPolicy",
            "updatePolicy",
            "Changes how a vertical is auctioned",
        ),
        *(AuctionPolicy, "policy"),
        **_POLICY,
        **_CHANGES,
        **PATCH,
        read_method="PolicyService/GetPolicy",
        paths={"vertical": "policy.vertical"},
        examples={"floor": {"floor": "7.50"}},
    ),
    call(
        *("POST /suppressions/{owner_id}", "SuppressionService/AddSuppressions", "addSuppressions"),
        *("Adds consumers who are not to be sold to this buyer, or with `exchange` at all", Suppressed),
        tag="Suppression lists",
        body=Suppressions,
        examples={"one": _PEOPLE},
    ),
    call(
        *("POST /suppressions/{owner_id}/remove", "SuppressionService/RemoveSuppressions", "removeSuppressions"),
        *("Takes consumers off a list", Unsuppressed),
        tag="Suppression lists",
        body=Suppressions,
        examples={"one": _PEOPLE},
    ),
)
