"""Who may do what (H2): one table of roles and scopes, and the rules of whose things they are.

An action that a role may not do is FORBIDDEN. A thing that is not the caller's to see is NOT_FOUND, exactly as if it
did not exist, so that ids cannot be probed.
"""

from collections.abc import Collection, Mapping
from enum import Enum, auto
from typing import Final

from exchange.domain import limits
from exchange.domain.errors import Refused, Violation, invalid
from exchange.domain.principal import Principal, Role, Scope
from exchange.domain.reasons import Reason


class Action(Enum):
    """What a call wants to do."""

    SUBMIT = auto()
    READ_LEADS = auto()
    ACKNOWLEDGE = auto()
    """Acknowledge and claim what was bought."""
    READ_AUCTION = auto()
    MANAGE_CATALOG = auto()
    """Change sources and buyers."""
    READ_CATALOG = auto()
    """Read sources, buyers and campaigns; others than operators their own only."""
    MANAGE_CAMPAIGN = auto()
    """Change campaigns; a buyer its own only."""
    READ_ENDPOINT = auto()
    """Others than operators their own only."""
    MANAGE_ENDPOINT = auto()
    """Change endpoints; others than operators their own only."""
    READ_MAPPING = auto()
    """Others than operators their own and the exchange's."""
    MANAGE_MAPPING = auto()
    """Others than operators their own only."""
    BID = auto()
    DELIVER = auto()
    SUBSCRIBE = auto()
    MANAGE_KEYS = auto()
    MANAGE_PLANS = auto()
    WHO_AM_I = auto()
    SUPPRESS = auto()
    """Keep a suppression list; a buyer its own only."""
    READ_BALANCE = auto()
    """Others than operators their own only."""
    ADJUST_BALANCE = auto()
    GIVE_FEEDBACK = auto()
    """Record dispositions and ask for returns; a buyer of its own sales only."""
    READ_FEEDBACK = auto()
    """Others than operators of their own leads and sales only."""
    DECIDE_RETURN = auto()
    READ_REPORT = auto()
    """Others than operators on their own leads or campaigns only."""
    READ_TELEMETRY = auto()
    """What the core counted, and how long auctions took."""


_O, _S, _B = Role.OPERATOR, Role.SOURCE, Role.BUYER
_RULES: Final[Mapping[Action, tuple[frozenset[Role], Scope | None]]] = {
    Action.SUBMIT: (frozenset({_O, _S}), Scope.LEADS_SUBMIT),
    Action.READ_LEADS: (frozenset({_O, _S, _B}), Scope.LEADS_READ),
    Action.ACKNOWLEDGE: (frozenset({_B}), Scope.LEADS_READ),
    Action.READ_AUCTION: (frozenset({_O, _S, _B}), Scope.AUCTIONS_READ),
    Action.MANAGE_CATALOG: (frozenset({_O}), Scope.CATALOG_WRITE),
    Action.READ_CATALOG: (frozenset({_O, _B}), Scope.CATALOG_READ),
    Action.MANAGE_CAMPAIGN: (frozenset({_O, _B}), Scope.CATALOG_WRITE),
    Action.READ_ENDPOINT: (frozenset({_O, _S, _B}), Scope.CATALOG_READ),
    Action.MANAGE_ENDPOINT: (frozenset({_O, _S, _B}), Scope.CATALOG_WRITE),
    Action.READ_MAPPING: (frozenset({_O, _S, _B}), Scope.CATALOG_READ),
    Action.MANAGE_MAPPING: (frozenset({_O, _S, _B}), Scope.CATALOG_WRITE),
    Action.BID: (frozenset({_B, Role.GATEWAY}), Scope.BIDS),
    Action.DELIVER: (frozenset({Role.DELIVERY}), Scope.DELIVERIES),
    Action.SUBSCRIBE: (frozenset({_O, _S, _B}), Scope.EVENTS_READ),
    Action.MANAGE_KEYS: (frozenset({_O}), Scope.KEYS),
    Action.MANAGE_PLANS: (frozenset({_O}), Scope.KEYS),
    Action.WHO_AM_I: (frozenset(Role), None),
    Action.SUPPRESS: (frozenset({_O, _B}), Scope.SUPPRESSIONS_WRITE),
    Action.READ_BALANCE: (frozenset({_O, _S, _B}), Scope.LEDGER_READ),
    Action.ADJUST_BALANCE: (frozenset({_O}), Scope.LEDGER_WRITE),
    Action.GIVE_FEEDBACK: (frozenset({_O, _B}), Scope.FEEDBACK_WRITE),
    Action.READ_FEEDBACK: (frozenset({_O, _S, _B}), Scope.FEEDBACK_READ),
    Action.DECIDE_RETURN: (frozenset({_O}), Scope.FEEDBACK_WRITE),
    Action.READ_REPORT: (frozenset({_O, _S, _B}), Scope.REPORTS_READ),
    Action.READ_TELEMETRY: (frozenset({_O}), Scope.REPORTS_READ),
}
"""Which roles may do it, and the scope that a token needs for it; None: any token."""


def scopes_of(role: Role) -> Scope:
    """All that a role may do."""
    found = Scope(0)
    for roles, scope in _RULES.values():
        if role in roles and scope is not None:
            found |= scope
    return found


def scopes_asked(role: Role, text: str) -> Scope:
    """The scopes that a token asks for, separated by spaces; empty for all that the role may do.

    Raises Refused (INVALID_FIELD) for one that the role has not.
    """
    allowed = {scope.word: scope for scope in scopes_of(role)}
    found = Scope(0)
    for word in text.split(" ") if text else allowed:
        if word not in allowed:
            raise invalid([Violation("scope", f"of {' '.join(allowed)}", word[: limits.MAX_GOT_CHARS])])
        found |= allowed[word]
    return found


def authorise(principal: Principal, action: Action) -> None:
    """Lets an action pass. Raises Refused(FORBIDDEN)."""
    roles, scope = _RULES[action]
    if principal.role not in roles:
        doing = action.name.lower().replace("_", " ")
        raise Refused(Reason.FORBIDDEN, f"A {principal.role.name.lower()} key may not {doing}.")
    if principal.scopes is not None and scope is not None and not principal.scopes.value & scope.value:
        raise Refused(Reason.FORBIDDEN, f"The token has not the scope {scope.word}.")


def acting_source(principal: Principal, named_source_id: str) -> str:
    """The source that a call acts for: itself, or the one that an operator names.

    Raises Refused: FORBIDDEN where a source names another, INVALID_FIELD where an operator names none.
    """
    return _acting(principal, Role.SOURCE, named_source_id, "source_id")


def acting_owner(principal: Principal, named_owner_id: str, field: str = "owner_id") -> str:
    """The owner that a call acts for: the buyer or source itself, or the one that an operator names.

    Raises Refused as `acting_source` does; `field` is the path that a violation names.
    """
    own = Role.SOURCE if principal.role is Role.SOURCE else Role.BUYER
    return _acting(principal, own, named_owner_id, field)


def _acting(principal: Principal, own: Role, named: str, field: str) -> str:
    if principal.role is Role.OPERATOR:
        if not named:
            raise invalid([Violation(field, f"the id of the {field.rpartition('.')[2][:-3]} to act for", "nothing")])
        return named
    if principal.role is not own or named not in ("", principal.party_id):
        raise Refused(Reason.FORBIDDEN, f"This key may not act for another {field.rpartition('.')[2][:-3]}.")
    return principal.party_id


def may_see_lead(principal: Principal, source_id: str, buyer_ids: Collection[str]) -> bool:
    """Whether a lead is the caller's to see: an operator all, a source its own, a buyer what it bought."""
    if principal.role is Role.SOURCE:
        return principal.party_id == source_id
    if principal.role is Role.BUYER:
        return principal.party_id in buyer_ids
    return principal.role is Role.OPERATOR


def require_own(principal: Principal, owner_id: str, what: str) -> None:
    """Lets a buyer's or source's thing pass to an operator and to that party.

    Raises Refused(NOT_FOUND), worded as for a thing that does not exist; `what` names it: `campaign camp_x`.
    """
    if principal.role is not Role.OPERATOR and principal.party_id != owner_id:
        raise Refused(Reason.NOT_FOUND, f"There is no {what}.")
