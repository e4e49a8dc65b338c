"""Credentials."""

from typing import Annotated, Final, Literal

from msgspec import Struct

from adapters.rest.shapes.common import READ_ONLY, Time


class ApiKey(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A credential, without its secret."""

    id: Annotated[str | None, READ_ONLY] = None
    """Read only."""
    role: Literal["operator", "source", "buyer", "gateway", "delivery"] | None = None
    """Whom it speaks for."""
    party_id: str | None = None
    """The source or buyer."""
    label: str | None = None
    """Name for people."""
    created_at: Annotated[Time | None, READ_ONLY] = None
    """Read only."""
    expires_at: Time | None = None
    """When it stops working; never unless given."""
    revoked_at: Annotated[Time | None, READ_ONLY] = None
    """Read only."""


class CreatedApiKey(ApiKey):
    """A credential with its secret, shown once."""

    secret: str = ""
    """The key itself; shown this once."""
    digest_password: str = ""
    """What SOAP's PasswordDigest is made with in place of the key; shown this once."""


class Token(Struct):
    """An OAuth 2.0 access token (RFC 6749, 5.1)."""

    access_token: str
    """To send as `Authorization: Bearer …`."""
    token_type: str
    """Bearer."""
    expires_in: int
    """Seconds."""
    scope: str
    """What it may do."""


class TokenError(Struct):
    """Why there is no token (RFC 6749, 5.2)."""

    error: str
    """One of RFC 6749's words."""
    error_description: str
    """One sentence."""


SCOPES: Final = {
    "leads:submit": "Submit leads and pings",
    "leads:read": "Read, claim and acknowledge leads",
    "auctions:read": "Read the traces of auctions",
    "catalog:read": "Read sources, buyers, campaigns, endpoints and mappings",
    "catalog:write": "Change them",
    "bids": "Bid over the bid stream",
    "deliveries": "Deliver events",
    "events:read": "Hear events",
    "keys": "Manage keys and rate plans",
    "suppressions:write": "Keep suppression lists",
    "ledger:read": "Read balances and statements",
    "ledger:write": "Book adjustments",
    "feedback:read": "Read dispositions and returns",
    "feedback:write": "Record dispositions, ask for and decide returns",
    "reports:read": "Read reports",
}
"""What a token may do; a key may do all that its role may."""
