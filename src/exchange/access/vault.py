"""Secrets inside catalogue items: sealed on the way to the store, opened on the way back."""

import base64
from collections.abc import Callable

import msgspec

from exchange.access.sealing import SECRET_ENTROPY_BYTES, Sealer
from exchange.domain.campaign import Campaign, HttpBidding, HttpCall, HttpPosting
from exchange.domain.endpoint import Endpoint, EndpointAuth, OldSecret
from exchange.domain.mapping import Mapping
from exchange.domain.party import Buyer, Source
from exchange.domain.plan import RatePlan
from exchange.domain.policy import Policy

Item = Source | Buyer | Campaign | Endpoint | Mapping | Policy | RatePlan


class Vault:
    """Seals the secrets of endpoints, and the headers and passwords of HTTP calls."""

    def __init__(self, sealer: Sealer, entropy: Callable[[int], bytes]) -> None:
        self._sealer = sealer
        self._entropy = entropy

    def protect(self, item: Item) -> Item:
        """The item as the store may hold it."""
        return _each_secret(item, self._seal)

    def reveal(self, item: Item) -> Item:
        """The item as the core uses it. Raises SealError."""
        return _each_secret(item, self._open)

    def _seal(self, name: str, text: str) -> str:
        sealed = self._sealer.seal_secret(name, text, self._entropy(SECRET_ENTROPY_BYTES))
        return base64.b64encode(sealed).decode()

    def _open(self, name: str, text: str) -> str:
        return self._sealer.open_secret(name, base64.b64decode(text))


def _each_secret(item: Item, change: Callable[[str, str], str]) -> Item:
    match item:
        case Endpoint():
            return msgspec.structs.replace(
                item,
                secret=change(item.id, item.secret),
                old_secrets=tuple(OldSecret(change(item.id, one.secret), one.until_ms) for one in item.old_secrets),
                auth=_credentials(item.id, item.auth, change),
                settings=_settings(item.id, item.settings, change),
            )
        case Campaign():
            bidding, posting = item.bidding, item.posting
            if isinstance(bidding, HttpBidding):
                bidding = HttpBidding(_call(f"{item.id}/bidding", bidding.call, change))
            if isinstance(posting, HttpPosting):
                posting = HttpPosting(_call(f"{item.id}/posting", posting.call, change))
            return msgspec.structs.replace(item, bidding=bidding, posting=posting)
        case _:
            return item


def _call(place: str, call: HttpCall, change: Callable[[str, str], str]) -> HttpCall:
    headers = {name: change(f"{place}/{name}", value) for name, value in call.headers.items()}
    soap = call.soap
    if soap is not None and soap.password:
        soap = msgspec.structs.replace(soap, password=change(f"{place}//soap", soap.password))
    return msgspec.structs.replace(call, headers=headers, soap=soap, settings=_settings(place, call.settings, change))


def _settings(place: str, settings: dict[str, str], change: Callable[[str, str], str]) -> dict[str, str]:
    return {name: change(f"{place}//settings/{name}", value) for name, value in settings.items()}


def _credentials(place: str, auth: EndpointAuth, change: Callable[[str, str], str]) -> EndpointAuth:
    oauth = auth.oauth
    if oauth is not None:
        oauth = msgspec.structs.replace(oauth, client_secret=change(f"{place}/oauth", oauth.client_secret))
    return msgspec.structs.replace(
        auth,
        headers={name: change(f"{place}/{name}", value) for name, value in auth.headers.items()},
        password=change(f"{place}/basic", auth.password) if auth.password else "",
        oauth=oauth,
        private_key_pem=change(f"{place}/tls", auth.private_key_pem) if auth.private_key_pem else "",
    )
