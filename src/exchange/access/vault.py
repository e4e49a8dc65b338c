"""Secrets inside catalogue items: sealed on the way to the store, opened on the way back."""

import base64
from collections.abc import Callable

import msgspec

from exchange.access.sealing import SECRET_ENTROPY_BYTES, Sealer
from exchange.domain.campaign import Campaign, HttpBidding, HttpCall, HttpPosting
from exchange.domain.party import Buyer, Endpoint, Source
from exchange.domain.policy import Policy

Item = Source | Buyer | Campaign | Endpoint | Policy


class Vault:
    """Seals the signing secrets of endpoints and the headers of HTTP calls."""

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
            return msgspec.structs.replace(item, secret=change(item.id, item.secret))
        case Campaign():
            bidding, posting = item.bidding, item.posting
            if isinstance(bidding, HttpBidding):
                bidding = HttpBidding(_headers(f"{item.id}/bidding", bidding.call, change))
            if isinstance(posting, HttpPosting):
                posting = HttpPosting(_headers(f"{item.id}/posting", posting.call, change))
            return msgspec.structs.replace(item, bidding=bidding, posting=posting)
        case _:
            return item


def _headers(place: str, call: HttpCall, change: Callable[[str, str], str]) -> HttpCall:
    headers = {name: change(f"{place}/{name}", value) for name, value in call.headers.items()}
    return msgspec.structs.replace(call, headers=headers)
