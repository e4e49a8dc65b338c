"""Whom a call speaks for."""

from enum import IntEnum

import msgspec


class Role(IntEnum):
    """What a credential may do; numbered as in the contract."""

    OPERATOR = 1
    SOURCE = 2
    BUYER = 3
    GATEWAY = 4
    DELIVERY = 5


class Principal(msgspec.Struct, frozen=True):
    """The caller, as its credential says."""

    key_id: str
    role: Role
    party_id: str = ""
    """The source's or buyer's id; empty for the other roles."""


class ApiKey(msgspec.Struct, frozen=True):
    """A credential as it is kept: the secret only as its hash."""

    id: str
    role: Role
    secret_hash: bytes
    """SHA-256 of the secret, which has 256 random bits, so that a slow hash would add nothing."""
    party_id: str = ""
    label: str = ""
    created_ms: int = 0
    expires_ms: int = 0
    """0 for never."""
    revoked_ms: int = 0
    """0 while it works."""
