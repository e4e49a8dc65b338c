"""When a return is taken, and what decides on it (E2). Pure."""

from typing import Final

import msgspec

from exchange.domain import limits
from exchange.domain.campaign import WHOLE_BPS
from exchange.domain.disposition import DispositionKind
from exchange.domain.errors import Refused
from exchange.domain.lead_return import RULE, LeadReturn, Resale, ReturnPolicy, ReturnReason, ReturnState
from exchange.domain.reasons import Reason
from exchange.store.base.feedback import SaleFacts

_HOUR_MS: Final = 3_600_000
RESALEABLE: Final = frozenset({ReturnReason.DUPLICATE, ReturnReason.OUTSIDE_CRITERIA, ReturnReason.OTHER})
"""Reasons that say nothing against another buyer: the consumer can and may be reached."""


def request(
    facts: SaleFacts, reason: ReturnReason, note: str, policy: ReturnPolicy, return_id: str, now_ms: int
) -> LeadReturn:
    """A sale's return: a new one, decided already where a rule does, or the one that there is.

    Raises Refused: NOT_POSSIBLE_NOW once the sale has converted, WINDOW_CLOSED, LIMIT_REACHED.
    """
    if facts.lead_return is not None:
        return facts.lead_return
    if _converted(facts):
        raise Refused(Reason.NOT_POSSIBLE_NOW, "The sale has converted.")
    if now_ms > facts.sale.sold_ms + policy.window_hours * _HOUR_MS:
        raise Refused(Reason.WINDOW_CLOSED, _window(policy.window_hours))
    asked = _asked(facts, reason, note, return_id, now_ms)
    if reason in policy.auto_deny:
        return _decided(asked, ReturnState.DENIED, RULE, f"{reason.name} is denied by rule", now_ms)
    if not facts.profile.test and not within_share(facts.campaign_sales, facts.campaign_returns, policy.max_share_bps):
        share = f"{policy.max_share_bps} basis points of the {facts.campaign_sales} sales"
        message = f"The campaign may return {share} of the last {limits.RETURN_SHARE_DAYS} days."
        raise Refused(Reason.LIMIT_REACHED, message)
    if reason in policy.auto_approve:
        note = f"{reason.name} is approved by rule"
        return approve(asked, facts, RULE, note, now_ms, resell=policy.resell, replace=policy.replace)
    return asked


def undo(facts: SaleFacts, note: str, return_id: str, now_ms: int) -> LeadReturn:
    """A return by the exchange itself, approved, of a sale whose lead its buyer never got; its lead is offered again.

    Raises Refused: NOT_POSSIBLE_NOW when the buyer has said something of the lead, or the return was denied.
    """
    known = facts.lead_return
    if known is not None and known.state == ReturnState.APPROVED:
        return known
    if facts.dispositions or (known is not None and known.state == ReturnState.DENIED):
        raise Refused(Reason.NOT_POSSIBLE_NOW, "The buyer has the lead.")
    asked = known or _asked(facts, ReturnReason.OTHER, "", return_id, now_ms)
    return approve(asked, facts, RULE, note, now_ms, resell=True, replace=True)


def decide(
    facts: SaleFacts, policy: ReturnPolicy, *, approves: bool, resell: bool, by: str, note: str, now_ms: int
) -> LeadReturn:
    """A return as an operator decided it; the same decision again changes nothing.

    Raises Refused: NOT_POSSIBLE_NOW when it was decided otherwise, or the sale has converted.
    """
    asked = facts.lead_return
    if asked is None:
        raise Refused(Reason.NOT_FOUND, "There is no return of that id.")
    wanted = ReturnState.APPROVED if approves else ReturnState.DENIED
    if asked.state == wanted:
        return asked
    if asked.state != ReturnState.REQUESTED:
        raise Refused(Reason.NOT_POSSIBLE_NOW, f"The return is {asked.state.name} already.")
    if not approves:
        return _decided(asked, wanted, by, note, now_ms)
    if _converted(facts):
        raise Refused(Reason.NOT_POSSIBLE_NOW, "The sale has converted.")
    return approve(asked, facts, by, note, now_ms, resell=resell, replace=policy.replace)


def approve(
    asked: LeadReturn, facts: SaleFacts, by: str, note: str, now_ms: int, *, resell: bool, replace: bool
) -> LeadReturn:
    """The return, approved. The lead is offered again only when no sale of it stands and its reason allows that."""
    offered = resell and not facts.others_kept and not facts.profile.test and asked.reason in RESALEABLE
    return msgspec.structs.replace(
        _decided(asked, ReturnState.APPROVED, by, note, now_ms),
        replaced=replace,
        resale=Resale.DUE if offered else Resale.NONE,
    )


def within_share(sales: int, returns: int, max_share_bps: int) -> bool:
    """Whether one more return is within the share of so many sales."""
    return (returns + 1) * WHOLE_BPS <= sales * max_share_bps


def _asked(facts: SaleFacts, reason: ReturnReason, note: str, return_id: str, now_ms: int) -> LeadReturn:
    sale = facts.sale
    return LeadReturn(
        id=return_id,
        sale_id=sale.id,
        lead_id=sale.lead_id,
        campaign_id=sale.campaign_id,
        buyer_id=sale.buyer_id,
        source_id=facts.profile.source_id,
        reason=reason,
        refund_micros=0 if facts.profile.test else sale.price_micros,
        requested_ms=now_ms,
        note=note,
    )


def _decided(asked: LeadReturn, state: ReturnState, by: str, note: str, now_ms: int) -> LeadReturn:
    return msgspec.structs.replace(asked, state=state, decided_ms=now_ms, decided_by=by, decision_note=note)


def _converted(facts: SaleFacts) -> bool:
    return bool(facts.dispositions) and facts.dispositions[-1].kind == DispositionKind.CONVERTED


def _window(hours: int) -> str:
    return f"Returns are asked for within {hours} hours of the sale." if hours > 0 else "The campaign returns no leads."
