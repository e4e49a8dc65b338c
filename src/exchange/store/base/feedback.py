"""What buyers say of their leads, and returns."""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from exchange.domain.auction import Sale
from exchange.domain.disposition import Disposition, DispositionKind
from exchange.domain.errors import Refused
from exchange.domain.event import Delivery, Event
from exchange.domain.lead import Profile
from exchange.domain.lead_return import LeadReturn, Resale, ReturnState
from exchange.domain.posting import Posting
from exchange.domain.report import Cell, Figures


class SaleRef(msgspec.Struct, frozen=True):
    """Which sales of a lead: what is empty does not narrow. A return names its sale alone."""

    lead_id: str = ""
    sale_id: str = ""
    buyer_id: str = ""
    return_id: str = ""
    share_from_day: str = ""
    """Counts what the sale's campaign bought and returned since that day, UTC: `2026-11-01`."""


class SaleFacts(msgspec.Struct, frozen=True):
    """What is known of a sale at the moment at which something is decided about it."""

    sale: Sale
    profile: Profile
    submitted_ms: int
    dispositions: tuple[Disposition, ...] = ()
    """Oldest first."""
    lead_return: LeadReturn | None = None
    others_kept: bool = False
    """Another sale of the lead stands."""
    campaign_sales: int = 0
    """Test leads excepted. Where asked for, as are the returns."""
    campaign_returns: int = 0
    """Requested since then and not denied."""


class FeedbackChange(msgspec.Struct, frozen=True):
    """What a decision about a sale makes true, all of it at once; with none of it, nothing changes."""

    answer: Disposition | LeadReturn
    """As it now stands."""
    facts: SaleFacts
    """That it was decided on."""
    disposition: Disposition | None = None
    """New."""
    lead_return: LeadReturn | None = None
    """New, or as it now stands."""
    returned: bool = False
    """No sale of the lead stands any more."""
    postings: tuple[Posting, ...] = ()
    cell: Cell | None = None
    figures: Figures | None = None
    """What is added to the cell's."""
    events: tuple[Event, ...] = ()
    deliveries: tuple[Delivery, ...] = ()


class Judgement(msgspec.Struct, frozen=True):
    """A decision to be made about a sale."""

    of: SaleRef
    decide: Callable[[Sequence[SaleFacts]], FeedbackChange]
    """Pure, since it may be asked again; raises Refused, and then nothing changes."""


class DispositionQuery(msgspec.Struct, frozen=True):
    """Which dispositions, newest first; what is empty does not narrow."""

    limit: int = 50
    before: int = 0
    """Only those before this sequence."""
    buyer_id: str = ""
    source_id: str = ""
    lead_id: str = ""
    kind: DispositionKind | None = None
    recorded_from_ms: int = 0
    recorded_until_ms: int = 0


class ReturnQuery(msgspec.Struct, frozen=True):
    """Which returns, newest first; what is empty does not narrow."""

    limit: int = 50
    before: int = 0
    """Only those before this sequence."""
    buyer_id: str = ""
    source_id: str = ""
    lead_id: str = ""
    campaign_id: str = ""
    state: ReturnState | None = None
    resale_due: bool = False
    """Only those whose lead is still to be offered again."""


class FeedbackStore(Protocol):
    """For feedback."""

    async def judge(self, judgements: Sequence[Judgement]) -> list[FeedbackChange | Refused]:
        """Decides on each in turn, on the facts as they are then, and keeps what follows.

        Nobody else decides on the same sales, or on a campaign's share, meanwhile. One that is refused changes
        nothing and disturbs no other. Each decision sees what those before it made true.
        """

    async def dispositions(self, query: DispositionQuery) -> list[Disposition]:
        """Dispositions by query."""

    async def lead_return(self, return_id: str) -> LeadReturn | None:
        """One return."""

    async def returns(self, query: ReturnQuery) -> list[LeadReturn]:
        """Returns by query."""

    async def note_resale(self, return_id: str, resale: Resale) -> None:
        """Keeps whether the lead of a return, which was due to be offered again, was."""
