"""Up to where a store was proved: what `exchange verify` keeps from one run to the next."""

from typing import Final, NamedTuple

import msgspec

from exchange.domain.caps import CapPeriod
from exchange.store.base import Finding


class Bought(msgspec.Struct, frozen=True):
    """One sale, as caps count it."""

    campaign_id: str
    buyer_id: str
    test: bool
    submitted_ms: int
    price_micros: int


class Window(msgspec.Struct, array_like=True):
    """What a campaign or buyer bought in one window of its caps, as far as it was counted."""

    kind: str
    owner_id: str
    period: CapPeriod
    from_ms: int
    changed_ms: int
    """When its owner last changed; what was bought before does not count."""
    leads: int = 0
    micros: int = 0


class Marks(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a store stood when it was last proved, all of it as of one moment. Without values: nothing was proved yet."""

    store: str = ""
    """Which store it was."""
    leads: int = 0
    """The last place in the list of leads; a lead gets another when it is decided."""
    sales: int = 0
    postings: int = 0
    events: int = 0
    dispositions: int = 0
    returns: int = 0
    pending: tuple[str, ...] = ()
    """Leads that were pending."""
    open_returns: tuple[int, ...] = ()
    """Returns that were not decided yet, by their places."""
    counted: int = 0
    """The last lead, by its place, that was in the figures of reports."""
    figures: dict[str, tuple[int, ...]] = {}
    """What those came to, by day."""
    bought: tuple[Window, ...] = ()
    """What counts against caps, in windows that more can come to."""

    def gone(self, now: "Marks") -> list[str]:
        """The lists that end before the place up to which they were proved."""
        return [
            f"{name}: ends at {getattr(now, name)}, proved up to {getattr(self, name)}"
            for name in ("leads", "sales", "postings", "events", "dispositions", "returns", "counted")
            if getattr(now, name) < getattr(self, name)
        ]


NOTHING: Final = Marks()


class Proof(NamedTuple):
    """What checking a store found, and up to where it went."""

    findings: list[Finding]
    marks: Marks
