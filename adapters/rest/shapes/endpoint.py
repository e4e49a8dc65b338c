"""Subscribers' endpoints: where events go, how, and how that fares."""

from typing import Annotated, Literal

from msgspec import UNSET, Struct

from adapters.rest.shapes.common import READ_ONLY, WRITE_ONLY, Int32, Int64, Maybe, PageQuery, Query, Time
from adapters.rest.shapes.party import Noun


class RetryPolicy(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """How failed attempts are repeated."""

    max_attempts: Maybe[Int32] = UNSET
    """Attempts in all, 1 to 20."""
    first_ms: Maybe[Int32] = UNSET
    """Wait after the first attempt; it doubles each time."""
    max_ms: Maybe[Int32] = UNSET
    """Longest wait."""
    max_age_ms: Maybe[Int64] = UNSET
    """A delivery older than this is given up."""


class StaticHeader(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A fixed header that the endpoint asks for."""

    name: str
    """Its name."""
    value: Annotated[str, WRITE_ONLY] = ""
    """Its value; never read back."""


class BasicCredentials(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """HTTP Basic."""

    username: Maybe[str] = UNSET
    """The user."""
    password: Annotated[Maybe[str], WRITE_ONLY] = UNSET
    """The password; never read back."""


class OAuthClient(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """OAuth 2.0 client credentials."""

    token_url: Maybe[str] = UNSET
    """Where tokens are had."""
    client_id: Maybe[str] = UNSET
    """The client's id."""
    client_secret: Annotated[Maybe[str], WRITE_ONLY] = UNSET
    """The client's secret; never read back."""
    scope: Maybe[str] = UNSET
    """Asked for when set."""


class ClientCertificate(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A client certificate for mutual TLS."""

    certificate_pem: Maybe[str] = UNSET
    """Certificate and chain."""
    private_key_pem: Annotated[Maybe[str], WRITE_ONLY] = UNSET
    """Its private key, without a passphrase; never read back."""


class EndpointAuth(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """How the exchange shows the endpoint who it is, besides the signature."""

    headers: Maybe[list[StaticHeader]] = UNSET
    """Fixed headers; at most 16."""
    basic: Maybe[BasicCredentials] = UNSET
    """Basic."""
    oauth: Maybe[OAuthClient] = UNSET
    """A bearer token; not with `basic`."""
    client_certificate: Maybe[ClientCertificate] = UNSET
    """A client certificate."""


class EndpointHealth(Struct, omit_defaults=True):
    """How an endpoint fares."""

    breaker: str = ""
    """`closed`, `open`, `half_open` or `held`."""
    since: Time | None = None
    """When the breaker came to that state."""
    retry_at: Time | None = None
    """When the next delivery may be tried, while open."""
    consecutive_failures: int = 0
    """Failures since the last success."""
    last_failure: str = ""
    """A status, or the error's word."""
    attempts: int = 0
    """Of the last hour."""
    delivered: int = 0
    """Of these."""
    p50_ms: int = 0
    """Median latency of these."""
    p95_ms: int = 0
    """95th percentile of these."""
    pending: int = 0
    """Deliveries waiting."""
    dead: int = 0
    """Deliveries in the dead-letter queue."""


class Endpoint(Noun):
    """A subscriber's webhook endpoint, or with a `mailto:` URL a mailbox."""

    owner_id: Maybe[str] = UNSET
    """A buyer's or source's id, or "exchange"."""
    url: Maybe[str] = UNSET
    """HTTPS, or `mailto:`."""
    event_types: Maybe[list[str]] = UNSET
    """Such as "lead.sold"; "*" takes all."""
    secret: Annotated[Maybe[str], READ_ONLY] = UNSET
    """Read only, and shown once, on create and on rotation; with Ed25519 the public key, always."""
    verticals: Maybe[list[str]] = UNSET
    """Only events about these verticals."""
    campaign_ids: Maybe[list[str]] = UNSET
    """Only events about these campaigns."""
    source_ids: Maybe[list[str]] = UNSET
    """Only events about leads of these sources. Operators only."""
    payload: Maybe[Literal["full", "thin"]] = UNSET
    """The whole lead, or "leads.available" with its id only."""
    envelope: Maybe[Literal["standard", "cloudevents"]] = UNSET
    """Standard Webhooks or CloudEvents 1.0."""
    mapping_id: Maybe[str] = UNSET
    """Makes a sold lead's body instead of an envelope."""
    signature_scheme: Maybe[Literal["hmac", "ed25519"]] = UNSET
    """Fixed once created."""
    auth: Maybe[EndpointAuth] = UNSET
    """Credentials towards the endpoint."""
    lead_retry: Maybe[RetryPolicy] = UNSET
    """For sold leads."""
    event_retry: Maybe[RetryPolicy] = UNSET
    """For other events."""
    timeout_ms: Maybe[Int32] = UNSET
    """An attempt is given up after this, 100 to 30,000; 5,000 unless given."""
    max_concurrency: Maybe[Int32] = UNSET
    """Attempts at once, 1 to 256; 32 unless given."""
    max_per_second: Maybe[Int32] = UNSET
    """Attempts a second; 0 for no limit."""
    dead_letter_action: Maybe[Literal["keep", "email", "portal", "resell"]] = UNSET
    """What becomes of a sold lead that could not be delivered."""
    fallback_email: Maybe[str] = UNSET
    """Required with `email`."""
    check_interval_s: Maybe[Int32] = UNSET
    """Sends a sample this often; 0 for never."""
    settings: Annotated[Maybe[dict[str, str]], WRITE_ONLY] = UNSET
    """What the mapping reads as `settings.…`: the owner's own keys and codes; never read back."""
    health: Annotated[Maybe[EndpointHealth], READ_ONLY] = UNSET
    """Read only."""


class EndpointQuery(PageQuery):
    """Filters of the list of endpoints."""

    owner_id: str = ""
    """Only this owner's."""


class EndpointTest(Query):
    """What to send."""

    event_type: str = ""
    """The sample's event type; "lead.sold" unless given."""


class SecretRotation(Struct, forbid_unknown_fields=True):
    """How the old secrets end."""

    overlap_s: Int32 | None = None
    """They sign too for so long, up to 604,800; 0 ends them at once. A day unless given."""


class Egress(Struct):
    """Where calls come from."""

    cidrs: list[str]
    """Ranges for allow-lists."""
