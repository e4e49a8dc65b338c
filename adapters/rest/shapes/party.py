"""Who takes part: sources, buyers, their endpoints and keys.

The same shape is sent and read; on PATCH, what is left out is kept.
"""

from typing import Literal

from msgspec import UNSET, Struct

from adapters.rest.shapes.common import Amount, Int32, Int64, Maybe, PageQuery, PartyState, Time


class Noun(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What all things in the catalogue have."""

    id: Maybe[str] = UNSET
    state: Maybe[PartyState] = UNSET
    revision: Maybe[Int64] = UNSET
    """Grows with each change; give it on PATCH to refuse a lost update."""
    created_at: Maybe[Time] = UNSET
    """Read only; ignored when sent."""


class Source(Noun):
    """A publisher or lead generator."""

    display_name: Maybe[str] = UNSET
    floor: Maybe[Amount] = UNSET
    """Least price that its leads are sold for."""
    payout_bps: Maybe[Int32] = UNSET
    """Its share of each sale in basis points."""


class Buyer(Noun):
    """A carrier, lender, agency or call centre."""

    display_name: Maybe[str] = UNSET
    time_zone: Maybe[str] = UNSET


class Endpoint(Noun):
    """A subscriber's webhook endpoint."""

    owner_id: Maybe[str] = UNSET
    url: Maybe[str] = UNSET
    event_types: Maybe[list[str]] = UNSET
    secret: Maybe[str] = UNSET
    """Read only, and shown once, on create."""


class EndpointQuery(PageQuery):
    """Filters of the list of endpoints."""

    owner_id: str = ""


class ApiKey(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A credential, without its secret."""

    id: str | None = None
    role: Literal["operator", "source", "buyer", "gateway", "delivery"] | None = None
    party_id: str | None = None
    label: str | None = None
    created_at: Time | None = None
    expires_at: Time | None = None
    revoked_at: Time | None = None


class CreatedApiKey(ApiKey):
    """A credential with its secret, shown once."""

    secret: str = ""
