"""Whom a call speaks for."""

from enum import IntEnum, IntFlag

import msgspec


class Role(IntEnum):
    """What a credential may do; numbered as in the contract."""

    OPERATOR = 1
    SOURCE = 2
    BUYER = 3
    GATEWAY = 4
    DELIVERY = 5


class Scope(IntFlag):
    """What a token may do, as bits: tokens hold them, so that a number is never used for another scope."""

    LEADS_SUBMIT = 1 << 0
    LEADS_READ = 1 << 1
    AUCTIONS_READ = 1 << 2
    CATALOG_READ = 1 << 3
    CATALOG_WRITE = 1 << 4
    BIDS = 1 << 5
    DELIVERIES = 1 << 6
    EVENTS_READ = 1 << 7
    KEYS = 1 << 8
    SUPPRESSIONS_WRITE = 1 << 9
    LEDGER_READ = 1 << 10
    LEDGER_WRITE = 1 << 11
    FEEDBACK_READ = 1 << 12
    FEEDBACK_WRITE = 1 << 13
    REPORTS_READ = 1 << 14

    @property
    def word(self) -> str:
        """One scope as OAuth writes it: `leads:read`."""
        return (self.name or "").lower().replace("_", ":")


class Principal(msgspec.Struct, frozen=True):
    """The caller, as its credential says."""

    key_id: str
    role: Role
    party_id: str = ""
    """The source's or buyer's id; empty for the other roles."""
    scopes: Scope | None = None
    """What a token may do; None for a key itself, which may do all that its role may."""


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
