"""Events of what becomes of sold leads (docs/events.md): to the sale's buyer, and to the lead's source.

A source hears nothing of prices, of a conversion's value or of the buyer's own codes; its share is told with a refund.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from exchange.domain.auction import Sale
from exchange.domain.disposition import Disposition
from exchange.domain.event import (
    LEAD_DISPOSITION,
    QUALITY_FEEDBACK,
    RETURN_APPROVED,
    RETURN_DENIED,
    RETURN_REQUESTED,
    Event,
)
from exchange.domain.ids import auction_of
from exchange.domain.lead import Profile
from exchange.domain.lead_return import RULE, LeadReturn, ReturnState
from exchange.events.compose import CURRENCY, decimal, rfc3339

Data = dict[str, str | int | bool]
_DECIDED: Final = {ReturnState.APPROVED: RETURN_APPROVED, ReturnState.DENIED: RETURN_DENIED}


def disposed(new: Disposition, sale: Sale, profile: Profile, ids: Iterator[str]) -> tuple[Event, ...]:
    """Tells buyer and source of a disposition."""
    said: Data = {"disposition": new.kind.name.lower(), "happened_at": rfc3339(new.occurred_ms)}
    buyer: Data = {"value": decimal(new.value_micros), "currency": CURRENCY, "code": new.code, "quality": new.quality}
    return _About(sale, profile, new.recorded_ms).tell(LEAD_DISPOSITION, said, buyer, {}, ids)


def rated(new: Disposition, sale: Sale, profile: Profile, event_id: str) -> Event:
    """Tells the source how good the lead was found. Which buyer found it so, and what it paid, is not in it."""
    return _About(sale, profile, new.recorded_ms).tell_source(QUALITY_FEEDBACK, {"quality": new.quality}, event_id)


def requested(asked: LeadReturn, sale: Sale, profile: Profile, ids: Iterator[str]) -> tuple[Event, ...]:
    """Tells buyer and source that a return is asked for."""
    return _About(sale, profile, asked.requested_ms).tell(RETURN_REQUESTED, _return(asked), {}, {}, ids)


def decided(one: LeadReturn, sale: Sale, profile: Profile, ids: Iterator[str]) -> tuple[Event, ...]:
    """Tells buyer and source how a return was decided, and what each of them is refunded or gives back."""
    approved = one.state == ReturnState.APPROVED
    said: Data = {**_return(one), "by_rule": one.decided_by == RULE}
    taken_micros = 0 if profile.test or not approved else sale.payout_micros
    buyer: Data = {"refund": decimal(one.refund_micros if approved else 0), "currency": CURRENCY}
    source: Data = {"payout_taken_back": decimal(taken_micros), "currency": CURRENCY}
    return _About(sale, profile, one.decided_ms).tell(_DECIDED[one.state], said, buyer, source, ids)


def _return(one: LeadReturn) -> Data:
    return {"return_id": one.id, "reason": one.reason.name.lower()}


class _About(msgspec.Struct):
    """The sale that events are about, and when they happened."""

    sale: Sale
    profile: Profile
    at_ms: int

    def tell(self, event_type: str, said: Data, buyer: Data, source: Data, ids: Iterator[str]) -> tuple[Event, Event]:
        """What both hear, and what each alone."""
        sale = self.sale
        of_buyer: Data = {**self._lead(), "sale_id": sale.id, "campaign_id": sale.campaign_id, **said, **buyer}
        of_source: Data = {"sale_id": sale.id, **said, **source}
        return (
            self._event(next(ids), event_type, sale.buyer_id, sale.campaign_id, of_buyer),
            self.tell_source(event_type, of_source, next(ids)),
        )

    def tell_source(self, event_type: str, data: Data, event_id: str) -> Event:
        """The source hears of its lead by its own names too."""
        profile = self.profile
        own: Data = {"external_id": profile.external_id, "sub_source": profile.sub_source}
        return self._event(event_id, event_type, profile.source_id, "", {**self._lead(), **own, **data})

    def _lead(self) -> Data:
        lead_id = self.sale.lead_id
        return {"lead_id": lead_id, "auction_id": auction_of(lead_id), "test": self.profile.test}

    def _event(self, event_id: str, event_type: str, owner_id: str, campaign_id: str, data: Data) -> Event:
        lead_id, profile = self.sale.lead_id, self.profile
        return Event(
            event_id,
            event_type,
            owner_id,
            lead_id,
            campaign_id,
            self.at_ms,
            data,
            vertical=profile.vertical,
            source_id=profile.source_id,
        )
