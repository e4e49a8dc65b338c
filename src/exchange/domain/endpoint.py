"""Subscribers' endpoints: where events are delivered, how, and how each fares."""

from enum import IntEnum
from typing import Final

import msgspec

from exchange.domain.party import PartyState

_HOUR_MS: Final = 3_600_000


class SignatureScheme(IntEnum):
    """How webhooks are signed (Standard Webhooks); numbered as in the contract."""

    HMAC = 1
    ED25519 = 2


class PayloadKind(IntEnum):
    """What a delivery of a sold lead holds; numbered as in the contract."""

    FULL = 1
    THIN = 2


class EnvelopeKind(IntEnum):
    """What an event is wrapped in; numbered as in the contract."""

    STANDARD = 1
    CLOUDEVENTS = 2


class DeadLetterAction(IntEnum):
    """What becomes of a sold lead that could not be delivered; numbered as in the contract."""

    KEEP = 1
    EMAIL = 2
    PORTAL = 3
    RESELL = 4


class BreakerState(IntEnum):
    """Whether an endpoint is delivered to; numbered as in the contract."""

    CLOSED = 1
    OPEN = 2
    HALF_OPEN = 3
    HELD = 4


class RetryPolicy(msgspec.Struct, frozen=True, omit_defaults=True):
    """How failed attempts are repeated."""

    max_attempts: int
    first_ms: int
    max_ms: int
    max_age_ms: int
    """A delivery older than this is given up, whatever held it back."""


LEAD_RETRY: Final = RetryPolicy(8, 2_000, 60_000, _HOUR_MS)
"""Leads rot: 2, 4, 8, 16, 32, 60, 60 s."""
EVENT_RETRY: Final = RetryPolicy(22, 2_000, 8 * _HOUR_MS, 72 * _HOUR_MS)
"""Events do not: doubling to eight hours, for nearly three days."""
TEST_RETRY: Final = RetryPolicy(1, 2_000, 2_000, 60_000)
"""A sample is sent once."""


class OldSecret(msgspec.Struct, frozen=True):
    """A signing secret that was replaced, and until when it signs too."""

    secret: str
    until_ms: int


class OAuthClient(msgspec.Struct, frozen=True, omit_defaults=True):
    """OAuth 2.0 client credentials towards the endpoint (RFC 6749, 4.4)."""

    token_url: str
    client_id: str
    client_secret: str
    scope: str = ""


class EndpointAuth(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the exchange shows an endpoint who it is. Values, passwords and keys are sealed wherever they rest."""

    headers: dict[str, str] = {}
    username: str = ""
    password: str = ""
    oauth: OAuthClient | None = None
    certificate_pem: str = ""
    private_key_pem: str = ""


class Endpoint(msgspec.Struct, frozen=True, omit_defaults=True):
    """A subscriber's webhook, or with a mailto: URL its mailbox."""

    id: str
    owner_id: str
    url: str
    event_types: tuple[str, ...]
    secret: str
    """The newest: `whsec_…`, or `whsk_…` with Ed25519. Sealed wherever it rests."""
    state: PartyState = PartyState.ACTIVE
    revision: int = 0
    created_ms: int = 0
    old_secrets: tuple[OldSecret, ...] = ()
    verticals: tuple[str, ...] = ()
    campaign_ids: tuple[str, ...] = ()
    source_ids: tuple[str, ...] = ()
    payload: PayloadKind = PayloadKind.FULL
    envelope: EnvelopeKind = EnvelopeKind.STANDARD
    mapping_id: str = ""
    signature_scheme: SignatureScheme = SignatureScheme.HMAC
    auth: EndpointAuth = EndpointAuth()
    lead_retry: RetryPolicy = LEAD_RETRY
    event_retry: RetryPolicy = EVENT_RETRY
    timeout_ms: int = 5_000
    max_concurrency: int = 32
    """Attempts at once, a delivery process."""
    max_per_second: int = 0
    """Attempts a second, a delivery process; 0 for no limit."""
    dead_letter_action: DeadLetterAction = DeadLetterAction.KEEP
    fallback_email: str = ""
    check_interval_s: int = 0
    """How often a sample is sent to see whether it answers; 0 for never."""
    settings: dict[str, str] = {}
    """What the mapping reads as `settings`. Sealed wherever it rests."""

    def secrets(self, now_ms: int) -> list[str]:
        """The secrets that sign now, newest first."""
        return [self.secret, *(old.secret for old in self.old_secrets if old.until_ms > now_ms)]


class EndpointHealth(msgspec.Struct, frozen=True, omit_defaults=True):
    """How an endpoint fares, as its breaker sees it. Kept, so that a restart does not call a dead endpoint anew."""

    endpoint_id: str
    breaker: BreakerState = BreakerState.CLOSED
    since_ms: int = 0
    """When the breaker came to that state."""
    retry_ms: int = 0
    """When one delivery may be tried, while OPEN or HALF_OPEN."""
    failures: int = 0
    """Since the last success."""
    openings: int = 0
    """How often it opened since it was last closed: each cool-down is longer."""
    last_failure: str = ""


class EndpointFigures(msgspec.Struct, frozen=True):
    """An endpoint's deliveries in figures; attempts of the last hour, at most the newest ten thousand."""

    attempts: int
    delivered: int
    p50_ms: int
    p95_ms: int
    pending: int
    dead: int
