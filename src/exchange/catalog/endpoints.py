"""What an endpoint must be like before it is kept. Pure; collects all that is wrong."""

import re
from collections.abc import Collection
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from exchange.catalog.validate import HEADER, Findings, check_id, check_settings, check_url
from exchange.domain import limits
from exchange.domain.endpoint import DeadLetterAction, Endpoint, EndpointAuth, RetryPolicy
from exchange.domain.party import EXCHANGE
from exchange.intake.schema import VERTICALS

_EVENT_TYPE: Final = re.compile(r"(\*|[a-z]+(\.[a-z_]+)+)\Z")
_MAIL: Final = re.compile(
    r"[A-Za-z0-9.!#$&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+\Z"
)  # no comma: one
_MAILTO: Final = "mailto:"
_OWN_HEADERS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection", "authorization"})


def endpoint(item: Endpoint, owner_ids: Collection[str], *, development: bool) -> Findings:
    """What is wrong with an endpoint; `owner_ids`: buyers and sources."""
    found = Findings()
    check_id(found, item.id, "endpoint.id", "ep")
    known = item.owner_id == EXCHANGE or item.owner_id in owner_ids
    found.check(known, "endpoint.owner_id", "the id of a buyer or source, or 'exchange'", item.owner_id)
    if item.url.startswith(_MAILTO):
        _mail(found, item.url.removeprefix(_MAILTO), "endpoint.url")
    else:
        check_url(found, item.url, "endpoint.url", development=development)
    found.within(len(item.event_types), 1, limits.MAX_EVENT_TYPES, "endpoint.event_types")
    for event_type in item.event_types[: limits.MAX_EVENT_TYPES]:
        found.check(_EVENT_TYPE.match(event_type), "endpoint.event_types", "a type such as lead.sold, or *", event_type)
    _filters(found, item)
    _auth(found, item.auth, development=development)
    check_settings(found, item.settings, "endpoint.settings")
    _retry(found, item.lead_retry, "endpoint.lead_retry")
    _retry(found, item.event_retry, "endpoint.event_retry")
    found.within(item.timeout_ms, limits.MIN_DELIVERY_TIMEOUT_MS, limits.MAX_DELIVERY_TIMEOUT_MS, "endpoint.timeout_ms")
    found.within(item.max_concurrency, 1, limits.MAX_DELIVERY_CONCURRENCY, "endpoint.max_concurrency")
    found.within(item.max_per_second, 0, limits.MAX_DELIVERIES_PER_SECOND, "endpoint.max_per_second")
    if item.check_interval_s:
        found.within(
            item.check_interval_s, limits.MIN_CHECK_INTERVAL_S, limits.MAX_CHECK_INTERVAL_S, "endpoint.check_interval_s"
        )
    if item.dead_letter_action is DeadLetterAction.EMAIL or item.fallback_email:
        _mail(found, item.fallback_email, "endpoint.fallback_email")
    return found


def _mail(found: Findings, address: str, field: str) -> None:
    found.check(_MAIL.match(address), field, "one e-mail address", f"text of {len(address)} characters")


def _filters(found: Findings, item: Endpoint) -> None:
    found.within(len(item.verticals), 0, limits.MAX_FILTER_VERTICALS, "endpoint.verticals")
    for vertical in item.verticals[: limits.MAX_FILTER_VERTICALS]:
        found.check(vertical in VERTICALS, "endpoint.verticals", f"one of {sorted(VERTICALS)}", vertical)
    found.within(len(item.campaign_ids), 0, limits.MAX_FILTER_IDS, "endpoint.campaign_ids")
    found.within(len(item.source_ids), 0, limits.MAX_FILTER_IDS, "endpoint.source_ids")


def _retry(found: Findings, policy: RetryPolicy, field: str) -> None:
    found.within(policy.max_attempts, 1, limits.MAX_DELIVERY_ATTEMPTS, f"{field}.max_attempts")
    found.within(policy.first_ms, limits.MIN_RETRY_MS, limits.MAX_FIRST_RETRY_MS, f"{field}.first_ms")
    found.within(policy.max_ms, policy.first_ms, limits.MAX_RETRY_MS, f"{field}.max_ms")
    found.within(policy.max_age_ms, policy.first_ms, limits.MAX_DELIVERY_AGE_MS, f"{field}.max_age_ms")


def _auth(found: Findings, auth: EndpointAuth, *, development: bool) -> None:
    found.within(len(auth.headers), 0, limits.MAX_HEADERS, "endpoint.auth.headers")
    for name, value in list(auth.headers.items())[: limits.MAX_HEADERS]:
        good = HEADER.match(name) and name not in _OWN_HEADERS and not name.startswith("webhook-")
        found.check(good, "endpoint.auth.headers.name", "the name of a header that is not the exchange's own", name)
        sendable = value.isascii() and value.isprintable() and 1 <= len(value) <= limits.MAX_HEADER_CHARS
        expected = f"1 to {limits.MAX_HEADER_CHARS} printable ASCII characters"
        found.check(sendable, "endpoint.auth.headers.value", expected, f"{len(value)} characters")
    for text, field in ((auth.username, "username"), (auth.password, "password")):
        good = text.isprintable() and len(text) <= limits.MAX_HEADER_CHARS and (field == "password" or ":" not in text)
        found.check(
            good, f"endpoint.auth.basic.{field}", "printable text, the user without ':'", f"{len(text)} characters"
        )
    found.check(auth.username or not auth.password, "endpoint.auth.basic.username", "a user for the password", "none")
    if auth.oauth is not None:
        found.check(not auth.username, "endpoint.auth.oauth", "basic or oauth", "both")
        check_url(found, auth.oauth.token_url, "endpoint.auth.oauth.token_url", development=development)
        for text, field in ((auth.oauth.client_id, "client_id"), (auth.oauth.client_secret, "client_secret")):
            good = 1 <= len(text) <= limits.MAX_HEADER_CHARS
            expected = f"1 to {limits.MAX_HEADER_CHARS} characters"
            found.check(good, f"endpoint.auth.oauth.{field}", expected, f"{len(text)} characters")
        found.within(len(auth.oauth.scope), 0, limits.MAX_NAME_CHARS, "endpoint.auth.oauth.scope")
    if auth.certificate_pem or auth.private_key_pem:
        _certificate(found, auth)


def _certificate(found: Findings, auth: EndpointAuth) -> None:
    field = "endpoint.auth.client_certificate"
    size = len(auth.certificate_pem) + len(auth.private_key_pem)
    if size > limits.MAX_CERTIFICATE_CHARS:
        found.check(False, field, f"at most {limits.MAX_CERTIFICATE_CHARS} characters", f"{size} characters")
        return
    try:
        certificates = x509.load_pem_x509_certificates(auth.certificate_pem.encode())
    except ValueError:
        found.check(False, f"{field}.certificate_pem", "certificates in PEM", f"{len(auth.certificate_pem)} characters")
        return
    try:
        key = load_pem_private_key(auth.private_key_pem.encode(), password=None)
    except (ValueError, TypeError):
        expected = "a private key in PEM, without a passphrase"
        found.check(False, f"{field}.private_key_pem", expected, f"{len(auth.private_key_pem)} characters")
        return
    fits = key.public_key() == certificates[0].public_key()
    found.check(fits, f"{field}.private_key_pem", "the key of the first certificate", "another key")
