"""Who may do what (H2): one table of roles, and the rules of whose things they are.

An action that a role may not do is FORBIDDEN. A thing that is not the caller's to see is NOT_FOUND, exactly as if it
did not exist, so that ids cannot be probed.
"""

from collections.abc import Collection, Mapping
from enum import Enum, auto
from typing import Final

from exchange.domain.errors import Refused, Violation, invalid
from exchange.domain.principal import Principal, Role
from exchange.domain.reasons import Reason


class Action(Enum):
    """What a call wants to do."""

    SUBMIT = auto()
    READ_LEADS = auto()
    READ_AUCTION = auto()
    MANAGE_CATALOG = auto()
    """Change sources and buyers."""
    READ_CATALOG = auto()
    """Read sources, buyers and campaigns; others than operators their own only."""
    MANAGE_CAMPAIGN = auto()
    """Change campaigns; a buyer its own only."""
    MANAGE_ENDPOINT = auto()
    """Read and change endpoints; others than operators their own only."""
    BID = auto()
    DELIVER = auto()
    SUBSCRIBE = auto()
    MANAGE_KEYS = auto()
    WHO_AM_I = auto()
    SUPPRESS = auto()
    """Keep a suppression list; a buyer its own only."""
    READ_BALANCE = auto()
    """Others than operators their own only."""
    ADJUST_BALANCE = auto()


_MAY: Final[Mapping[Action, frozenset[Role]]] = {
    Action.SUBMIT: frozenset({Role.OPERATOR, Role.SOURCE}),
    Action.READ_LEADS: frozenset({Role.OPERATOR, Role.SOURCE, Role.BUYER}),
    Action.READ_AUCTION: frozenset({Role.OPERATOR, Role.SOURCE, Role.BUYER}),
    Action.MANAGE_CATALOG: frozenset({Role.OPERATOR}),
    Action.READ_CATALOG: frozenset({Role.OPERATOR, Role.BUYER}),
    Action.MANAGE_CAMPAIGN: frozenset({Role.OPERATOR, Role.BUYER}),
    Action.MANAGE_ENDPOINT: frozenset({Role.OPERATOR, Role.SOURCE, Role.BUYER}),
    Action.BID: frozenset({Role.BUYER, Role.GATEWAY}),
    Action.DELIVER: frozenset({Role.DELIVERY}),
    Action.SUBSCRIBE: frozenset({Role.OPERATOR, Role.SOURCE, Role.BUYER}),
    Action.MANAGE_KEYS: frozenset({Role.OPERATOR}),
    Action.WHO_AM_I: frozenset(Role),
    Action.SUPPRESS: frozenset({Role.OPERATOR, Role.BUYER}),
    Action.READ_BALANCE: frozenset({Role.OPERATOR, Role.SOURCE, Role.BUYER}),
    Action.ADJUST_BALANCE: frozenset({Role.OPERATOR}),
}


def authorise(principal: Principal, action: Action) -> None:
    """Lets an action pass. Raises Refused(FORBIDDEN)."""
    if principal.role not in _MAY[action]:
        doing = action.name.lower().replace("_", " ")
        raise Refused(Reason.FORBIDDEN, f"A {principal.role.name.lower()} key may not {doing}.")


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
