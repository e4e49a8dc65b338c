"""What buyers say of leads, and returns."""

from typing import Annotated, Literal

from msgspec import Struct, field

from adapters.rest.shapes.common import READ_ONLY, Amount, Int32, Money, PageQuery, Time, at
from adapters.rest.shapes.limits import ReturnReason
from adapters.rest.shapes.problem import ItemProblem

DispositionKind = Literal[
    "received",
    "attempted",
    "contacted",
    "qualified",
    "quoted",
    "applied",
    "converted",
    "not_interested",
    "unreachable",
    "unqualified",
    "invalid",
]
ReturnState = Literal["requested", "approved", "denied"]


class Disposition(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What became of a sold lead in its buyer's hands."""

    kind: DispositionKind
    """What became of it; `converted` is a conversion."""
    lead_id: str = ""
    """The lead; on `POST /leads/{lead_id}/dispositions` the path names it."""
    sale_id: str = ""
    """The sale; required of operators where the lead has several."""
    occurred_at: Time | None = None
    """When; now unless given."""
    value: Amount | None = None
    """With a conversion: its value to the buyer."""
    code: str = ""
    """The buyer's own code."""
    quality: Int32 = 0
    """1 (worst) to 5 (best), passed to the source; 0 for none."""
    buyer_id: Annotated[str, READ_ONLY] = ""
    """Read only: the buyer."""
    campaign_id: Annotated[str, READ_ONLY] = ""
    """Read only: the campaign that bought the lead."""
    recorded_at: Annotated[Time | None, READ_ONLY] = None
    """Read only: when it was recorded."""


class Dispositions(Struct, forbid_unknown_fields=True):
    """Dispositions to record; 1 to 500."""

    dispositions: list[Disposition]
    """The dispositions."""


class DispositionResult(Struct, omit_defaults=True):
    """What became of one disposition: one of the two."""

    disposition: Disposition | None = None
    """As recorded; a repeat of the same gives what was recorded before."""
    problem: Annotated[ItemProblem | None, at("error")] = None
    """Why it was not."""


class DispositionQuery(PageQuery):
    """Filters of the list of dispositions."""

    lead_id: str = ""
    """Only of this lead."""
    kind: DispositionKind | None = None
    """Only of this kind."""
    from_: Annotated[Time | None, at("recorded_from")] = field(default=None, name="from")
    """Recorded at or after."""
    until: Annotated[Time | None, at("recorded_until")] = None
    """Recorded before."""


class LeadReturn(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A request to give a lead back; one a sale."""

    reason: ReturnReason
    """Why."""
    lead_id: str = ""
    """The lead."""
    sale_id: str = ""
    """The sale; required of operators where the lead has several."""
    note: str = ""
    """Without contact data; at most 500 characters."""
    id: Annotated[str, READ_ONLY] = ""
    """Read only."""
    state: Annotated[ReturnState | None, READ_ONLY] = None
    """Read only: where it stands."""
    buyer_id: Annotated[str, READ_ONLY] = ""
    """Read only."""
    campaign_id: Annotated[str, READ_ONLY] = ""
    """Read only."""
    source_id: Annotated[str, READ_ONLY] = ""
    """Read only."""
    refund: Annotated[Money | None, READ_ONLY] = None
    """Read only: what is, or would be, refunded."""
    requested_at: Annotated[Time | None, READ_ONLY] = None
    """Read only."""
    decided_at: Annotated[Time | None, READ_ONLY] = None
    """Read only."""
    decided_by: Annotated[str, READ_ONLY] = ""
    """Read only: "rule", or a key's id."""
    decision_note: Annotated[str, READ_ONLY] = ""
    """Read only: why it was decided so."""
    resold: Annotated[bool, READ_ONLY] = False
    """Read only: the lead was offered to other buyers again."""


class LeadReturns(Struct, forbid_unknown_fields=True):
    """Returns to ask for; 1 to 500."""

    returns: list[LeadReturn]
    """Lead, reason and note of each."""


class ReturnResult(Struct, omit_defaults=True):
    """What became of one return: one of the two."""

    lead_return: Annotated[LeadReturn | None, at("lead_return")] = field(default=None, name="return")
    """As it stands; a repeat gives the return that there is."""
    problem: Annotated[ItemProblem | None, at("error")] = None
    """Why there is none, or why it was not decided."""


class ReturnQuery(PageQuery):
    """Filters of the list of returns."""

    state: ReturnState | None = None
    """Only in this state."""
    lead_id: str = ""
    """Only of this lead."""
    campaign_id: str = ""
    """Only of this campaign."""


class Decision(Struct, forbid_unknown_fields=True):
    """A decision on returns."""

    return_ids: list[str]
    """1 to 500."""
    approve: bool
    """Approves, or denies."""
    note: str | None = None
    """Why; at most 500 characters."""
    resell: bool | None = None
    """With an approval: offers the leads to other buyers again."""


class OneDecision(Struct, forbid_unknown_fields=True):
    """A decision on one return."""

    approve: bool
    """Approves, or denies."""
    note: str | None = None
    """Why; at most 500 characters."""
    resell: bool | None = None
    """With an approval: offers the lead to other buyers again."""


class DispositionResults(Struct):
    """What became of dispositions, in their order."""

    results: list[DispositionResult]
    """One each."""


class ReturnResults(Struct):
    """What became of returns, in their order."""

    results: list[ReturnResult]
    """One each."""
