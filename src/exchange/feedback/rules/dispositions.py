"""The state machine of dispositions (E1). Pure."""

from typing import Final

import msgspec

from exchange.domain import limits
from exchange.domain.disposition import Disposition, DispositionKind
from exchange.domain.errors import Refused, Violation, invalid
from exchange.domain.lead_return import ReturnState
from exchange.domain.reasons import Reason
from exchange.store.base.feedback import SaleFacts

_K = DispositionKind
_PROGRESS: Final = (_K.RECEIVED, _K.ATTEMPTED, _K.CONTACTED, _K.QUALIFIED, _K.QUOTED, _K.APPLIED, _K.CONVERTED)
_ENDS: Final = frozenset({_K.NOT_INTERESTED, _K.UNREACHABLE, _K.UNQUALIFIED, _K.INVALID})


def _from(step: DispositionKind) -> frozenset[DispositionKind]:
    """That step and all after it."""
    return frozenset(_PROGRESS[_PROGRESS.index(step) :])


FOLLOWS: Final[dict[DispositionKind | None, frozenset[DispositionKind]]] = {
    None: _from(_K.RECEIVED) | _ENDS,
    _K.RECEIVED: _from(_K.ATTEMPTED) | _ENDS,
    _K.ATTEMPTED: _from(_K.CONTACTED) | _ENDS,
    _K.CONTACTED: _from(_K.QUALIFIED) | _ENDS - {_K.UNREACHABLE},
    _K.QUALIFIED: _from(_K.QUOTED) | _ENDS - {_K.UNREACHABLE},
    _K.QUOTED: _from(_K.APPLIED) | _ENDS - {_K.UNREACHABLE},
    _K.APPLIED: _from(_K.CONVERTED) | _ENDS - {_K.UNREACHABLE},
    _K.CONVERTED: frozenset(),
    _K.NOT_INTERESTED: frozenset({_K.CONVERTED}),
    _K.UNREACHABLE: _from(_K.CONTACTED) | _ENDS - {_K.UNREACHABLE},
    _K.UNQUALIFIED: _from(_K.QUALIFIED) | {_K.NOT_INTERESTED, _K.INVALID},
    _K.INVALID: _from(_K.CONTACTED),
}
"""What may follow what; None is before the first. A kind may also follow itself, with other content."""

REACHED: Final = _from(_K.CONTACTED) | {_K.NOT_INTERESTED}
"""Kinds that say that an agent spoke with the consumer."""


class Said(msgspec.Struct, frozen=True):
    """What a buyer says of a sale."""

    kind: DispositionKind
    occurred_ms: int = 0
    """0 for now."""
    value_micros: int = 0
    code: str = ""
    quality: int = 0


def judge(said: Said, facts: SaleFacts, now_ms: int) -> Disposition:
    """The disposition as recorded: a new one, or, when this repeats one, that one.

    Raises Refused: INVALID_FIELD for an impossible time, NOT_POSSIBLE_NOW, LIMIT_REACHED.
    """
    sale, earlier = facts.sale, facts.dispositions
    repeated = _repeated(said, earlier)
    if repeated is not None:
        return repeated
    _check_time(said, sale.sold_ms, now_ms)
    _check_return(said, facts)
    current = earlier[-1].kind if earlier else None
    if said.kind != current and said.kind not in FOLLOWS[current]:
        came = current.name if current else "nothing"
        raise Refused(Reason.NOT_POSSIBLE_NOW, f"{said.kind.name} does not follow {came}.")
    if len(earlier) >= limits.MAX_SALE_DISPOSITIONS:
        raise Refused(Reason.LIMIT_REACHED, f"A sale has at most {limits.MAX_SALE_DISPOSITIONS} dispositions.")
    return Disposition(
        sale_id=sale.id,
        lead_id=sale.lead_id,
        campaign_id=sale.campaign_id,
        buyer_id=sale.buyer_id,
        source_id=facts.profile.source_id,
        kind=said.kind,
        occurred_ms=said.occurred_ms or now_ms,
        recorded_ms=now_ms,
        value_micros=said.value_micros,
        code=said.code,
        quality=said.quality,
    )


def _repeated(said: Said, earlier: tuple[Disposition, ...]) -> Disposition | None:
    """The earlier disposition that this is a repeat of.

    Without a time, a kind that stands is compared with its last content only, so that a value may go back to what it
    was before.
    """
    amends = bool(earlier) and said.kind == earlier[-1].kind and not said.occurred_ms
    for one in reversed(earlier[-1:] if amends else earlier):
        same_time = said.occurred_ms in {0, one.occurred_ms}
        content = (one.kind, one.value_micros, one.code, one.quality)
        if same_time and content == (said.kind, said.value_micros, said.code, said.quality):
            return one
    return None


def _check_time(said: Said, sold_ms: int, now_ms: int) -> None:
    skew_ms = limits.FEEDBACK_CLOCK_SKEW_MS
    if said.occurred_ms and not sold_ms - skew_ms <= said.occurred_ms <= now_ms + skew_ms:
        raise invalid([Violation("occurred_at", "a time since the sale, and not in the future", "another")])


def _check_return(said: Said, facts: SaleFacts) -> None:
    state = facts.lead_return.state if facts.lead_return else None
    if state == ReturnState.APPROVED:
        raise Refused(Reason.NOT_POSSIBLE_NOW, "The sale was returned.")
    if state == ReturnState.REQUESTED and said.kind == DispositionKind.CONVERTED:
        raise Refused(Reason.NOT_POSSIBLE_NOW, "A return of the sale is asked for: it cannot convert meanwhile.")


def last_quality(dispositions: tuple[Disposition, ...]) -> int:
    """The quality that a buyer gave last; 0 for none."""
    return next((one.quality for one in reversed(dispositions) if one.quality), 0)
