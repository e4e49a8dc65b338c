"""Sources, buyers, endpoints and keys, both ways."""

from typing import Final

from adapters.rest.convert.common import Names, time_of, timestamp_of
from adapters.rest.convert.fields import CREATED_AT, REVISION, STATE, Field, amount, fill, plain, read
from adapters.rest.shapes import party as shapes
from leadexchange.v1 import api_key_pb2, buyer_pb2, endpoint_pb2, source_pb2

_ROLES: Final = Names(api_key_pb2.Role, "ROLE_")

_SOURCE: Final = (plain("id"), plain("display_name"), STATE, amount("floor"), plain("payout_bps"), REVISION, CREATED_AT)
_BUYER: Final = (plain("id"), plain("display_name"), STATE, plain("time_zone"), REVISION, CREATED_AT)
_ENDPOINT: Final = (
    plain("id"),
    plain("owner_id"),
    plain("url"),
    Field("event_types", "event_types", to_json=list),
    STATE,
    Field("secret", "secret", to_contract=None),
    REVISION,
    CREATED_AT,
)


def source_to_contract(body: shapes.Source) -> tuple[source_pb2.Source, list[str]]:
    """The message, and the contract's names of the fields given."""
    source = source_pb2.Source()
    return source, fill(source, body, _SOURCE)


def source_to_json(source: source_pb2.Source) -> shapes.Source:
    """The shape."""
    return shapes.Source(**read(source, _SOURCE))


def buyer_to_contract(body: shapes.Buyer) -> tuple[buyer_pb2.Buyer, list[str]]:
    """The message, and the contract's names of the fields given."""
    buyer = buyer_pb2.Buyer()
    return buyer, fill(buyer, body, _BUYER)


def buyer_to_json(buyer: buyer_pb2.Buyer) -> shapes.Buyer:
    """The shape."""
    return shapes.Buyer(**read(buyer, _BUYER))


def endpoint_to_contract(body: shapes.Endpoint) -> tuple[endpoint_pb2.Endpoint, list[str]]:
    """The message, and the contract's names of the fields given."""
    endpoint = endpoint_pb2.Endpoint()
    return endpoint, fill(endpoint, body, _ENDPOINT)


def endpoint_to_json(endpoint: endpoint_pb2.Endpoint) -> shapes.Endpoint:
    """The shape, with its secret where the core shows it."""
    return shapes.Endpoint(**read(endpoint, _ENDPOINT))


def api_key_to_contract(body: shapes.ApiKey) -> api_key_pb2.ApiKey:
    """The message; what is only read is left out."""
    return api_key_pb2.ApiKey(
        role=None if body.role is None else api_key_pb2.Role.Name(_ROLES.number[body.role]),
        party_id=body.party_id,
        label=body.label,
        expires_at=None if body.expires_at is None else timestamp_of(body.expires_at),
    )


def api_key_to_json(key: api_key_pb2.ApiKey) -> shapes.ApiKey:
    """The shape."""
    return shapes.ApiKey(**read(key, _KEY))


def created_api_key_to_json(key: api_key_pb2.ApiKey, secret: str) -> shapes.CreatedApiKey:
    """The shape with the secret."""
    return shapes.CreatedApiKey(**read(key, _KEY), secret=secret)


_KEY: Final = (
    plain("id"),
    Field("role", "role", to_json=_ROLES.name),
    plain("party_id"),
    plain("label"),
    *(Field(name, name, to_json=time_of) for name in ("created_at", "expires_at", "revoked_at")),
)
