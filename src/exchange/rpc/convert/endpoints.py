"""Endpoints, between the contract and the core."""

from typing import Final

from exchange.domain.endpoint import (
    EVENT_RETRY,
    LEAD_RETRY,
    BreakerState,
    DeadLetterAction,
    Endpoint,
    EndpointAuth,
    EndpointFigures,
    EndpointHealth,
    EnvelopeKind,
    OAuthClient,
    PayloadKind,
    RetryPolicy,
    SignatureScheme,
)
from exchange.domain.errors import Violation, invalid
from exchange.rpc.convert.parties import enum, state
from exchange.rpc.convert.times import timestamp
from leadexchange.v1 import endpoint_pb2 as pb

_DEFAULT_TIMEOUT_MS: Final = 5_000
_DEFAULT_CONCURRENCY: Final = 32


def endpoint(message: pb.Endpoint) -> Endpoint:
    """An endpoint as sent; its id and secret may be empty. Raises Refused."""
    return Endpoint(
        id=message.id,
        owner_id=message.owner_id,
        url=message.url,
        event_types=tuple(message.event_types),
        secret="",
        state=state(message.state, "endpoint.state"),
        verticals=tuple(message.verticals),
        campaign_ids=tuple(message.campaign_ids),
        source_ids=tuple(message.source_ids),
        payload=enum(PayloadKind, message.payload, "endpoint.payload", PayloadKind.FULL),
        envelope=enum(EnvelopeKind, message.envelope, "endpoint.envelope", EnvelopeKind.STANDARD),
        mapping_id=message.mapping_id,
        signature_scheme=enum(
            SignatureScheme, message.signature_scheme, "endpoint.signature_scheme", SignatureScheme.HMAC
        ),
        auth=_auth(message.auth),
        lead_retry=_retry(message.lead_retry, LEAD_RETRY),
        event_retry=_retry(message.event_retry, EVENT_RETRY),
        timeout_ms=message.timeout_ms or _DEFAULT_TIMEOUT_MS,
        max_concurrency=message.max_concurrency or _DEFAULT_CONCURRENCY,
        max_per_second=message.max_per_second,
        dead_letter_action=enum(
            DeadLetterAction, message.dead_letter_action, "endpoint.dead_letter_action", DeadLetterAction.KEEP
        ),
        fallback_email=message.fallback_email,
        check_interval_s=message.check_interval_s,
        settings=dict(message.settings),
    )


def _retry(message: pb.RetryPolicy, default: RetryPolicy) -> RetryPolicy:
    return RetryPolicy(
        message.max_attempts or default.max_attempts,
        message.first_ms or default.first_ms,
        message.max_ms or default.max_ms,
        message.max_age_ms or default.max_age_ms,
    )


def _auth(message: pb.EndpointAuth) -> EndpointAuth:
    headers = {one.name.lower(): one.value for one in message.headers}
    if len(headers) < len(message.headers):
        raise invalid([Violation("endpoint.auth.headers", "each name once", "a name twice")])
    oauth = message.oauth
    return EndpointAuth(
        headers=headers,
        username=message.basic.username,
        password=message.basic.password,
        oauth=OAuthClient(oauth.token_url, oauth.client_id, oauth.client_secret, oauth.scope)
        if message.HasField("oauth")
        else None,
        certificate_pem=message.client_certificate.certificate_pem,
        private_key_pem=message.client_certificate.private_key_pem,
    )


def auth_message(auth: EndpointAuth, *, with_secrets: bool = True) -> pb.EndpointAuth:
    """Credentials as delivery processes need them, or without their secrets as their owner may see them."""
    message = pb.EndpointAuth(
        headers=[
            pb.StaticHeader(name=name, value=value if with_secrets else "") for name, value in auth.headers.items()
        ]
    )
    if auth.username:
        message.basic.username = auth.username
        message.basic.password = auth.password if with_secrets else ""
    if auth.oauth is not None:
        message.oauth.token_url = auth.oauth.token_url
        message.oauth.client_id = auth.oauth.client_id
        message.oauth.client_secret = auth.oauth.client_secret if with_secrets else ""
        message.oauth.scope = auth.oauth.scope
    if auth.certificate_pem:
        message.client_certificate.certificate_pem = auth.certificate_pem
        message.client_certificate.private_key_pem = auth.private_key_pem if with_secrets else ""
    return message


def endpoint_message(item: Endpoint, *, with_secrets: bool = False) -> pb.Endpoint:
    """An endpoint as kept; without secrets but where it is merged with a change."""
    message = pb.Endpoint(
        id=item.id,
        owner_id=item.owner_id,
        url=item.url,
        event_types=item.event_types,
        state=int(item.state),  # type: ignore[arg-type]
        revision=item.revision,
        created_at=timestamp(item.created_ms),
        verticals=item.verticals,
        campaign_ids=item.campaign_ids,
        source_ids=item.source_ids,
        payload=int(item.payload),  # type: ignore[arg-type]
        envelope=int(item.envelope),  # type: ignore[arg-type]
        mapping_id=item.mapping_id,
        signature_scheme=int(item.signature_scheme),  # type: ignore[arg-type]
        lead_retry=_retry_message(item.lead_retry),
        event_retry=_retry_message(item.event_retry),
        timeout_ms=item.timeout_ms,
        max_concurrency=item.max_concurrency,
        max_per_second=item.max_per_second,
        dead_letter_action=int(item.dead_letter_action),  # type: ignore[arg-type]
        fallback_email=item.fallback_email,
        check_interval_s=item.check_interval_s,
        settings=item.settings if with_secrets else {},
    )
    if item.auth != EndpointAuth():
        message.auth.CopyFrom(auth_message(item.auth, with_secrets=with_secrets))
    return message


def _retry_message(policy: RetryPolicy) -> pb.RetryPolicy:
    return pb.RetryPolicy(
        max_attempts=policy.max_attempts,
        first_ms=policy.first_ms,
        max_ms=policy.max_ms,
        max_age_ms=policy.max_age_ms,
    )


def health_message(health: EndpointHealth, figures: EndpointFigures) -> pb.EndpointHealth:
    """How an endpoint fares."""
    message = pb.EndpointHealth(
        breaker=int(health.breaker),  # type: ignore[arg-type]
        consecutive_failures=health.failures,
        last_failure=health.last_failure,
        attempts=figures.attempts,
        delivered=figures.delivered,
        p50_ms=figures.p50_ms,
        p95_ms=figures.p95_ms,
        pending=figures.pending,
        dead=figures.dead,
    )
    if health.since_ms:
        message.since.FromMilliseconds(health.since_ms)
    if health.breaker in (BreakerState.OPEN, BreakerState.HALF_OPEN):
        message.retry_at.FromMilliseconds(health.retry_ms)
    return message


def target_id(item: Endpoint) -> str:
    """Names how an endpoint is reached as it now stands."""
    return f"{item.id}@{item.revision}"
