"""The cores that share a store: which live, and what those that died left behind."""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from exchange.domain.auction import LeadRecord
from exchange.domain.endpoint import EndpointHealth
from exchange.domain.errors import StoreError
from exchange.domain.plan import PlanCount
from exchange.domain.principal import ApiKey
from exchange.store.base.catalog import CatalogItem
from exchange.store.base.quotas import Usage


class Replaced(StoreError):
    """This core was taken for dead: others finish what it had under way, and it writes no more. It must end."""

    def __init__(self) -> None:
        super().__init__("this core was not seen for too long, and another has taken over what it had under way")


class Place(msgspec.Struct, frozen=True):
    """A core's place among those that share the store."""

    leads: bool = True
    """It is the one that does what only one shall do: of the living the longest here."""
    cores: int = 1
    """How many live."""
    inherited: tuple[LeadRecord, ...] = ()
    """Pending leads that no living core works on, now this one's to finish; each is handed to one core, once."""


class News(msgspec.Struct, frozen=True):
    """What this core or others have changed; a listener may know some of it already."""

    items: tuple[CatalogItem, ...] = ()
    keys: tuple[ApiKey, ...] = ()
    healths: tuple[EndpointHealth, ...] | None = None
    """Of all endpoints that do not fare well, when any of them changed."""
    used: tuple[Usage, ...] = ()


class CoreStore(Protocol):
    """For cores that share a store. An engine that one core has alone answers `Place()`, and has no news."""

    async def keep_place(self) -> Place:
        """Says that this core lives; to be called each second, one call at a time. Raises Replaced.

        A core that has not for five seconds, by the store's clock, is taken for dead: another gets its pending leads,
        and what it writes afterwards fails with `Replaced`. Nobody is judged before all had five seconds to say that
        they live, after a start or after the store was away. What a core that closes leaves pending is handed over at
        once, and so is what was pending before any core was there. It waits while the store is away; of a call that was
        cancelled the next one brings the answer.
        """

    async def share_counts(self, counts: Sequence[PlanCount]) -> list[PlanCount]:
        """Adds to what this core has counted of rate plans; answers with what others have.

        That is, of the parts of windows in which they counted since this was last asked, the sums of theirs by now; the
        first time, of all. To be called each second, one call at a time.
        """

    def on_news(self, listener: Callable[[News], None]) -> None:
        """Calls the listener, on the loop, with what is changed in a shared store, within a second.

        Changes of items and keys come in commit order, each once.
        """
