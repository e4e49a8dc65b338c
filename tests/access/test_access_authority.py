"""Who may do what: every role and action, and whose things they are."""

from collections.abc import Callable

import pytest

from exchange.access.authority import Action, acting_owner, acting_source, authorise, may_see_lead, require_own
from exchange.domain.errors import Refused
from exchange.domain.principal import Principal, Role
from exchange.domain.reasons import Reason

OPERATOR = Principal("key_o", Role.OPERATOR)
SOURCE = Principal("key_s", Role.SOURCE, "src_a")
BUYER = Principal("key_b", Role.BUYER, "buy_a")
GATEWAY = Principal("key_g", Role.GATEWAY)
DELIVERY = Principal("key_d", Role.DELIVERY)
PRINCIPALS = (OPERATOR, SOURCE, BUYER, GATEWAY, DELIVERY)

# Columns in the order of PRINCIPALS: operator, source, buyer, gateway, delivery.
TABLE = {
    Action.SUBMIT: "yes yes no  no  no",
    Action.READ_LEADS: "yes yes yes no  no",
    Action.ACKNOWLEDGE: "no  no  yes no  no",
    Action.READ_AUCTION: "yes yes yes no  no",
    Action.MANAGE_CATALOG: "yes no  no  no  no",
    Action.READ_CATALOG: "yes no  yes no  no",
    Action.MANAGE_CAMPAIGN: "yes no  yes no  no",
    Action.READ_ENDPOINT: "yes yes yes no  no",
    Action.MANAGE_ENDPOINT: "yes yes yes no  no",
    Action.READ_MAPPING: "yes yes yes no  no",
    Action.MANAGE_MAPPING: "yes yes yes no  no",
    Action.BID: "no  no  yes yes no",
    Action.DELIVER: "no  no  no  no  yes",
    Action.SUBSCRIBE: "yes yes yes no  no",
    Action.MANAGE_KEYS: "yes no  no  no  no",
    Action.MANAGE_PLANS: "yes no  no  no  no",
    Action.WHO_AM_I: "yes yes yes yes yes",
    Action.SUPPRESS: "yes no  yes no  no",
    Action.READ_BALANCE: "yes yes yes no  no",
    Action.ADJUST_BALANCE: "yes no  no  no  no",
    Action.GIVE_FEEDBACK: "yes no  yes no  no",
    Action.READ_FEEDBACK: "yes yes yes no  no",
    Action.DECIDE_RETURN: "yes no  no  no  no",
    Action.READ_REPORT: "yes yes yes no  no",
    Action.READ_TELEMETRY: "yes no  no  no  no",
}
CASES = [
    (principal, action, cell == "yes")
    for action, row in TABLE.items()
    for principal, cell in zip(PRINCIPALS, row.split(), strict=True)
]


def reason_of(call: Callable[[], object]) -> Reason:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.reason


def test_the_table_has_every_action_and_role() -> None:
    assert set(TABLE) == set(Action)
    assert {principal.role for principal in PRINCIPALS} == set(Role)


@pytest.mark.parametrize(("principal", "action", "allowed"), CASES, ids=lambda value: str(getattr(value, "name", "")))
def test_every_role_and_action(principal: Principal, action: Action, allowed: bool) -> None:
    if allowed:
        authorise(principal, action)
    else:
        assert reason_of(lambda: authorise(principal, action)) is Reason.FORBIDDEN


@pytest.mark.parametrize("named", ["", "src_a"])
def test_a_source_acts_for_itself(named: str) -> None:
    assert acting_source(SOURCE, named) == "src_a"


def test_a_source_may_not_name_another() -> None:
    assert reason_of(lambda: acting_source(SOURCE, "src_b")) is Reason.FORBIDDEN


def test_an_operator_acts_for_the_source_it_names() -> None:
    assert acting_source(OPERATOR, "src_b") == "src_b"
    with pytest.raises(Refused) as caught:
        acting_source(OPERATOR, "")
    assert caught.value.reason is Reason.INVALID_FIELD
    assert [violation.field for violation in caught.value.violations] == ["source_id"]


@pytest.mark.parametrize("principal", [BUYER, GATEWAY, DELIVERY])
@pytest.mark.parametrize("named", ["", "buy_a", "src_a"])
def test_nobody_else_acts_for_a_source(principal: Principal, named: str) -> None:
    assert reason_of(lambda: acting_source(principal, named)) is Reason.FORBIDDEN


@pytest.mark.parametrize(("principal", "own"), [(BUYER, "buy_a"), (SOURCE, "src_a")])
def test_a_party_owns_what_it_makes(principal: Principal, own: str) -> None:
    assert acting_owner(principal, "") == acting_owner(principal, own) == own
    assert reason_of(lambda: acting_owner(principal, "buy_b")) is Reason.FORBIDDEN


def test_an_operator_names_the_owner() -> None:
    assert acting_owner(OPERATOR, "buy_b") == "buy_b"
    with pytest.raises(Refused) as caught:
        acting_owner(OPERATOR, "", "campaign.buyer_id")
    assert [str(violation) for violation in caught.value.violations] == [
        "campaign.buyer_id: expected the id of the buyer to act for, got nothing"
    ]


@pytest.mark.parametrize("principal", [GATEWAY, DELIVERY])
def test_adapters_own_nothing(principal: Principal) -> None:
    assert reason_of(lambda: acting_owner(principal, "")) is Reason.FORBIDDEN
    assert reason_of(lambda: acting_owner(principal, "buy_a")) is Reason.FORBIDDEN


@pytest.mark.parametrize(
    ("principal", "source_id", "buyer_ids", "sees"),
    [
        (OPERATOR, "src_a", (), True),
        (SOURCE, "src_a", (), True),
        (SOURCE, "src_b", ("src_a",), False),
        (BUYER, "src_a", ("buy_b", "buy_a"), True),
        (BUYER, "src_a", ("buy_b",), False),
        (BUYER, "buy_a", (), False),
        (GATEWAY, "src_a", ("buy_a",), False),
        (GATEWAY, "", ("",), False),
        (DELIVERY, "src_a", ("buy_a",), False),
    ],
)
def test_whose_a_lead_is_to_see(principal: Principal, source_id: str, buyer_ids: tuple[str, ...], sees: bool) -> None:
    assert may_see_lead(principal, source_id, buyer_ids) is sees


def test_anothers_thing_is_not_there() -> None:
    require_own(OPERATOR, "buy_b", "campaign c")
    require_own(BUYER, "buy_a", "campaign c")
    with pytest.raises(Refused, match=r"There is no campaign c\.") as caught:
        require_own(BUYER, "buy_b", "campaign c")
    assert caught.value.reason is Reason.NOT_FOUND
    assert reason_of(lambda: require_own(GATEWAY, "buy_a", "campaign c")) is Reason.NOT_FOUND
