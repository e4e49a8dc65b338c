"""A whole catalogue brought in: what it creates and changes, judged as one. Pure."""

from collections import ChainMap
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from exchange.catalog.book import Book, Item
from exchange.catalog.judging import View, fixed, violations
from exchange.domain import limits, mapping
from exchange.domain.campaign import Campaign, HttpBidding, HttpCall, HttpPosting
from exchange.domain.endpoint import Endpoint, EndpointAuth
from exchange.domain.errors import Violation, invalid
from exchange.domain.party import Buyer, Source
from exchange.domain.plan import RatePlan
from exchange.domain.policy import Policy

ORDER: Final[tuple[type[Item], ...]] = (Source, Buyer, mapping.Mapping, Policy, RatePlan, Campaign, Endpoint)
"""What others name comes before them."""
_OF_ONE_SPACE: Final[Mapping[type[Item], type[Item]]] = {Source: Buyer, Buyer: Source}
_NOTED: Final = ("revision", "created_ms", "changed_ms")


class Brought(msgspec.Struct, frozen=True):
    """What an import comes to."""

    created: list[Item]
    changed: list[Item]
    unchanged: int


def items_of(book: Book, kind: type[Item]) -> Mapping[str, Any]:
    """The items of a kind, by id."""
    tables: dict[type[Item], Mapping[str, Any]] = {
        Source: book.sources,
        Buyer: book.buyers,
        Campaign: book.campaigns,
        Endpoint: book.endpoints,
        mapping.Mapping: book.mappings,
        Policy: book.policies,
        RatePlan: book.plans,
    }
    return tables[kind]


def bring(book: Book, items: Sequence[Item], now_ms: int, *, development: bool) -> Brought:
    """What bringing the catalogue to these items creates and changes, in an order in which nothing is named too early.

    What they do not say of secrets stays. Raises Refused (INVALID_FIELD), which names each item at fault by its place.
    """
    found: list[Violation] = []
    created: list[Item] = []
    changed: list[Item] = []
    unchanged = 0
    fresh: dict[type[Item], dict[str, Any]] = {kind: {} for kind in ORDER}
    places: list[tuple[int, Item]] = []
    for place, given in sorted(enumerate(items), key=lambda one: ORDER.index(type(one[1]))):
        taken = _taken(book, fresh, given)
        if taken:
            found.append(Violation(f"items[{place}]", "an id that no other has", taken))
            continue
        current = items_of(book, type(given)).get(given.id)
        item = given if current is None else _kept(current, given)
        fresh[type(given)][given.id] = item
        if current is not None and item == current:
            unchanged += 1
            continue
        if current is not None:
            found += [_under(place, item, one) for one in fixed(current, item)]
        places.append((place, item))
        after = _noted(item, current.revision + 1 if current is not None else 1, now_ms, new=current is None)
        (created if current is None else changed).append(after)
    view = View(
        ChainMap(fresh[Source], book.sources),
        ChainMap(fresh[Buyer], book.buyers),
        ChainMap(fresh[mapping.Mapping], book.mappings),
    )
    for place, item in places:
        found += [_under(place, item, one) for one in violations(item, view, development=development)]
        if len(found) >= limits.MAX_VIOLATIONS:
            break
    if found:
        raise invalid(found[: limits.MAX_VIOLATIONS])
    return Brought(created, changed, unchanged)


def _taken(book: Book, fresh: Mapping[type[Item], Mapping[str, Any]], item: Item) -> str:
    """What has the item's id already, for people; empty for nothing. Sources and buyers share one space of ids."""
    if item.id in fresh[type(item)]:
        return f"{item.id}, which came before"
    other = _OF_ONE_SPACE.get(type(item))
    if other is not None and (item.id in fresh[other] or item.id in items_of(book, other)):
        return f"{item.id}, which is a {other.__name__.lower()}"
    return ""


def _under(place: int, item: Item, violation: Violation) -> Violation:
    """The violation where it is in an import, which calls a plan a rate plan."""
    name = "rate_plan" if isinstance(item, RatePlan) else type(item).__name__.lower()
    return msgspec.structs.replace(violation, field=f"items[{place}].{name}.{violation.field.partition('.')[2]}")


def _noted(item: Any, revision: int, now_ms: int, *, new: bool) -> Any:
    """The item with what the exchange notes of it."""
    noted = {"revision": revision, "changed_ms": now_ms}
    if new:
        noted["created_ms"] = now_ms
    return msgspec.structs.replace(item, **{name: at for name, at in noted.items() if hasattr(item, name)})


def _kept(current: Any, given: Any) -> Any:
    """The item given, with what the exchange notes of it, and the secrets that it leaves out, as they are."""
    kept: dict[str, Any] = {name: getattr(current, name) for name in _NOTED if hasattr(current, name)}
    if isinstance(given, Campaign):
        kept |= _calls(current, given)
    if isinstance(given, Endpoint):
        kept |= {"secret": current.secret, "old_secrets": current.old_secrets}
        kept["auth"] = _credentials(current.auth, given.auth)
    return msgspec.structs.replace(given, **kept)


def _calls(current: Campaign, given: Campaign) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    if isinstance(given.bidding, HttpBidding) and isinstance(current.bidding, HttpBidding):
        kept["bidding"] = HttpBidding(_call(current.bidding.call, given.bidding.call))
    if isinstance(given.posting, HttpPosting) and isinstance(current.posting, HttpPosting):
        kept["posting"] = HttpPosting(_call(current.posting.call, given.posting.call))
    return kept


def _call(current: HttpCall, given: HttpCall) -> HttpCall:
    soap = given.soap
    if soap is not None and current.soap is not None and not soap.password and soap.username == current.soap.username:
        soap = msgspec.structs.replace(soap, password=current.soap.password)
    return msgspec.structs.replace(
        given, headers=given.headers or current.headers, soap=soap, settings=given.settings or current.settings
    )


def _credentials(current: EndpointAuth, given: EndpointAuth) -> EndpointAuth:
    """Credentials as given; values that were left out, of the same names, as they are."""
    oauth = given.oauth
    if oauth is not None and current.oauth is not None and not oauth.client_secret:
        oauth = msgspec.structs.replace(oauth, client_secret=current.oauth.client_secret)
    same_user = given.username == current.username
    same_certificate = given.certificate_pem == current.certificate_pem
    return msgspec.structs.replace(
        given,
        headers={name: value or current.headers.get(name, "") for name, value in given.headers.items()},
        password=given.password or (current.password if same_user else ""),
        oauth=oauth,
        private_key_pem=given.private_key_pem or (current.private_key_pem if same_certificate else ""),
    )
