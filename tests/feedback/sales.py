"""Sales and what was said of them, as values."""

from typing import Any, Final

import msgspec

from exchange.domain.auction import Sale
from exchange.domain.disposition import Disposition, DispositionKind
from exchange.domain.errors import Refused
from exchange.domain.lead import Evidence, Profile
from exchange.domain.lead_return import LeadReturn, ReturnReason, ReturnState
from exchange.domain.reasons import Reason
from exchange.feedback.rules.dispositions import Said, judge
from exchange.store.base import SaleFacts

SOLD_MS: Final = 1_780_000_000_000
NOW_MS: Final = SOLD_MS + 3_600_000
SALE: Final = Sale("sale_x", "lead_x", "camp", "lender", 10_000_000, 8_000_000, SOLD_MS)
PROFILE: Final = Profile("ratewise", "mortgage", {}, Evidence(), sub_source="web", external_id="form-1")


def facts(*dispositions: Disposition, test: bool = False, **fields: Any) -> SaleFacts:
    """What is known of a sale for 10."""
    profile = msgspec.structs.replace(PROFILE, test=test)
    return SaleFacts(SALE, profile, SOLD_MS - 40, dispositions, **fields)


def after(known: SaleFacts, new: Disposition) -> SaleFacts:
    """What is known once a disposition is recorded."""
    if new in known.dispositions:
        return known
    numbered = msgspec.structs.replace(new, sequence=len(known.dispositions) + 1)
    return msgspec.structs.replace(known, dispositions=(*known.dispositions, numbered))


def saying(*kinds: DispositionKind | Said) -> SaleFacts:
    """What is known once these were said, one after another."""
    known = facts()
    for place, one in enumerate(kinds):
        said = one if isinstance(one, Said) else Said(one)
        known = after(known, judge(said, known, NOW_MS + place))
    return known


def lead_return(state: ReturnState = ReturnState.REQUESTED, **fields: Any) -> LeadReturn:
    """A return of that sale."""
    wanted = {"reason": ReturnReason.DUPLICATE, "refund_micros": SALE.price_micros, "state": state, **fields}
    return LeadReturn(
        "ret_x", SALE.id, SALE.lead_id, SALE.campaign_id, SALE.buyer_id, "ratewise", requested_ms=NOW_MS, **wanted
    )


def reason_of(call: Any, *arguments: Any, **named: Any) -> Reason:
    """Why a call is refused."""
    try:
        call(*arguments, **named)
    except Refused as refused:
        return refused.reason
    raise AssertionError("it was not refused")
