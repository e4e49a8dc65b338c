"""Dispositions and returns."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from exchange.domain import limits
from exchange.domain.disposition import Disposition, DispositionKind
from exchange.domain.errors import Refused, Violation, invalid
from exchange.domain.lead_return import LeadReturn, Resale, ReturnReason
from exchange.domain.principal import Principal, Role
from exchange.feedback.desk import AskedReturn
from exchange.feedback.rules.dispositions import Said
from exchange.rpc.convert.parties import enum
from exchange.rpc.convert.times import money, timestamp, to_ms
from exchange.rpc.status import status
from exchange.store.base import SaleRef
from leadexchange.v1 import disposition_pb2, lead_return_pb2
from leadexchange.v1 import feedback_service_pb2 as pb

M = TypeVar("M")
V = TypeVar("V")
W = TypeVar("W")
_CODE: Final = re.compile(rf"[A-Za-z0-9_.:-]{{0,{limits.MAX_CODE_CHARS}}}\Z")
_MOST_QUALITY: Final = 5
_PERSONAL: Final = re.compile(r"@|(?:[0-9][\s().+-]*){7}")
"""An e-mail address, or seven digits in a row, separators aside: a phone number."""


def each(messages: Iterable[M], read: Callable[[M], V]) -> list[V | Refused]:
    """What each message says, or why it says nothing."""

    def one(message: M) -> V | Refused:
        try:
            return read(message)
        except Refused as refused:
            return refused

    return [one(message) for message in messages]


def filled(read: Sequence[V | Refused], results: Iterable[W | Refused]) -> list[W | Refused]:
    """The results of those that could be read, in the places of all."""
    found = iter(results)
    return [one if isinstance(one, Refused) else next(found) for one in read]


def sale_ref(lead_id: str, sale_id: str, caller: Principal) -> SaleRef:
    """The sale that a message is about: a buyer's own, for an operator any. Raises Refused."""
    if not lead_id:
        raise invalid([Violation("lead_id", "the id of a lead", "nothing")])
    return SaleRef(lead_id, sale_id, caller.party_id if caller.role is Role.BUYER else "")


def said(message: disposition_pb2.Disposition) -> Said:
    """A disposition as sent. Raises Refused."""
    kind = enum(DispositionKind, message.kind, "kind")
    found: list[Violation] = []
    if not _CODE.match(message.code):
        expected = f"at most {limits.MAX_CODE_CHARS} of letters, digits and _ . : -"
        found.append(Violation("code", expected, f"{len(message.code)} characters"))
    if not 0 <= message.quality <= _MOST_QUALITY:
        found.append(Violation("quality", f"1 to {_MOST_QUALITY}, or 0 for none", str(message.quality)))
    most = limits.MAX_CREDIT_MICROS if kind == DispositionKind.CONVERTED else 0
    if not 0 <= message.value_micros <= most:
        expected = f"0 to {most}" if most else "none but with CONVERTED"
        found.append(Violation("value_micros", expected, str(message.value_micros)))
    if found:
        raise invalid(found)
    occurred_ms = to_ms(message.occurred_at, "occurred_at") if message.HasField("occurred_at") else 0
    return Said(kind, occurred_ms, message.value_micros, message.code, message.quality)


def disposition(one: Disposition, viewer: Principal) -> disposition_pb2.Disposition:
    """A disposition as the viewer may see it: a source sees neither its value nor the buyer's code."""
    message = disposition_pb2.Disposition(
        lead_id=one.lead_id,
        sale_id=one.sale_id,
        kind=int(one.kind),  # type: ignore[arg-type]
        occurred_at=timestamp(one.occurred_ms),
        quality=one.quality,
        buyer_id=one.buyer_id,
        campaign_id=one.campaign_id,
        recorded_at=timestamp(one.recorded_ms),
    )
    if viewer.role is not Role.SOURCE:
        message.value_micros, message.code = one.value_micros, one.code
    return message


def disposition_result(result: Disposition | Refused, viewer: Principal) -> pb.DispositionResult:
    """What became of one disposition."""
    if isinstance(result, Refused):
        return pb.DispositionResult(error=status(result))
    return pb.DispositionResult(disposition=disposition(result, viewer))


def asked(message: lead_return_pb2.LeadReturn, caller: Principal) -> AskedReturn:
    """A return as asked for. Raises Refused."""
    of = sale_ref(message.lead_id, message.sale_id, caller)
    reason = enum(ReturnReason, message.reason, "reason")
    if reason == ReturnReason.OTHER and not message.note:
        raise invalid([Violation("note", "what the reason is, with OTHER", "nothing")])
    return AskedReturn(of, reason, note(message.note))


def note(text: str) -> str:
    """A note. Raises Refused for one that is too long, or has what looks like contact data."""
    if len(text) > limits.MAX_TEXT_CHARS or _PERSONAL.search(text):
        expected = f"at most {limits.MAX_TEXT_CHARS} characters, with no e-mail address and no phone number"
        raise invalid([Violation("note", expected, f"text of {len(text)} characters")])
    return text


def lead_return(one: LeadReturn, viewer: Principal) -> lead_return_pb2.LeadReturn:
    """A return as the viewer may see it: the refund is for buyers and operators, notes are not for sources."""
    message = lead_return_pb2.LeadReturn(
        id=one.id,
        lead_id=one.lead_id,
        sale_id=one.sale_id,
        reason=int(one.reason),  # type: ignore[arg-type]
        state=int(one.state),  # type: ignore[arg-type]
        buyer_id=one.buyer_id,
        campaign_id=one.campaign_id,
        requested_at=timestamp(one.requested_ms),
        decided_at=timestamp(one.decided_ms),
        decided_by=one.decided_by,
        resold=one.resale == Resale.DONE,
    )
    if viewer.role is not Role.BUYER:
        message.source_id = one.source_id
    if viewer.role is not Role.SOURCE:
        message.refund.CopyFrom(money(one.refund_micros))
        message.note, message.decision_note = one.note, one.decision_note
    return message


def return_result(result: LeadReturn | Refused, viewer: Principal) -> pb.ReturnResult:
    """What became of one return."""
    if isinstance(result, Refused):
        return pb.ReturnResult(error=status(result))
    return pb.ReturnResult(lead_return=lead_return(result, viewer))
