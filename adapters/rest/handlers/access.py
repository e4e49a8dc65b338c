"""Keys, and whom the caller's own speaks for; how much parties may ask."""

from dataclasses import replace
from typing import Any, Final

import msgspec
from aiohttp import web

from adapters.rest.handlers import examples
from adapters.rest.handlers.answers import created
from adapters.rest.handlers.calls import MANY, call
from adapters.rest.handlers.unary import Unary
from adapters.rest.handlers.whole import Put
from adapters.rest.operation import REVALIDATE
from adapters.rest.shapes.access import ApiKey, CreatedApiKey
from adapters.rest.shapes.common import Page, PageQuery
from adapters.rest.shapes.policy import RatePlan, RatePlans

_TAG: Final = "Keys"


class _Create(Unary):
    """A key with its secret beside it."""

    def respond(self, request: web.Request, answer: Any) -> web.Response:
        """The key, shown this once."""
        key = self.plans[2].read(answer.api_key)
        shown = {"secret": answer.secret, "digest_password": answer.digest_password}
        return created(request, CreatedApiKey(**msgspec.structs.asdict(key), **shown), "keys", "")


OPERATIONS: Final = (
    replace(
        call(
            "POST /keys",
            "AccessService/CreateApiKey",
            "createKey",
            "Creates a key, shown this once",
            ApiKey,
            "api_key",
            tag=_TAG,
            kind=_Create,
            body=ApiKey,
            body_field="api_key",
            status=201,
            examples={"source": examples.KEY},
        ),
        answer=CreatedApiKey,
    ),
    call(
        "GET /keys",
        "AccessService/ListApiKeys",
        "listKeys",
        "Keys by id, without their secrets",
        Page[ApiKey],
        "api_keys",
        tag=_TAG,
        query=PageQuery,
        media=MANY,
    ),
    call(
        "DELETE /keys/{api_key_id}",
        "AccessService/RevokeApiKey",
        "revokeKey",
        "Revokes a key at once; it stays listed",
        ApiKey,
        "api_key",
        tag=_TAG,
    ),
    call("GET /whoami", "AccessService/WhoAmI", "whoAmI", "The key in use", ApiKey, "api_key", tag=_TAG),
    call(
        "GET /rate-plans",
        "AccessService/ListRatePlans",
        "listRatePlans",
        "How much each party may ask; operators",
        RatePlans,
        tag="Rate plans",
        cache=REVALIDATE,
    ),
    call(
        "PUT /rate-plans/{party_id}",
        "AccessService/SetRatePlan",
        "setRatePlan",
        "Sets how much a party may ask; operators",
        RatePlan,
        "plan",
        tag="Rate plans",
        body=RatePlan,
        body_field="plan",
        kind=Put,
        paths={"party_id": "plan.party_id"},
        headers=("If-Match",),
        refusals=(409, 412),
        description="`*` as the party is the plan of each party without one of its own.",
        examples={"plan": {"per_minute": 600, "per_hour": 20_000, "concurrent": 32}},
    ),
)
