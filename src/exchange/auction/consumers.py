"""Consumers: whether one was seen before, by whom it was bought, and who is not to have it. By keyed hashes only."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final

import msgspec

from exchange.auction.clock import Clock
from exchange.auction.lookups import Lookups
from exchange.catalog.book import Book
from exchange.domain.lead import Contact
from exchange.domain.party import EXCHANGE
from exchange.domain.reasons import Reason
from exchange.intake import admit
from exchange.store.base import Unseen

_NOT_LOOKED_FOR: Final = nullcontext(enter_result=False)


class Standing(msgspec.Struct, frozen=True):
    """How a consumer stands for one lead."""

    keys: tuple[str, ...] = ()
    """What to keep of it; empty while nobody looks for duplicates."""
    refused: Reason | None = None
    """Why the lead is not auctioned at all: DUPLICATE, CONSUMER_SUPPRESSED."""
    unwanted: Mapping[str, Reason] = {}
    """Buyers that are not to be offered it, and why."""
    unseen: Unseen | None = None
    """What is to hold still when the lead is kept, as another core may have one about the same consumer under way."""


class Consumers:
    """Looks consumers up."""

    def __init__(self, book: Book, lookups: Lookups, clock: Clock, pepper: bytes) -> None:
        self._book = book
        self._lookups = lookups
        self._clock = clock
        self._pepper = pepper
        self._under_way: Counter[tuple[str, str]] = Counter()

    def keys(self, contact: Contact) -> tuple[str, ...]:
        """The keyed hashes of a consumer's phone and e-mail."""
        return admit.duplicate_keys(contact, self._pepper)

    def under_way(self, vertical: str, keys: tuple[str, ...]) -> AbstractContextManager[bool]:
        """Holds a consumer while its lead is auctioned; True when another lead about it is under way."""
        return self._holding(vertical, keys) if self._book.policies[vertical].duplicate_window_s else _NOT_LOOKED_FOR

    @contextmanager
    def _holding(self, vertical: str, keys: tuple[str, ...]) -> Iterator[bool]:
        held = [(vertical, key) for key in keys]
        twice = any(self._under_way[one] for one in held)
        self._under_way.update(held)
        try:
            yield twice
        finally:
            for one in held:
                self._under_way[one] -= 1
                if not self._under_way[one]:
                    del self._under_way[one]

    async def standing(self, vertical: str, keys: tuple[str, ...], *, twice: bool, again: bool = False) -> Standing:
        """How a consumer stands; `twice`: another lead about it is under way; `again`: this one is itself another."""
        window_ms = self._book.policies[vertical].duplicate_window_s * 1000
        longest_ms = max(window_ms, self._book.longest_duplicate_window_s * 1000)
        now_ms = self._clock.now_ms()
        known = await self._lookups.consumer(keys, now_ms - longest_ms)
        kept = keys if longest_ms else ()
        if EXCHANGE in known.suppressed_by:
            return Standing(kept, Reason.CONSUMER_SUPPRESSED)
        if window_ms and not again and (twice or known.seen_ms.get(vertical, 0) >= now_ms - window_ms):
            return Standing(kept, Reason.DUPLICATE)
        unseen = Unseen(keys, now_ms - window_ms) if self._lookups.shared and window_ms and not again and keys else None
        if not known.bought_ms and not known.suppressed_by:
            return Standing(kept, unseen=unseen)
        unwanted = {
            buyer_id: Reason.DUPLICATE_FOR_BUYER
            for buyer_id, at_ms in known.bought_ms.items()
            if at_ms >= now_ms - self._book.buyers[buyer_id].duplicate_window_s * 1000
        }
        unwanted.update(dict.fromkeys(known.suppressed_by, Reason.SUPPRESSED))
        return Standing(kept, None, unwanted, unseen)
